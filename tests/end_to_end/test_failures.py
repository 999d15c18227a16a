"""A full disk and other failures while writing: what was committed is stated, and running again completes the rest."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.database import Database, PostgresDatabase, SqliteDatabase, connect
from tests.end_to_end.program import AS_OF, Outcome, call, ended, run, start
from tests.end_to_end.templates import Templates

MOST_BYTES = 400_000
FULL_DISK = """
    CREATE FUNCTION fill_the_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
        RAISE EXCEPTION USING ERRCODE = 'disk_full',
            MESSAGE = 'could not extend file "base/16384/16385": No space left on device';
    END $$
"""
ON_A_SMALL_DISK = """
    mount -t tmpfs -o size=600k tmpfs "$1" || exit 77
    cp "$2" "$1/demo.db"
    "$3" -m okrseed.cli run --json --database "sqlite:///$1/demo.db" --as-of "$4" --retries 0
    code=$?
    cp "$1"/demo.db* "$5"
    exit $code
"""


def committed(outcome: Outcome) -> int:
    """The number of rows that the message says are committed."""
    stated = re.search(r"(\d+) rows are committed", outcome.error["message"])
    assert stated, outcome.error["message"]
    return int(stated[1])


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))


@pytest.fixture
def too_large(templates: Templates) -> tuple[Outcome, Database]:
    """A run whose database file may not grow any more."""
    database = templates.copy("sqlite", "empty")
    arguments = ("run", "--json", "--database", database.url, "--as-of", AS_OF, "--retries", "0")
    return ended(start(*arguments, before=limit_files)), database


@pytest.fixture
def small_disk(templates: Templates, tmp_path: Path) -> tuple[Outcome, Database]:
    """A run on a disk that is too small, in a mount namespace of its own."""
    source = templates.copy("sqlite", "empty")
    assert isinstance(source, SqliteDatabase)
    disk, saved = tmp_path / "disk", tmp_path / "saved"
    disk.mkdir()
    saved.mkdir()
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to mount a small disk")
    script = ("sh", "-c", ON_A_SMALL_DISK, "sh", disk, source.path, sys.executable, AS_OF, saved)
    ran = subprocess.run(["unshare", "-Urm", *script], capture_output=True, text=True, check=False)
    if "okrseed" not in ran.stdout:
        pytest.skip(f"a small disk cannot be mounted here: {ran.stderr.strip()}")
    return Outcome(ran.returncode, ran.stdout, ran.stderr), connect(f"sqlite:///{saved / 'demo.db'}")


@pytest.fixture
def full_server(empty_postgres: PostgresDatabase) -> tuple[Outcome, Database]:
    """A run on a server that says its disk is full when check-ins are written."""
    empty_postgres.execute(
        FULL_DISK, "CREATE TRIGGER full_disk BEFORE INSERT ON check_ins EXECUTE FUNCTION fill_the_disk()"
    )
    return run(empty_postgres.url, "--size", "tiny", "--retries", "0"), empty_postgres


@pytest.fixture(params=["too_large", "small_disk", "full_server"])
def failed(request: pytest.FixtureRequest) -> tuple[Outcome, Database]:
    """A run that found no more room, and the database as it left it."""
    found: tuple[Outcome, Database] = request.getfixturevalue(request.param)
    return found


def test_a_full_disk_is_a_failure_with_one_message(failed: tuple[Outcome, Database]) -> None:
    outcome, _ = failed

    assert (outcome.exit, outcome.document["status"]) == (1, "failed")
    assert "Traceback" not in outcome.err


def test_a_full_disk_is_told_with_what_was_committed(failed: tuple[Outcome, Database]) -> None:
    outcome, database = failed

    assert committed(outcome) == sum(database.counts().values()) == outcome.totals["created"] > 0


def test_a_full_disk_is_told_with_what_to_do(failed: tuple[Outcome, Database]) -> None:
    outcome, _ = failed

    assert re.search("space|room|full", outcome.error["hint"] or "")


def test_a_full_disk_leaves_whole_families(failed: tuple[Outcome, Database]) -> None:
    _, database = failed

    linked = {row["keyResultId"] for row in database.table("objective_key_results").values()}
    assert database.table("key_results").keys() == linked


def test_running_again_with_room_completes_the_rest(failed: tuple[Outcome, Database], templates: Templates) -> None:
    _, database = failed
    size = "tiny" if isinstance(database, PostgresDatabase) else "full"
    if isinstance(database, PostgresDatabase):
        database.execute("DROP TRIGGER full_disk ON check_ins")

    run(database.url, "--size", size, "--no-verify")

    whole = templates.original("sqlite", "tiny" if size == "tiny" else "full")[0]
    assert database.digest() == whole.digest()


@pytest.fixture
def half_broken(templates: Templates) -> Database:
    """A database that takes no key results."""
    database = templates.copy("sqlite", "empty")
    database.execute("CREATE TRIGGER no BEFORE INSERT ON key_results BEGIN SELECT RAISE(ABORT, 'not here'); END")
    return database


def statuses(outcome: Outcome) -> dict[str, str]:
    return {stage["id"]: stage["status"] for stage in outcome.document["stages"]}


def test_what_needs_a_failed_stage_is_skipped_and_the_rest_goes_on(half_broken: Database) -> None:
    told = statuses(run(half_broken.url, "--size", "tiny"))

    assert (told["okrs"], told["check-ins"]) == ("failed", "skipped")
    assert (told["roles"], told["requests"]) == ("done", "done")


def test_a_skipped_stage_says_because_of_what(half_broken: Database) -> None:
    stages = run(half_broken.url, "--size", "tiny").document["stages"]

    (skipped,) = (stage for stage in stages if stage["status"] == "skipped")
    assert "okrs" in skipped["error"]


def test_fail_fast_stops_at_the_first_failure(half_broken: Database) -> None:
    told = statuses(run(half_broken.url, "--size", "tiny", "--fail-fast", "--jobs", "1"))

    assert told["okrs"] == "failed"
    assert {told["check-ins"], told["requests"]} == {"skipped"}


def test_a_failed_run_is_not_verified(half_broken: Database) -> None:
    assert run(half_broken.url, "--size", "tiny").document["verification"] is None


def test_a_failure_is_told_in_words_too(half_broken: Database) -> None:
    outcome = call("run", "--database", half_broken.url, "--size", "tiny", "--as-of", AS_OF)

    assert outcome.exit == 1
    assert "not here" in outcome.err
    assert "rows are committed" in outcome.err


def test_a_failure_is_told_also_when_quiet(half_broken: Database) -> None:
    outcome = call("run", "--quiet", "--database", half_broken.url, "--size", "tiny", "--as-of", AS_OF)

    assert "not here" in outcome.err
    assert "rows are committed" in outcome.err


def test_a_failed_purge_leaves_everything_in_place(templates: Templates) -> None:
    database = templates.copy("sqlite", "tiny")
    database.execute("CREATE TRIGGER no BEFORE DELETE ON teams BEGIN SELECT RAISE(ABORT, 'not here'); END")
    before = database.digest()

    outcome = call("purge", "--json", "--yes", "--database", database.url)

    assert (outcome.exit, database.digest()) == (1, before)
    assert "rolled back" in outcome.told
