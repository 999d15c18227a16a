"""What stands in the database is looked for as seldom as can be: not key by key in tables that are empty."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from okrseed.ahead import Surveys
from okrseed.blueprint import Family
from okrseed.events import RetryScheduled, RunStarted
from okrseed.planner import survey
from okrseed.prepare import prepare
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.library import TABLES, Library, World
from tests.core.seeding import Recorder, choose, contents, execute, row_counts, run

EMPTY = 'delete from "{}"'


def emptied(url: str) -> str:
    """The library's tables without rows but for "kept", which has one of its authors; returns how to put it back."""
    run(url)
    execute(url, 'create table "kept" as select * from "authors" limit 1')
    for table in reversed(TABLES):
        execute(url, EMPTY.format(table))
    return 'insert into "authors" select * from "kept"'


def test_tables_without_a_row_are_told_from_others(database_url: str) -> None:
    put_back = emptied(database_url)
    for full in (frozenset[str](), frozenset({"authors"})):
        with (
            open_target(parse(database_url)) as target,
            target.session("look", read_only=True) as session,
            session.transaction(),
        ):
            prepared = prepare(session, target, Library(), choose(), writing=False)
            assert session.empty(list(prepared.projections.values())) == set(TABLES) - full
            assert prepared.reader.needs_nobody is not bool(full)
        execute(database_url, put_back if not full else "select 1")


def test_an_empty_table_is_asked_for_no_key_until_somebody_else_may_have_written(database_url: str) -> None:
    put_back = emptied(database_url)
    with open_target(parse(database_url)) as target, target.session("look", read_only=True) as session:
        with session.transaction():
            prepared = prepare(session, target, Library(), choose(), writing=False)
            asked = session.statements
            desired = prepared.production.desired(prepared.stages["authors"])
            keys = desired.keys("authors")
            assert prepared.reader.rows(session, "authors", keys) == {}
            assert session.statements == asked
        execute(database_url, put_back)
        prepared.reader.forget(["authors"])
        with session.transaction():
            assert len(prepared.reader.rows(session, "authors", keys)) == 1


@pytest.mark.parametrize("atomic", [True, False])
def test_a_row_that_came_after_the_look_is_found_by_the_next_attempt(database_url: str, atomic: bool) -> None:
    run(database_url)
    wanted = contents(database_url)
    put_back = emptied(database_url)
    sink = Recorder({RunStarted: lambda _: execute(database_url, put_back)})
    report = run(database_url, sink=sink, atomic=atomic)
    assert report.error is None
    assert bool(sink.of(RetryScheduled)) is not atomic
    assert report.plan.total("create") == sum(map(len, wanted.values())) - atomic
    assert row_counts(database_url) == {table: len(rows) for table, rows in wanted.items()}


def test_stages_are_surveyed_ahead_only_where_nobody_is_asked_and_alike(database_url: str) -> None:
    put_back = emptied(database_url)
    stages = ["branch", "shelves", "authors", "books", "loans"]
    created: dict[bool, dict[str, int]] = {}
    for asks in (False, True):
        with (
            open_target(parse(database_url)) as target,
            target.session("look", read_only=True) as session,
            session.transaction(),
        ):
            prepared = prepare(session, target, Library(), choose(), writing=False)
            asked = session.statements
            with Surveys(session, prepared, stages) as surveys:
                found = [table for stage in stages for table in surveys.of(stage).tables]
            assert (session.statements > asked) is asks
        assert not [thread for thread in threading.enumerate() if thread.name.startswith("okrseed surveys")]
        created[asks] = {table.table: len(table.create) for table in found}
        execute(database_url, put_back if not asks else "select 1")
    assert created[True] == {**created[False], "authors": created[False]["authors"] - 1}


def test_no_row_is_made_only_because_others_refer_to_it(database_url: str) -> None:
    emptied(database_url)
    made: list[World] = []

    def shelf_rows(world: World) -> Iterator[Family]:
        made.append(world)
        return world.shelf_rows()

    library = Library().with_stage("shelves", producer=shelf_rows)
    with (
        open_target(parse(database_url)) as target,
        target.session("look", read_only=True) as session,
        session.transaction(),
    ):
        prepared = prepare(session, target, library, choose(library), writing=False)
        assert survey(session, prepared, "books").tables[0].create
        assert not made
        survey(session, prepared, "shelves")
        assert len(made) == 1
