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
SET_NULL = {"managerId", "parentId", "pillarId", "cycleId", "teamId", "objectiveId", "parentWorkspaceId"}
"""Columns that a database sets to NULL when the row that they refer to is deleted."""


def first(database: Database, table: str) -> str:
    return min(database.table(table))


def change(database: Database, table: str) -> str:
    """Change one row by hand; returns its id."""
    id = first(database, table)
    column, value = CHANGES[table]
    assert database.execute(f"""UPDATE "{table}" SET "{column}" = {value} WHERE id = '{id}'""") == 1
    return id


def left(outcome: Outcome) -> dict[str, int]:
    found: dict[str, int] = outcome.document["plan"]["left"]
    return found


@pytest.mark.parametrize("table", TABLES)
def test_full_brings_back_a_row_deleted_by_hand_and_all_that_went_with_it(tiny: Database, table: str) -> None:
    before = tiny.contents()
    tiny.execute(f"DELETE FROM \"{table}\" WHERE id = '{first(tiny, table)}'")

    run(tiny.url, *TINY, "--no-verify")

    assert tiny.contents() == before


@pytest.mark.parametrize("table", TABLES)
def test_incremental_brings_back_a_row_deleted_by_hand_and_all_that_went_with_it(tiny: Database, table: str) -> None:
    before = tiny.contents(without=SET_NULL)
    tiny.execute(f"DELETE FROM \"{table}\" WHERE id = '{first(tiny, table)}'")

    run(tiny.url, *TINY, "--mode", "incremental", "--no-verify")

    assert tiny.contents(without=SET_NULL) == before


@pytest.mark.parametrize("table", CHANGES)
def test_full_puts_a_changed_value_back(tiny: Database, table: str) -> None:
    before = tiny.contents()
    change(tiny, table)

    outcome = run(tiny.url, *TINY, "--no-verify")

    assert tiny.contents() == before
    assert (outcome.totals["updated"], left(outcome)) == (1, {})


@pytest.mark.parametrize("table", CHANGES)
def test_incremental_leaves_a_changed_value_and_lists_it(tiny: Database, table: str) -> None:
    change(tiny, table)
    changed = tiny.contents()

    outcome = run(tiny.url, *TINY, "--mode", "incremental", "--no-verify")

    assert tiny.contents() == changed
    assert (outcome.totals["updated"], left(outcome)) == (0, {table: 1})


@pytest.mark.parametrize(("mode", "updated", "listed"), [("full", 1, {}), ("incremental", 0, {"objectives": 1})])
def test_the_plan_says_what_happens_to_a_changed_title(
    tiny: Database, mode: str, updated: int, listed: dict[str, int]
) -> None:
    change(tiny, "objectives")

    planned = plan(tiny.url, *TINY, "--mode", mode).document

    assert (planned["totals"]["update"], planned["left"]) == (updated, listed)
    assert planned["totals"]["unchanged"] == sum(tiny.counts().values()) - updated


def test_a_difference_that_is_left_is_a_warning_of_the_checks(tiny: Database) -> None:
    change(tiny, "objectives")

    outcome = run(tiny.url, *TINY, "--mode", "incremental")

    verification = outcome.document["verification"]
    assert (outcome.exit, verification["failed"]) == (0, 0)
    assert verification["warned"] > 0


def test_updated_at_says_when_a_row_was_put_back(tiny: Database) -> None:
    id = change(tiny, "initiatives")
    before = tiny.table("initiatives")[id]

    run(tiny.url, *TINY, "--select", "okrs", "--no-verify", as_of="2025-12-02")

    after = tiny.table("initiatives")[id]
    assert (after["updatedAt"].isoformat(), after["createdAt"]) == ("2025-12-02T18:00:00", before["createdAt"])


@pytest.mark.parametrize("mode", MODES)
def test_a_stage_that_is_only_needed_creates_and_never_updates(tiny: Database, mode: str) -> None:
    id = change(tiny, "teams")
    gone = first(tiny, "check_ins")
    tiny.execute(f"DELETE FROM check_ins WHERE id = '{gone}'")

    outcome = run(tiny.url, *TINY, "--select", "check-ins", "--mode", mode, "--no-verify")

    assert tiny.table("teams")[id]["name"] == "Some other name"
    assert left(outcome) == {"teams": 1}
    assert gone in tiny.table("check_ins")


def test_plus_makes_what_is_needed_chosen(tiny: Database) -> None:
    id = change(tiny, "teams")

    run(tiny.url, *TINY, "--select", "+check-ins", "--no-verify")

    assert tiny.table("teams")[id]["name"] != "Some other name"
