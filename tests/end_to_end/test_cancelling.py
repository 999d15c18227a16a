"""Ctrl-C in a real process: after the current chunk, a second one at once; what was committed is stated."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest

from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import (
    AS_OF,
    AT_ONCE,
    NARRATION,
    Outcome,
    ended,
    interrupt,
    isolated,
    narrated,
    run,
    start,
    wait_until,
)
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

WAITING = """
    SELECT count(*) > 0 FROM pg_locks
     WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""
CHECK_INS = "LOCK TABLE check_ins IN SHARE MODE"
"""Others may read check-ins, and wait to write them."""


@contextlib.contextmanager
def waiting(
    database: PostgresDatabase, lock: str, *arguments: str
) -> Iterator[tuple[subprocess.Popen[str], psycopg.Connection[tuple[object, ...]]]]:
    """A process that waits for a lock which the test holds, until the test rolls back."""
    with psycopg.connect(database.url) as holder, NARRATION.open("w") as narration:
        holder.execute(lock.encode())
        process = start(*arguments, "--database", database.url, error=narration.fileno())
        try:
            wait_until(lambda: process.poll() is not None or holder.execute(WAITING.encode()).fetchone() == (True,))
            assert process.poll() is None, narrated()
            yield process, holder
        finally:
            process.kill()
            process.communicate()


def interrupt_twice(process: subprocess.Popen[str]) -> Outcome:
    """Ctrl-C, and once more when the program has said that it goes on to the end of its transaction."""
    interrupt(process)
    interrupt(process, AT_ONCE)
    return ended(process)


RUN = ("run", "--json", "--as-of", AS_OF, "--batch", "1")


@dataclass(frozen=True)
class Interrupted:
    """A run that was interrupted, the rows it left behind, and a run after it."""

    outcome: Outcome
    events: list[dict[str, Any]]
    counts: dict[str, int]
    again: Outcome
    digest: str

    @property
    def committed(self) -> int:
        """The number of rows that the message says are committed."""
        stated = re.search(r"(\d+) rows are committed", self.outcome.error["message"])
        assert stated, self.outcome.error["message"]
        return int(stated[1])

    @property
    def planned_check_ins(self) -> int:
        stages = {stage["id"]: stage for stage in self.outcome.document["plan"]["stages"]}
        (table,) = stages["check-ins"]["tables"]
        return int(table["create"])


@pytest.fixture(scope="module", params=["once", "twice"])
def interrupted(
    request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory
) -> Interrupted:
    """Interrupted while it waits to write its first check-ins.

    Once, and then the lock is given up; or twice, with the lock held to the end.
    """
    folder = tmp_path_factory.mktemp(request.param)
    database = templates.copy("postgresql", "empty")
    assert isinstance(database, PostgresDatabase)
    with isolated(folder):
        configure_small("full")
        with waiting(database, CHECK_INS, *RUN, "--events", str(folder / "events")) as (process, holder):
            if request.param == "once":
                interrupt(process)
                holder.rollback()
                outcome = ended(process)
            else:
                outcome = interrupt_twice(process)
        counts = database.counts()
        again = run(database.url, "--no-verify")
    events = [json.loads(line) for line in (folder / "events").read_text().splitlines()]
    return Interrupted(outcome, events, counts, again, database.digest())


def test_ctrl_c_ends_the_run_as_cancelled(interrupted: Interrupted) -> None:
    outcome = interrupted.outcome

    assert (outcome.exit, outcome.document["status"]) == (130, "cancelled")
    assert {stage["id"] for stage in outcome.document["stages"] if stage["status"] == "cancelled"} == {"check-ins"}


def test_ctrl_c_states_what_was_committed(interrupted: Interrupted) -> None:
    created = interrupted.outcome.totals["created"]

    assert interrupted.committed == created == sum(interrupted.counts.values()) > 0


def test_ctrl_c_starts_no_other_chunk(interrupted: Interrupted) -> None:
    assert interrupted.counts["check_ins"] < interrupted.planned_check_ins


def test_ctrl_c_leaves_every_started_with_its_finished(interrupted: Interrupted) -> None:
    for start_code, end_code in (("R001", "R009"), ("S001", "S009"), ("V001", "V009")):
        started = [str(event["stage"]) for event in interrupted.events if event["code"] == start_code]
        ends = [str(event["stage"]) for event in interrupted.events if event["code"] == end_code]
        assert sorted(started) == sorted(ends)
    assert interrupted.events[-1]["status"] == "cancelled"


def test_running_again_after_ctrl_c_completes_the_rest(interrupted: Interrupted, templates: Templates) -> None:
    configure_small("full")
    whole = templates.copy("sqlite", "empty")
    run(whole.url, "--no-verify")

    assert interrupted.again.totals["created"] == sum(whole.counts().values()) - interrupted.committed
    assert interrupted.digest == whole.digest()


@pytest.mark.parametrize(
    "arguments",
    [("purge", "--yes"), ("run", "--mode", "reset", "--size", "tiny", "--yes", "--as-of", AS_OF)],
    ids=["purge", "reset"],
)
def test_ctrl_c_in_a_deletion_leaves_everything_in_place(
    postgres: PostgresDatabase, arguments: tuple[str, ...]
) -> None:
    before = postgres.versions()

    with waiting(postgres, "LOCK TABLE users IN SHARE MODE", *arguments, "--json") as (process, _):
        outcome = interrupt_twice(process)

    assert (outcome.exit, outcome.document["status"]) == (130, "cancelled")
    assert "rolled back" in outcome.told
    assert postgres.versions() == before


@pytest.mark.parametrize("arguments", [RUN, ("purge", "--json", "--yes")], ids=["run", "purge"])
def test_ctrl_c_before_the_first_stage_is_a_cancellation_too(
    postgres: PostgresDatabase, arguments: tuple[str, ...]
) -> None:
    with waiting(postgres, "LOCK TABLE organizations", *arguments) as (process, _):
        outcome = interrupt_twice(process)

    assert outcome.exit == 130
    assert "Nothing was written." in outcome.told


@pytest.mark.parametrize("command", ["plan", "verify"])
def test_ctrl_c_while_looking_prints_a_document_and_no_traceback(postgres: PostgresDatabase, command: str) -> None:
    with waiting(postgres, "LOCK TABLE users", command, "--json") as (process, _):
        process.send_signal(signal.SIGINT)
        outcome = ended(process)

    assert outcome.exit == 130
    assert "Traceback" not in narrated()
    assert (outcome.document["exit"], outcome.error["code"]) == (130, "cancelled")
