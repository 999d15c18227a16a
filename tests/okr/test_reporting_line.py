"""Who reports to whom (specification: okr, section 4)."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from itertools import combinations

import pytest

from okrseed.blueprints.okr.row_types import User
from okrseed.identity import slug
from tests.okr.tenant_rows import SIZES, WORKSPACES, TenantRows, kind_of, tenant_rows

EACH_SIZE = pytest.mark.parametrize("size", SIZES)
SENIOR_THIRD_LEADS = ("engineering", "marketing", "people")
RANKS = ("founder", "admin", "senior", "team-lead", "member")
SUBSETS = [chosen for count in range(1, 7) for chosen in combinations(WORKSPACES, count)]


def rank_of(user: User) -> str:
    """The person's level in the reporting line."""
    kind = kind_of(user)
    if kind != "workspace-lead":
        return kind
    workspace, _, number = user.email.partition("@")[0].removeprefix("workspace-lead-").rpartition("-")
    senior = number in ("1", "2") or (number == "3" and workspace in SENIOR_THIRD_LEADS)
    return "senior" if senior else "other lead"


def by_rank(rows: TenantRows) -> dict[str, list[User]]:
    levels: defaultdict[str, list[User]] = defaultdict(list)
    for user in rows.users:
        levels[rank_of(user)].append(user)
    return levels


def managers(rows: TenantRows) -> dict[str, User | None]:
    """The manager of each user, by user id."""
    users = {user.id: user for user in rows.users}
    return {user.id: users[user.managerId] if user.managerId else None for user in rows.users}


def pools(rows: TenantRows, rank: str, above: str) -> list[tuple[list[User], list[User]]]:
    """Those of a rank, and those above who share them: by workspace where the rank above has anyone there."""
    levels = by_rank(rows)
    shared: defaultdict[str | None, list[User]] = defaultdict(list)
    homes = {rows.home[user.id] for user in levels[above]}
    for user in levels[rank]:
        own = rows.home[user.id]
        shared[own if own in homes else None].append(user)
    return [
        (reports, [user for user in levels[above] if home is None or rows.home[user.id] == home])
        for home, reports in shared.items()
    ]


@pytest.mark.parametrize("size", ["demo", "full"])
def test_levels_are_as_wide_as_specified(size: str) -> None:
    assert {rank: len(users) for rank, users in by_rank(tenant_rows(size)).items()} == {
        "platform": 1,
        "founder": 1,
        "admin": 5,
        "senior": 15,
        "other lead": 9,
        "team-lead": 24,
        "member": 145,
    }


@pytest.mark.parametrize(("rank", "above"), list(zip(RANKS[1:], RANKS, strict=False)))
@EACH_SIZE
def test_each_level_reports_to_the_level_above(size: str, rank: str, above: str) -> None:
    rows = tenant_rows(size)
    manager = managers(rows)
    ranks = {rank_of(found) if (found := manager[user.id]) else None for user in by_rank(rows)[rank]}

    assert ranks == {above}


@pytest.mark.parametrize("size", ["demo", "full"])
def test_the_other_leads_report_to_a_senior_lead_of_their_workspace(size: str) -> None:
    rows = tenant_rows(size)
    manager = managers(rows)
    found = {
        (rank_of(above), rows.home[above.id] == rows.home[user.id])
        for user in by_rank(rows)["other lead"]
        if (above := manager[user.id])
    }

    assert found == {("senior", True)}


@EACH_SIZE
def test_founder_and_platform_alone_report_to_nobody(size: str) -> None:
    assert {kind_of(user) for user in tenant_rows(size).users if user.managerId is None} == {"platform", "founder"}


@EACH_SIZE
def test_nobody_reports_to_the_platform(size: str) -> None:
    rows = tenant_rows(size)
    (platform,) = by_rank(rows)["platform"]

    assert [user.email for user in rows.users if user.managerId == platform.id] == []


@pytest.mark.parametrize("rank", ["other lead", "team-lead", "member"])
@EACH_SIZE
def test_people_report_within_their_workspace(size: str, rank: str) -> None:
    rows = tenant_rows(size)
    users = by_rank(rows).get(rank, [])

    assert [user.email for user in users if rows.home[user.managerId or ""] != rows.home[user.id]] == []


@pytest.mark.parametrize(("rank", "above"), list(zip(RANKS[1:], RANKS, strict=False)))
@EACH_SIZE
def test_reports_are_shared_evenly(size: str, rank: str, above: str) -> None:
    rows = tenant_rows(size)
    for reports, above_them in pools(rows, rank, above):
        counts = Counter(user.managerId for user in reports)
        shares = [counts[user.id] for user in above_them]

        assert max(shares) - min(shares) <= 1


def whole(user: User) -> str:
    return user.email


def before_the_at(user: User) -> str:
    return user.email.partition("@")[0]


def takes_turns(reports: Sequence[User], above: Sequence[User], order: Callable[[User], str]) -> bool:
    chain = [user.id for user in sorted(above, key=order)]
    return [user.managerId for user in sorted(reports, key=order)] == [
        chain[place % len(chain)] for place in range(len(reports))
    ]


@pytest.mark.parametrize(("rank", "above"), list(zip(RANKS[1:], RANKS, strict=False)))
@EACH_SIZE
def test_reports_are_dealt_out_in_turn_by_e_mail(size: str, rank: str, above: str) -> None:
    """Whether the domain takes part in the order makes a difference for member 1 and member 10; either is by e-mail."""
    shared = pools(tenant_rows(size), rank, above)

    assert any(all(takes_turns(*pool, order) for pool in shared) for order in (whole, before_the_at))


@EACH_SIZE
def test_the_line_is_at_most_five_people_long_and_has_no_circle(size: str) -> None:
    rows = tenant_rows(size)
    manager = {user.id: user.managerId for user in rows.users}
    lengths = []
    for user in rows.users:
        length, above = 1, manager[user.id]
        while above is not None and length < 10:
            length, above = length + 1, manager[above]
        lengths.append(length)

    assert max(lengths) == 5


@EACH_SIZE
def test_managers_are_produced_before_their_reports(size: str) -> None:
    rows = tenant_rows(size)
    place = {user.id: number for number, user in enumerate(rows.users)}

    assert [user.email for user in rows.users if user.managerId and place[user.managerId] > place[user.id]] == []


@pytest.mark.parametrize("size", SIZES)
def test_no_choice_of_workspaces_leaves_a_manager_out(size: str) -> None:
    everyone = tenant_rows(size)
    slugs = {row.id: slug(row.name) for row in everyone.workspaces}
    for subset in SUBSETS:
        chosen = {user.id for user in everyone.users if slugs.get(everyone.home[user.id] or "", subset[0]) in subset}

        assert [
            user.email for user in everyone.users if user.id in chosen and user.managerId not in {None, *chosen}
        ] == []


@pytest.mark.parametrize("workspaces", [("sales",), ("people", "support"), ("product",)])
@EACH_SIZE
def test_the_people_of_a_selection_report_among_themselves(size: str, workspaces: tuple[str, ...]) -> None:
    rows = tenant_rows(size, workspaces=workspaces)

    assert {user.managerId for user in rows.users} - {None} <= rows.ids("users")
