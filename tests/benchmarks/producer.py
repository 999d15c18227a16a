"""A seeder that does nothing but what the bounds speak of: a fixed amount of work, then an event, over and over.

Events go through a real `Journal`, so that what the engine itself spends on an event is on both sides of a comparison.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from itertools import cycle, islice

from okrseed.clock import SystemClock
from okrseed.errors import DatabaseFailure
from okrseed.events import EventSink, RetryStarted, RunFinished, RunStarted
from okrseed.journal import Journal

STAGES = ("tenant", "workspaces", "teams", "users", "cycles", "pillars", "okrs", "roles", "check-ins", "requests")
ROUNDS_A_RETRY = 100
CALIBRATION_ROUNDS = 20_000


def work(rounds: int) -> int:
    """Make rows as producers do: dictionaries, formatted texts, sums. Pure Python, so it never lets go of the GIL."""
    total = 0
    for number in range(rounds):
        row = {"id": number, "title": f"objective {number}", "weight": number * 0.5}
        total += len(row["title"]) if isinstance(row["title"], str) else 0
    return total


def rounds_for(seconds: float) -> int:
    """How many rounds of `work` take so long on this machine when nothing disturbs it."""
    took = []
    for _ in range(5):
        started = time.perf_counter()
        work(CALIBRATION_ROUNDS)
        took.append(time.perf_counter() - started)
    return max(0, round(seconds / min(took) * CALIBRATION_ROUNDS))


def produce(sink: EventSink, events: int, rounds: int) -> None:
    """Emit about so many events, with `rounds` of work before each; one in a hundred announces a retry."""
    journal = Journal("benchmark", sink, SystemClock())
    journal.emit(RunStarted, target="nowhere", tenant="none", mode="full", stages=STAGES)
    for stage in STAGES:
        journal.stage_started(stage)
    for number, stage in enumerate(islice(_stages(), events)):
        work(rounds)
        if number % ROUNDS_A_RETRY == ROUNDS_A_RETRY - 1:
            failure = DatabaseFailure("a deadlock was found", code="retries", sqlstate="40P01")
            journal.retry_scheduled([stage], 3)(2, 0.0, failure)
            journal.emit(RetryStarted, stage=stage, attempt=2)
        else:
            journal.rows_written(stage, "check_ins", created=1)
    for stage in STAGES:
        journal.stage_finished(stage, "done")
    journal.emit(RunFinished, status="succeeded", duration_s=0.0)


def _stages() -> Iterator[str]:
    return cycle(STAGES)
