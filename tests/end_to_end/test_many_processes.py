"""Many tenants in several processes, as scripts start them: the same rows, and nobody left behind at whatever end."""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from okrseed.history import History
from tests.end_to_end.database import TABLES, Database, PostgresDatabase
from tests.end_to_end.program import (
    AS_OF,
    AT_ONCE,
    NARRATION,
    Outcome,
    ended,
    interrupt,
    narrated,
    run,
    start,
    wait_until,
)
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import apart, configure_small

FORTY = ("--tenants", "40", "--no-verify")
RUN = ("run", "--json", "--as-of", AS_OF, *FORTY)
LOCKED_OUT = (25, 35)
"""Tenants of the third and the fourth group of ten: two processes have written the first twenty, and wait."""
PROC = Path("/proc")

pytestmark = pytest.mark.skipif(not (PROC / "self/stat").exists(), reason="not run: there is no /proc to read")


@pytest.fixture
def database(empty_postgres: PostgresDatabase) -> PostgresDatabase:
    """The tables without rows; the working folder is configured for the small tenant at size tiny."""
    configure_small()
    return empty_postgres


@pytest.fixture(scope="module")
def whole(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The digest of forty tenants that one process made."""
    made = templates.copy("postgresql", "empty")
    with contextlib.chdir(tmp_path_factory.mktemp("whole")):
        configure_small()
        assert run(made.url, *FORTY, "--jobs", "1").exit == 0
    return made.digest()


def alive(group: int) -> set[int]:
    """The processes of a group that have not ended."""
    found = set()
    for file in PROC.glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            # The name, in parentheses, may hold anything.
            state, _, its_group = file.read_text(encoding="utf-8").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.add(int(file.parent.name))
    return found


def slugs(database: PostgresDatabase) -> set[str]:
    return {row["slug"] for row in database.rows("SELECT slug FROM organizations")}


@contextlib.contextmanager
def locked_out(
    database: PostgresDatabase, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], Callable[[], None]]]:
    """Two processes that have written twenty tenants and wait to write others; and what lets them go on."""
    with psycopg.connect(database.url) as holder, NARRATION.open("w") as narration:
        for number in LOCKED_OUT:
            holder.execute(
                'INSERT INTO organizations (id, name, slug, "updatedAt") VALUES (%s, %s, %s, now())',
                (f"other-{number}", "Other", f"puzzel-cx-demo-{number}"),
            )
        options = (*RUN, "--jobs", "2", "--database", database.url, *arguments)
        process = start(*options, error=narration.fileno(), before=os.setsid)
        try:
            wait_until(lambda: process.poll() is not None or (len(slugs(database)), waiting(database)) == (20, 2))
            assert process.poll() is None, narrated()
            assert len(alive(process.pid)) == 3
            yield process, holder.rollback
        finally:
            holder.rollback()
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def waiting(database: PostgresDatabase) -> int:
    """How many sessions wait for a lock."""
    return int(database.value("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"))


def stated(outcome: Outcome) -> int:
    """How many tenants the message says are committed."""
    found = re.search(r"(\d+) of 40 tenants are committed, each as a whole", outcome.told)
    assert found, outcome.told
    return int(found[1])


def assert_whole_tenants(database: PostgresDatabase) -> None:
    """Every tenant that is there is there as a whole, and there is no row beside them."""
    contents = database.contents()
    tenants = apart(contents)
    assert sum(len(rows) for tenant in tenants.values() for rows in tenant.values()) == sum(map(len, contents.values()))
    superuser = {"users": 1, "role_assignments": 1}
    for slug, tenant in tenants.items():
        first = slug == "puzzel-cx-demo"
        assert {table: len(rows) - (first and superuser.get(table, 0)) for table, rows in tenant.items()} == {
            table: len(tenants["puzzel-cx-demo-2"][table]) for table in TABLES
        }, slug


def test_two_processes_write_what_one_writes(database: PostgresDatabase, whole: str) -> None:
    process = start(*RUN, "--jobs", "2", "--database", database.url, before=os.setsid)
    outcome = ended(process)

    assert outcome.exit == 0, outcome.err
    assert outcome.totals["created"] == sum(database.counts().values())
    assert database.digest() == whole
    assert alive(process.pid) == set()


def test_as_many_processes_as_there_are_tenants_write_what_one_writes(
    database: PostgresDatabase, templates: Templates
) -> None:
    alone = templates.copy("postgresql", "empty")
    assert run(alone.url, "--tenants", "3", "--no-verify", "--jobs", "1").exit == 0

    outcome = ended(start("run", "--as-of", AS_OF, "--tenants", "3", "--jobs", "64", "--database", database.url))

    assert outcome.exit == 0, outcome.err
    assert database.digest() == alone.digest()


@pytest.mark.parametrize("jobs", ["1", "2"])
def test_many_tenants_are_one_run_in_the_events_file(database: PostgresDatabase, jobs: str) -> None:
    outcome = ended(start(*RUN, "--jobs", jobs, "--database", database.url, "--events", "events"))
    events = [json.loads(line) for line in Path("events").read_text(encoding="utf-8").splitlines()]
    codes = [event["code"] for event in events]

    assert (codes[0], codes[-1], codes.count("R001"), codes.count("R009")) == ("R001", "R009", 1, 1)
    assert {event["run_id"] for event in events} == {outcome.document["run_id"]}
    assert codes.count("S001") == codes.count("S009") == len(outcome.document["stages"])


def test_many_in_one_process_are_one_run_in_the_history_too(lone: Database, home: Path) -> None:
    run_id = run(lone.url, "--tenants", "3", "--no-verify").document["run_id"]
    (file,) = home.rglob("history.db")

    assert [kept.run_id for kept in History(file.parent).runs()] == [run_id]


@pytest.mark.parametrize("times", [1, 2], ids=["once", "twice"])
def test_ctrl_c_states_the_tenants_that_are_committed_and_leaves_those(
    database: PostgresDatabase, whole: str, times: int
) -> None:
    with locked_out(database, "--events", "events") as (process, let_go):
        interrupt(process, group=times == 1)
        if times == 2:
            interrupt(process, AT_ONCE)
        else:
            let_go()
        outcome = ended(process)
        left = alive(process.pid)

    assert (outcome.exit, outcome.document["status"]) == (130, "cancelled"), outcome.out
    assert left == set()
    assert "Traceback" not in narrated()
    assert stated(outcome) == len(slugs(database)) == 20
    assert outcome.totals["created"] == sum(database.counts().values())
    assert_whole_tenants(database)
    events = [json.loads(line) for line in Path("events").read_text(encoding="utf-8").splitlines()]
    assert [event["code"] for event in events].count("R009") == 1
    assert events[-1]["status"] == "cancelled"
    assert run(database.url, *FORTY).exit == 0
    assert database.digest() == whole


def test_ctrl_c_at_the_keyboard_of_several_processes_is_no_failure(database: PostgresDatabase) -> None:
    """A terminal sends it to children, too; one that died of it would be told as `process_gone`."""
    with locked_out(database) as (process, let_go):
        for child in alive(process.pid) - {process.pid}:
            os.kill(child, signal.SIGINT)
        let_go()
        outcome = ended(process)

    assert outcome.exit == 0, narrated()
    assert len(slugs(database)) == 40


def test_no_process_outlives_a_parent_that_is_killed(database: PostgresDatabase, whole: str) -> None:
    with locked_out(database) as (process, _):
        process.kill()
        # They wait for locks that are not given up: they end because their parent is gone.
        wait_until(lambda: alive(process.pid) == set())
        ended(process)

    assert "Traceback" not in narrated()
    assert len(slugs(database)) == 20
    assert_whole_tenants(database)
    again = run(database.url, *FORTY, "--jobs", "1", "--wait-lock", "30")
    assert again.exit == 0, again.err
    assert database.digest() == whole


def test_a_child_that_is_killed_is_told_and_takes_nothing_half_with_it(database: PostgresDatabase, whole: str) -> None:
    with locked_out(database) as (process, let_go):
        os.kill(max(alive(process.pid) - {process.pid}), signal.SIGKILL)
        let_go()
        outcome = ended(process)
        left = alive(process.pid)

    assert (outcome.exit, outcome.error["code"]) == (1, "process_gone"), outcome.out
    assert left == set()
    assert stated(outcome) == len(slugs(database))
    assert_whole_tenants(database)
    assert run(database.url, *FORTY, "--wait-lock", "30").exit == 0
    assert database.digest() == whole
