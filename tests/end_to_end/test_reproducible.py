"""The same seed string and date give the same rows, in any process, zone, hash seed or kind of database."""

from __future__ import annotations

import subprocess
from pathlib import Path

from tests.end_to_end.database import TABLES, connect
from tests.end_to_end.program import AS_OF, ended, run, seed, start
from tests.end_to_end.templates import Templates


def start_run(path: Path, *, hash_seed: str, zone: str) -> subprocess.Popen[str]:
    return start(
        *("run", "--json", "--create-schema", "--no-verify", "--database", f"sqlite:///{path}"),
        *("--as-of", AS_OF, "--seed", "any seed"),
        environ={"PYTHONHASHSEED": hash_seed, "TZ": zone},
    )


def test_two_processes_give_identical_rows(tmp_path: Path) -> None:
    paths = [tmp_path / "one.db", tmp_path / "other.db"]
    one = start_run(paths[0], hash_seed="1", zone="Pacific/Auckland")
    other = start_run(paths[1], hash_seed="2", zone="America/Los_Angeles")

    assert (ended(one).exit, ended(other).exit) == (0, 0)
    assert connect(f"sqlite:///{paths[0]}").contents() == connect(f"sqlite:///{paths[1]}").contents()


def test_both_kinds_of_database_hold_the_same_values(templates: Templates) -> None:
    sqlite = templates.original("sqlite", "full")[0].contents()
    postgres = templates.original("postgresql", "full")[0].contents()

    for table in TABLES:
        assert sqlite[table] == postgres[table], table


def test_the_order_of_jobs_and_batches_changes_no_value(templates: Templates) -> None:
    database = templates.copy("postgresql", "empty")

    run(database.url, "--size", "tiny", "--jobs", "1", "--batch", "7", "--no-verify")

    assert database.digest() == templates.original("postgresql", "tiny")[0].digest()


def test_another_seed_string_gives_other_values_for_the_same_people(sqlite_url: str, templates: Templates) -> None:
    seed(sqlite_url, "--size", "tiny", "--seed", "another", "--no-verify")

    usual, other = templates.original("sqlite", "tiny")[0].table("users"), connect(sqlite_url).table("users")
    assert usual.keys() == other.keys()
    assert {row["name"] for row in usual.values()} != {row["name"] for row in other.values()}
