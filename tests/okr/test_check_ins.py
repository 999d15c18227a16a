"""Check-ins: when, how many, which values, how confident (specification: okr, sections 3 and 5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from itertools import pairwise

import pytest

from okrseed.blueprints.okr.row_types import CheckIn, KeyResult
from tests.okr.tenant_rows import SEEDS, SIZES, WEDNESDAY, TenantRows, tenant_rows

DATES = (
    datetime.date(2025, 10, 1),
    datetime.date(2025, 12, 31),
    datetime.date(2026, 1, 1),
    datetime.date(2026, 2, 14),  # A Saturday.
    datetime.date(2026, 2, 15),  # A Sunday.
    datetime.date(2028, 2, 29),
    datetime.date(2031, 3, 30),  # A Sunday on which the clocks change.
)
LENGTHS = {"WEEKLY": {7, 8, 9}, "BIWEEKLY": {3, 4, 5}, "MONTHLY": {1, 2, 3}}
CONFIDENCE = {"ON_TRACK": {4, 5}, "COMPLETED": {4, 5}, "AT_RISK": {2, 3}, "OFF_TRACK": {1, 2}}

VARIANTS = [(size, seed, WEDNESDAY) for seed in SEEDS for size in SIZES] + [("full", SEEDS[0], day) for day in DATES]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: "-".join(map(str, variant)))
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed, as_of = request.param
    return tenant_rows(size, seed=seed, as_of=as_of)


def all_series(rows: TenantRows) -> Iterator[tuple[KeyResult, list[CheckIn]]]:
    key_results = {row.id: row for row in rows.key_results}
    return ((key_results[id], series) for id, series in rows.series.items())


def test_no_check_in_is_made_at_a_weekend(rows: TenantRows) -> None:
    assert [row for row in rows.check_ins if row.createdAt.weekday() >= 5] == []


def test_no_check_in_is_later_than_the_instant_of_as_of(rows: TenantRows) -> None:
    instant = datetime.datetime.combine(rows.selection.as_of, datetime.time(18))

    assert [row for row in rows.check_ins if row.createdAt > instant] == []


def test_only_key_results_of_active_cycles_with_a_cadence_have_check_ins(rows: TenantRows) -> None:
    wanted = {
        row.id
        for row in rows.key_results
        if rows.cycle_status[row.cycleId] == "ACTIVE" and row.checkInCadence != "NONE"
    }

    assert set(rows.series) == wanted


@pytest.mark.parametrize("cadence", LENGTHS)
def test_series_are_as_long_as_the_cadence_says_give_or_take_one(rows: TenantRows, cadence: str) -> None:
    lengths = {len(series) for row, series in all_series(rows) if row.checkInCadence == cadence}

    assert lengths <= LENGTHS[cadence]


def test_check_ins_of_a_series_are_made_on_different_days(rows: TenantRows) -> None:
    assert [
        row.title
        for row, series in all_series(rows)
        if len({check_in.createdAt.date() for check_in in series}) < len(series)
    ] == []


@pytest.mark.parametrize(("cadence", "days"), [("WEEKLY", (7, 7)), ("BIWEEKLY", (14, 14)), ("MONTHLY", (28, 32))])
def test_check_ins_lie_a_cadence_apart(rows: TenantRows, cadence: str, days: tuple[int, int]) -> None:
    gaps = {
        (later.createdAt.date() - earlier.createdAt.date()).days
        for row, series in all_series(rows)
        if row.checkInCadence == cadence
        for earlier, later in pairwise(series)
    }

    assert days[0] <= min(gaps, default=days[0])
    assert max(gaps, default=days[1]) <= days[1]


def test_check_ins_are_made_in_working_hours(rows: TenantRows) -> None:
    assert [row for row in rows.check_ins if not 7 <= row.createdAt.hour < 18] == []


def test_the_last_value_is_the_current_one(rows: TenantRows) -> None:
    assert [row.title for row, series in all_series(rows) if series[-1].value != row.currentValue] == []


def test_values_walk_towards_the_current_value_and_never_back(rows: TenantRows) -> None:
    back = []
    for row, series in all_series(rows):
        sign = 1 if row.targetValue > row.startValue else -1
        walk = [row.startValue, *(check_in.value for check_in in series), row.currentValue]
        if any(sign * later < sign * earlier for earlier, later in pairwise(walk)):
            back.append(row.title)

    assert back == []


def test_a_weekly_series_begins_in_the_first_third_of_the_way(rows: TenantRows) -> None:
    assert [
        row.title
        for row, series in all_series(rows)
        if row.checkInCadence == "WEEKLY"
        and abs(series[0].value - row.startValue) > abs(row.currentValue - row.startValue) / 3 + 1e-9
    ] == []


def test_people_check_in_on_their_own_key_results(rows: TenantRows) -> None:
    assert [row.title for row, series in all_series(rows) if {one.userId for one in series} != {row.ownerId}] == []


@pytest.mark.parametrize("status", CONFIDENCE)
def test_confidence_is_in_keeping_with_the_status(rows: TenantRows, status: str) -> None:
    found = {one.confidence for row, series in all_series(rows) if row.status == status for one in series}

    assert found <= CONFIDENCE[status]


def test_blockers_are_named_where_confidence_is_low_and_nowhere_else(rows: TenantRows) -> None:
    assert [row.note for row in rows.check_ins if (row.blockers is not None) != (row.confidence <= 2)] == []


@pytest.mark.parametrize("size", SIZES)
def test_every_confidence_from_one_to_five_is_within_reach(size: str) -> None:
    assert {row.confidence for row in tenant_rows(size).check_ins} <= {1, 2, 3, 4, 5}


def test_the_full_size_shows_every_confidence() -> None:
    assert {row.confidence for row in tenant_rows().check_ins} == {1, 2, 3, 4, 5}
