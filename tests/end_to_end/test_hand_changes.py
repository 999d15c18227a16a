"""Rows that people deleted or changed: full puts them back, incremental only brings back what is gone."""

from __future__ import annotations

import pytest

from tests.end_to_end.database import TABLES, Database
from tests.end_to_end.program import Outcome, plan, run

TINY = ("--size", "tiny")
MODES = ("full", "incremental")
CHANGES = {
    "organizations": ("name", "'Some other name'"),
    "workspaces": ("name", "'Some other name'"),
    "teams": ("name", "'Some other name'"),
    "users": ("name", "'Some other name'"),
    "cycles": ("status", "'LOCKED'"),
    "strategic_pillars": ("color", "NULL"),
    "objectives": ("title", "'Some other title'"),
    "key_results": ("currentValue", "-1"),
    "initiatives": ("status", "'BLOCKED'"),
    "check_ins": ("note", "'Some other note'"),
    "check_in_requests": ("status", "'CANCELLED'"),
    "check_in_responses": ("summaryBlocked", "'Some other text'"),
    "role_assignments": ("role", "'TENANT_VIEWER'"),
}
LEAVES = ("check_ins", "check_in_responses", "role_assignments", "initiatives")
"""Tables to whose rows no other row refers."""
SET_NULL = {"managerId", "parentId", "pillarId", "cycleId", "teamId", "objectiveId", "parentWorkspaceId"}
"""Columns that a database sets to NULL when the row that they refer to is deleted."""


def change(database: Database, *tables: str) -> None:
    """Change one row of each table by hand."""
    for table in tables:
        column, value = CHANGES[table]
        database.execute(f'UPDATE {table} SET "{column}" = {value} WHERE id = (SELECT min(id) FROM {table})')


def delete(database: Database, *tables: str) -> None:
    """Delete one row of each table by hand, and with it what the schema says."""
    database.execute(*(f"DELETE FROM {table} WHERE id = (SELECT min(id) FROM {table})" for table in tables))


def left(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = outcome.document["plan"]["left"]
    return found


@pytest.mark.parametrize("table", TABLES)
def test_full_brings_back_a_row_deleted_by_hand_and_all_that_went_with_it(lone: Database, table: str) -> None:
    before = lone.contents()
    delete(lone, table)

    run(lone.url, *TINY, "--no-verify")

    assert lone.contents() == before


def test_full_brings_back_rows_deleted_from_every_table(small: Database) -> None:
    before = small.contents()
    delete(small, *TABLES[1:])

    run(small.url, *TINY, "--no-verify")

    assert small.contents() == before


def test_incremental_brings_back_rows_deleted_from_every_table(small: Database) -> None:
    before = small.contents(without=SET_NULL)
    delete(small, *TABLES[1:])

    run(small.url, *TINY, "--mode", "incremental", "--no-verify")

    assert small.contents(without=SET_NULL) == before


@pytest.mark.parametrize("mode", MODES)
def test_a_run_creates_only_the_rows_that_are_gone(small: Database, mode: str) -> None:
    delete(small, *LEAVES)

    outcome = run(small.url, *TINY, "--mode", mode, "--no-verify")

    assert (outcome.totals["created"], outcome.totals["updated"]) == (len(LEAVES), 0)


def test_full_puts_changed_values_back_in_every_table(small: Database) -> None:
    before = small.contents()
    change(small, *CHANGES)

    run(small.url, *TINY, "--no-verify")

    assert small.contents() == before


def test_full_updates_only_the_rows_that_differ(small: Database) -> None:
    change(small, *CHANGES)

    outcome = run(small.url, *TINY, "--no-verify")

    assert (outcome.totals["created"], outcome.totals["updated"], left(outcome)) == (0, len(CHANGES), {})


def test_incremental_leaves_changed_values_in_every_table(small: Database) -> None:
    change(small, *CHANGES)
    changed = small.contents()

    run(small.url, *TINY, "--mode", "incremental", "--no-verify")

    assert small.contents() == changed


def test_incremental_lists_what_it_leaves(small: Database) -> None:
    change(small, *CHANGES)

    outcome = run(small.url, *TINY, "--mode", "incremental", "--no-verify")

    assert (outcome.totals["updated"], left(outcome)) == (0, dict.fromkeys(CHANGES, 1))


@pytest.mark.parametrize(("mode", "updated", "listed"), [("full", 1, {}), ("incremental", 0, {"objectives": 1})])
def test_the_plan_says_what_happens_to_a_changed_title(
    lone: Database, mode: str, updated: int, listed: dict[str, int]
) -> None:
    change(lone, "objectives")

    planned = plan(lone.url, *TINY, "--mode", mode).document

    assert (planned["totals"]["update"], planned["left"]) == (updated, listed)
    assert planned["totals"]["unchanged"] == sum(lone.counts().values()) - updated


def test_a_difference_that_is_left_is_a_warning_of_the_checks(lone: Database) -> None:
    change(lone, "objectives")

    outcome = run(lone.url, *TINY, "--mode", "incremental")

    verification = outcome.document["verification"]
    assert (outcome.exit, verification["failed"]) == (0, 0)
    assert verification["warned"] > 0


def test_updated_at_says_when_a_row_was_put_back(lone: Database) -> None:
    change(lone, "teams")
    before = lone.table("teams")

    run(lone.url, *TINY, "--select", "teams", "--no-verify", as_of="2025-12-02")

    touched = [row for row in lone.table("teams").values() if row["updatedAt"] != before[row["id"]]["updatedAt"]]
    assert [row["updatedAt"].isoformat() for row in touched] == ["2025-12-02T18:00:00"]
    assert [row["createdAt"] for row in touched] == [before[touched[0]["id"]]["createdAt"]]


def test_a_stage_that_is_only_needed_creates_and_never_updates(lone: Database) -> None:
    delete(lone, "teams", "check_ins")
    change(lone, "teams")
    before = lone.counts()

    outcome = run(lone.url, *TINY, "--select", "check-ins", "--no-verify")

    assert left(outcome)["teams"] == 1
    assert lone.counts()["teams"] == before["teams"] + 1
    assert lone.value("SELECT count(*) AS n FROM teams WHERE name = 'Some other name'") == 1


def test_plus_makes_what_is_needed_chosen(lone: Database) -> None:
    change(lone, "teams")

    run(lone.url, *TINY, "--select", "+check-ins", "--no-verify")

    assert lone.value("SELECT count(*) AS n FROM teams WHERE name = 'Some other name'") == 0
