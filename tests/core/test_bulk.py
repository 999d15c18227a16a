"""`--bulk`: the same rows in the same tables as any other run makes, or nothing at all."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from okrseed.blueprint import Blueprint, Family
from okrseed.cancellation import Cancellation
from okrseed.definition import Definition, Dialect
from okrseed.errors import Exit, Refused, UsageError
from okrseed.events import TenantsLoaded
from okrseed.many import runner_of
from okrseed.report import RunReport
from okrseed.selection import Mode, Selection
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.core.library import Library, World
from tests.core.library_tables import Loan
from tests.core.producing import Made, noting
from tests.core.seeding import QUICK, Recorder, ask, choose, contents, execute, row_counts, run
from tests.core.test_many_tenants import seed_many, stable
from tests.core.waiting import until
from tests.postgres import Server

MANY = 12
DEFINITIONS = """
    select conrelid::regclass::text, conname, pg_get_constraintdef(oid) from pg_constraint
    where connamespace = 'public'::regnamespace
    union all select tablename, indexname, indexdef from pg_indexes where schemaname = 'public'
    union all select table_name, column_name, concat_ws(' ', data_type, udt_name, is_nullable, column_default)
    from information_schema.columns where table_schema = 'public'
    order by 1, 2, 3
"""
TABLES = "select count(*) from pg_tables where schemaname = 'public'"


def bulk(
    url: str,
    count: int = MANY,
    *,
    library: Blueprint | None = None,
    selection: Selection | None = None,
    sink: Recorder | None = None,
    cancellation: Cancellation | None = None,
) -> RunReport:
    """A bulk load of so many branches."""
    blueprint = library or Library()
    with open_target(parse(url)) as target:
        return runner_of(
            target,
            blueprint,
            selection or choose(blueprint),
            tenants_of(blueprint, count),
            run_id="bulk",
            sink=sink or Recorder(),
            settings=RunSettings(bulk=True, retry=QUICK, wait_lock_s=0.0),
            cancellation=cancellation,
            who="ada@laptop",
        ).run()


@pytest.mark.parametrize("count", [1, MANY])
def test_tables_and_rows_are_those_of_any_other_run(postgres_url: str, server: Server, count: int) -> None:
    other = server.create_database(f"not_in_bulk_{count}")
    seed_many(other, count)
    report = bulk(postgres_url, count)
    assert report.exit is Exit.DONE, report.error
    assert stable(contents(postgres_url)) == stable(contents(other))
    assert ask(postgres_url, DEFINITIONS) == ask(other, DEFINITIONS)
    assert report.document()["totals"]["created"] == sum(row_counts(other).values())
    assert report.document()["verification"]["failed"] == 0
    server.drop_database(f"not_in_bulk_{count}")


def test_a_run_after_it_changes_nothing(postgres_url: str) -> None:
    bulk(postgres_url)
    before = contents(postgres_url)
    again = seed_many(postgres_url, MANY)
    assert (again.plan.changes, again.exit) == (0, Exit.DONE)
    assert contents(postgres_url) == before


def test_what_is_not_committed_yet_is_told_as_such(postgres_url: str) -> None:
    sink = Recorder()
    bulk(postgres_url, sink=sink)
    assert [(event.tenants, event.of) for event in sink.of(TenantsLoaded)] == [(10, MANY), (MANY, MANY)]


def test_tables_that_are_there_are_refused_before_anything_is_written(postgres_url: str) -> None:
    run(postgres_url)
    before = contents(postgres_url)
    with pytest.raises(Refused) as caught:
        bulk(postgres_url)
    assert (caught.value.code, caught.value.safe) == ("not_empty", "Nothing was written.")
    assert contents(postgres_url) == before


def test_one_table_of_ours_is_enough_to_refuse(postgres_url: str) -> None:
    execute(postgres_url, 'create table "shelves" (id text primary key)')
    with pytest.raises(Refused, match="shelves"):
        bulk(postgres_url)
    assert ask(postgres_url, TABLES) == [(1,)]


def loans_of_no_book(world: World) -> Iterator[Family]:
    for family in world.loan_rows():
        loan: Any = family["bookLoans"][0]
        yield {"bookLoans": [Loan(loan.id, "no such book", *loan[2:])]}
        return


def test_a_reference_to_nothing_is_found_at_the_end_and_leaves_nothing(postgres_url: str) -> None:
    broken = Library().with_stage("loans", producer=loans_of_no_book)
    report = bulk(postgres_url, 1, library=broken)
    assert report.status == "failed"
    assert report.error is not None
    assert report.error.sqlstate == "23503"
    assert "rolled back" in report.error.safe
    assert ask(postgres_url, TABLES) == [(0,)]


def test_a_cancelled_load_leaves_nothing(postgres_url: str) -> None:
    cancellation = Cancellation()
    sink = Recorder({TenantsLoaded: lambda event: cancellation.after_chunk()})
    report = bulk(postgres_url, sink=sink, cancellation=cancellation)
    assert report.exit is Exit.CANCELLED
    assert ask(postgres_url, TABLES) == [(0,)]


def test_a_load_whose_connection_is_lost_is_tried_again_as_a_whole(postgres_url: str) -> None:
    lost: list[object] = []

    def end_it(event: object) -> None:
        if not lost:
            lost.append(event)
            execute(
                postgres_url,
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and application_name = 'okrseed/bulk'",
            )

    report = bulk(postgres_url, sink=Recorder({TenantsLoaded: end_it}))
    assert (report.status, report.document()["totals"]["retries"]) == ("succeeded", 1)
    assert len(contents(postgres_url)["branches"]) == MANY


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET, Mode.DRY_RUN])
def test_modes_that_do_not_fill_a_database_are_refused(postgres_url: str, mode: Mode) -> None:
    with pytest.raises(UsageError, match="full and incremental"):
        bulk(postgres_url, selection=choose(mode=mode))


def test_sqlite_is_refused(sqlite_url: str) -> None:
    with pytest.raises(UsageError, match="PostgreSQL"):
        bulk(sqlite_url)


def test_a_stage_that_others_need_cannot_be_left_out(postgres_url: str) -> None:
    report = bulk(postgres_url, selection=choose(exclude="authors"))
    assert isinstance(report.error, UsageError)
    assert report.error.message == (
        "stage 'authors' is excluded, but 'books' needs it and 9 rows of authors are missing"
    )
    assert report.error.safe == "Nothing was written."
    assert ask(postgres_url, TABLES) == [(0,)]


def test_a_stage_that_nobody_needs_can_be_left_out(postgres_url: str) -> None:
    assert bulk(postgres_url, 2, selection=choose(exclude="loans")).status == "succeeded"
    counts = row_counts(postgres_url)
    assert counts["bookLoans"] == 0
    assert counts["books"] > 0


class Broken(RuntimeError):
    """A defect where the tables are made."""


def asked_for_its_tables(library: Library, then: Callable[[], object]) -> Any:
    """The library; `then` is called when the tables are about to be made."""

    class Asked:
        def __getattr__(self, name: str) -> Any:
            return getattr(library, name)

        def definition(self, dialect: Dialect) -> Definition:
            then()
            return library.definition(dialect)

    return Asked()


def test_rows_are_begun_before_the_tables_are_made(postgres_url: str) -> None:
    begun = threading.Event()
    found: list[bool] = []
    library = noting([], lambda stage: begun.set())
    report = bulk(postgres_url, 1, library=asked_for_its_tables(library, lambda: found.append(begun.wait(10))))
    assert report.exit is Exit.DONE, report.error
    assert found[0]


def test_rows_are_made_once_for_the_load_and_once_for_the_checks(postgres_url: str) -> None:
    made: Made = []
    assert bulk(postgres_url, MANY, library=noting(made)).exit is Exit.DONE
    assert set(Counter(made).values()) == {2}


def test_rows_of_the_next_group_are_begun_while_the_last_of_one_are_written(postgres_url: str) -> None:
    made: Made = []
    later = {tenant.slug for tenant in tenants_of(Library(), MANY)[10:]}

    def look(event: TenantsLoaded) -> None:
        until(lambda: bool(later & {slug for _, slug in list(made)}), "rows of the next group")

    report = bulk(postgres_url, library=noting(made), sink=Recorder({TenantsLoaded: look}))
    assert report.exit is Exit.DONE, report.error


def test_a_load_that_fails_makes_no_more_rows(postgres_url: str) -> None:
    begun, over = threading.Event(), threading.Event()
    made: Made = []

    def meanwhile(stage: str) -> None:
        begun.set()
        assert over.wait(10)

    def fails() -> None:
        assert begun.wait(10)
        raise Broken

    report = bulk(postgres_url, MANY, library=asked_for_its_tables(noting(made, meanwhile), fails))
    over.set()
    for thread in threading.enumerate():
        if thread.name == "okrseed produces":
            thread.join(10)
    assert report.status == "failed"
    assert len(made) == 1
