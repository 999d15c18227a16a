"""What telling costs: the share of a run that goes into its events, from making one to the app's live state.

The time inside `Journal.emit` is counted during real runs of size full on SQLite, with the app's live run as the sink
and no app to read it: making the event, the engine's fold and the live run's queue. The report of a run
says how long it took, from its first event to its last.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

from okrseed.cancellation import Cancellation
from okrseed.configuration import Surroundings
from okrseed.events import Event
from okrseed.invocation import understand
from okrseed.journal import Journal
from okrseed_tui.desk import Desk
from okrseed_tui.live import LiveRun
from okrseed_tui.main import parser
from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.hosted import AS_OF

SHARE_PERCENT = 2.0


def measure(effort: Effort) -> Sequence[Figure]:
    """A share in per cent."""
    runs = [_run("tiny" if effort.quick else "full") for _ in range(effort.repetitions)]
    return [
        Figure("time in a run's events", statistics.median(told for told, _ in runs) * 1000, "ms"),
        Figure("share of the run", statistics.median(told / took for told, took in runs) * 100, "%", SHARE_PERCENT),
    ]


def _run(size: str) -> tuple[float, float]:
    """The seconds inside `emit`, and those of the whole run."""
    told: list[float] = []
    emit = Journal.emit

    def timed(journal: Journal, kind: type[Event], **facts: Any) -> None:
        started = time.perf_counter()
        emit(journal, kind, **facts)
        told.append(time.perf_counter() - started)

    with tempfile.TemporaryDirectory() as name, patch.object(Journal, "emit", timed):
        folder = Path(name)
        options = parser().parse_args(["--size", size, "--as-of", AS_OF.isoformat()])
        options.command = "run"
        desk = Desk(
            understand(
                options, Surroundings({}, folder, folder / "config", folder / "data", folder / "cache", lambda: AS_OF)
            )
        )
        report = desk.run(desk.first_choices(), LiveRun(), Cancellation(), create_schema=True)
    return sum(told), report.state.duration_s or 0.0
