"""Somebody else holds a lock: the run waits a while, then says so. The waits go on side by side, as they are long."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.database import Database, SqliteDatabase
from tests.end_to_end.program import AS_OF, Outcome, ended, isolated, start
from tests.end_to_end.templates import Templates

Runs = Mapping[str, tuple[Outcome, Database]]
KINDS = ("log", "journal", "server")


def start_run(database: Database) -> list[str]:
    return ["run", "--json", "--database", database.url, "--size", "tiny", "--retries", "0", "--as-of", AS_OF]


@contextlib.contextmanager
def locked_file(database: Database, journal_mode: str) -> Iterator[None]:
    """A SQLite file that another program is writing."""
    assert isinstance(database, SqliteDatabase)
    with contextlib.closing(sqlite3.connect(database.path, isolation_level=None)) as other:
        other.execute(f"PRAGMA journal_mode = {journal_mode}")
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


@pytest.fixture(scope="module")
def runs(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Three runs into locked databases, and what they found when they gave up."""
    databases = {
        "log": templates.copy("sqlite", "empty"),
        "journal": templates.copy("sqlite", "empty"),
        "server": templates.copy("postgresql", "empty"),
    }
    with (
        isolated(tmp_path_factory.mktemp("locks")),
        locked_file(databases["log"], "wal"),
        locked_file(databases["journal"], "delete"),
        psycopg.connect(databases["server"].url) as other,
    ):
        other.execute("LOCK TABLE check_ins IN SHARE MODE")
        processes = {name: start(*start_run(database)) for name, database in databases.items()}
        outcomes = {name: ended(process) for name, process in processes.items()}
    return {name: (outcomes[name], database) for name, database in databases.items()}


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_that_is_not_given_up_is_a_failure(runs: Runs, kind: str) -> None:
    outcome, _ = runs[kind]

    assert outcome.exit == 1
    assert "lock" in outcome.error["message"]
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize("kind", KINDS)
def test_a_lock_is_told_with_what_to_do(runs: Runs, kind: str) -> None:
    outcome, _ = runs[kind]

    assert outcome.error["hint"]


@pytest.mark.parametrize("kind", ["log", "journal"])
def test_nothing_is_written_to_a_locked_file_and_that_is_said(runs: Runs, kind: str) -> None:
    outcome, database = runs[kind]

    assert "Nothing was written." in outcome.told
    assert set(database.counts().values()) == {0}


def test_a_locked_table_fails_its_stage_and_names_it(runs: Runs) -> None:
    outcome, database = runs["server"]

    assert (outcome.error["stage"], outcome.error["table"]) == ("check-ins", "check_ins")
    assert outcome.error["sqlstate"] == "55P03"
    assert database.counts()["check_ins"] == 0


def test_a_locked_table_leaves_the_other_stages_committed(runs: Runs) -> None:
    outcome, database = runs["server"]

    rows = sum(database.counts().values())
    assert f"{rows} rows are committed" in outcome.error["message"]


def test_a_plan_reads_while_another_program_writes(templates: Templates, tmp_path: Path) -> None:
    database = templates.copy("sqlite", "tiny")
    with locked_file(database, "wal"):
        outcome = ended(start("plan", "--json", "--database", database.url, "--size", "tiny", "--as-of", AS_OF))

    assert outcome.totals["unchanged"] == 563
