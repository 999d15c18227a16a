"""Where a version has member tables, everybody is written into those of their scopes too (okr, section 1)."""

from __future__ import annotations

import pytest

from tests.end_to_end.database import Row
from tests.end_to_end.program import run
from tests.schema_versions import adopted
from tests.schema_versions.expected import membership_id
from tests.schema_versions.platform import Contents
from tests.schema_versions.states import ORGANIZATION, SIZE
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import MEMBER_TABLES, Version

TABLE_OF = {"TENANT": "organization_members", "WORKSPACE": "workspace_members", "TEAM": "team_members"}
MEMBER_ROLES = {
    "TENANT_OWNER": "ORG_ADMIN",
    "TENANT_ADMIN": "ORG_ADMIN",
    "WORKSPACE_LEAD": "WORKSPACE_OWNER",
    "TEAM_LEAD": "TEAM_LEAD",
    "TEAM_CONTRIBUTOR": "MEMBER",
}
"""The role as a member of a scope that goes with a role there."""

Membership = tuple[str, str]


def members(contents: Contents, neighbour: Contents, table: str) -> dict[Membership, Row]:
    """The rows of a member table by user and scope, the neighbour's left out."""
    column, _ = MEMBER_TABLES[table]
    rows = (row for id, row in contents[table].items() if id not in neighbour[table])
    return {(row["userId"], row[column]): row for row in rows}


def roles(canonical: Contents, scope_type: str, *names: str) -> set[Membership]:
    """User and scope of everybody with one of these roles, or with any, in scopes of a type."""
    return {
        (row["userId"], row["scopeId"])
        for row in canonical["role_assignments"].values()
        if row["scopeType"] == scope_type and (not names or row["role"] in names)
    }


@pytest.fixture(scope="module", params=["V1", "V2", "V4"])
def version(request: pytest.FixtureRequest) -> Version:
    version: Version = request.param
    return version


@pytest.fixture(scope="module")
def contents(stock: Stock, version: Version) -> Contents:
    return stock.original(version, "seeded").contents()


@pytest.fixture(scope="module")
def neighbour(stock: Stock, version: Version) -> Contents:
    return stock.original(version, "empty").contents()


@pytest.fixture(scope="module")
def canonical(stock: Stock) -> Contents:
    return stock.canonical()


@pytest.mark.parametrize("scope_type", TABLE_OF)
def test_whoever_has_a_role_in_a_scope_is_a_member_of_it(
    contents: Contents, neighbour: Contents, canonical: Contents, scope_type: str
) -> None:
    assert roles(canonical, scope_type) <= members(contents, neighbour, TABLE_OF[scope_type]).keys()


@pytest.mark.parametrize("role", MEMBER_ROLES)
def test_a_role_in_a_scope_tells_the_role_as_a_member(
    contents: Contents, neighbour: Contents, canonical: Contents, role: str
) -> None:
    scope_type = next(row["scopeType"] for row in canonical["role_assignments"].values() if row["role"] == role)
    found = members(contents, neighbour, TABLE_OF[scope_type])

    assert {found[membership]["role"] for membership in roles(canonical, scope_type, role)} == {MEMBER_ROLES[role]}


@pytest.mark.parametrize(
    ("table", "role", "holders"),
    [
        ("organization_members", "ORG_ADMIN", ("TENANT", "TENANT_OWNER", "TENANT_ADMIN")),
        ("workspace_members", "WORKSPACE_OWNER", ("WORKSPACE", "WORKSPACE_LEAD")),
        ("team_members", "TEAM_LEAD", ("TEAM", "TEAM_LEAD")),
    ],
)
def test_nobody_else_has_a_higher_role(
    contents: Contents, neighbour: Contents, canonical: Contents, table: str, role: str, holders: tuple[str, ...]
) -> None:
    found = members(contents, neighbour, table)

    assert {key for key, row in found.items() if row["role"] == role} == roles(canonical, *holders)


@pytest.mark.parametrize("table", MEMBER_TABLES)
def test_the_id_is_that_of_user_and_scope(contents: Contents, neighbour: Contents, table: str) -> None:
    found = members(contents, neighbour, table)

    assert {key: row["id"] for key, row in found.items()} == {key: membership_id(*key) for key in found}


@pytest.mark.parametrize("table", MEMBER_TABLES)
def test_who_belongs_to_no_tenant_is_a_member_of_nothing(contents: Contents, neighbour: Contents, table: str) -> None:
    platform = next(id for id, row in contents["users"].items() if row["email"] == "platform@puzzelcx.local")

    assert platform not in {user for user, _ in members(contents, neighbour, table)}


def test_memberships_of_adopted_people_keep_the_canonical_id_or_the_apps(
    stock: Stock, version: Version, contents: Contents, neighbour: Contents
) -> None:
    own = adopted.ids(stock.canonical())
    with stock.lend(version, "adopted") as platform:
        before = platform.contents()
        assert run(platform.url, "--size", SIZE, "--no-verify").exit == 0
        after = platform.contents()

    for table in MEMBER_TABLES:
        apps = members(before, neighbour, table)
        wanted = {}
        for (user, scope), row in members(contents, neighbour, table).items():
            key = own.get(user, user), own.get(scope, scope)
            wanted[key] = apps[key]["id"] if key in apps else row["id"]
        assert {key: row["id"] for key, row in members(after, neighbour, table).items()} == wanted


def test_the_organisation_has_members(contents: Contents, neighbour: Contents) -> None:
    assert {scope for _, scope in members(contents, neighbour, "organization_members")} == {ORGANIZATION}
