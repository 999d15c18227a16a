"""The state of a run is a pure fold of its events, and the report's figures are that fold's."""

from __future__ import annotations

import copy
import functools

from okrseed.progress import RunState, fold
from okrseed.selection import Mode
from tests.core.endings import Ending, cancelled_after_a_chunk, failed_by_a_producer, looked_only, succeeded
from tests.core.library import Library
from tests.core.seeding import row_counts


def test_the_fold_of_the_events_is_the_state_in_the_report(ending: Ending) -> None:
    report, recorder = ending
    assert functools.reduce(fold, recorder.events, RunState()) == report.state


def test_on_postgresql_too_the_fold_of_the_events_has_the_totals_of_the_report(postgres_url: str) -> None:
    report, recorder = succeeded(postgres_url)
    state = functools.reduce(fold, recorder.events, RunState())
    totals = report.document()["totals"]
    assert (state.done, state.statements) == (totals["created"], totals["statements"])


def test_folding_leaves_the_state_before_as_it_was(sqlite_url: str) -> None:
    state = RunState()
    for event in succeeded(sqlite_url).recorder.events:
        before = copy.deepcopy(state)
        following = fold(state, event)
        assert state == before
        state = following


def test_the_rows_done_are_the_rows_in_the_database(database_url: str) -> None:
    report = succeeded(database_url).report
    assert report.state.done == sum(row_counts(database_url).values())


def test_after_a_cancellation_the_rows_done_are_the_rows_in_the_database(database_url: str) -> None:
    report = cancelled_after_a_chunk(database_url).report
    assert report.state.done == sum(row_counts(database_url).values())


def test_what_was_planned_is_done_in_the_end(sqlite_url: str) -> None:
    state = succeeded(sqlite_url).report.state
    assert {stage.id: stage.planned for stage in state.stages.values()} == {
        stage.id: stage.done for stage in state.stages.values()
    }


def test_the_totals_of_the_report_are_the_sums_of_its_stages(ending: Ending) -> None:
    document = ending.report.document()
    for count in ("created", "updated", "unchanged", "deleted", "statements", "retries"):
        assert document["totals"][count] == sum(stage[count] for stage in document["stages"])


def test_stages_that_had_nothing_to_do_are_told_apart_but_count_as_done(sqlite_url: str) -> None:
    succeeded(sqlite_url)
    report = succeeded(sqlite_url).report
    assert {stage.progress for stage in report.state.stages.values()} == {"unchanged"}
    assert {stage["status"] for stage in report.document()["stages"]} == {"done"}


def test_a_dry_run_plans_rows_and_does_none(sqlite_url: str) -> None:
    state = looked_only(sqlite_url).report.state
    assert state.mode == Mode.DRY_RUN.value
    assert state.planned > 0
    assert state.done == 0


def test_each_stage_that_failed_counts_as_an_error(sqlite_url: str) -> None:
    assert failed_by_a_producer(sqlite_url).report.document()["totals"]["errors"] == 1


def test_the_report_shows_each_budget_beside_the_measured_time(sqlite_url: str) -> None:
    stages = succeeded(sqlite_url).report.document()["stages"]
    assert [stage["budget_s"] for stage in stages] == [stage.budget_s for stage in Library().stages()]
    assert all(stage["duration_s"] >= 0 for stage in stages)
