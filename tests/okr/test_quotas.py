"""Shares hold in every stratum: the floor or the ceiling, at every size and seed string (okr, section 5)."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.okr.strata import off_quota, strata
from tests.okr.tenant_rows import MANY_SEEDS, SIZES, TenantRows, tenant_rows

# Objectives: 20, 176, 260; two to four key results and one to three initiatives each, shared out closely at full.
KEY_RESULTS = {"tiny": (40, 80), "demo": (352, 704), "full": (741, 819)}
INITIATIVES = {"tiny": (20, 60), "demo": (176, 528), "full": (494, 546)}
PRIVATE = {"tiny": 5, "demo": 17, "full": 17}


@pytest.fixture(
    scope="module", params=[(size, seed) for seed in MANY_SEEDS for size in SIZES], ids=lambda pair: "-".join(pair)
)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed = request.param
    return tenant_rows(size, seed=seed)


def test_seventy_percent_of_active_objectives_are_published(rows: TenantRows) -> None:
    active = strata(rows, "objectives", "ACTIVE")

    assert off_quota(active, lambda row: row.isPublished, {True: 70, False: 30}) == []


def test_status_of_active_objectives_follows_its_quota(rows: TenantRows) -> None:
    active = strata(rows, "objectives", "ACTIVE")
    quota = {"ON_TRACK": 60, "AT_RISK": 25, "OFF_TRACK": 5, "COMPLETED": 10}

    assert off_quota(active, lambda row: row.status, quota) == []


def test_status_of_archived_objectives_follows_its_quota(rows: TenantRows) -> None:
    archived = strata(rows, "objectives", "ARCHIVED")

    assert off_quota(archived, lambda row: row.status, {"COMPLETED": 80, "OFF_TRACK": 10, "CANCELLED": 10}) == []


@pytest.mark.parametrize("status", ["ACTIVE", "DRAFT", "ARCHIVED"])
def test_cadence_follows_its_quota(rows: TenantRows, status: str) -> None:
    key_results = strata(rows, "key_results", status)
    quota = {"WEEKLY": 40, "BIWEEKLY": 35, "MONTHLY": 20, "NONE": 5}

    assert off_quota(key_results, lambda row: row.checkInCadence, quota) == []


def test_status_of_active_initiatives_follows_its_quota(rows: TenantRows) -> None:
    active = strata(rows, "initiatives", "ACTIVE")
    quota = {"IN_PROGRESS": 60, "NOT_STARTED": 25, "COMPLETED": 10, "BLOCKED": 5}

    assert off_quota(active, lambda row: row.status, quota) == []


def test_private_objectives_are_as_many_as_specified(rows: TenantRows) -> None:
    visibility = Counter(row.visibilityLevel for row in rows.objectives)

    assert visibility["PRIVATE"] == PRIVATE[rows.selection.size]


def test_what_is_not_private_is_public(rows: TenantRows) -> None:
    assert {row.visibilityLevel for row in rows.objectives} == {"PRIVATE", "PUBLIC_TENANT"}


def test_private_objectives_of_the_tenant_are_two_in_each_active_cycle_and_one_in_the_draft(rows: TenantRows) -> None:
    private = Counter(
        row.cycleId for row in rows.objectives if row.visibilityLevel == "PRIVATE" and row.workspaceId is None
    )
    wanted = {"ACTIVE": 2, "DRAFT": 1, "ARCHIVED": 0}

    assert {cycle.id: private[cycle.id] for cycle in rows.cycles} == {
        cycle.id: wanted[cycle.status] for cycle in rows.cycles
    }


def test_private_objectives_of_a_workspace_are_one_in_each_active_cycle(rows: TenantRows) -> None:
    private = Counter(
        (row.cycleId, row.workspaceId)
        for row in rows.objectives
        if row.visibilityLevel == "PRIVATE" and row.workspaceId is not None
    )
    active = [cycle.id for cycle in rows.cycles if cycle.status == "ACTIVE" and rows.selection.size != "tiny"]

    assert private == {(cycle, workspace.id): 1 for cycle in active for workspace in rows.workspaces}


def test_draft_cycles_are_unpublished_on_track_and_not_begun(rows: TenantRows) -> None:
    found = {
        (row.isPublished, row.status, row.progress)
        for members in strata(rows, "objectives", "DRAFT").values()
        for row in members
    }

    assert found == {(False, "ON_TRACK", 0.0)}


def test_everything_archived_is_published(rows: TenantRows) -> None:
    archived = [row for members in strata(rows, "objectives", "ARCHIVED").values() for row in members]

    assert archived
    assert all(row.isPublished for row in archived)


@pytest.mark.parametrize(("cycle_status", "status"), [("DRAFT", "NOT_STARTED"), ("ARCHIVED", "COMPLETED")])
def test_initiatives_outside_active_cycles_are_all_not_started_or_all_completed(
    rows: TenantRows, cycle_status: str, status: str
) -> None:
    found = {row.status for members in strata(rows, "initiatives", cycle_status).values() for row in members}

    assert found == {status}


def test_key_results_inherit_publication_and_visibility(rows: TenantRows) -> None:
    of = rows.objective_of

    assert [
        row.title
        for row in rows.key_results
        if (row.isPublished, row.visibilityLevel) != (of[row.id].isPublished, of[row.id].visibilityLevel)
    ] == []


@pytest.mark.parametrize(("table", "bounds"), [("key_results", KEY_RESULTS), ("initiatives", INITIATIVES)])
def test_parts_are_as_many_as_specified(rows: TenantRows, table: str, bounds: dict[str, tuple[int, int]]) -> None:
    fewest, most = bounds[rows.selection.size]

    assert fewest <= len(rows.table(table)) <= most
