"""A database that a run could not write as it should is refused before anything is written."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.database import Database, PostgresDatabase
from tests.end_to_end.program import Outcome, call, plan, purge, run
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

ROLE = "okrseed_app"


def assert_refused(outcome: Outcome, *words: str) -> None:
    assert outcome.exit == 4, outcome.err
    for word in (*words, "Nothing was written."):
        assert word in outcome.told


@pytest.fixture(scope="module")
def pending(templates: Templates) -> PostgresDatabase:
    """The small tenant without its check-ins, so that a run has something to write; tests may not write to it."""
    database = templates.copy("postgresql", "small")
    assert isinstance(database, PostgresDatabase)
    database.execute("DELETE FROM check_ins")
    return database


@pytest.fixture
def role(pending: PostgresDatabase) -> Iterator[str]:
    """A role without any right."""
    configure_small()
    pending.execute(f"CREATE ROLE {ROLE} LOGIN")
    yield ROLE
    pending.execute(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")


def granted(database: PostgresDatabase, role: str, rights: str) -> str:
    """Grant rights on every table; returns the URL of the role."""
    database.execute(f"GRANT {rights} ON ALL TABLES IN SCHEMA public TO {role}")
    return database.url.replace("okrseed@", f"{role}@")


@pytest.mark.parametrize(
    ("mode", "rights", "missing"),
    [
        ("full", "SELECT", "INSERT"),
        ("full", "SELECT, INSERT", "UPDATE"),
        ("incremental", "SELECT", "INSERT"),
        ("purge", "SELECT, INSERT, UPDATE", "DELETE"),
        ("reset", "SELECT, INSERT, UPDATE", "DELETE"),
        ("full", "INSERT, UPDATE, DELETE", "SELECT"),
        ("dry-run", "INSERT, UPDATE, DELETE", "SELECT"),
    ],
)
def test_a_missing_right_is_refused_and_named(
    pending: PostgresDatabase, role: str, mode: str, rights: str, missing: str
) -> None:
    before = pending.versions()

    assert_refused(run(granted(pending, role, rights), "--mode", mode, "--yes"), f"{missing} on check_ins")
    assert pending.versions() == before


def test_a_right_that_is_missing_on_one_table_is_enough(pending: PostgresDatabase, role: str) -> None:
    url = granted(pending, role, "SELECT, INSERT, UPDATE")
    pending.execute(f"REVOKE INSERT ON initiatives FROM {role}")

    assert_refused(run(url), "INSERT on initiatives")


def test_incremental_needs_no_right_to_update(templates: Templates) -> None:
    configure_small()
    with templates.lend("postgresql", "small") as database:
        assert isinstance(database, PostgresDatabase)
        database.execute(f"CREATE ROLE {ROLE} LOGIN", "DELETE FROM check_ins")
        outcome = run(granted(database, ROLE, "SELECT, INSERT"), "--mode", "incremental", "--no-verify")
        database.execute(f"DROP OWNED BY {ROLE}", f"DROP ROLE {ROLE}")

    assert outcome.exit == 0, outcome.err


@pytest.mark.parametrize("command", [("run", "--create-schema"), ("schema", "create")], ids=" ".join)
def test_no_right_to_create_tables_is_refused(postgres_url: str, role: str, command: tuple[str, ...]) -> None:
    PostgresDatabase(postgres_url).execute("REVOKE CREATE ON SCHEMA public FROM public")

    outcome = call(*command, "--json", "--database", postgres_url.replace("okrseed@", f"{role}@"))

    assert_refused(outcome, "permission denied")


SCHEMAS = {
    "objectives.progress": 'ALTER TABLE objectives DROP COLUMN "progress"',
    "check_ins.mood": "ALTER TABLE check_ins ADD COLUMN mood text NOT NULL DEFAULT 'x'; "
    "ALTER TABLE check_ins ALTER COLUMN mood DROP DEFAULT",
    "users.isSuperuser": 'ALTER TABLE users ALTER COLUMN "isSuperuser" DROP DEFAULT, '
    'ALTER COLUMN "isSuperuser" TYPE text',
}


@pytest.mark.parametrize("column", ["check_ins.mood", "users.isSuperuser"])
@pytest.mark.parametrize("command", ["run", "plan", "schema check"])
def test_a_column_that_cannot_be_filled_is_refused_and_named(
    empty_postgres: PostgresDatabase, command: str, column: str
) -> None:
    for statement in SCHEMAS[column].split("; "):
        empty_postgres.execute(statement)

    assert_refused(call(*command.split(), "--json", "--database", empty_postgres.url), column)
    assert set(empty_postgres.counts().values()) == {0}


def test_a_column_that_the_target_adds_and_that_may_be_null_is_left_alone(empty: Database) -> None:
    configure_small()
    empty.execute("ALTER TABLE objectives ADD COLUMN mood text")

    assert run(empty.url, "--size", "tiny").exit == 0
    assert empty.value("SELECT count(mood) AS n FROM objectives") == 0


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_another_seed_string_is_refused_and_both_are_named(small: Database, mode: str) -> None:
    before = small.digest()

    outcome = run(small.url, "--size", "tiny", "--seed", "another", "--mode", mode)

    assert_refused(outcome, "another", "puzzel-cx-demo-seed-2025")
    assert small.digest() == before


def test_the_plan_of_another_seed_string_is_refused(small: Database) -> None:
    assert_refused(plan(small.url, "--size", "tiny", "--seed", "another"), "another")


@pytest.mark.parametrize("mode", ["purge", "reset"])
def test_deleting_modes_take_another_seed_string(small: Database, mode: str) -> None:
    outcome = run(small.url, "--size", "tiny", "--seed", "another", "--mode", mode, "--yes")

    assert outcome.exit == 0, outcome.err


def test_the_same_seed_string_is_taken_when_it_is_given(templates: Templates) -> None:
    configure_small()
    database = templates.copy("sqlite", "empty")
    run(database.url, "--size", "tiny", "--seed", "mine", "--no-verify")

    assert run(database.url, "--size", "tiny", "--seed", "mine").totals["created"] == 0
    assert run(database.url, "--size", "tiny").exit == 4
    assert purge(database.url, "--yes", "--seed", "mine").exit == 0
