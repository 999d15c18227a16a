"""The same seed string and date give the same rows, in any process, zone, hash seed or kind of database."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.database import TABLES, Database, connect
from tests.end_to_end.program import AS_OF, ended, run, seed, start
from tests.end_to_end.templates import Templates


def seeded_by_a_process(path: Path, *, hash_seed: str, zone: str, options: tuple[str, ...] = ()) -> Database:
    url = f"sqlite:///{path}"
    outcome = ended(
        start(
            *("run", "--json", "--create-schema", "--database", url, "--as-of", AS_OF, "--seed", "any seed"),
            *options,
            environ={"PYTHONHASHSEED": hash_seed, "TZ": zone},
        )
    )
    assert outcome.exit == 0, outcome.err
    return connect(url)


def test_two_processes_give_identical_rows(tmp_path: Path) -> None:
    one = seeded_by_a_process(tmp_path / "one.db", hash_seed="1", zone="Pacific/Auckland")
    other = seeded_by_a_process(tmp_path / "other.db", hash_seed="2", zone="America/Los_Angeles")

    assert one.contents() == other.contents()


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
