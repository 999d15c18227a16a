"""A transaction that met another session is tried again as a whole: locks, lost connections, rows written meanwhile."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest

from okrseed.cancellation import Cancellation
from okrseed.events import (
    Event,
    RetryScheduled,
    RetryStarted,
    RowsWritten,
    RunFinished,
    StageStarted,
    StageSurveyed,
)
from okrseed.retry import RetryPolicy
from okrseed.run import Runner
from okrseed.selection import Mode
from okrseed.settings import RunSettings
from okrseed.targets.sqlite import SqliteTarget
from okrseed.targets.url import parse
from tests.core.disturbances import AUTHORS, BOOKS, BRANCH, SHELVES, another_branch
from tests.core.endings import pageless_books
from tests.core.library import Library
from tests.core.seeding import QUICK, Recorder, ask, choose, contents, execute, plan, row_counts, run, statuses
from tests.core.waiting import holding, with_lock_timeout

LOCK_THE_BRANCH = "select 1 from branches for update"
DISTURB_THE_BRANCH = "update branches set name = 'Renamed'"


@pytest.fixture
def seeded(postgres_url: str) -> str:
    """A seeded PostgreSQL whose branch was renamed; its sessions give up a lock after a tenth of a second."""
    run(postgres_url)
    execute(postgres_url, DISTURB_THE_BRANCH)
    return with_lock_timeout(postgres_url, 100)


class Blocked(Recorder):
    """Frees what another session holds as soon as a retry is announced."""

    def __init__(self, other: psycopg.Connection[tuple[object, ...]]) -> None:
        super().__init__({RetryScheduled: lambda _: other.rollback()})


def test_a_lock_that_is_freed_meanwhile_only_costs_a_retry(seeded: str, postgres_url: str) -> None:
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        report = run(seeded, sink=Blocked(other))
    assert report.status == "succeeded"
    assert ask(postgres_url, "select name from branches") == [("Main Street Library",)]


def test_a_retry_is_told_before_its_wait_and_when_it_begins(seeded: str, postgres_url: str) -> None:
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        recorder = Blocked(other)
        run(seeded, sink=recorder)
    (scheduled,) = recorder.of(RetryScheduled)
    (started,) = recorder.of(RetryStarted)
    assert (scheduled.stage, scheduled.attempt, scheduled.attempts) == ("branch", 2, QUICK.retries + 1)
    assert scheduled.sqlstate == "55P03"
    assert "lock timeout" in scheduled.cause
    assert scheduled.wait_s == pytest.approx(QUICK.first_wait_s)
    assert (started.stage, started.attempt) == ("branch", 2)
    assert recorder.events.index(scheduled) < recorder.events.index(started)


def test_the_lock_timeout_in_the_url_is_the_one_that_counts(seeded: str, postgres_url: str) -> None:
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        recorder = Blocked(other)
        run(seeded, sink=recorder)
    (surveyed, *_), (scheduled,) = recorder.of(StageSurveyed, "branch"), recorder.of(RetryScheduled)
    assert scheduled.clock_s - surveyed.clock_s < 5


def test_a_lock_that_is_never_freed_fails_the_stage_after_the_last_retry(seeded: str, postgres_url: str) -> None:
    recorder = Recorder()
    with holding(postgres_url, LOCK_THE_BRANCH):
        report = run(seeded, sink=recorder, retry=RetryPolicy(2, 0.001, 0.001, 0.0))
    assert [event.attempt for event in recorder.of(RetryScheduled)] == [2, 3]
    assert report.error is not None
    assert (report.error.stage, report.error.sqlstate) == ("branch", "55P03")


def test_each_transaction_has_its_own_retries(postgres_url: str) -> None:
    """One retry is allowed, and two of a stage's transactions need one each."""
    run(postgres_url)
    execute(postgres_url, "update books set pages = -1")
    locked = [BOOKS[2], BOOKS[8]]

    def free_one(_: RetryScheduled) -> None:
        others.pop(0).rollback()

    lock = "select 1 from books where id = '{}' for update"
    with (
        holding(postgres_url, lock.format(locked[0])) as first,
        holding(postgres_url, lock.format(locked[1])) as second,
    ):
        others = [first, second]
        recorder = Recorder({RetryScheduled: free_one})
        report = run(
            with_lock_timeout(postgres_url, 100), sink=recorder, batch=4, retry=RetryPolicy(1, 0.001, 0.001, 0.0)
        )
    assert report.status == "succeeded"
    assert [event.attempt for event in recorder.of(RetryScheduled)] == [2, 2]
    assert [event.attempt for event in recorder.of(RetryStarted)] == [2, 2]


def test_after_a_retry_each_row_is_counted_once(postgres_url: str) -> None:
    """The lock is met in the third transaction; the two before it are committed and not done again."""
    run(postgres_url)
    execute(postgres_url, "update books set pages = -1")
    recorder_url = with_lock_timeout(postgres_url, 100)
    with holding(postgres_url, f"select 1 from books where id = '{BOOKS[8]}' for update") as other:
        recorder = Blocked(other)
        report = run(recorder_url, sink=recorder, batch=4)
    (stage,) = (stage for stage in report.document()["stages"] if stage["id"] == "books")
    counts = row_counts(postgres_url)
    assert stage["retries"] == 1
    assert (stage["updated"], stage["unchanged"]) == (15, counts["book_authors"])
    assert sum(event.updated for event in recorder.of(RowsWritten, "books")) == 15


def test_a_reset_that_is_retried_counts_each_row_once(seeded: str, postgres_url: str) -> None:
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        report = run(seeded, choose(mode=Mode.RESET), sink=Blocked(other))
    totals, rows = report.document()["totals"], sum(row_counts(postgres_url).values())
    assert (report.status, totals["retries"] > 0) == ("succeeded", True)
    assert (totals["deleted"], totals["created"]) == (rows, rows)


def test_a_reset_that_is_retried_is_in_its_plan_once(seeded: str, postgres_url: str) -> None:
    execute(postgres_url, *another_branch(AUTHORS[3]))
    made = plan(postgres_url, choose(mode=Mode.RESET))
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        report = run(seeded, choose(mode=Mode.RESET), sink=Blocked(other))
    assert report.document()["totals"]["retries"] > 0
    assert report.plan.document() == made.document()


def test_a_stage_that_is_retried_is_in_the_plan_once(seeded: str, postgres_url: str) -> None:
    made = plan(postgres_url)
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        report = run(seeded, sink=Blocked(other))
    assert report.plan.document() == made.document()


def test_a_stage_whose_first_look_was_cut_off_is_in_the_plan_all_the_same(postgres_url: str) -> None:
    run(postgres_url, choose(select="branch"))
    made = plan(postgres_url)

    def end_idle_sessions(event: StageStarted) -> None:
        if event.stage == "books":
            execute(
                postgres_url,
                "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
                " and pid <> pg_backend_pid() and application_name not like 'okrseed/lock %'",
            )

    recorder = Recorder({StageStarted: end_idle_sessions})
    report = run(postgres_url, sink=recorder, jobs=1)
    assert [event.stage for event in recorder.of(RetryScheduled)] == ["books"]
    assert report.plan.document() == made.document()


def test_the_totals_count_retries(seeded: str, postgres_url: str) -> None:
    with holding(postgres_url, LOCK_THE_BRANCH) as other:
        report = run(seeded, sink=Blocked(other))
    assert report.document()["totals"]["retries"] == 1


def test_a_connection_that_the_server_ends_is_replaced_and_the_stage_tried_again(postgres_url: str) -> None:
    def end_its_session(event: StageSurveyed) -> None:
        if event.stage == "books" and not ended:
            ended.append(event)
            name = f"okrseed/{event.stage}"
            execute(
                postgres_url,
                f"select pg_terminate_backend(pid) from pg_stat_activity where application_name = '{name}'"
                " and datname = current_database()",
            )

    # Into empty tables nothing is read, and no session is needed before there is something to write.
    run(postgres_url)
    execute(postgres_url, *(f'delete from "{table}"' for table in ("bookLoans", "book_authors", "books")))
    ended: list[Event] = []
    recorder = Recorder({StageSurveyed: end_its_session})
    report = run(postgres_url, sink=recorder)
    assert [event.stage for event in recorder.of(RetryScheduled)] == ["books"]
    assert report.status == "succeeded"
    assert row_counts(postgres_url)["books"] == 15


def test_a_row_that_somebody_wrote_meanwhile_is_read_anew(postgres_url: str) -> None:
    def write_a_shelf(event: StageSurveyed) -> None:
        if event.stage == "shelves" and not ask(postgres_url, "select 1 from shelves"):
            execute(
                postgres_url,
                f"""insert into shelves (id, "branchId", label, "createdAt", "updatedAt")
                    values ('{SHELVES[0]}', '{BRANCH}', 'Theirs', now(), now())""",
            )

    recorder = Recorder({StageSurveyed: write_a_shelf})
    report = run(postgres_url, sink=recorder)
    assert [event.sqlstate for event in recorder.of(RetryScheduled)] == ["23505"]
    assert statuses(report)["shelves"] == "done"
    assert ask(postgres_url, f"select label from shelves where id = '{SHELVES[0]}'") == [("fiction",)]


def test_a_row_that_stands_in_the_way_for_good_is_tried_once_more_and_then_fails(database_url: str) -> None:
    run(database_url)
    execute(database_url, "delete from authors where name = 'Fiction Author 2'")
    same_name = Library().with_stage(
        "authors",
        producer=lambda world: (
            {"authors": [row._replace(name="Fiction Author 1") for row in family["authors"]]}
            for family in world.author_rows()
        ),
    )
    recorder = Recorder()
    report = run(database_url, library=same_name, sink=recorder)
    assert len(recorder.of(RetryScheduled)) == 1
    assert report.status == "failed"


def test_what_a_retry_cannot_help_is_not_tried_again(database_url: str) -> None:
    recorder = Recorder()
    report = run(database_url, library=Library().with_stage("books", producer=pageless_books), sink=recorder)
    assert recorder.of(RetryScheduled) == []
    assert statuses(report)["books"] == "failed"


def test_a_wait_for_a_retry_ends_at_once_when_the_run_is_cancelled(seeded: str, postgres_url: str) -> None:
    cancellation = Cancellation()
    recorder = Recorder({RetryScheduled: lambda _: cancellation.after_chunk()})
    hour = RetryPolicy(retries=3, first_wait_s=3600.0, most_wait_s=3600.0, jitter=0.0)
    with holding(postgres_url, LOCK_THE_BRANCH):
        report = run(seeded, sink=recorder, cancellation=cancellation, retry=hour)
    (scheduled,), (finished,) = recorder.of(RetryScheduled), recorder.of(RunFinished)
    assert finished.clock_s - scheduled.clock_s < 5
    assert statuses(report)["branch"] == "cancelled"


@contextmanager
def _writing_elsewhere(path: str) -> Iterator[sqlite3.Connection]:
    """Another program that is in the middle of writing to a SQLite file."""
    other = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
    other.execute("begin immediate")
    yield other
    other.close()


def test_a_sqlite_file_that_another_program_writes_to_only_costs_a_retry(sqlite_url: str) -> None:
    run(sqlite_url)
    execute(sqlite_url, DISTURB_THE_BRANCH)
    target = SqliteTarget(parse(f"{sqlite_url}?timeout=0.01"))
    with _writing_elsewhere(sqlite_url.removeprefix("sqlite:///")) as other:
        recorder = Recorder({RetryScheduled: lambda _: other.execute("rollback")})
        report = Runner(
            target, Library(), choose(), run_id="run", sink=recorder, settings=RunSettings(retry=QUICK)
        ).run()
    assert ["locked" in event.cause for event in recorder.of(RetryScheduled)] == [True]
    assert report.status == "succeeded"
    assert [row[2] for row in contents(sqlite_url)["branches"].values()] == ["Main Street Library"]
