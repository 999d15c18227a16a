"""A schema that rows cannot be written to as they should be is refused before the first row, naming what is wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from okrseed.errors import NOTHING_WRITTEN, Exit, Refused
from okrseed.selection import Mode
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.library import TABLES, Library
from tests.core.seeding import Recorder, ask, choose, contents, execute, plan, row_counts, run, with_parameter

LOANS_IN_A_ROOM = (
    'drop table "bookLoans"',
    """create table "bookLoans" (id text primary key, "bookId" text not null, reader text not null,
       "lentAt" timestamp not null, "returnedAt" timestamp, room text not null)""",
)


LOANS_ALL_RETURNED = """create table "bookLoans" (id text primary key, "bookId" text not null, reader text not null,
       "lentAt" timestamp not null, "returnedAt" timestamp not null)"""


def create_tables(url: str) -> None:
    with open_target(parse(url)) as target, target.session("schema") as session, session.transaction():
        session.create(Library().definition)


def drop(url: str, table: str) -> None:
    """Drop a table, and on PostgreSQL the foreign keys that point at it."""
    execute(url, f"drop table {table}" + ("" if url.startswith("sqlite") else " cascade"))


@pytest.fixture
def tables(database_url: str) -> str:
    """A database with the library's tables and no rows."""
    create_tables(database_url)
    return database_url


def refusal(attempt: Callable[[], object]) -> Refused:
    with pytest.raises(Refused) as caught:
        attempt()
    assert (caught.value.exit, caught.value.safe) == (Exit.REFUSED, NOTHING_WRITTEN)
    return caught.value


def test_an_empty_database_is_refused_and_told_how_tables_are_made(database_url: str) -> None:
    error = refusal(lambda: run(database_url, create_schema=False))
    assert error.code == "no_tables"
    assert "--create-schema" in error.hint


def test_an_empty_database_stays_empty_without_create_schema(postgres_url: str) -> None:
    refusal(lambda: run(postgres_url, create_schema=False))
    assert ask(postgres_url, "select count(*) from pg_class where relnamespace = 'public'::regnamespace") == [(0,)]


def test_create_schema_makes_what_is_missing_and_fits(database_url: str) -> None:
    report = run(database_url, create_schema=True)
    assert set(report.state.created_tables) == set(TABLES)
    assert report.status == "succeeded"


@pytest.mark.parametrize("may_create", [True, False])
def test_a_missing_table_switches_its_stage_off(tables: str, may_create: bool) -> None:
    execute(tables, 'drop table "bookLoans"')
    report = run(tables, create_schema=may_create)
    assert (report.status, report.state.created_tables) == ("succeeded", ())
    off = {stage.id: stage.reason for stage in report.plan.stages if stage.selected == "off"}
    assert off == {"loans": "there is no table bookLoans"}
    assert report.plan.adaptations == ("stage loans is off: there is no table bookLoans",)


def test_a_stage_whose_rows_must_refer_to_a_missing_table_is_off_too(tables: str) -> None:
    drop(tables, "shelves")
    off = {stage.id: stage.reason for stage in run(tables).plan.stages if stage.selected == "off"}
    assert off == {"shelves": "there is no table shelves", "books": "it needs shelves", "loans": "it needs books"}


def test_nothing_is_left_to_seed_where_the_chosen_stages_lack_their_tables(tables: str) -> None:
    execute(tables, 'drop table "bookLoans"')
    error = refusal(lambda: run(tables, choose(select="loans")))
    assert "loans: there is no table bookLoans" in error.message


def test_the_tenants_own_table_is_not_missed_in_silence(tables: str) -> None:
    drop(tables, "branches")
    error = refusal(lambda: run(tables, create_schema=False))
    assert "branches" in error.message


def test_a_missing_column_is_left_out_and_told(tables: str) -> None:
    execute(tables, "alter table books drop column rating")
    report = run(tables)
    assert report.status == "succeeded"
    assert report.plan.adaptations == ("books.rating is not there and left out",)
    assert run(tables).document()["totals"]["updated"] == 0


def test_a_column_that_rows_are_found_by_cannot_be_left_out(tables: str) -> None:
    execute(tables, 'drop table "bookLoans"', 'create table "bookLoans" (id text primary key, reader text)')
    assert "bookLoans.bookId is missing" in refusal(lambda: run(tables)).message


def test_a_column_that_may_not_be_null_is_refused_only_where_a_row_has_no_value_for_it(tables: str) -> None:
    execute(tables, 'drop table "bookLoans"', LOANS_ALL_RETURNED)
    assert "bookLoans.returnedAt is NOT NULL, and there is no value for it" in refusal(lambda: run(tables)).message


@pytest.mark.parametrize(
    ("statements", "named"),
    [
        (
            ("alter table books drop column pages", "alter table books add column pages text"),
            "books.pages is text, not int",
        ),
        (
            ("alter table books drop column details", "alter table books add column details text"),
            "books.details is text, not json",
        ),
        (LOANS_IN_A_ROOM, "bookLoans.room is NOT NULL without a default"),
    ],
    ids=["wrong type", "text for JSON", "unknown column that must be filled"],
)
@pytest.mark.parametrize("mode", [Mode.FULL, Mode.RESET])
def test_what_does_not_fit_is_refused_by_table_and_column_and_nothing_is_written(
    tables: str, statements: tuple[str, ...], named: str, mode: Mode
) -> None:
    execute(tables, *statements)
    recorder = Recorder()
    error = refusal(lambda: run(tables, choose(mode=mode), sink=recorder))
    assert error.code == "schema_unsuitable"
    assert named.lower() in error.message.lower()
    assert contents(tables, ["branches", "shelves", "authors"]) == {"branches": {}, "shelves": {}, "authors": {}}
    assert recorder.events == []


def test_the_plan_refuses_what_the_run_refuses(tables: str) -> None:
    execute(tables, "alter table books drop column pages", "alter table books add column pages text")
    assert refusal(lambda: plan(tables)).document() == refusal(lambda: run(tables)).document()


def test_everything_that_does_not_fit_is_named_at_once(tables: str) -> None:
    execute(
        tables,
        "alter table books drop column pages",
        "alter table books add column pages text",
        *LOANS_IN_A_ROOM,
    )
    message = refusal(lambda: run(tables)).message
    assert "books.pages" in message
    assert "bookLoans.room" in message


def test_a_missing_enum_label_is_refused_by_its_name(postgres_url: str) -> None:
    create_tables(postgres_url)
    execute(postgres_url, """alter type "BookGenre" rename value 'ATLAS' to 'MAP'""")
    error = refusal(lambda: run(postgres_url))
    assert "books.genre lacks the enum label ATLAS" in error.message
    assert sum(row_counts(postgres_url).values()) == 0


def test_an_enum_may_have_more_labels(postgres_url: str) -> None:
    create_tables(postgres_url)
    execute(postgres_url, """alter type "BookGenre" add value 'POEM'""")
    assert run(postgres_url).status == "succeeded"


@pytest.mark.parametrize("column", ["note text", "note text not null default 'none'"])
def test_a_column_that_fills_itself_is_left_alone(tables: str, column: str) -> None:
    execute(tables, f"alter table shelves add column {column}")
    assert run(tables).status == "succeeded"


def test_a_value_in_a_column_that_is_not_seeded_survives(tables: str) -> None:
    execute(tables, "alter table shelves add column note text")
    run(tables)
    execute(tables, "update shelves set note = 'mine', label = 'Other'")
    run(tables)
    assert ask(tables, "select distinct note from shelves") == [("mine",)]


def test_tables_are_made_and_found_in_the_schema_of_the_url(postgres_url: str) -> None:
    execute(postgres_url, 'create schema "Reading Room"')
    url = with_parameter(postgres_url, "schema=Reading%20Room")
    run(url)
    assert ask(postgres_url, """select count(*) from "Reading Room"."bookLoans" """) == [(16,)]
    assert run(url).document()["totals"]["unchanged"] == 76
