"""A plan looks and never touches: no row, no file, no right to write, no transaction that could."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.database import TABLES, Database, PostgresDatabase, SqliteDatabase
from tests.end_to_end.program import call, plan, run
from tests.end_to_end.templates import Templates

MODES = ("dry-run", "full", "incremental", "purge", "reset")
ROLE = "okrseed_looker"


@pytest.fixture
def looker(postgres: PostgresDatabase) -> Iterator[str]:
    """The URL of a role that may read, and owns nothing."""
    postgres.execute(f"CREATE ROLE {ROLE} LOGIN", f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {ROLE}")
    yield postgres.url.replace("okrseed@", f"{ROLE}@")
    postgres.execute(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def guard(database: PostgresDatabase, setting: str, value: str) -> None:
    """From now on no row can be read by others than the owner unless the transaction has this setting."""
    database.execute(
        f"""
        CREATE FUNCTION transaction_is_as_wanted() RETURNS boolean LANGUAGE plpgsql VOLATILE AS $$
        BEGIN
            IF current_setting('{setting}') <> '{value}' THEN
                RAISE EXCEPTION '{setting} is %', current_setting('{setting}');
            END IF;
            RETURN true;
        END $$
        """,
        *(f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY' for table in TABLES),
        *(f'CREATE POLICY guarded ON "{table}" USING (transaction_is_as_wanted())' for table in TABLES),
    )


@pytest.mark.parametrize("mode", MODES)
def test_a_plan_leaves_every_value_as_it_was(small: Database, mode: str) -> None:
    before = small.digest()

    assert plan(small.url, "--size", "demo", "--mode", mode).exit == 0
    assert small.digest() == before


@pytest.mark.parametrize("mode", MODES)
def test_a_plan_makes_no_new_version_of_any_row(postgres: PostgresDatabase, mode: str) -> None:
    before = postgres.versions()

    assert plan(postgres.url, "--size", "demo", "--mode", mode).exit == 0
    assert postgres.versions() == before


@pytest.mark.parametrize("mode", MODES)
def test_a_plan_needs_no_right_to_write(looker: str, mode: str) -> None:
    looked = plan(looker, "--size", "tiny", "--mode", mode)

    assert looked.exit == 0, looked.err


@pytest.mark.parametrize(
    ("setting", "value"), [("transaction_read_only", "on"), ("transaction_isolation", "repeatable read")]
)
def test_the_server_calls_the_transaction_of_a_plan_what_it_should_be(
    postgres: PostgresDatabase, looker: str, setting: str, value: str
) -> None:
    guard(postgres, setting, value)

    with psycopg.connect(looker) as anybody, pytest.raises(psycopg.errors.RaiseException, match=setting):
        anybody.execute("SELECT * FROM organizations")
    for mode in MODES:
        looked = plan(looker, "--size", "tiny", "--mode", mode)
        assert looked.exit == 0, looked.err


@pytest.mark.parametrize("mode", MODES)
def test_a_plan_makes_no_file_where_there_is_none(tmp_path: Path, mode: str) -> None:
    folder = tmp_path / "not" / "there"

    assert plan(f"sqlite:///{folder / 'demo.db'}", "--create-schema", "--mode", mode).exit == 0
    assert not folder.parent.exists()


def test_a_plan_of_the_embedded_default_makes_no_file(home: Path) -> None:
    assert call("plan", "--json").exit == 0
    assert list(home.iterdir()) == []


def test_a_plan_makes_no_file_beside_a_database(templates: Templates) -> None:
    database = templates.copy("sqlite", "small")
    assert isinstance(database, SqliteDatabase)
    with contextlib.closing(sqlite3.connect(database.path)) as connection:
        # Whoever writes and is the last to leave takes the log along.
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    before = sorted(database.path.parent.iterdir())
    plan(database.url)

    assert sorted(database.path.parent.iterdir()) == before == [database.path]


def test_a_plan_leaves_the_file_itself_as_it_was(templates: Templates) -> None:
    database = templates.copy("sqlite", "small")
    assert isinstance(database, SqliteDatabase)
    before = database.path.read_bytes()

    plan(database.url)

    assert database.path.read_bytes() == before


def test_a_dry_run_is_a_plan_that_reports_as_a_run(small: Database) -> None:
    before = small.digest()

    shown = run(small.url, "--size", "demo", "--mode", "dry-run")

    assert shown.document["plan"]["totals"] == plan(small.url, "--size", "demo").totals
    assert (shown.totals["created"], shown.totals["updated"]) == (0, 0)
    assert small.digest() == before
