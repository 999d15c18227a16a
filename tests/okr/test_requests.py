"""Check-in requests: who asks whom, when it is due, what was answered (specification: okr, section 5)."""

from __future__ import annotations

import datetime
from collections import Counter

import pytest

from tests.okr.tenant_rows import MANY_SEEDS, SIZES, WEDNESDAY, TenantRows, kind_of, tenant_rows

DATES = (WEDNESDAY, datetime.date(2025, 12, 31), datetime.date(2028, 2, 29), datetime.date(2026, 2, 14))
VARIANTS = [(size, MANY_SEEDS[0], day) for size in SIZES for day in DATES] + [
    ("tiny", seed, WEDNESDAY) for seed in MANY_SEEDS[1:]
]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: "-".join(map(str, variant)))
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed, as_of = request.param
    return tenant_rows(size, seed=seed, as_of=as_of)


def instant(rows: TenantRows) -> datetime.datetime:
    return datetime.datetime.combine(rows.selection.as_of, datetime.time(18))


def test_everyone_asks_an_own_report(rows: TenantRows) -> None:
    manager = {user.id: user.managerId for user in rows.users}

    assert [row for row in rows.requests if manager[row.targetUserId] != row.requesterUserId] == []


def test_each_workspace_has_three_open_and_one_submitted(rows: TenantRows) -> None:
    found = Counter((rows.home[row.targetUserId], row.status) for row in rows.requests if rows.home[row.targetUserId])

    assert found == {
        (workspace.id, status): count
        for workspace in rows.workspaces
        for status, count in (("OPEN", 3), ("SUBMITTED", 1))
    }


def test_the_tenant_level_has_three_submitted_and_three_late(rows: TenantRows) -> None:
    found = Counter(row.status for row in rows.requests if rows.home[row.targetUserId] is None)

    assert found == {"SUBMITTED": 3, "LATE": 3}


def test_at_the_tenant_level_the_founder_asks_admins(rows: TenantRows) -> None:
    users = rows.by_id("users")
    pairs = {
        (kind_of(users[row.requesterUserId]), kind_of(users[row.targetUserId]))
        for row in rows.requests
        if rows.home[row.targetUserId] is None
    }

    assert pairs == {("founder", "admin")}


def test_requests_stay_within_a_workspace(rows: TenantRows) -> None:
    assert [row for row in rows.requests if rows.home[row.requesterUserId] != rows.home[row.targetUserId]] == []


def test_requests_name_the_organisation(rows: TenantRows) -> None:
    assert {row.organizationId for row in rows.requests} == {rows.organization.id}


def test_open_requests_are_due_after_as_of(rows: TenantRows) -> None:
    assert [row for row in rows.requests if row.status == "OPEN" and row.dueAt <= instant(rows)] == []


def test_late_requests_were_due_before_as_of(rows: TenantRows) -> None:
    assert [row for row in rows.requests if row.status == "LATE" and row.dueAt >= instant(rows)] == []


def test_exactly_the_submitted_requests_have_a_response(rows: TenantRows) -> None:
    submitted = sorted(row.id for row in rows.requests if row.status == "SUBMITTED")

    assert sorted(row.requestId for row in rows.responses) == submitted


def test_a_response_comes_from_the_person_asked(rows: TenantRows) -> None:
    asked = {row.id: row.targetUserId for row in rows.requests}

    assert [row for row in rows.responses if row.targetUserId != asked[row.requestId]] == []


def test_a_response_was_submitted_in_time_and_not_after_as_of(rows: TenantRows) -> None:
    due = {row.id: row.dueAt for row in rows.requests}

    assert [row for row in rows.responses if row.submittedAt > min(due[row.requestId], instant(rows))] == []


@pytest.mark.parametrize("summary", ["summaryWhatMoved", "summaryBlocked", "summaryNeedHelp"])
def test_a_response_says_everything_that_is_asked(rows: TenantRows, summary: str) -> None:
    assert [row for row in rows.responses if not (getattr(row, summary) or "").strip()] == []
