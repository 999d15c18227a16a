"""A program: one seeder's work, measured alone or inside the live app. Run by `hosting`, in a process of its own.

It takes a `Task` as JSON and writes an `Outcome` as JSON. In the app the work is started as any run is: by the key `r`,
in the app's worker thread, with the app's live run as its sink.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from okrseed.cancellation import Cancellation
from okrseed.configuration import system_surroundings
from okrseed.errors import Cancelled
from okrseed.events import Event, EventSink, Silence
from okrseed.invocation import understand
from okrseed.report import RunReport
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk
from okrseed_tui.main import parser
from tests.benchmarks.probes import Gaps, MarkingDriver, mark_turns
from tests.benchmarks.producer import produce

AS_OF = datetime.date(2025, 11, 20)
LAST_FRAME_S = 0.5


@dataclass(frozen=True)
class Task:
    """What to do: `events` events with `rounds` of work before each, or a real run where `events` is None.

    `watched`: measure the app's gaps, at the cost of the probe's own time. `outcome` is the file for the outcome.
    """

    live: bool
    events: int | None = None
    rounds: int = 0
    watched: bool = False
    outcome: str = ""


@dataclass(frozen=True)
class Outcome:
    """The seeder's time from its first event to its last, its events, and the app's worst gaps (seconds)."""

    seconds: float
    cpu_s: float
    events: int
    worst_turn_s: float = 0.0
    worst_frame_s: float = 0.0


class Counting:
    """Hands events on, and counts them."""

    def __init__(self, sink: EventSink) -> None:
        self._sink = sink
        self.count = 0

    def emit(self, event: Event) -> None:
        """Count, and hand on."""
        self.count += 1
        self._sink.emit(event)


class MeasuringDesk(Desk):
    """The app's desk; a run is the task, and what it took is handed to `measured`."""

    task: Task
    begins: Callable[[], None]
    measured: Callable[[Outcome], None]

    def run(self, choices: Choices, sink: EventSink, cancellation: Cancellation, *, create_schema: bool) -> RunReport:
        """Do the task, measured by the clock and by the processor time of the whole process."""
        self.begins()
        counting = Counting(sink)
        started, cpu = time.perf_counter(), time.process_time()
        if self.task.events is None:
            super().run(choices, counting, cancellation, create_schema=create_schema)
        else:
            produce(counting, self.task.events, self.task.rounds)
        self.measured(Outcome(time.perf_counter() - started, time.process_time() - cpu, counting.count))
        raise Cancelled("measured")


def main() -> None:
    """Do the task named on the command line."""
    task = Task(**json.loads(sys.argv[1]))
    options = parser().parse_args(["--as-of", AS_OF.isoformat()])
    options.command = "run"
    desk = MeasuringDesk(understand(options, system_surroundings()))
    desk.task = task
    outcomes: list[Outcome] = []
    if task.live:
        _live(desk, outcomes)
    else:
        _alone(desk, outcomes)
    Path(task.outcome).write_text(json.dumps(asdict(outcomes[0])), encoding="utf-8")


def _alone(desk: MeasuringDesk, outcomes: list[Outcome]) -> None:
    desk.begins = lambda: None
    desk.measured = outcomes.append
    choices = desk.first_choices()
    # As the app does before a run; what is loaded and remembered then would otherwise count as the run's own time.
    desk.plan(choices, lambda: False)
    desk.look(choices)
    desk.size(choices)
    try:
        desk.run(choices, Silence(), Cancellation(), create_schema=True)
    except Cancelled:
        return


def _live(desk: MeasuringDesk, outcomes: list[Outcome]) -> None:
    from okrseed_tui.app import OkrseedApp

    turns, frames = Gaps(), MarkingDriver.frames
    app = OkrseedApp(desk)
    app.driver_class = MarkingDriver
    probes: set[asyncio.Task[None]] = set()

    def begin() -> None:
        if desk.task.watched:
            probes.add(asyncio.create_task(mark_turns(turns)))
        turns.begin()
        frames.begin()

    def measured(outcome: Outcome) -> None:
        # What the app still has to paint belongs to the flood; after that nothing changes, and no frame is due.
        MarkingDriver.ended.wait(LAST_FRAME_S)
        turns.end()
        frames.end()
        worst_turn = turns.worst_s if desk.task.watched else 0.0
        outcomes.append(Outcome(outcome.seconds, outcome.cpu_s, outcome.events, worst_turn, frames.worst_s))
        app.call_from_thread(app.exit, 0)

    desk.begins = lambda: app.call_from_thread(begin)
    desk.measured = measured
    app.run()


if __name__ == "__main__":
    main()
