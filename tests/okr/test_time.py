"""as_of is the only clock, and it moves dates only (specification: okr, section 3)."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from okrseed.blueprints.okr import OkrBlueprint
from tests.okr.tenant_rows import SIZES, TABLES, WEDNESDAY, TenantRows, selection_for, tenant_rows, without

DATES = (
    datetime.date(2025, 10, 1),
    datetime.date(2025, 12, 31),
    datetime.date(2026, 2, 14),
    datetime.date(2026, 11, 21),
    datetime.date(2028, 2, 29),
    datetime.date(1999, 6, 6),
)
OF_THE_CYCLE = ("objectives", "key_results", "objective_key_results", "initiatives")
OF_AS_OF = tuple(table for table in TABLES if table not in (*OF_THE_CYCLE, "check_ins"))
NEVER_CHANGING = ("objective_key_results", "check_ins", "check_in_responses")
MOVING = ("createdAt", "updatedAt", "dueAt", "submittedAt")


def undated(rows: TenantRows, table: str) -> list[Any]:
    """The rows without what as_of may move."""
    if table == "organizations":
        stamp = dict((rows.organization.metadata or {})["okrseed"])
        del stamp["as_of"]
        return [without(rows.organization, *MOVING)._replace(metadata=stamp)]
    return [without(row, *MOVING) for row in rows.table(table)]


@pytest.mark.parametrize("as_of", DATES, ids=str)
@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("size", ["tiny", "demo"])
def test_as_of_moves_dates_only(size: str, table: str, as_of: datetime.date) -> None:
    assert undated(tenant_rows(size, as_of=as_of), table) == undated(tenant_rows(size), table)


@pytest.mark.parametrize("as_of", DATES, ids=str)
@pytest.mark.parametrize("table", OF_THE_CYCLE)
def test_as_of_moves_no_date_of_objectives_and_their_parts_but_the_last_change(
    table: str, as_of: datetime.date
) -> None:
    moved = [without(row, "updatedAt") for row in tenant_rows(as_of=as_of).table(table)]

    assert moved == [without(row, "updatedAt") for row in tenant_rows().table(table)]


@pytest.mark.parametrize("days", [1, 7, 28, 365])
def test_a_whole_tenant_of_check_ins_moves_with_as_of(days: int) -> None:
    """Each by the days that as_of moved, or by as much less or more as a weekend makes."""
    later = tenant_rows("demo", as_of=WEDNESDAY + datetime.timedelta(days=days)).by_id("check_ins")
    moves = {(later[row.id].createdAt.date() - row.createdAt.date()).days for row in tenant_rows("demo").check_ins}

    assert days - 14 <= min(moves)
    assert max(moves) <= days + 14


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("table", OF_THE_CYCLE)
def test_objectives_and_their_parts_are_created_when_their_cycle_starts(size: str, table: str) -> None:
    rows = tenant_rows(size)
    start = {cycle.id: cycle.startDate for cycle in rows.cycles}
    cycle_of = {row.id: row.cycleId for row in rows.objectives}

    assert [
        row
        for row in rows.table(table)
        if row.createdAt != start[row.cycleId if hasattr(row, "cycleId") else cycle_of[row.objectiveId] or ""]
    ] == []


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("table", OF_AS_OF)
def test_everything_else_is_created_at_the_instant_of_as_of(size: str, table: str) -> None:
    assert {row.createdAt for row in tenant_rows(size).table(table)} == {datetime.datetime(2026, 2, 11, 18)}


@pytest.mark.parametrize("table", [table for table in TABLES if table not in NEVER_CHANGING])
def test_every_row_changes_at_the_instant_of_as_of(table: str) -> None:
    assert {row.updatedAt for row in tenant_rows().table(table)} == {datetime.datetime(2026, 2, 11, 18)}


@pytest.mark.parametrize("as_of", [datetime.date(2026, 7, 1), WEDNESDAY], ids=["summer time", "winter time"])
def test_the_instant_is_eighteen_hours_utc_all_year(as_of: datetime.date) -> None:
    assert tenant_rows("tiny", as_of=as_of).organization.createdAt == datetime.datetime.combine(
        as_of, datetime.time(18)
    )


@pytest.mark.parametrize(
    "as_of", [datetime.date(2025, 10, 1), datetime.date(2025, 12, 31), datetime.date(2026, 3, 31)], ids=str
)
def test_a_date_in_an_active_quarter_needs_no_note(as_of: datetime.date) -> None:
    assert OkrBlueprint().notes(selection_for(as_of=as_of)) == ()


@pytest.mark.parametrize("as_of", [datetime.date(2025, 9, 30), datetime.date(2026, 4, 1)], ids=str)
def test_a_date_outside_the_active_quarters_is_noted_with_the_way_out(as_of: datetime.date) -> None:
    (note,) = OkrBlueprint().notes(selection_for(as_of=as_of))

    assert as_of.isoformat() in note
    assert "--roll-cycles" in note


@pytest.mark.parametrize("as_of", DATES, ids=str)
def test_the_rolled_calendar_never_needs_that_note(as_of: datetime.date) -> None:
    assert OkrBlueprint().notes(selection_for(as_of=as_of, rolled=True)) == ()
