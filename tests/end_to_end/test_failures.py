"""A full disk and other failures while writing: what was committed is stated, and running again completes the rest."""

from __future__ import annotations

import re
import resource
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import Database, SqliteDatabase, connect
from tests.end_to_end.program import AS_OF, Outcome, call, ended, isolated, run, start
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

Contents = dict[str, dict[str, dict[str, Any]]]

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


@dataclass(frozen=True)
class Failed:
    """A run that found no more room, the rows it left behind, and a run after it with room again."""

    outcome: Outcome
    left: Contents
    completed: Contents

    @property
    def rows(self) -> int:
        return sum(map(len, self.left.values()))


def limit_files() -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_BYTES, MOST_BYTES))


def run_with_small_files(templates: Templates, folder: Path) -> tuple[Outcome, Database]:
    """A run whose database file may not grow beyond some size."""
    database = templates.copy("sqlite", "empty")
    arguments = ("run", "--json", "--database", database.url, "--as-of", AS_OF, "--retries", "0")
    return ended(start(*arguments, before=limit_files)), database


def run_on_a_small_disk(templates: Templates, folder: Path) -> tuple[Outcome, Database]:
    """A run on a disk that is too small, in a mount namespace of its own."""
    source = templates.copy("sqlite", "empty")
    assert isinstance(source, SqliteDatabase)
    disk, saved = folder / "disk", folder / "saved"
    disk.mkdir()
    saved.mkdir()
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare, to mount a small disk")
    script = ("sh", "-c", ON_A_SMALL_DISK, "sh", disk, source.path, sys.executable, AS_OF, saved)
    ran = subprocess.run(["unshare", "-Urm", *script], capture_output=True, text=True, check=False)
    if "okrseed" not in ran.stdout:
        pytest.skip(f"a small disk cannot be mounted here: {ran.stderr.strip()}")
    return Outcome(ran.returncode, ran.stdout, ran.stderr), connect(f"sqlite:///{saved / 'demo.db'}")


def run_on_a_full_server(templates: Templates, folder: Path) -> tuple[Outcome, Database]:
    """A run on a server that says its disk is full when check-ins are written."""
    database = templates.copy("postgresql", "empty")
    database.execute(FULL_DISK, "CREATE TRIGGER full_disk BEFORE INSERT ON check_ins EXECUTE FUNCTION fill_the_disk()")
    outcome = run(database.url, "--retries", "0")
    database.execute("DROP TRIGGER full_disk ON check_ins")
    return outcome, database


@pytest.fixture(scope="module", params=[run_with_small_files, run_on_a_small_disk, run_on_a_full_server])
def failed(request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Failed:
    folder = tmp_path_factory.mktemp("full")
    with isolated(folder):
        configure_small("full")
        outcome, database = request.param(templates, folder)
        left = database.contents()
        run(database.url, "--no-verify")
    return Failed(outcome, left, database.contents())


def test_a_full_disk_is_a_failure_with_one_message(failed: Failed) -> None:
    assert (failed.outcome.exit, failed.outcome.document["status"]) == (1, "failed")
    assert "Traceback" not in failed.outcome.err


def test_a_full_disk_is_told_with_what_was_committed(failed: Failed) -> None:
    assert f" {failed.rows} rows are committed" in failed.outcome.error["message"]
    assert failed.rows == failed.outcome.totals["created"] > 0


def test_a_full_disk_is_told_with_what_to_do(failed: Failed) -> None:
    assert re.search("space|room|full", failed.outcome.error["hint"] or "")


def test_a_full_disk_leaves_whole_families(failed: Failed) -> None:
    linked = {row["keyResultId"] for row in failed.left["objective_key_results"].values()}
    assert failed.left["key_results"].keys() == linked


def test_running_again_with_room_completes_the_rest(failed: Failed, templates: Templates) -> None:
    configure_small("full")
    whole = templates.copy("sqlite", "empty")
    run(whole.url, "--no-verify")

    assert failed.completed == whole.contents()


@pytest.fixture
def half_broken(templates: Templates) -> Database:
    """A database that takes no key results."""
    configure_small()
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


def test_a_failed_purge_leaves_everything_in_place(lone: Database) -> None:
    lone.execute("CREATE TRIGGER no BEFORE DELETE ON teams BEGIN SELECT RAISE(ABORT, 'not here'); END")
    before = lone.digest()

    outcome = call("purge", "--json", "--yes", "--database", lone.url)

    assert (outcome.exit, lone.digest()) == (1, before)
    assert "rolled back" in outcome.told
