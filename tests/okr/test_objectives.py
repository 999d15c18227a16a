"""Objectives, their parents, pillars and owners (specification: okr, section 5)."""

from __future__ import annotations

from collections import Counter

import pytest

from okrseed.blueprints.okr.row_types import Objective
from tests.okr.tenant_rows import SEEDS, SIZES, TenantRows, kind_of, tenant_rows

PILLARS = {
    "Customer Experience Quality",
    "Profitable Growth",
    "Product Excellence",
    "Operational Efficiency",
    "Great Place to Work",
}


@pytest.fixture(
    scope="module", params=[(size, seed) for seed in SEEDS for size in SIZES], ids=lambda pair: "-".join(pair)
)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed = request.param
    return tenant_rows(size, seed=seed)


def level(row: Objective) -> str:
    if row.teamId:
        return "team"
    return "workspace" if row.workspaceId else "tenant"


def parents(rows: TenantRows) -> list[tuple[Objective, Objective | None]]:
    by_id = {row.id: row for row in rows.objectives}
    return [(row, by_id[row.parentId] if row.parentId else None) for row in rows.objectives]


def test_every_objective_names_its_organisation(rows: TenantRows) -> None:
    assert {row.organizationId for row in rows.objectives} == {rows.organization.id}


def test_a_team_objective_names_the_workspace_of_its_team(rows: TenantRows) -> None:
    workspace = {team.id: team.workspaceId for team in rows.teams}

    assert [row.title for row in rows.objectives if row.teamId and row.workspaceId != workspace[row.teamId]] == []


def test_no_two_objectives_of_a_scope_and_cycle_share_a_title(rows: TenantRows) -> None:
    titles = Counter((row.workspaceId, row.teamId, row.cycleId, row.title) for row in rows.objectives)

    assert [key for key, count in titles.items() if count > 1] == []


@pytest.mark.parametrize("table", ["key_results", "initiatives"])
def test_no_two_parts_of_a_scope_and_cycle_share_a_title(rows: TenantRows, table: str) -> None:
    of = rows.objective_of
    titles = Counter((of[row.id].workspaceId, of[row.id].teamId, row.cycleId, row.title) for row in rows.table(table))

    assert [key for key, count in titles.items() if count > 1] == []


def test_tenant_objectives_have_no_parent(rows: TenantRows) -> None:
    assert [row.title for row, parent in parents(rows) if level(row) == "tenant" and parent] == []


def test_a_workspace_objective_serves_a_tenant_objective_of_the_same_cycle(rows: TenantRows) -> None:
    found = {
        (level(parent), parent.cycleId == row.cycleId) if parent else None
        for row, parent in parents(rows)
        if level(row) == "workspace"
    }

    assert found == {("tenant", True)}


def test_a_team_objective_serves_an_objective_of_its_workspace_in_the_same_cycle(rows: TenantRows) -> None:
    found = {
        (level(parent), parent.cycleId == row.cycleId, parent.workspaceId == row.workspaceId) if parent else None
        for row, parent in parents(rows)
        if level(row) == "team"
    }

    assert found <= {("workspace", True, True)}


def test_team_objectives_exist_but_in_the_smallest_size(rows: TenantRows) -> None:
    assert any(level(row) == "team" for row in rows.objectives) == (rows.selection.size != "tiny")


def test_every_tenant_objective_stands_on_a_pillar(rows: TenantRows) -> None:
    pillars = rows.ids("strategic_pillars")

    assert [row.title for row in rows.objectives if level(row) == "tenant" and row.pillarId not in pillars] == []


def test_children_inherit_the_pillar(rows: TenantRows) -> None:
    assert [row.title for row, parent in parents(rows) if parent and row.pillarId != parent.pillarId] == []


def test_the_pillars_are_those_specified(rows: TenantRows) -> None:
    assert {row.name for row in rows.pillars} == PILLARS


def test_parents_are_produced_before_their_children(rows: TenantRows) -> None:
    place = {row.id: number for number, row in enumerate(rows.objectives)}

    assert [row.title for row in rows.objectives if row.parentId and place[row.parentId] > place[row.id]] == []


@pytest.mark.parametrize(
    ("scope", "kinds"),
    [("tenant", {"founder", "admin"}), ("workspace", {"workspace-lead"}), ("team", {"team-lead"})],
)
def test_objectives_are_owned_by_those_who_lead_the_scope(rows: TenantRows, scope: str, kinds: set[str]) -> None:
    users = rows.by_id("users")

    assert {kind_of(users[row.ownerId]) for row in rows.objectives if level(row) == scope} <= kinds


def test_owners_belong_to_the_workspace_of_the_objective(rows: TenantRows) -> None:
    assert [row.title for row in rows.objectives if rows.home[row.ownerId] != row.workspaceId] == []


def test_the_owner_of_a_team_objective_leads_that_team(rows: TenantRows) -> None:
    leads = {(row.userId, row.scopeId) for row in rows.roles if row.role == "TEAM_LEAD"}

    assert [row.title for row in rows.objectives if row.teamId and (row.ownerId, row.teamId) not in leads] == []


@pytest.mark.parametrize("scope", ["workspace", "team"])
def test_key_results_are_owned_by_team_leads_and_members(rows: TenantRows, scope: str) -> None:
    users = rows.by_id("users")
    owners = {kind_of(users[row.ownerId]) for row in rows.key_results if level(rows.objective_of[row.id]) == scope}

    assert owners <= {"team-lead", "member"}


def test_key_results_are_owned_by_people_of_the_scope(rows: TenantRows) -> None:
    team = {row.userId: row.scopeId for row in rows.roles if row.scopeType == "TEAM"}
    foreign = []
    for row in rows.key_results:
        objective = rows.objective_of[row.id]
        in_workspace = rows.home[row.ownerId] == objective.workspaceId
        if not in_workspace or (objective.teamId and team[row.ownerId] != objective.teamId):
            foreign.append(row.title)

    assert foreign == []


def test_initiatives_are_owned_by_people_of_the_workspace(rows: TenantRows) -> None:
    of = rows.objective_of

    assert [row.title for row in rows.initiatives if rows.home[row.ownerId] != of[row.id].workspaceId] == []


def test_an_initiative_moves_a_key_result_of_its_objective(rows: TenantRows) -> None:
    linked = {(link.objectiveId, link.keyResultId) for link in rows.links}

    assert [row.title for row in rows.initiatives if (row.objectiveId, row.keyResultId) not in linked] == []


@pytest.mark.parametrize("table", ["key_results", "initiatives"])
def test_parts_stand_in_the_cycle_of_their_objective(rows: TenantRows, table: str) -> None:
    of = rows.objective_of

    assert [row.title for row in rows.table(table) if row.cycleId != of[row.id].cycleId] == []


@pytest.mark.parametrize("table", ["objectives", "key_results", "initiatives"])
def test_dates_are_those_of_the_cycle(rows: TenantRows, table: str) -> None:
    cycles = rows.by_id("cycles")

    assert [
        row.title
        for row in rows.table(table)
        if (row.startDate, row.endDate) != (cycles[row.cycleId].startDate, cycles[row.cycleId].endDate)
    ] == []


def test_an_initiative_is_due_within_its_cycle(rows: TenantRows) -> None:
    assert [
        row.title
        for row in rows.initiatives
        if not (row.startDate and row.dueDate and row.endDate and row.startDate < row.dueDate <= row.endDate)
    ] == []


@pytest.mark.parametrize("table", ["objectives", "key_results", "initiatives"])
def test_nothing_has_a_place_on_the_canvas_yet(rows: TenantRows, table: str) -> None:
    assert {(row.positionX, row.positionY) for row in rows.table(table)} == {(None, None)}


def test_pillars_are_spread_over_the_tenant_objectives() -> None:
    found = {row.pillarId for row in tenant_rows().objectives if level(row) == "tenant"}

    assert found == tenant_rows().ids("strategic_pillars")
