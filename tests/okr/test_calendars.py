"""The fixed and the rolled calendar (specification: okr, section 3)."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest

from tests.okr.attention import SHARES, off_share
from tests.okr.strata import off_quota, strata
from tests.okr.tenant_rows import SIZES, TenantRows, tenant_rows

OBJECTIVES = {"tiny": 20, "demo": 176, "full": 260}
PRIVATE = {"tiny": 5, "demo": 17, "full": 17}
ROLLED = {
    # as_of: the cycles, oldest first; ARCHIVED, ACTIVE, ACTIVE, DRAFT.
    datetime.date(2025, 12, 31): ("Q2 2025", "Q3 2025", "Q4 2025", "Q1 2026"),
    datetime.date(2026, 1, 1): ("Q3 2025", "Q4 2025", "Q1 2026", "Q2 2026"),
    datetime.date(2026, 2, 15): ("Q3 2025", "Q4 2025", "Q1 2026", "Q2 2026"),
    datetime.date(2026, 3, 31): ("Q3 2025", "Q4 2025", "Q1 2026", "Q2 2026"),
    datetime.date(2026, 4, 1): ("Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"),
    datetime.date(2026, 6, 30): ("Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026"),
    datetime.date(2026, 7, 1): ("Q1 2026", "Q2 2026", "Q3 2026", "Q4 2026"),
    datetime.date(2026, 11, 21): ("Q2 2026", "Q3 2026", "Q4 2026", "Q1 2027"),
    datetime.date(2027, 1, 31): ("Q3 2026", "Q4 2026", "Q1 2027", "Q2 2027"),
    datetime.date(2028, 2, 29): ("Q3 2027", "Q4 2027", "Q1 2028", "Q2 2028"),
    datetime.date(1999, 12, 31): ("Q2 1999", "Q3 1999", "Q4 1999", "Q1 2000"),
    datetime.date(2049, 9, 9): ("Q1 2049", "Q2 2049", "Q3 2049", "Q4 2049"),
}
STATUSES = ("ARCHIVED", "ACTIVE", "ACTIVE", "DRAFT")
VARIANTS = [("full", day) for day in ROLLED] + [(size, day) for day in list(ROLLED)[::3] for size in ("tiny", "demo")]
FIXED = ("Q4 2025", "Q1 2026", "Q2 2026", "Q3 2026")
SHARED = [(day, quarter) for day, quarters in ROLLED.items() for quarter in quarters if quarter in FIXED][::2]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda pair: f"{pair[0]}-{pair[1]}")
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, as_of = request.param
    return tenant_rows(size, as_of=as_of, rolled=True)


def titles(rows: TenantRows, table: str, quarter: str) -> dict[str, str]:
    (cycle,) = [cycle.id for cycle in rows.cycles if cycle.name == quarter]
    return {row.id: row.title for row in rows.table(table) if row.cycleId == cycle}


@pytest.mark.parametrize("size", SIZES)
def test_the_fixed_cycles_are_those_specified(size: str) -> None:
    assert [
        (cycle.name, str(cycle.startDate.date()), str(cycle.endDate.date()), cycle.status)
        for cycle in tenant_rows(size).cycles
    ] == [
        ("Q4 2025", "2025-10-01", "2025-12-31", "ACTIVE"),
        ("Q1 2026", "2026-01-01", "2026-03-31", "ACTIVE"),
        ("Q2 2026", "2026-04-01", "2026-06-30", "DRAFT"),
        ("Q3 2026", "2026-07-01", "2026-09-30", "ARCHIVED"),
    ]


def test_the_rolled_cycles_lie_around_as_of(rows: TenantRows) -> None:
    cycles = sorted(rows.cycles, key=lambda cycle: cycle.startDate)

    assert tuple(cycle.name for cycle in cycles) == ROLLED[rows.selection.as_of]


def test_the_rolled_cycles_have_the_specified_statuses(rows: TenantRows) -> None:
    cycles = sorted(rows.cycles, key=lambda cycle: cycle.startDate)

    assert tuple(cycle.status for cycle in cycles) == STATUSES


def test_as_of_lies_in_the_later_active_cycle(rows: TenantRows) -> None:
    now = max((cycle for cycle in rows.cycles if cycle.status == "ACTIVE"), key=lambda cycle: cycle.startDate)

    assert now.startDate.date() <= rows.selection.as_of <= now.endDate.date()


def test_a_cycle_lasts_from_the_first_to_the_last_millisecond_of_its_quarter(rows: TenantRows) -> None:
    cycles = sorted(rows.cycles, key=lambda cycle: cycle.startDate)
    gaps = {later.startDate - earlier.endDate for earlier, later in pairwise(cycles)}

    assert gaps == {datetime.timedelta(milliseconds=1)}
    assert {cycle.startDate.time() for cycle in cycles} == {datetime.time(0)}


def test_every_cycle_is_standard(rows: TenantRows) -> None:
    assert all(cycle.isStandard for cycle in rows.cycles)


def test_objectives_are_as_many_as_in_the_fixed_calendar(rows: TenantRows) -> None:
    assert len(rows.objectives) == OBJECTIVES[rows.selection.size]


@pytest.mark.parametrize("table", ["key_results", "initiatives"])
def test_their_parts_are_as_many_as_in_the_fixed_calendar(rows: TenantRows, table: str) -> None:
    assert len(rows.table(table)) == len(tenant_rows(rows.selection.size).table(table))


def test_check_ins_are_about_as_many_as_in_the_fixed_calendar(rows: TenantRows) -> None:
    fixed = len(tenant_rows(rows.selection.size).check_ins)

    assert 0.9 * fixed <= len(rows.check_ins) <= 1.1 * fixed
    assert rows.selection.size != "full" or 1_800 <= len(rows.check_ins) <= 2_200


def test_private_objectives_are_as_many_as_in_the_fixed_calendar(rows: TenantRows) -> None:
    private = [row for row in rows.objectives if row.visibilityLevel == "PRIVATE"]

    assert len(private) == PRIVATE[rows.selection.size]


def test_status_follows_its_quota(rows: TenantRows) -> None:
    quota = {"ON_TRACK": 60, "AT_RISK": 25, "OFF_TRACK": 5, "COMPLETED": 10}

    assert off_quota(strata(rows, "objectives", "ACTIVE"), lambda row: row.status, quota) == []


def test_publication_follows_its_quota(rows: TenantRows) -> None:
    active = strata(rows, "objectives", "ACTIVE")

    assert off_quota(active, lambda row: row.isPublished, {True: 70, False: 30}) == []


def test_cadence_follows_its_quota(rows: TenantRows) -> None:
    quota = {"WEEKLY": 40, "BIWEEKLY": 35, "MONTHLY": 20, "NONE": 5}

    assert off_quota(strata(rows, "key_results", "ACTIVE"), lambda row: row.checkInCadence, quota) == []


def test_initiative_status_follows_its_quota(rows: TenantRows) -> None:
    quota = {"IN_PROGRESS": 60, "NOT_STARTED": 25, "COMPLETED": 10, "BLOCKED": 5}

    assert off_quota(strata(rows, "initiatives", "ACTIVE"), lambda row: row.status, quota) == []


@pytest.mark.parametrize("mark", SHARES)
def test_the_attention_feed_has_its_shares(rows: TenantRows, mark: str) -> None:
    assert off_share(rows, mark) == []


def test_check_ins_lie_before_as_of_and_not_at_weekends(rows: TenantRows) -> None:
    instant = datetime.datetime.combine(rows.selection.as_of, datetime.time(18))

    assert [row for row in rows.check_ins if row.createdAt > instant or row.createdAt.weekday() >= 5] == []


@pytest.mark.parametrize("table", ["objectives", "key_results", "initiatives"])
@pytest.mark.parametrize(("as_of", "quarter"), SHARED, ids=str)
@pytest.mark.parametrize("size", ["demo", "full"])
def test_a_quarter_has_the_same_ids_and_titles_in_both_calendars(
    size: str, as_of: datetime.date, quarter: str, table: str
) -> None:
    rolled = tenant_rows(size, as_of=as_of, rolled=True)

    assert titles(rolled, table, quarter) == titles(tenant_rows(size), table, quarter) != {}


@pytest.mark.parametrize("table", ["objectives", "key_results", "initiatives"])
def test_a_quarter_that_is_active_in_both_calendars_has_the_same_rows_in_the_smallest_size(table: str) -> None:
    rolled = tenant_rows("tiny", rolled=True)

    assert titles(rolled, table, "Q1 2026") == titles(tenant_rows("tiny"), table, "Q1 2026")


def test_neighbouring_quarters_hardly_repeat_their_tenant_objectives() -> None:
    rows = tenant_rows()
    tenant = [row for row in rows.objectives if row.workspaceId is None]
    one, other = ({row.title for row in tenant if row.cycleId == cycle.id} for cycle in rows.cycles[:2])

    assert len(one & other) <= 2


def test_the_calendar_is_stamped() -> None:
    stamps = [(tenant_rows("tiny", rolled=rolled).organization.metadata or {})["okrseed"] for rolled in (False, True)]

    assert [stamp["calendar"] for stamp in stamps] == ["fixed", "rolled"]
