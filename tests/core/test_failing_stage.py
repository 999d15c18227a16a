"""A stage that fails takes along what needs it; the others go on, unless it was asked otherwise or it is critical."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from okrseed.blueprint import Family
from okrseed.errors import Exit
from okrseed.events import StageFinished
from tests.core.endings import (
    BROKEN_AUTHORS,
    FAILING_CHECK,
    broken_producer,
    failed_by_a_constraint,
    pageless_books,
    without,
)
from tests.core.library import Library, World
from tests.core.seeding import Recorder, choose, row_counts, run, statuses

PAGELESS = Library().with_stage("books", producer=pageless_books)


def _placeless_links(world: World) -> Iterator[Family]:
    """Good books, whose authors have no position, which the schema does not allow."""
    for family in world.book_rows():
        yield {**family, "book_authors": without("position", "book_authors", family)}


def _half_the_books(world: World) -> Iterator[Family]:
    """Good books first; then one without pages."""
    families = list(world.book_rows())
    yield from families[:8]
    yield from (family for place, family in enumerate(pageless_books(world)) if place >= 8)


def test_what_needs_a_failed_stage_is_skipped_and_the_others_are_done(database_url: str) -> None:
    report = run(database_url, library=BROKEN_AUTHORS)
    assert statuses(report) == {
        "branch": "done",
        "shelves": "done",
        "authors": "failed",
        "books": "skipped",
        "loans": "skipped",
    }


def test_a_skipped_stage_tells_what_it_was_skipped_for(sqlite_url: str) -> None:
    recorder = Recorder()
    run(sqlite_url, library=BROKEN_AUTHORS, sink=recorder)
    causes = [recorder.of(StageFinished, stage)[0].cause for stage in ("books", "loans")]
    assert all("authors" in cause for cause in causes)


def test_a_skipped_stage_writes_nothing(database_url: str) -> None:
    run(database_url, library=BROKEN_AUTHORS)
    counts = row_counts(database_url)
    assert (counts["books"], counts["bookLoans"], counts["shelves"]) == (0, 0, 3)


def test_a_producer_that_raises_is_a_failure_with_its_stage_and_words(database_url: str) -> None:
    report = run(database_url, library=BROKEN_AUTHORS)
    assert report.error is not None
    assert (report.error.stage, report.exit) == ("authors", Exit.FAILED)
    assert "the producer broke" in report.error.message


def test_a_producer_that_raises_leaves_nothing_of_its_stage(database_url: str) -> None:
    run(database_url, library=BROKEN_AUTHORS)
    assert row_counts(database_url)["authors"] == 0


def test_a_violated_constraint_is_a_failure_that_names_stage_and_table(database_url: str) -> None:
    error = failed_by_a_constraint(database_url).report.error
    assert error is not None
    assert (error.stage, error.table) == ("books", "books")
    assert "pages" in error.message


def test_on_postgresql_a_violated_constraint_is_told_with_its_sqlstate(postgres_url: str) -> None:
    report, recorder = failed_by_a_constraint(postgres_url)
    assert report.document()["error"]["sqlstate"] == "23502"
    assert recorder.of(StageFinished, "books")[0].sqlstate == "23502"


def test_the_transactions_before_the_failing_one_stay_and_are_stated(database_url: str) -> None:
    library = Library().with_stage("books", producer=_half_the_books)
    report = run(database_url, library=library, batch=4)
    counts = row_counts(database_url)
    assert 0 < counts["books"] < 15
    assert report.error is not None
    assert f"{sum(counts.values())} rows are committed" in report.error.safe


def test_a_transaction_that_fails_in_its_second_table_leaves_nothing_of_its_first(database_url: str) -> None:
    report = run(database_url, library=Library().with_stage("books", producer=_placeless_links))
    assert statuses(report)["books"] == "failed"
    assert row_counts(database_url)["books"] == 0


def test_a_failed_run_is_finished_by_running_again(database_url: str) -> None:
    run(database_url, library=Library().with_stage("books", producer=_half_the_books), batch=4)
    report = run(database_url)
    assert report.status == "succeeded"
    assert {stage["status"] for stage in report.document()["verification"]["checks"]} == {"pass"}


@pytest.mark.parametrize(("fail_fast", "shelves"), [(False, "done"), (True, "skipped")])
def test_fail_fast_stops_the_stages_that_do_not_depend_on_the_failed_one(
    database_url: str, fail_fast: bool, shelves: str
) -> None:
    report = run(database_url, library=BROKEN_AUTHORS, fail_fast=fail_fast, jobs=1)
    assert statuses(report)["shelves"] == shelves


def test_a_stage_stopped_by_fail_fast_tells_which_one_failed(sqlite_url: str) -> None:
    recorder = Recorder()
    run(sqlite_url, library=BROKEN_AUTHORS, sink=recorder, fail_fast=True)
    assert "authors" in recorder.of(StageFinished, "shelves")[0].cause


def test_a_critical_stage_that_fails_stops_the_run(database_url: str) -> None:
    library = Library().with_stage("authors", producer=broken_producer, critical=True)
    report = run(database_url, library=library, jobs=1)
    assert statuses(report)["shelves"] == "skipped"
    assert row_counts(database_url)["shelves"] == 0


def test_a_failed_run_does_not_verify(sqlite_url: str) -> None:
    assert run(sqlite_url, library=PAGELESS).document()["verification"] is None


def test_a_check_that_fails_ends_a_run_that_committed_with_its_own_exit_code(database_url: str) -> None:
    report = run(database_url, library=FAILING_CHECK)
    assert (report.status, report.exit) == ("succeeded", Exit.CHECK_FAILED)
    assert row_counts(database_url)["books"] == 15


def test_no_verify_runs_no_checks(sqlite_url: str) -> None:
    report = run(sqlite_url, choose(FAILING_CHECK), library=FAILING_CHECK, verify=False)
    assert (report.exit, report.document()["verification"]) == (Exit.DONE, None)
