"""Who holds which role where (specification: okr, section 4)."""

from __future__ import annotations

from collections import Counter, defaultdict

import pytest

from okrseed.identity import slug
from tests.okr.tenant_rows import SIZES, TenantRows, kind_of, tenant_rows

EACH_SIZE = pytest.mark.parametrize("size", SIZES)
SCOPES = {
    "SUPERUSER": "PLATFORM",
    "TENANT_OWNER": "TENANT",
    "TENANT_ADMIN": "TENANT",
    "TENANT_VIEWER": "TENANT",
    "WORKSPACE_LEAD": "WORKSPACE",
    "WORKSPACE_MEMBER": "WORKSPACE",
    "TEAM_LEAD": "TEAM",
    "TEAM_CONTRIBUTOR": "TEAM",
    "TEAM_VIEWER": "TEAM",
}


def roles_of(rows: TenantRows) -> dict[str, set[str]]:
    """The roles of each person, by the part of the e-mail before the @."""
    email = {user.id: user.email.partition("@")[0] for user in rows.users}
    roles: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows.roles:
        roles[email[row.userId]].add(row.role)
    return roles


def member_number(local: str) -> int:
    return int(local.rpartition("-")[2])


@pytest.mark.parametrize("size", ["demo", "full"])
def test_roles_are_as_many_as_specified(size: str) -> None:
    assert Counter(row.role for row in tenant_rows(size).roles) == {
        "SUPERUSER": 1,
        "TENANT_OWNER": 1,
        "TENANT_ADMIN": 5,
        "WORKSPACE_LEAD": 24,
        "TEAM_LEAD": 24,
        "TEAM_CONTRIBUTOR": 133,
        "TEAM_VIEWER": 12,
        "WORKSPACE_MEMBER": 42,
        "TENANT_VIEWER": 6,
    }


def expected_roles(local: str) -> set[str]:
    """What the specification gives a person, by the part of the e-mail before the @."""
    fixed = {"platform": {"SUPERUSER"}, "founder": {"TENANT_OWNER"}}
    if local in fixed:
        return fixed[local]
    if local.startswith("admin"):
        return {"TENANT_ADMIN"}
    if local.startswith("workspace-lead-"):
        return {"WORKSPACE_LEAD"}
    if local.startswith("team-lead-"):
        return {"TEAM_LEAD", "WORKSPACE_MEMBER"}
    number = member_number(local)
    second = {"WORKSPACE_MEMBER"} if number <= 3 else {"TENANT_VIEWER"} if number == 4 else set()
    return {"TEAM_CONTRIBUTOR" if number % 10 else "TEAM_VIEWER"} | second


@EACH_SIZE
def test_everyone_holds_the_roles_of_kind_and_number(size: str) -> None:
    held = roles_of(tenant_rows(size))

    assert held == {local: expected_roles(local) for local in held}


@EACH_SIZE
def test_everyone_has_a_role(size: str) -> None:
    rows = tenant_rows(size)

    assert {row.userId for row in rows.roles} == rows.ids("users")


@EACH_SIZE
def test_every_role_stands_in_its_kind_of_scope(size: str) -> None:
    assert {row.role: row.scopeType for row in tenant_rows(size).roles}.items() <= SCOPES.items()


@EACH_SIZE
def test_the_platform_role_has_no_scope_and_every_other_has_one(size: str) -> None:
    """The platform's trigger demands it (section 1)."""
    rows = tenant_rows(size)
    known: dict[str, set[str | None]] = {
        "PLATFORM": {None},
        "TENANT": {rows.organization.id},
        "WORKSPACE": {row.id for row in rows.workspaces},
        "TEAM": {row.id for row in rows.teams},
    }

    assert [row for row in rows.roles if row.scopeId not in known[row.scopeType]] == []


@EACH_SIZE
def test_no_role_is_given_twice(size: str) -> None:
    given = Counter((row.userId, row.role, row.scopeType, row.scopeId) for row in tenant_rows(size).roles)

    assert max(given.values()) == 1


def test_member_number_n_belongs_to_team_n_minus_one_in_turn() -> None:
    rows = tenant_rows()
    team_role = {row.userId: row.scopeId for row in rows.roles if row.role in ("TEAM_CONTRIBUTOR", "TEAM_VIEWER")}
    teams = {
        workspace.id: [team.id for team in rows.teams if team.workspaceId == workspace.id]
        for workspace in rows.workspaces
    }
    wrong = []
    for user in rows.users:
        if kind_of(user) == "member":
            own = teams[rows.home[user.id] or ""]
            number = member_number(user.email.partition("@")[0])
            if team_role[user.id] != own[(number - 1) % len(own)]:
                wrong.append(user.email)

    assert wrong == []


@EACH_SIZE
def test_a_lead_leads_the_workspace_or_team_of_the_address(size: str) -> None:
    rows = tenant_rows(size)
    names = {row.id: slug(row.name) for table in ("workspaces", "teams") for row in rows.table(table)}
    email = {user.id: user.email.partition("@")[0] for user in rows.users}
    led = {(email[row.userId], names[row.scopeId or ""]) for row in rows.roles if row.role.endswith("_LEAD")}

    assert [local for local, name in led if f"-lead-{name}-" not in local] == []
