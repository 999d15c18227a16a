"""Many tenants: the same rows as one by one, in one process or in several, whole groups or nothing, on both targets."""

from __future__ import annotations

import contextlib
import io
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import psycopg
import pytest

from okrseed.advice import budgets_of
from okrseed.blueprint import Row, Tenant
from okrseed.cancellation import Cancellation
from okrseed.errors import Exit, UsageError
from okrseed.events import (
    CheckFinished,
    Event,
    RetryScheduled,
    RowsWritten,
    StageFinished,
    StageStarted,
    StageSurveyed,
    TenantsCommitted,
)
from okrseed.many import ManyRunner
from okrseed.meter import Meter, metering
from okrseed.planner import make_plan
from okrseed.processes import BEHIND_AN_APP
from okrseed.report import RunReport
from okrseed.retry import RetryPolicy
from okrseed.selection import Mode, Selection
from okrseed.settings import RunSettings
from okrseed.targets import Conditions, open_target, postgres_spare
from okrseed.targets.address import Address
from okrseed.targets.postgres import PostgresSession
from okrseed.targets.schema import Projection
from okrseed.targets.url import parse
from okrseed.tenants import Shard, shard, tenants_of
from tests.core.library import TABLES, Library
from tests.core.producing import Made, noting
from tests.core.seeding import QUICK, Recorder, ask, choose, contents, execute, row_counts, run
from tests.core.waiting import holding, until, waits_for_a_lock, with_lock_timeout

MANY = 23
"""Three groups of ten at most, the last one not full."""
SHARED = "authors"
"""Every branch knows the same authors."""


def seed_many(
    url: str,
    count: int = MANY,
    selection: Selection | None = None,
    *,
    part: Shard | None = None,
    sink: Recorder | None = None,
    cancellation: Cancellation | None = None,
    library: Library | None = None,
    **settings: Any,
) -> RunReport:
    """One run over so many branches; one process, unless the test says otherwise."""
    library = library or Library()
    with open_target(parse(url)) as target:
        return ManyRunner(
            target,
            library,
            selection or choose(),
            tenants_of(library, count, part or Shard()),
            run_id="many",
            sink=sink or Recorder(),
            settings=RunSettings(**{"create_schema": True, "retry": QUICK, "wait_lock_s": 0.0, "jobs": 1, **settings}),
            cancellation=cancellation,
            who="ada@laptop",
        ).run()


def seeded(url: str, count: int = MANY) -> None:
    assert seed_many(url, count).status == "succeeded"


def slugs(url: str) -> set[str]:
    return {slug for (slug,) in ask(url, 'select "slug" from "branches"')}


def slug_of(number: int) -> str:
    return Library().tenant(number).slug


def totals(report: RunReport) -> dict[str, int]:
    document: dict[str, int] = report.document()["totals"]
    return document


def one_by_one(url: str, numbers: Sequence[int]) -> None:
    """What each branch's own run makes."""
    for number in numbers:
        assert run(url, library=Library(slug=slug_of(number))).status == "succeeded"


def stable(found: Any) -> Any:
    """Contents without the values that are made once in a run."""
    return {
        table: {key: tuple(value for value in row if not str(value).startswith("card-")) for key, row in rows.items()}
        for table, rows in found.items()
    }


def test_many_at_once_are_the_same_rows_as_one_by_one(sqlite_url: str, tmp_path: Path) -> None:
    seeded(sqlite_url, 12)
    other = f"sqlite:///{tmp_path / 'other.db'}"
    one_by_one(other, range(1, 13))
    # A branch that is configured by its slug alone has the first one's title.
    tables = set(TABLES) - {"branches"}
    assert stable(contents(sqlite_url, tables)) == stable(contents(other, tables))
    assert row_counts(sqlite_url) == row_counts(other)


def test_a_second_run_changes_nothing_and_its_plan_says_so(database_url: str) -> None:
    first = seed_many(database_url)
    before = contents(database_url)
    second = seed_many(database_url)
    assert totals(first)["created"] == sum(row_counts(database_url).values()) > 0
    assert (totals(second)["created"], totals(second)["updated"]) == (0, 0)
    assert totals(second)["unchanged"] == second.plan.total("unchanged")
    assert contents(database_url) == before


def test_the_plan_is_the_run(database_url: str) -> None:
    seeded(database_url, 12)
    branch = f"""(select "id" from "branches" where "slug" = '{slug_of(11)}')"""
    execute(
        database_url,
        f"""update "shelves" set "label" = 'Moved' where "branchId" = {branch}""",
        'delete from "bookLoans"',
    )
    library = Library()
    with open_target(parse(database_url)) as target:
        plan = make_plan(target, library, choose(), tenants=tenants_of(library, MANY))
    report = seed_many(database_url)
    assert plan.basis == report.plan.basis
    assert plan.document()["tenant"] == [slug_of(number) for number in range(1, MANY + 1)]
    for count, done in (("create", "created"), ("update", "updated"), ("unchanged", "unchanged")):
        assert plan.total(count) == report.plan.total(count) == totals(report)[done], count


@pytest.mark.parametrize("jobs", [2, 3])
def test_several_processes_write_the_same_rows(postgres_url: str, server: Any, jobs: int) -> None:
    alone = server.create_database(f"alone_{jobs}")
    seeded(alone)
    report = seed_many(postgres_url, jobs=jobs)
    assert report.status == "succeeded", report.error
    assert stable(contents(postgres_url)) == stable(contents(alone))
    assert totals(report)["created"] >= sum(row_counts(alone).values())
    server.drop_database(f"alone_{jobs}")


def test_a_process_that_is_not_needed_any_more_ends_before_the_others(postgres_url: str) -> None:
    left: list[int] = []

    def look(event: TenantsCommitted) -> None:
        if event.tenants == event.of:
            until(lambda: len(multiprocessing.active_children()) < 2, "one of two processes to end")
            left.append(len(multiprocessing.active_children()))

    assert seed_many(postgres_url, 20, sink=Recorder({TenantsCommitted: look}), jobs=2).status == "succeeded"
    assert left in ([0], [1])


def test_the_checks_take_the_rows_that_were_made_for_writing(database_url: str) -> None:
    made: Made = []
    library = noting(made)
    report = seed_many(database_url, 3, library=library)
    assert report.document()["verification"]["failed"] == 0
    slugs = [tenant.slug for tenant in tenants_of(library, 3)]
    # Of a table that all of them share the first brings the rows, and each is checked for its own.
    once = [(stage.id, slug) for stage in library.stages() for slug in slugs]
    assert sorted(made) == sorted([*once, *((SHARED, slug) for slug in slugs)])


def test_sqlite_has_one_process_whatever_is_asked(sqlite_url: str) -> None:
    assert seed_many(sqlite_url, jobs=4).status == "succeeded"
    assert len(slugs(sqlite_url)) == MANY


def test_shards_are_disjoint_and_make_the_whole(database_url: str) -> None:
    for number in (1, 2, 3):
        before = slugs(database_url) if number > 1 else set()
        assert seed_many(database_url, part=Shard(number, 3)).status == "succeeded"
        added = slugs(database_url) - before
        assert added == {slug_of(n) for n in range(number, MANY + 1, 3)}
    assert totals(seed_many(database_url))["created"] == 0


def test_shards_side_by_side_make_the_same_as_one_run(postgres_url: str, server: Any) -> None:
    alone = server.create_database("one_machine")
    seeded(alone)
    seeded(postgres_url, 1)
    reports: list[RunReport] = []
    machines = [
        threading.Thread(target=lambda part=part: reports.append(seed_many(postgres_url, part=part)))
        for part in (Shard(1, 3), Shard(2, 3), Shard(3, 3))
    ]
    for machine in machines:
        machine.start()
    for machine in machines:
        machine.join()
    assert [report.status for report in reports] == ["succeeded"] * 3, [report.error for report in reports]
    assert stable(contents(postgres_url)) == stable(contents(alone))
    server.drop_database("one_machine")


def test_every_stage_begins_once_and_ends_once_and_tenants_are_counted(database_url: str) -> None:
    sink = Recorder()
    report = seed_many(database_url, sink=sink)
    for stage in ("branch", "shelves", "authors", "books", "loans"):
        assert len(sink.of(StageStarted, stage)) == len(sink.of(StageFinished, stage)) == 1
    assert [(event.tenants, event.of) for event in sink.of(TenantsCommitted)] == [(10, MANY), (20, MANY), (MANY, MANY)]
    assert [event.further for event in sink.of(StageSurveyed, "branch")] == [False, True, True]
    assert sum(event.created for event in sink.of(RowsWritten)) == totals(report)["created"]
    assert report.state.planned == report.state.done == totals(report)["created"]


def test_a_failure_leaves_whole_groups_and_another_run_completes_the_rest(database_url: str) -> None:
    seeded(database_url, 1)
    refuse_branch(database_url, slug_of(15))
    report = seed_many(database_url)
    assert report.status == "failed"
    assert report.error is not None
    assert report.error.exit is Exit.FAILED
    assert report.error.safe.startswith("10 of 23 tenants are committed, each as a whole; running again")
    assert slugs(database_url) == {slug_of(number) for number in range(1, 11)}
    accept_branches(database_url)
    assert seed_many(database_url).status == "succeeded"
    assert len(slugs(database_url)) == MANY


def refuse_branch(url: str, slug: str) -> None:
    """Let the database refuse one branch."""
    if url.startswith("sqlite"):
        execute(
            url,
            f"""create trigger refuse before insert on "branches" when new."slug" = '{slug}'
                begin select raise(abort, 'no such branch, please'); end""",
        )
        return
    execute(
        url,
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'no such branch, please'; end $$",
        f"""create trigger refuse before insert on "branches" for each row when (new."slug" = '{slug}')
            execute function refuse()""",
    )


def accept_branches(url: str) -> None:
    execute(url, "drop trigger refuse" + ("" if url.startswith("sqlite") else ' on "branches"'))


def test_a_failure_in_one_of_several_processes_is_the_run_s(postgres_url: str) -> None:
    seeded(postgres_url, 1)
    refuse_branch(postgres_url, slug_of(9))
    report = seed_many(postgres_url, jobs=3)
    assert report.status == "failed"
    assert report.error is not None
    assert "no such branch, please" in report.error.message
    assert report.error.stage == "branch"
    # Groups of eight: the one that was refused is missing as a whole.
    assert not slugs(postgres_url) & {slug_of(number) for number in range(9, 17)}
    accept_branches(postgres_url)
    assert seed_many(postgres_url, jobs=3).status == "succeeded"
    assert len(slugs(postgres_url)) == MANY


def test_a_process_that_is_killed_is_told_and_another_run_completes_the_rest(postgres_url: str) -> None:
    seeded(postgres_url, 1)

    def kill_one(event: Event) -> None:
        child = multiprocessing.active_children()[0]
        assert child.pid is not None
        os.kill(child.pid, signal.SIGKILL)

    sink = Recorder({TenantsCommitted: kill_one})
    report = seed_many(postgres_url, 40, sink=sink, jobs=2)
    assert report.status == "failed"
    assert report.error is not None
    assert report.error.code == "process_gone"
    assert "--jobs 1" in report.error.hint
    assert seed_many(postgres_url, 40, jobs=2, wait_lock_s=5.0).status == "succeeded"
    assert len(slugs(postgres_url)) == 40
    assert multiprocessing.active_children() == []


@pytest.mark.parametrize("stop", [Cancellation.after_chunk, Cancellation.now])
@pytest.mark.parametrize("jobs", [1, 2])
def test_a_cancelled_run_leaves_whole_tenants(
    postgres_url: str, jobs: int, stop: Callable[[Cancellation], None]
) -> None:
    cancellation = Cancellation()
    seeded(postgres_url, 1)
    sink = Recorder({TenantsCommitted: lambda event: stop(cancellation)})
    report = seed_many(postgres_url, 60, sink=sink, cancellation=cancellation, jobs=jobs)
    assert report.exit is Exit.CANCELLED
    # The first branch was there before; a group that was stopped is missing but for it.
    assert len(slugs(postgres_url)) in (10, 11, 20)
    per_branch = {table: rows for table, rows in row_counts(postgres_url).items() if table != SHARED}
    assert all(rows % len(slugs(postgres_url)) == 0 for rows in per_branch.values())


@pytest.mark.parametrize("jobs", [1, 2])
def test_a_run_that_is_stopped_while_it_looks_is_cancelled_and_has_not_failed(postgres_url: str, jobs: int) -> None:
    seeded(postgres_url, 1)
    cancellation = Cancellation()
    with contextlib.ExitStack() as others:

        def bar(event: TenantsCommitted) -> None:
            if event.tenants == 10 * jobs:
                others.enter_context(holding(postgres_url, 'lock table "branches" in access exclusive mode'))
                threading.Thread(target=stop).start()

        def stop() -> None:
            until(lambda: waits_for_a_lock(postgres_url), "a look at the branches")
            cancellation.now()

        report = seed_many(
            postgres_url, 60, sink=Recorder({TenantsCommitted: bar}), cancellation=cancellation, jobs=jobs
        )
    assert report.exit is Exit.CANCELLED
    assert report.error is not None
    assert "tenants are committed, each as a whole" in report.error.safe


def test_the_first_failing_tenant_is_named_by_verification(database_url: str) -> None:
    seeded(database_url, 12)
    sink = Recorder()
    # Not a difference that a run would mend: an incremental run leaves what people changed.
    branch = f"""(select "id" from "branches" where "slug" = '{slug_of(11)}')"""
    shelf = f'(select "id" from "shelves" where "branchId" = {branch})'
    execute(database_url, f'update "books" set "pages" = 1 where "shelfId" in {shelf}')
    report = seed_many(database_url, 12, choose(mode=Mode.INCREMENTAL), sink=sink)
    values = next(event for event in sink.of(CheckFinished) if event.check == "values")
    assert values.status == "warn"
    assert f"in 1 tenants, as in {slug_of(11)}" in values.found
    assert report.exit is Exit.DONE


def test_another_seeder_of_one_of_them_stops_the_run_between_groups(postgres_url: str) -> None:
    seeded(postgres_url, 1)
    with open_target(parse(postgres_url)) as target:
        lock = target.lock([slug_of(12)], "other", "grace@workshop")
        assert lock.take() is None
        report = seed_many(postgres_url)
        lock.release()
    assert report.error is not None
    assert (report.error.code, report.error.exit) == ("tenant_locked", Exit.FAILED)
    assert "grace@workshop" in report.error.message
    assert len(slugs(postgres_url)) == 10


def test_a_lock_of_many_keeps_out_whoever_wants_one_of_them(postgres_url: str) -> None:
    seeded(postgres_url, 1)
    with open_target(parse(postgres_url)) as one, open_target(parse(postgres_url)) as other:
        lock = one.lock([slug_of(number) for number in range(1, 11)], "one", "ada@laptop")
        assert lock.take() is None
        for number in range(1, 11):
            holder = other.lock([slug_of(number)], "other", "grace@workshop").take()
            assert holder is not None
            assert "ada@laptop" in holder.who
        free = other.lock([slug_of(11)], "other", "grace@workshop")
        assert free.take() is None
        free.release()
        lock.release()
        again = other.lock([slug_of(1)], "other", "grace@workshop")
        assert again.take() is None
        again.release()


def test_retries_of_a_group_are_told_and_the_group_is_written(postgres_url: str) -> None:
    seeded(postgres_url, 1)
    with psycopg.connect(postgres_url) as other:
        other.execute('lock table "shelves" in exclusive mode')
        sink = Recorder({RetryScheduled: lambda event: other.rollback()})
        report = seed_many(with_lock_timeout(postgres_url, 100), 12, sink=sink)
    assert report.status == "succeeded", report.error
    assert [event.sqlstate for event in sink.of(RetryScheduled)] == ["55P03"]
    assert len(slugs(postgres_url)) == 12


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_many_are_deleted_one_by_one(database_url: str, mode: Mode) -> None:
    seeded(database_url, 4)
    report = seed_many(database_url, 3, choose(mode=mode))
    assert report.status == "succeeded", report.error
    left = {slug_of(4)} if mode is Mode.PURGE else {slug_of(number) for number in range(1, 5)}
    assert slugs(database_url) == left


def test_a_dry_run_of_many_writes_nothing(database_url: str) -> None:
    seeded(database_url, 1)
    before = contents(database_url)
    report = seed_many(database_url, selection=choose(mode=Mode.DRY_RUN))
    assert report.status == "succeeded"
    assert report.plan.total("create") > 0
    assert totals(report)["created"] == 0
    assert contents(database_url) == before


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "1/", "/3", "a/b", "-1/3", "1/0", "1/3/5", ""])
def test_a_part_that_makes_no_sense_is_refused(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        shard(text)
    assert caught.value.code == "bad_shard"
    assert "2/4" in caught.value.hint


def test_a_part_without_tenants_is_refused() -> None:
    with pytest.raises(UsageError, match="none of 2 tenants"):
        tenants_of(Library(), 2, Shard(3, 3))


def test_the_first_tenant_is_the_configured_one() -> None:
    assert tenants_of(Library(), 3)[0] == Library().tenant() == Tenant("main-street", "Main Street Library")


def test_plan_and_run_agree_with_several_processes(postgres_url: str) -> None:
    seeded(postgres_url, 5)
    library = Library()
    with open_target(parse(postgres_url)) as target:
        plan = make_plan(target, library, choose(), tenants=tenants_of(library, MANY), jobs=3)
    assert plan.basis == seed_many(postgres_url, jobs=3).plan.basis


@pytest.mark.parametrize("jobs", [1, 2])
def test_what_a_run_spends_is_measured_in_every_process(postgres_url: str, jobs: int) -> None:
    with metering(Meter()) as meter:
        report = seed_many(postgres_url, jobs=jobs)
    spent = meter.seconds()
    assert spent["whole"]["write"] > 0
    assert spent["verify"]["verify"] > 0
    assert report.lookups[False] > 0


def test_a_refusal_before_anything_was_written_is_one(database_url: str) -> None:
    seeded(database_url, 3)
    report = seed_many(database_url, 3, choose(seed="another"))
    assert (report.status, report.exit) == ("refused", Exit.REFUSED)
    assert report.error is not None
    assert (report.error.code, report.error.safe) == ("another_seed", "Nothing was written.")


def test_whose_rows_stand_against_a_purge_is_told(database_url: str) -> None:
    seeded(database_url, 3)
    branch = f"""(select "id" from "branches" where "slug" = '{slug_of(2)}')"""
    execute(
        database_url,
        f"""insert into "shelves" select 'mine', "id", 'Mine', "createdAt", "updatedAt" from "branches"
            where "id" = {branch}""",
    )
    library = Library()
    purge = choose(mode=Mode.PURGE)
    with open_target(parse(database_url)) as target:
        plan = make_plan(target, library, purge, tenants=tenants_of(library, 3))
    assert any(warning.startswith(f"{slug_of(2)}: 1 unseeded rows in shelves") for warning in plan.warnings)
    report = seed_many(database_url, 3, purge)
    assert report.error is not None
    assert report.error.message.startswith(f"{slug_of(2)}: the tenant holds more than okrseed created")
    assert slugs(database_url) == {slug_of(2), slug_of(3)}


@pytest.mark.parametrize("settings", [{"jobs": 1}, {"jobs": 2}, {"jobs": 1, "bulk": True}])
def test_tables_that_have_grown_are_analyzed_once(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any]
) -> None:
    monkeypatch.setattr("okrseed.statistics.ROWS_WORTH_ANALYZING", MANY)
    assert seed_many(postgres_url, **settings).status == "succeeded"
    counts = 'select relname from pg_stat_user_tables where "analyze_count" = 1'
    analyzed = {table for (table,) in ask(postgres_url, counts)}
    # One branch each, and fewer authors than that.
    assert analyzed == {"shelves", "books", "book_authors", "bookLoans"}


@pytest.mark.parametrize("unguarded", [[], ["bookLoans"]])
def test_no_key_of_a_new_tenant_is_looked_for_but_where_it_could_stand_twice(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, unguarded: list[str]
) -> None:
    assert seed_many(postgres_url, 4, part=Shard(1, 2)).status == "succeeded"
    execute(postgres_url, *(f'alter table "{table}" drop constraint "{table}_pkey"' for table in unguarded))
    read = PostgresSession.read_each
    asked: list[str] = []

    def spied(session: PostgresSession, questions: Sequence[tuple[Projection, Conditions]]) -> list[list[Row]]:
        asked.extend(projection.table for projection, _ in questions)
        return read(session, questions)

    monkeypatch.setattr(PostgresSession, "read_each", spied)
    assert seed_many(postgres_url, 4, part=Shard(2, 2), verify=False).status == "succeeded"
    # Once for whom the rows belong to.
    assert {table for table in asked if asked.count(table) > 1} == {SHARED, *unguarded}
    assert slugs(postgres_url) == {slug_of(number) for number in range(1, 5)}


def test_rows_of_new_tenants_that_stand_elsewhere_are_found_without_a_retry(database_url: str) -> None:
    seeded(database_url, 3)
    before = contents(database_url)
    moment = "'2025-01-01 00:00:00'"
    execute(
        database_url,
        f"""insert into "branches" values ('elsewhere', 'elsewhere', 'Elsewhere', null, {moment}, {moment})""",
        """update "shelves" set "branchId" = 'elsewhere'""",
        """delete from "branches" where "id" <> 'elsewhere'""",
    )
    assert seed_many(database_url, 3, retry=RetryPolicy(retries=0)).status == "succeeded"
    execute(database_url, """delete from "branches" where "id" = 'elsewhere'""")
    assert stable(contents(database_url)) == stable(before)


def test_rows_of_a_stage_left_out_are_found_where_tenants_have_other_slugs(database_url: str) -> None:
    seeded(database_url, 3)
    execute(database_url, """update "branches" set "slug" = 'renamed-' || "slug" """)
    report = seed_many(database_url, 3, choose(exclude="shelves"))
    assert (report.status, totals(report)["created"], totals(report)["updated"]) == ("succeeded", 0, 3)


def test_budgets_are_for_one_tenant(sqlite_url: str) -> None:
    """The stages of several run as one, and would all be said to take too long."""
    slow = Library().with_stage("authors", budget_s=0.0)
    assert budgets_of(slow)["authors"] == 0
    assert run(sqlite_url, library=slow).budgets["authors"] == 0
    assert seed_many(sqlite_url, 2).budgets == {}


class Screen(io.StringIO):
    """What an app puts in the place of stderr: it has no file."""

    def fileno(self) -> int:
        return -1


@pytest.mark.skipif(not hasattr(os, "getpriority"), reason="not run: no priorities here")
@pytest.mark.parametrize(("method", "behind"), [("fork", 0), ("spawn", BEHIND_AN_APP)])
def test_beside_an_app_processes_stand_back(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch, method: str, behind: int
) -> None:
    monkeypatch.setattr("okrseed.processes._method", lambda: method)
    urgency: set[int] = set()

    def look(event: TenantsCommitted) -> None:
        children = [child.pid or 0 for child in multiprocessing.active_children()]
        urgency.update(os.getpriority(os.PRIO_PROCESS, child) for child in children)

    assert seed_many(postgres_url, jobs=2, sink=Recorder({TenantsCommitted: look})).status == "succeeded"
    own = os.getpriority(os.PRIO_PROCESS, 0)
    # A new process that is still starting when another one has written its group already has not stood back yet.
    assert urgency - {own} == {own + behind} - {own}


def test_processes_begin_where_stderr_is_no_file(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("okrseed.processes._method", lambda: "spawn")
    monkeypatch.setattr(sys, "stderr", Screen())
    assert seed_many(postgres_url, jobs=2).status == "succeeded"
    assert len(slugs(postgres_url)) == MANY


def _connections(monkeypatch: pytest.MonkeyPatch) -> list[psycopg.Connection[Any]]:
    """The connections that locks make."""
    made: list[psycopg.Connection[Any]] = []
    connect = postgres_spare.connect

    def counting(address: Address) -> psycopg.Connection[Any]:
        made.append(connect(address))
        return made[-1]

    monkeypatch.setattr(postgres_spare, "connect", counting)
    return made


def test_the_locks_of_all_groups_share_a_connection(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    made = _connections(monkeypatch)
    assert seed_many(postgres_url).status == "succeeded"
    assert [connection.closed for connection in made] == [True]


def test_a_connection_that_was_lost_between_two_locks_is_made_anew(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = _connections(monkeypatch)
    lost = Recorder({TenantsCommitted: lambda event: made[-1].close()})
    assert seed_many(postgres_url, sink=lost).status == "succeeded"
    assert len(made) == 3
    assert row_counts(postgres_url)["branches"] == MANY
