"""How many rows of what each size holds (specification: okr, sections 4 and 5)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.okr.tenant_rows import SEEDS, SIZES, kind_of, tenant_rows

EACH_SIZE = pytest.mark.parametrize("size", SIZES)
EACH_SEED = pytest.mark.parametrize("seed", SEEDS)
PER_CYCLE = {
    # Tenant, each workspace, each team.
    "demo": (6, 3, 1),
    "full": (7, 3, 2),
}


@pytest.mark.parametrize(
    ("table", "count"),
    [("organizations", 1), ("workspaces", 6), ("teams", 20), ("cycles", 4), ("strategic_pillars", 5)],
)
@EACH_SIZE
def test_every_size_has_the_whole_structure(size: str, table: str, count: int) -> None:
    assert len(tenant_rows(size).table(table)) == count


@pytest.mark.parametrize(("size", "count"), [("tiny", 25), ("demo", 200), ("full", 200)])
def test_users_are_as_many_as_specified(size: str, count: int) -> None:
    assert len(tenant_rows(size).users) == count


@pytest.mark.parametrize("size", ["demo", "full"])
def test_people_are_of_the_specified_kinds(size: str) -> None:
    assert Counter(map(kind_of, tenant_rows(size).users)) == {
        "platform": 1,
        "founder": 1,
        "admin": 5,
        "workspace-lead": 24,
        "team-lead": 24,
        "member": 145,
    }


def test_the_smallest_size_has_one_of_each_kind_in_each_workspace() -> None:
    rows = tenant_rows("tiny")
    kinds = Counter((rows.home[user.id], kind_of(user)) for user in rows.users if rows.home[user.id])

    assert kinds == {
        (workspace.id, kind): 1 for workspace in rows.workspaces for kind in ("workspace-lead", "team-lead", "member")
    }


def test_the_smallest_size_has_everyone_of_the_tenant_level() -> None:
    rows = tenant_rows("tiny")

    assert len([user for user in rows.users if rows.home[user.id] is None]) == 7


@pytest.mark.parametrize(("size", "count"), [("tiny", 20), ("demo", 176), ("full", 260)])
@EACH_SEED
def test_objectives_are_as_many_as_specified(seed: str, size: str, count: int) -> None:
    assert len(tenant_rows(size, seed=seed).objectives) == count


@pytest.mark.parametrize("size", PER_CYCLE)
def test_every_cycle_has_the_specified_objectives_at_each_level(size: str) -> None:
    rows = tenant_rows(size)
    tenant, workspace, team = PER_CYCLE[size]
    found = Counter((row.cycleId, row.workspaceId, row.teamId) for row in rows.objectives)
    scopes: dict[tuple[str | None, str | None], int] = {(None, None): tenant}
    scopes |= {(row.id, None): workspace for row in rows.workspaces}
    scopes |= {(row.workspaceId, row.id): team for row in rows.teams}

    assert found == {(cycle.id, *scope): count for cycle in rows.cycles for scope, count in scopes.items()}


def test_the_smallest_size_has_two_tenant_objectives_a_cycle_and_one_for_each_workspace_in_active_ones() -> None:
    rows = tenant_rows("tiny")
    found = Counter((row.cycleId, row.workspaceId, row.teamId) for row in rows.objectives)
    expected = {(cycle.id, None, None): 2 for cycle in rows.cycles} | {
        (cycle.id, workspace.id, None): 1
        for cycle in rows.cycles
        if cycle.status == "ACTIVE"
        for workspace in rows.workspaces
    }

    assert found == expected


@EACH_SEED
def test_the_full_size_has_about_2000_check_ins(seed: str) -> None:
    assert 1_800 <= len(tenant_rows(seed=seed).check_ins) <= 2_200


@EACH_SIZE
@EACH_SEED
def test_every_key_result_is_linked_exactly_once(seed: str, size: str) -> None:
    rows = tenant_rows(size, seed=seed)

    assert sorted(link.keyResultId for link in rows.links) == sorted(rows.ids("key_results"))


@EACH_SIZE
@EACH_SEED
def test_every_objective_has_two_to_four_key_results(seed: str, size: str) -> None:
    rows = tenant_rows(size, seed=seed)
    counts = Counter(link.objectiveId for link in rows.links)

    assert {counts[row.id] for row in rows.objectives} <= {2, 3, 4}


@EACH_SIZE
@EACH_SEED
def test_every_objective_has_one_to_three_initiatives(seed: str, size: str) -> None:
    rows = tenant_rows(size, seed=seed)
    counts = Counter(row.objectiveId for row in rows.initiatives)

    assert {counts[row.id] for row in rows.objectives} <= {1, 2, 3}


@EACH_SEED
def test_the_full_size_uses_every_number_of_key_results_and_initiatives(seed: str) -> None:
    rows = tenant_rows(seed=seed)
    key_results = set(Counter(link.objectiveId for link in rows.links).values())
    initiatives = set(Counter(row.objectiveId for row in rows.initiatives).values())

    assert (key_results, initiatives) == ({2, 3, 4}, {1, 2, 3})


@EACH_SIZE
def test_every_size_has_thirty_requests(size: str) -> None:
    assert len(tenant_rows(size).requests) == 30


@pytest.mark.parametrize("size", ["demo", "full"])
def test_there_are_248_roles(size: str) -> None:
    assert len(tenant_rows(size).roles) == 248
