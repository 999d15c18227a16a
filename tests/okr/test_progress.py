"""Values, progress and status of key results agree with one another (specification: okr, section 5)."""

from __future__ import annotations

import statistics
from collections import defaultdict

import pytest

from okrseed.blueprints.okr.row_types import KeyResult
from tests.okr.tenant_rows import SEEDS, SIZES, TenantRows, tenant_rows

# The widest way, in percent, that a status can have gone in the middle of the quarter.
MIDDLE_OF_THE_QUARTER = {
    "ON_TRACK": (40, 80),
    "AT_RISK": (15, 45),
    "OFF_TRACK": (0, 20),
    "COMPLETED": (100, 100),
}
AFTER_THE_QUARTER = {"COMPLETED": (100, 100), "OFF_TRACK": (0, 70), "CANCELLED": (0, 70)}


@pytest.fixture(
    scope="module", params=[(size, seed) for seed in SEEDS for size in SIZES], ids=lambda pair: "-".join(pair)
)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed = request.param
    return tenant_rows(size, seed=seed)


def in_cycles(rows: TenantRows, status: str) -> list[KeyResult]:
    return [row for row in rows.key_results if rows.cycle_status[row.cycleId] == status]


def way_gone(row: KeyResult) -> float:
    """Percent of the way from start to target, from the values alone."""
    return 100 * (row.currentValue - row.startValue) / (row.targetValue - row.startValue)


def test_progress_follows_from_start_current_and_target(rows: TenantRows) -> None:
    assert [row.title for row in rows.key_results if abs(row.progress - way_gone(row)) > 0.01] == []


def test_an_objectives_progress_is_the_mean_of_its_key_results(rows: TenantRows) -> None:
    parts: defaultdict[str, list[float]] = defaultdict(list)
    for row in rows.key_results:
        parts[rows.objective_of[row.id].id].append(row.progress)

    assert [row.title for row in rows.objectives if abs(row.progress - statistics.mean(parts[row.id])) > 0.01] == []


def test_progress_lies_between_nothing_and_everything(rows: TenantRows) -> None:
    assert [row.title for row in rows.key_results if not 0 <= row.progress <= 100] == []


@pytest.mark.parametrize("status", MIDDLE_OF_THE_QUARTER)
def test_progress_of_active_key_results_agrees_with_their_status(rows: TenantRows, status: str) -> None:
    lowest, highest = MIDDLE_OF_THE_QUARTER[status]
    active = [row for row in in_cycles(rows, "ACTIVE") if row.status == status]

    assert [row.title for row in active if not lowest <= row.progress <= highest] == []


@pytest.mark.parametrize("status", AFTER_THE_QUARTER)
def test_progress_of_archived_key_results_agrees_with_their_status(rows: TenantRows, status: str) -> None:
    lowest, highest = AFTER_THE_QUARTER[status]
    archived = [row for row in in_cycles(rows, "ARCHIVED") if row.status == status]

    assert [row.title for row in archived if not lowest <= row.progress <= highest] == []


def test_draft_key_results_stand_at_their_start(rows: TenantRows) -> None:
    draft = in_cycles(rows, "DRAFT")

    assert draft
    assert [row.title for row in draft if row.currentValue != row.startValue] == []


def test_key_results_have_the_status_of_their_objective(rows: TenantRows) -> None:
    assert [row.title for row in rows.key_results if row.status != rows.objective_of[row.id].status] == []


def test_only_what_is_completed_has_reached_its_target(rows: TenantRows) -> None:
    assert [
        row.title for row in rows.key_results if (row.currentValue == row.targetValue) != (row.status == "COMPLETED")
    ] == []


@pytest.mark.parametrize(("metric", "rises"), [("INCREASE", True), ("DECREASE", False), ("REACH", True)])
def test_start_and_target_agree_with_the_metric(rows: TenantRows, metric: str, rises: bool) -> None:
    measured = [row for row in rows.key_results if row.metricType == metric]

    assert measured
    assert [row.title for row in measured if (row.targetValue > row.startValue) != rises] == []


def test_what_is_maintained_counts_from_nothing(rows: TenantRows) -> None:
    assert {row.startValue for row in rows.key_results if row.metricType == "MAINTAIN"} <= {0.0}


def test_current_values_are_written_as_precisely_as_start_and_target(rows: TenantRows) -> None:
    """No more digits after the point than a person would write: at most two."""
    assert [row.title for row in rows.key_results if round(row.currentValue, 2) != row.currentValue] == []


def test_status_orders_progress() -> None:
    active = in_cycles(tenant_rows(), "ACTIVE")
    mean = {
        status: statistics.mean(row.progress for row in active if row.status == status)
        for status in MIDDLE_OF_THE_QUARTER
    }

    assert mean["OFF_TRACK"] < mean["AT_RISK"] < mean["ON_TRACK"] < mean["COMPLETED"]
