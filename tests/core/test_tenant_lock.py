"""One seeder for each tenant: the second is told who, where and since when, or waits; two never write at once."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest

from okrseed.cancellation import Cancellation
from okrseed.errors import Cancelled, Exit, OkrseedError, Refused
from okrseed.events import Event, LockAwaited, RetryScheduled, RowsWritten, StageStarted
from okrseed.report import RunReport
from okrseed.selection import Mode
from okrseed.targets import Lock, open_target
from okrseed.targets.lock_file import SUFFIX
from okrseed.targets.postgres_lock import LEFT_OVER
from okrseed.targets.url import parse
from tests.core.endings import BROKEN_AUTHORS
from tests.core.library import Library
from tests.core.seeding import Recorder, ask, choose, execute, row_counts, run, statuses
from tests.core.waiting import holding, until, with_lock_timeout

END_ITS_LOCK = (
    "select pg_terminate_backend(pid) from pg_stat_activity"
    " where datname = current_database() and application_name like 'okrseed/lock %'"
)
LOCKS = (
    "select count(*) from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())"
)
WAITING = (
    "select count(*) from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    " and application_name = 'okrseed/branch'"
)


class Meanwhile(Recorder):
    """Calls something once, when a stage starts."""

    def __init__(self, stage: str, call: Callable[[], object]) -> None:
        super().__init__({StageStarted: self._started})
        self._stage = stage
        self._call = call
        self._called = False

    def _started(self, event: Event) -> None:
        if event.stage == self._stage and not self._called:
            self._called = True
            self._call()


def refused(url: str, *, library: Library | None = None, mode: Mode = Mode.FULL) -> Refused:
    """The refusal of a run that finds the tenant locked."""
    with pytest.raises(Refused) as caught:
        run(url, choose(library, mode), library=library, run_id="second")
    return caught.value


def test_the_second_seeder_is_told_who_where_and_since_when(database_url: str) -> None:
    told: list[Refused] = []
    first = Meanwhile("authors", lambda: told.append(refused(database_url)))
    assert run(database_url, sink=first, run_id="first", who="grace@workshop (process 7)").status == "succeeded"
    (refusal,) = told
    assert (refusal.code, refusal.exit, refusal.safe) == ("tenant_locked", Exit.REFUSED, "Nothing was written.")
    year = datetime.datetime.now(datetime.UTC).year
    assert "main-street is being seeded by first grace@workshop (process 7)" in refusal.message
    assert f"since {year}-" in refusal.message
    assert "--wait-lock" in refusal.hint


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET, Mode.INCREMENTAL])
def test_every_mode_that_writes_needs_the_lock(database_url: str, mode: Mode) -> None:
    run(database_url)
    told: list[Refused] = []
    run(database_url, sink=Meanwhile("authors", lambda: told.append(refused(database_url, mode=mode))))
    assert [refusal.code for refusal in told] == ["tenant_locked"]


def test_whoever_only_looks_needs_no_lock(database_url: str) -> None:
    looked: list[RunReport] = []
    look = Meanwhile("authors", lambda: looked.append(run(database_url, choose(mode=Mode.DRY_RUN))))
    run(database_url)
    run(database_url, sink=look)
    assert [report.status for report in looked] == ["succeeded"]


def test_of_many_that_ask_at_once_one_has_it_and_nobody_is_taken_for_left_over(postgres_url: str) -> None:
    held, told, most = [0], set[str](), [0]

    def ask_often(number: int) -> None:
        with open_target(parse(postgres_url)) as target:
            for _ in range(100):
                lock = target.lock(["elm-road", "main-street"], f"run-{number}", "somebody")
                holder = lock.take()
                if holder is None:
                    held[0] += 1
                    most[0] = max(most[0], held[0])
                    held[0] -= 1
                else:
                    told.add(holder.who)
                lock.release()

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(ask_often, number) for number in range(4)]:
            done.result()
    assert most == [1]
    assert LEFT_OVER not in told


def test_two_tenants_are_seeded_side_by_side(postgres_url: str) -> None:
    elm = Library(slug="elm-road")
    beside: list[RunReport] = []
    run(postgres_url)
    run(postgres_url, sink=Meanwhile("shelves", lambda: beside.append(run(postgres_url, choose(elm), library=elm))))
    assert [report.status for report in beside] == ["succeeded"]


def test_the_same_slug_in_another_schema_is_another_tenant(postgres_url: str) -> None:
    execute(postgres_url, "create schema branch_two")
    two = f"{postgres_url}{'&' if '?' in postgres_url else '?'}schema=branch_two"
    beside: list[RunReport] = []
    run(postgres_url, sink=Meanwhile("shelves", lambda: beside.append(run(two))))
    assert [report.status for report in beside] == ["succeeded"]


def _ended(url: str) -> list[str]:
    """What is left of locks: files beside a SQLite file, advisory locks of a server."""
    if url.startswith("sqlite"):
        folder = Path(url.removeprefix("sqlite:///")).parent
        return [path.name for path in folder.iterdir() if path.name.endswith(SUFFIX)]
    return [] if ask(url, LOCKS) == [(0,)] else ["an advisory lock"]


@pytest.mark.parametrize("library", [Library(), BROKEN_AUTHORS], ids=["succeeds", "fails"])
def test_the_lock_is_given_back_however_the_run_ends(database_url: str, library: Library) -> None:
    run(database_url, choose(library), library=library)
    until(lambda: not _ended(database_url), "the lock to be gone")


def test_the_lock_is_given_back_after_a_refusal(database_url: str) -> None:
    with pytest.raises(OkrseedError):
        run(database_url, create_schema=False)
    until(lambda: not _ended(database_url), "the lock to be gone")


def test_a_refused_run_leaves_no_folder_behind(tmp_path: Path) -> None:
    with pytest.raises(OkrseedError):
        run(f"sqlite:///{tmp_path / 'new' / 'folder' / 'library.db'}", create_schema=False)
    assert list(tmp_path.iterdir()) == []


def test_a_lock_file_that_a_killed_run_left_is_no_lock(sqlite_url: str) -> None:
    Path(sqlite_url.removeprefix("sqlite:///") + SUFFIX).write_text('{"who": "dead", "since": "2025-01-01T00:00:00"}')
    assert run(sqlite_url).status == "succeeded"
    assert _ended(sqlite_url) == []


def test_a_place_where_there_can_be_no_lock_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(OkrseedError, match="cannot lock") as caught:
        run(f"sqlite:///{tmp_path / 'file' / 'library.db'}")
    assert (caught.value.exit, caught.value.safe) == (Exit.CONNECTION, "Nothing was written.")


def test_with_patience_the_second_runs_after_the_first(database_url: str) -> None:
    second = Recorder()
    started: list[Future[RunReport]] = []
    with ThreadPoolExecutor(1) as pool:

        def start() -> None:
            started.append(pool.submit(run, database_url, sink=second, wait_lock_s=30.0))
            until(lambda: bool(second.of(LockAwaited)), "the second run to wait")

        run(database_url, sink=Meanwhile("authors", start), run_id="first", who="grace@workshop")
        report = started[0].result(30)
    (waited,) = second.of(LockAwaited)
    assert waited.holder.startswith("first grace@workshop")
    assert waited.wait_s == 30.0
    assert report.status == "succeeded"
    assert report.document()["totals"]["created"] == 0


def test_whoever_waits_may_stop_waiting(database_url: str) -> None:
    cancellation = Cancellation()
    ends: list[str] = []

    def wait_in_vain() -> None:
        sink = Recorder({LockAwaited: lambda _: cancellation.after_chunk()})
        with pytest.raises(Cancelled) as caught:
            run(database_url, sink=sink, cancellation=cancellation, wait_lock_s=3600.0)
        ends.append(caught.value.safe)

    assert run(database_url, sink=Meanwhile("authors", wait_in_vain)).status == "succeeded"
    assert ends == ["Nothing was written."]


def test_a_lock_that_was_lost_is_taken_again(postgres_url: str) -> None:
    recorder = Meanwhile("authors", lambda: execute(postgres_url, END_ITS_LOCK))
    report = run(postgres_url, sink=recorder, jobs=1)
    assert report.status == "succeeded"
    assert ["lost the tenant's lock" in event.cause for event in recorder.of(RetryScheduled)] == [True]
    assert row_counts(postgres_url)["books"] == 15


def test_a_lock_file_that_was_tidied_away_is_taken_again(sqlite_url: str) -> None:
    lock = Path(sqlite_url.removeprefix("sqlite:///") + SUFFIX)
    recorder = Meanwhile("authors", lock.unlink)
    report = run(sqlite_url, sink=recorder, jobs=1)
    assert report.status == "succeeded"
    assert ["lost the file's lock" in event.cause for event in recorder.of(RetryScheduled)] == [True]


def test_a_run_whose_lock_went_to_another_writes_nothing_more(postgres_url: str) -> None:
    with open_target(parse(postgres_url)) as target:
        other = target.lock(["main-street"], "other", "grace@workshop")

        def take_it() -> None:
            execute(postgres_url, END_ITS_LOCK)
            until(lambda: other.take() is None, "the lock to be free")

        report = run(postgres_url, sink=Meanwhile("authors", take_it), jobs=1)
        other.release()
    assert report.error is not None
    assert report.error.code == "lock_lost"
    assert "other grace@workshop" in report.error.message
    assert "1 rows are committed" in report.error.safe
    assert statuses(report) == {
        "branch": "done",
        "authors": "failed",
        "shelves": "failed",
        "books": "skipped",
        "loans": "skipped",
    }
    assert {table: rows for table, rows in row_counts(postgres_url).items() if rows} == {"branches": 1}


def _take(lock: Lock) -> str | None:
    holder = lock.take()
    return None if holder is None else holder.who


def test_whoever_takes_a_lost_lock_waits_for_the_transactions_that_began_before(postgres_url: str) -> None:
    """The lock's connection dies while a transaction of the run waits for a row: the next seeder waits as well."""
    run(postgres_url)
    execute(postgres_url, "update branches set name = 'Renamed'")
    slow = with_lock_timeout(postgres_url, 30_000)
    with (
        open_target(parse(postgres_url)) as target,
        ThreadPoolExecutor(1) as pool,
    ):
        other = target.lock(["main-street"], "other", "grace@workshop")
        with holding(postgres_url, "select 1 from branches for update"):
            going_on = pool.submit(run, slow, jobs=1)
            until(lambda: ask(postgres_url, WAITING) == [(1,)], "the run to wait for the row")
            execute(postgres_url, END_ITS_LOCK)
            until(lambda: _take(other) == "a transaction of a run that lost its lock", "the lock to be half free")
            assert _take(other) is not None
        assert going_on.result(60).status == "succeeded"
        until(lambda: other.take() is None, "the lock to be free")
        other.release()


def test_what_was_written_under_the_lock_is_what_the_report_says(postgres_url: str) -> None:
    recorder = Meanwhile("books", lambda: execute(postgres_url, END_ITS_LOCK))
    report = run(postgres_url, sink=recorder)
    written = sum(event.created for event in recorder.of(RowsWritten))
    assert written == report.document()["totals"]["created"] == sum(row_counts(postgres_url).values())
