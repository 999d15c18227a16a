"""The same command again finds everything in place and writes nothing at all."""

from __future__ import annotations

import pytest

from tests.core.waiting import until
from tests.end_to_end.database import Database, PostgresDatabase
from tests.end_to_end.program import Outcome, plan, run
from tests.end_to_end.templates import Templates

STATISTICS = """
    SELECT relname, n_tup_ins, n_tup_upd, n_tup_del, n_tup_hot_upd FROM pg_stat_user_tables ORDER BY relname
"""
MODES = ("full", "incremental")


def test_the_same_command_again_creates_and_updates_nothing(full: Database) -> None:
    again = run(full.url)

    assert again.exit == 0
    assert (again.totals["created"], again.totals["updated"], again.totals["deleted"]) == (0, 0, 0)
    assert again.totals["unchanged"] == sum(full.counts().values())


@pytest.mark.parametrize("mode", MODES)
def test_a_second_run_leaves_every_value_as_it_was(small: Database, mode: str) -> None:
    before = small.digest()

    run(small.url, "--size", "tiny", "--mode", mode, "--no-verify")

    assert small.digest() == before


@pytest.mark.parametrize("mode", MODES)
def test_a_second_run_makes_no_new_version_of_any_row(postgres: PostgresDatabase, mode: str) -> None:
    before = postgres.versions()

    run(postgres.url, "--size", "tiny", "--mode", mode)

    assert postgres.versions() == before


def test_a_second_run_is_told_to_the_server_as_no_write(postgres: PostgresDatabase) -> None:
    before = postgres.rows(STATISTICS)

    run(postgres.url, "--size", "tiny")

    assert postgres.rows(STATISTICS) == before


def test_a_second_run_writes_no_wal(postgres: PostgresDatabase) -> None:
    postgres.execute("CHECKPOINT")

    # The server has work of its own for seconds (autovacuum, a checkpoint); a write of ours would be there each time.
    until(lambda: written_by_another_run(postgres) == 0, "a run that writes nothing")


def written_by_another_run(database: PostgresDatabase) -> int:
    before = database.value("SELECT pg_current_wal_insert_lsn()::text")
    assert run(database.url, "--size", "tiny").exit == 0
    return int(database.value(f"SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '{before}')"))


def test_a_plan_after_a_run_has_no_changes(small: Database) -> None:
    assert changes(plan(small.url)) == 0


@pytest.mark.parametrize("size", ["tiny", "demo"])
def test_a_smaller_size_after_a_larger_one_creates_nothing(templates: Templates, size: str) -> None:
    database, _ = templates.original("sqlite", "full")

    assert plan(database.url, "--size", size).totals["create"] == 0


def changes(outcome: Outcome) -> int:
    return sum(outcome.totals[name] for name in ("create", "update", "delete"))
