"""A tenant of one's own is complete and coherent (specification: okr, section 4)."""

from __future__ import annotations

from collections import Counter

import pytest

from okrseed.blueprint import OnCreate
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.configuration import blueprint
from okrseed.errors import UsageError
from tests.okr.attention import SHARES, off_share
from tests.okr.own_tenants import HARBOUR, LEGAL, PUZZEL, harbour, puzzel_with
from tests.okr.strata import off_quota, strata
from tests.okr.tenant_rows import OKR_TABLES, SIZES, TABLES, TenantRows, kind_of, tenant_rows

# Objectives over four cycles: tenant, 3 workspaces, 6 teams.
OBJECTIVES = {"tiny": 4 * 2 + 2 * 3, "demo": 4 * (6 + 3 * 3 + 6), "full": 4 * (7 + 3 * 3 + 2 * 6)}
OWN = harbour()


@pytest.fixture(scope="module", params=SIZES)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    return tenant_rows(request.param, blueprint=OWN)


@pytest.mark.parametrize("table", TABLES)
def test_every_table_has_rows(rows: TenantRows, table: str) -> None:
    assert rows.table(table)


def test_the_organisation_is_the_users(rows: TenantRows) -> None:
    assert (rows.organization.name, rows.organization.slug) == ("Harbour & Sons", "harbour")


def test_workspaces_and_teams_are_the_users(rows: TenantRows) -> None:
    names = {row.id: row.name for row in rows.workspaces}

    assert [(names[team.workspaceId], team.name) for team in rows.teams] == [
        (workspace["name"], team) for workspace in HARBOUR["workspaces"] for team in workspace["teams"]
    ]


def test_pillars_are_the_users(rows: TenantRows) -> None:
    assert [row.name for row in rows.pillars] == HARBOUR["pillars"]


def test_every_pillar_of_the_user_carries_objectives() -> None:
    rows = tenant_rows(blueprint=OWN)

    assert {row.pillarId for row in rows.objectives} == rows.ids("strategic_pillars")


def test_addresses_have_the_users_domain(rows: TenantRows) -> None:
    assert {user.email.partition("@")[2] for user in rows.users} == {"harbour.example"}


@pytest.mark.parametrize("size", ["demo", "full"])
def test_people_are_as_many_as_the_user_says(size: str) -> None:
    assert Counter(map(kind_of, tenant_rows(size, blueprint=OWN).users)) == {
        "platform": 1,
        "founder": 1,
        "admin": 5,
        "workspace-lead": 3 + 2 + 4,
        "team-lead": 2 + 1 + 4,
        "member": 9 + 4 + 30,
    }


def test_objectives_are_as_many_as_the_size_says(rows: TenantRows) -> None:
    assert len(rows.objectives) == OBJECTIVES[rows.selection.size]


def test_requests_are_six_and_four_for_each_workspace(rows: TenantRows) -> None:
    assert len(rows.requests) == 6 + 4 * 3


def test_nobody_shares_a_name(rows: TenantRows) -> None:
    assert len({user.name for user in rows.users}) == len(rows.users)


def test_the_inspector_is_on_for_the_leads_of_the_first_two_workspaces(rows: TenantRows) -> None:
    inspecting = {user.email.partition("@")[0] for user in rows.users if user.settings}

    assert inspecting == {"founder", "admin1", "admin2", "workspace-lead-legal-1", "workspace-lead-finance-1"}


def test_no_two_objectives_of_a_scope_and_cycle_share_a_title(rows: TenantRows) -> None:
    titles = Counter((row.workspaceId, row.teamId, row.cycleId, row.title) for row in rows.objectives)

    assert max(titles.values()) == 1


@pytest.mark.parametrize(
    ("table", "column", "referred"),
    [
        ("users", "managerId", "users"),
        ("objectives", "ownerId", "users"),
        ("objectives", "pillarId", "strategic_pillars"),
        ("objectives", "parentId", "objectives"),
        ("key_results", "ownerId", "users"),
        ("initiatives", "keyResultId", "key_results"),
        ("check_ins", "keyResultId", "key_results"),
        ("check_in_requests", "targetUserId", "users"),
    ],
)
def test_references_stay_within_the_tenant(rows: TenantRows, table: str, column: str, referred: str) -> None:
    assert {getattr(row, column) for row in rows.table(table)} - {None} <= rows.ids(referred)


def test_status_follows_its_quota(rows: TenantRows) -> None:
    quota = {"ON_TRACK": 60, "AT_RISK": 25, "OFF_TRACK": 5, "COMPLETED": 10}

    assert off_quota(strata(rows, "objectives", "ACTIVE"), lambda row: row.status, quota) == []


@pytest.mark.parametrize("mark", SHARES)
def test_the_attention_feed_has_its_shares(rows: TenantRows, mark: str) -> None:
    assert off_share(rows, mark) == []


def test_no_id_is_shared_with_the_default_tenant(rows: TenantRows) -> None:
    default = {id for table in TABLES for id in tenant_rows().ids(table)}

    assert {id for table in TABLES for id in rows.ids(table)} & default == set()


def test_everyone_asks_an_own_report(rows: TenantRows) -> None:
    manager = {user.id: user.managerId for user in rows.users}

    assert [row for row in rows.requests if manager[row.targetUserId] != row.requesterUserId] == []


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize(("smaller", "larger"), [("tiny", "demo"), ("demo", "full")])
def test_sizes_nest(smaller: str, larger: str, table: str) -> None:
    few, many = (tenant_rows(size, blueprint=OWN).ids(table) for size in (smaller, larger))

    assert few - many == set()


@pytest.mark.parametrize("table", TABLES)
def test_the_default_tenant_written_out_is_the_default_tenant(table: str) -> None:
    assert tenant_rows(blueprint=puzzel_with(PUZZEL)).table(table) == tenant_rows().table(table)


def changes(rows: TenantRows, table: str) -> list[str]:
    """The ids of rows that differ from the default tenant, among those of workspaces that both have."""
    default = tenant_rows()
    known = default.by_id(table)
    shared = {row.id for row in default.workspaces} & {row.id for row in rows.workspaces} | {None}
    wanted = {
        row.id
        for row in default.table(table)
        if default.objective_of.get(getattr(row, "keyResultId", row.id), row).workspaceId in shared
    }
    found = rows.by_id(table)
    return [id for id in wanted if found.get(id) != known[id]]


@pytest.mark.parametrize("table", OKR_TABLES)
@pytest.mark.parametrize("removed", [0, 2, 5])
def test_removing_a_workspace_changes_nothing_of_the_others(removed: int, table: str) -> None:
    rest = [workspace for place, workspace in enumerate(PUZZEL) if place != removed]

    assert changes(tenant_rows(blueprint=puzzel_with(rest)), table) == []


@pytest.mark.parametrize("table", OKR_TABLES)
@pytest.mark.parametrize("place", [0, 3, 6])
def test_adding_a_workspace_changes_nothing_of_the_others(place: int, table: str) -> None:
    more = [*PUZZEL[:place], LEGAL, *PUZZEL[place:]]

    assert changes(tenant_rows(blueprint=puzzel_with(more)), table) == []


@pytest.mark.parametrize("table", OKR_TABLES)
def test_the_order_of_the_workspaces_changes_nothing_of_them(table: str) -> None:
    assert changes(tenant_rows(blueprint=puzzel_with(PUZZEL[::-1])), table) == []


@pytest.mark.parametrize("size", SIZES)
def test_every_team_has_a_lead_where_a_workspace_has_more_teams_than_usual(size: str) -> None:
    """Team leads are one per team; a user who says nothing about them must not fall short of them."""
    teams = ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"]
    own = tenant_rows(size, blueprint=blueprint({"workspaces": [{"name": "Research", "teams": teams}]}))
    led = {row.scopeId for row in own.roles if row.role == "TEAM_LEAD"}

    assert own.objectives
    assert size == "tiny" or led == own.ids("teams")


def test_more_people_than_there_are_names_are_told_apart_or_refused() -> None:
    giants = [{"name": f"Giant {number}", "teams": [f"Team {number}"], "members": 10_000} for number in range(4)]
    try:
        own = blueprint({"workspaces": giants})
    except UsageError:
        return
    users = tenant_rows(blueprint=own).users

    assert len({user.name for user in users}) == len(users)


def test_a_blueprint_of_ones_own_hashes_a_password_of_its_own() -> None:
    rows = tenant_rows("tiny", blueprint=OWN)

    assert {user.passwordHash for user in rows.users} == {OnCreate.VALUE}
    assert rows.world.password() != tenant_rows("tiny").world.password()


def test_an_empty_table_means_the_default_tenant() -> None:
    assert blueprint({}).config == OkrBlueprint().config
