"""Stopping a run: after the current transaction, or now; what was committed is whole, and is stated."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from okrseed.blueprint import Family, Tenant
from okrseed.cancellation import Cancellation
from okrseed.errors import NOTHING_WRITTEN, Cancelled, DatabaseFailure, Exit
from okrseed.events import RowsWritten, StageSurveyed
from okrseed.prepare import create_schema, inspect
from okrseed.report import RunReport
from okrseed.selection import Mode, Selection
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.endings import (
    cancelled_after_a_chunk,
    cancelled_in_a_reset,
    cancelled_while_looking,
    without,
)
from tests.core.library import ENTITIES, Library, World
from tests.core.seeding import Recorder, choose, contents, execute, row_counts, run, statuses
from tests.core.waiting import DEADLINE_S, holding, until, waits_for_a_lock


@pytest.mark.parametrize("now", [False, True])
@pytest.mark.parametrize("late", [False, True], ids=["bound before", "bound after"])
def test_whoever_is_bound_hears_of_a_wish_whenever_it_came(now: bool, late: bool) -> None:
    cancellation, heard = Cancellation(), list[str]()
    steps = [
        lambda: cancellation.bind(lambda: heard.append("now"), lambda: heard.append("after the chunk")),
        cancellation.now if now else cancellation.after_chunk,
    ]
    for step in reversed(steps) if late else steps:
        step()
    assert heard == ["now" if now else "after the chunk"]


def test_a_cancelled_run_leaves_whole_families_only(database_url: str) -> None:
    cancelled_after_a_chunk(database_url)
    links, books = contents(database_url)["book_authors"], contents(database_url)["books"]
    library = Library()
    families = list(library.world(choose(), library.tenant()).book_rows())
    assert 0 < len(books) < len(families)
    for family in families:
        (book,) = map(ENTITIES["books"].key, family["books"])
        wanted = set(map(ENTITIES["book_authors"].key, family["book_authors"]))
        assert wanted & links.keys() == (wanted if book in books else set())


def test_a_cancelled_run_finishes_no_further_transaction(sqlite_url: str) -> None:
    told = cancelled_after_a_chunk(sqlite_url).recorder.of(RowsWritten, "books")
    assert [event.table for event in told] == ["books", "book_authors"]


def test_a_cancelled_run_states_what_is_committed(database_url: str) -> None:
    report = cancelled_after_a_chunk(database_url).report
    assert report.error is not None
    rows = sum(row_counts(database_url).values())
    assert f"{rows} rows are committed" in report.error.safe
    assert all(stage in report.error.safe for stage in ("branch", "shelves", "authors"))
    assert "loans" not in report.error.safe


def test_a_cancelled_run_has_its_own_status_and_exit_code(database_url: str) -> None:
    report = cancelled_after_a_chunk(database_url).report
    assert (report.status, report.exit) == ("cancelled", Exit.CANCELLED)


def test_the_stages_that_are_left_are_cancelled_too(database_url: str) -> None:
    report = cancelled_after_a_chunk(database_url).report
    assert statuses(report) == {
        "branch": "done",
        "authors": "done",
        "shelves": "done",
        "books": "cancelled",
        "loans": "cancelled",
    }


def test_a_cancelled_run_does_not_verify(sqlite_url: str) -> None:
    assert cancelled_after_a_chunk(sqlite_url).report.document()["verification"] is None


def test_a_cancelled_run_is_finished_by_running_again(database_url: str) -> None:
    cancelled_after_a_chunk(database_url)
    report = run(database_url)
    assert report.status == "succeeded"
    assert {check["status"] for check in report.document()["verification"]["checks"]} == {"pass"}


def _cancelled_from_the_start(url: str) -> RunReport:
    cancellation = Cancellation()
    cancellation.after_chunk()
    return run(url, cancellation=cancellation)


def test_a_run_that_is_cancelled_before_it_starts_writes_nothing(database_url: str) -> None:
    run(database_url)
    execute(database_url, "delete from books")
    before = contents(database_url)
    report = _cancelled_from_the_start(database_url)
    assert contents(database_url) == before
    assert set(statuses(report).values()) == {"cancelled"}
    assert report.error is not None
    assert report.error.safe == "Nothing was written."


def test_a_cancelled_reset_leaves_everything_as_it_was(database_url: str) -> None:
    run(database_url)
    before = contents(database_url)
    report = cancelled_in_a_reset(database_url).report
    assert contents(database_url) == before
    assert report.error is not None
    assert "rolled back" in report.error.safe


def test_a_dry_run_can_be_cancelled(database_url: str) -> None:
    assert cancelled_while_looking(database_url).report.status == "cancelled"


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.RESET])
def test_cancelling_now_interrupts_a_statement_that_waits_for_a_lock(postgres_url: str, mode: Mode) -> None:
    run(postgres_url)
    execute(postgres_url, "update branches set name = 'Renamed'")
    before = contents(postgres_url)
    cancellation = Cancellation()
    with (
        holding(postgres_url, "select 1 from branches for update"),
        ThreadPoolExecutor(1) as background,
    ):
        running = background.submit(run, postgres_url, choose(mode=mode), cancellation=cancellation)
        until(lambda: waits_for_a_lock(postgres_url), "a session that waits for the lock")
        cancellation.now()
        report = running.result(5)
    assert (report.status, report.document()["error"]["sqlstate"]) == ("cancelled", "57014")
    assert contents(postgres_url) == before


def test_cancelling_after_the_chunk_lets_a_waiting_statement_finish(postgres_url: str) -> None:
    run(postgres_url)
    execute(postgres_url, "update branches set name = 'Renamed'")
    cancellation = Cancellation()
    with (
        holding(postgres_url, "select 1 from branches for update") as other,
        ThreadPoolExecutor(1) as background,
    ):
        running = background.submit(run, postgres_url, cancellation=cancellation)
        until(lambda: waits_for_a_lock(postgres_url), "a session that waits for the lock")
        cancellation.after_chunk()
        other.rollback()
        report = running.result(DEADLINE_S)
    assert (report.status, report.state.stages["branch"].updated) == ("cancelled", 1)


def test_a_failure_in_the_last_transaction_is_still_a_failure(database_url: str) -> None:
    cancellation = Cancellation()

    class StoppingWorld(World):
        def card_code(self) -> str:
            # Made while the rows are being written.
            cancellation.after_chunk()
            return "card"

        def author_rows(self) -> Iterator[Family]:
            return ({"authors": without("name", "authors", family)} for family in super().author_rows())

    class StoppingLibrary(Library):
        def world(self, selection: Selection, tenant: Tenant) -> World:
            return StoppingWorld(selection, tenant)

    # With a tenant there, nothing is made before it is needed.
    run(database_url, choose(select="branch"))
    report = run(database_url, library=StoppingLibrary(), cancellation=cancellation, jobs=1)
    assert (report.status, statuses(report)["authors"]) == ("failed", "failed")
    assert report.error is not None
    assert "name" in report.error.message


def test_a_run_that_was_cancelled_now_before_it_began_is_cancelled(database_url: str) -> None:
    cancellation = Cancellation()
    cancellation.now()
    with pytest.raises(Cancelled) as told:
        run(database_url, cancellation=cancellation)
    assert told.value.safe == NOTHING_WRITTEN


def test_cancelling_twice_is_cancelling_once(postgres_url: str) -> None:
    cancellation = Cancellation()

    def stop(event: StageSurveyed) -> None:
        cancellation.after_chunk()
        cancellation.now()

    report = run(postgres_url, sink=Recorder({StageSurveyed: stop}), cancellation=cancellation)
    assert report.status == "cancelled"


def test_an_interrupted_target_begins_nothing(database_url: str) -> None:
    with open_target(parse(database_url)) as target:
        with target.session("before", read_only=True) as session:
            session.ping()
        target.interrupt()
        with pytest.raises(DatabaseFailure) as told, target.session("after", read_only=True):
            raise AssertionError("a session was handed out")
        assert told.value.interrupted


def test_what_is_asked_between_two_statements_interrupts_the_next(postgres_url: str) -> None:
    barred = 'lock table "branches" in access exclusive mode'
    with open_target(parse(postgres_url)) as target, target.session("looks", read_only=True) as session:
        with target.session("schema") as first:
            create_schema(first, Library())
        (branches,) = (one for one in inspect(session, Library()).projections.values() if one.table == "branches")
        with holding(postgres_url, barred):
            target.interrupt()
            # Not the end of its patience with locks (55P03), which comes after ten seconds.
            with pytest.raises(DatabaseFailure) as told:
                session.empty([branches])
    assert (told.value.interrupted, told.value.sqlstate) == (True, "57014")
