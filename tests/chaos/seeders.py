"""Real `okrseed run` processes: started, killed, waited for, and what their events say so far."""

from __future__ import annotations

import itertools
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

from tests.chaos.effort import SIZE
from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import AS_OF, Outcome, ended, start, wait_until

PATIENCE_S = 120.0
PATIENT = ("--size", SIZE, "--retries", "10", "--retry-wait", "0.05")
"""As many retries as a run needs whose database is disturbed again and again, without waiting long."""
_numbers = itertools.count(1)


class Seeder:
    """One process that seeds the tenant; its events go to a file in the working folder. Killed at the end of a `with`.

    Its output fits into a pipe, so that it ends without being read.
    """

    def __init__(self, url: str, *arguments: str, environ: Mapping[str, str] | None = None) -> None:
        self._path = Path(f"events-{next(_numbers)}")
        self._process = start(
            *("run", "--json", "--quiet", "--create-schema", "--database", url, "--as-of", AS_OF),
            *("--events", str(self._path), *arguments),
            environ=environ,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.kill()

    @property
    def running(self) -> bool:
        return self._process.poll() is None

    def events(self, code: str | None = None) -> list[dict[str, Any]]:
        """What it has told so far, events of one code if that is given; its last line may not be whole yet."""
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").split("\n")[:-1]
        return [event for event in map(json.loads, lines) if code in (None, event["code"])]

    def until(self, *codes: str) -> str:
        """Wait for the first event of one of these codes, which is returned; empty where the process ends without."""

        def told() -> str:
            return next((event["code"] for event in self.events() if event["code"] in codes), "")

        wait_until(lambda: bool(told()) or not self.running, PATIENCE_S)
        return told()

    @property
    def phase(self) -> str:
        """What it does now, as far as it has told."""
        codes = {event["code"] for event in self.events()}
        phases = {"R009": "after the end", "V001": "while verifying", "S003": "while writing", "R001": "while reading"}
        return next((phase for code, phase in phases.items() if code in codes), "before the first event")

    def comes_to(self, place: float, events: int) -> None:
        """Wait until it has told this part (0 to 1) of the events that an undisturbed run tells, or has ended."""
        wait_until(lambda: self.way >= 1 + place * (events - 1) or not self.running, PATIENCE_S)

    @property
    def way(self) -> int:
        """How many events it has told; findings come all at once at the end and do not count."""
        return sum(event["code"] != "V002" for event in self.events())

    def runs_for(self, seconds: float) -> bool:
        """Let it run that long; returns whether it still runs then."""
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return True
        return False

    def kill(self) -> None:
        """SIGKILL, where it still runs; its output is thrown away."""
        if self._process.stdout is not None and not self._process.stdout.closed:
            self._process.kill()
            self._process.communicate()

    def ended(self) -> Outcome:
        """Wait for its end."""
        return ended(self._process, PATIENCE_S)


def seeded(url: str, *arguments: str) -> Outcome:
    """One process from start to end, which must succeed."""
    with Seeder(url, *arguments) as seeder:
        outcome = seeder.ended()
    assert outcome.exit == 0, (outcome.out, outcome.err)
    return outcome


def two_users(database: PostgresDatabase) -> list[str]:
    """The URLs of two users who may do everything, so that another session can tell their processes apart."""
    for name in ("first", "second"):
        database.execute(
            f"do $$ begin create role {name} superuser login; exception when duplicate_object then null; end $$"
        )
    return [database.url.replace("//okrseed@", f"//{name}@") for name in ("first", "second")]


def length_s(url: str, *arguments: str) -> float:
    """How long an undisturbed run takes from its first event to its last, in seconds."""
    with Seeder(url, *arguments) as seeder:
        outcome = seeder.ended()
        assert outcome.exit == 0, faults(outcome)
        (first,), (last,) = seeder.events("R001"), seeder.events("R009")
        return float(last["clock_s"] - first["clock_s"])


def events_of(url: str, *arguments: str) -> int:
    """How many events an undisturbed run tells: a measure of its way that does not depend on the machine's load."""
    with Seeder(url, *arguments) as seeder:
        outcome = seeder.ended()
        assert outcome.exit == 0, faults(outcome)
        return seeder.way


def faults(outcome: Outcome) -> str:
    """What a process said that failed, for the message of an assertion."""
    return f"exit {outcome.exit}: {outcome.err[-2000:]}"
