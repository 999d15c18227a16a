"""Rows of ours are recognised by their own natural key, whatever is selected now (specification: okr, section 2)."""

from __future__ import annotations

from typing import Any

import pytest

from okrseed.blueprints.okr import OkrBlueprint
from tests.okr.own_tenants import harbour
from tests.okr.tenant_rows import SIZES, TABLES, WEDNESDAY, TenantRows, tenant_rows

STRANGER = "clx0d1m5w0000qzrmn831i7rn"
RENAMED = {
    "organizations": {"slug": "another-slug"},
    "workspaces": {"name": "Another Workspace"},
    "teams": {"name": "Another Team"},
    "users": {"email": "somebody@else.example"},
    "cycles": {"name": "Q4 2030"},
    "strategic_pillars": {"name": "Another Pillar"},
    "objectives": {"title": "Another objective"},
    "key_results": {"title": "Another key result"},
    "objective_key_results": {"keyResultId": STRANGER},
    "initiatives": {"title": "Another initiative"},
    "check_ins": {"keyResultId": STRANGER},
    "check_in_requests": {"targetUserId": STRANGER},
    "check_in_responses": {"requestId": STRANGER},
    "role_assignments": {"role": "WORKSPACE_ADMIN"},
}
MOVED: list[tuple[str, dict[str, Any]]] = [
    ("workspaces", {"organizationId": STRANGER}),
    ("teams", {"workspaceId": STRANGER}),
    ("objectives", {"cycleId": STRANGER}),
    ("objectives", {"workspaceId": STRANGER, "teamId": None}),
    ("initiatives", {"objectiveId": STRANGER}),
    ("initiatives", {"objectiveId": None}),
    ("check_in_requests", {"requesterUserId": STRANGER}),
    ("role_assignments", {"scopeType": "TEAM", "scopeId": STRANGER}),
]
HARMLESS = {
    "organizations": {"name": "Renamed by People", "metadata": None},
    "users": {"name": "Another Name", "managerId": None},
    "objectives": {"status": "CANCELLED", "progress": 0.0, "ownerId": STRANGER, "parentId": None},
    "key_results": {"currentValue": 1.0, "ownerId": STRANGER},
    "initiatives": {"status": "BLOCKED", "keyResultId": None},
    "check_ins": {"value": 0.0, "userId": STRANGER},
    "check_in_requests": {"status": "CANCELLED"},
}


def present(rows: TenantRows) -> dict[str, list[Any]]:
    return {table: list(rows.table(table)) for table in TABLES}


def recognised(rows: TenantRows, there: dict[str, list[Any]], table: str) -> set[Any]:
    return set(rows.blueprint.recognise(rows.blueprint.tenant(), there)[table])


def unrecognised(rows: TenantRows) -> list[tuple[str, str]]:
    """Table and id of the produced rows that are not recognised where nothing else is there."""
    found = rows.blueprint.recognise(rows.blueprint.tenant(), present(rows))
    return [(table, row.id) for table in TABLES for row in rows.table(table) if row.id not in found[table]]


def changed(table: str, columns: dict[str, Any]) -> tuple[str, set[Any]]:
    """The id of a changed row, and the ids that are recognised in its table."""
    rows = tenant_rows("tiny")
    there = present(rows)
    row = there[table][-1]
    there[table][-1] = row._replace(**columns)
    return row.id, recognised(rows, there, table)


@pytest.mark.parametrize("size", SIZES)
def test_every_produced_row_is_recognised(size: str) -> None:
    assert unrecognised(tenant_rows(size)) == []


def test_rows_of_another_seed_string_and_calendar_are_recognised() -> None:
    rows = tenant_rows("demo", seed="another seed string", rolled=True, as_of=WEDNESDAY.replace(year=2029))

    assert unrecognised(rows) == []


def test_rows_of_a_tenant_of_ones_own_are_recognised() -> None:
    assert unrecognised(tenant_rows("demo", blueprint=harbour())) == []


@pytest.mark.parametrize(("table", "columns"), RENAMED.items())
def test_a_renamed_row_is_not_recognised(table: str, columns: dict[str, Any]) -> None:
    id, found = changed(table, columns)

    assert id not in found


@pytest.mark.parametrize(("table", "columns"), RENAMED.items())
def test_its_neighbours_are_still_recognised(table: str, columns: dict[str, Any]) -> None:
    id, found = changed(table, columns)

    assert found == tenant_rows("tiny").ids(table) - {id}


@pytest.mark.parametrize(("table", "columns"), MOVED)
def test_a_row_moved_elsewhere_is_not_recognised(table: str, columns: dict[str, Any]) -> None:
    id, found = changed(table, columns)

    assert id not in found


@pytest.mark.parametrize(("table", "columns"), HARMLESS.items())
def test_a_row_with_other_values_is_still_recognised(table: str, columns: dict[str, Any]) -> None:
    id, found = changed(table, columns)

    assert id in found


@pytest.mark.parametrize("table", TABLES)
def test_a_row_that_the_app_created_is_not_recognised(table: str) -> None:
    rows = tenant_rows("tiny")
    there = present(rows)
    there[table].append(there[table][0]._replace(id=STRANGER))

    assert STRANGER not in recognised(rows, there, table)


def test_a_key_result_without_a_link_is_not_recognised() -> None:
    rows = tenant_rows("tiny")
    there = present(rows) | {"objective_key_results": []}

    assert recognised(rows, there, "key_results") == set()


def test_an_empty_tenant_has_nothing_to_recognise() -> None:
    blueprint = OkrBlueprint()

    assert not any(blueprint.recognise(blueprint.tenant(), {table: [] for table in TABLES}).values())
