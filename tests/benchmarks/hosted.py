"""A program: one seeder's work, measured alone or inside the live app. Run by `hosting`, in a process of its own.

It takes a `Task` as JSON and writes an `Outcome` as JSON. In the app the work is started as any run is: by the key `r`,
in the app's worker thread, with the app's live run as its sink.
"""

from __future__ import annotations

import asyncio
import datetime
import json
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from okrseed.cancellation import Cancellation
from okrseed.configuration import system_surroundings
from okrseed.errors import Cancelled
from okrseed.events import EventSink, Silence
from okrseed.invocation import understand
from okrseed.report import RunReport
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk
from okrseed_tui.main import parser
from tests.benchmarks.alternating import Alternating, Nobody, Sleeper
from tests.benchmarks.producer import produce

AS_OF = datetime.date(2025, 11, 20)
LAST_FRAME_S = 0.5


@dataclass(frozen=True)
class Task:
    """What to do: `events` events with `rounds` of work before each, or a real run where `events` is None.

    `watched`: measure the app's gaps, at the cost of the probe's own time. `block`: the app looks away for every other
    block of so many events. `outcome` is the file for the outcome.
    """

    live: bool
    events: int | None = None
    rounds: int = 0
    watched: bool = False
    block: int = 0
    outcome: str = ""


@dataclass(frozen=True)
class Outcome:
    """The seeder's time from its first event to its last, its events, and the app's worst gaps (seconds).

    `own_s`: of that time what the seeder's own thread computed in (one that never waits for anything wanted all of it).
    `slower`: with the app in turns, how many times as long as without it the blocks took.
    """

    seconds: float
    cpu_s: float
    own_s: float
    events: int
    worst_turn_s: float = 0.0
    worst_frame_s: float = 0.0
    slower: float | None = None


class Standing:
    """Makes the thread of the app's event loop stand still, and its clock.

    Otherwise what was due meanwhile would be done at once when it goes on: more than in the same time without turns.
    """

    def __init__(self) -> None:
        self._clock = time.monotonic
        self._loop: asyncio.AbstractEventLoop | None = None
        self._stands, self._goes_on = threading.Event(), threading.Event()
        self._since_s: float | None = None
        self._stood_s = 0.0

    def monotonic(self) -> float:
        """The clock; takes the place of time.monotonic."""
        now_s = self._clock() if self._since_s is None else self._since_s
        return now_s - self._stood_s

    def watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """This is the loop."""
        self._loop = loop

    def pause(self) -> None:
        """Returns when it stands."""
        if self._loop is None:
            raise RuntimeError("nobody is watched")
        self._stands.clear()
        self._goes_on.clear()
        self._loop.call_soon_threadsafe(self._stand)
        self._stands.wait()
        self._since_s = self._clock()

    def resume(self) -> None:
        """It goes on."""
        if self._since_s is not None:
            self._stood_s += self._clock() - self._since_s
            self._since_s = None
        self._goes_on.set()

    def _stand(self) -> None:
        self._stands.set()
        self._goes_on.wait()


class MeasuringDesk(Desk):
    """The app's desk; a run is the task, and what it took is handed to `measured`."""

    task: Task
    begins: Callable[[], Sleeper]
    measured: Callable[[Outcome], None]

    def run(self, choices: Choices, sink: EventSink, cancellation: Cancellation, *, create_schema: bool) -> RunReport:
        """Do the task, measured by the clock and by the processor time of the whole process and of this thread."""
        alternating = Alternating(sink, self.begins(), self.task.block or sys.maxsize)
        started, cpu, own = time.perf_counter(), time.process_time(), time.thread_time()
        if self.task.events is None:
            super().run(choices, alternating, cancellation, create_schema=create_schema)
        else:
            produce(alternating, self.task.events, self.task.rounds)
        took, cpu_s = time.perf_counter() - started, time.process_time() - cpu
        own_s = time.thread_time() - own
        alternating.end()
        self.measured(Outcome(took, cpu_s, own_s, alternating.count, slower=alternating.slower))
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
    desk.begins = Nobody
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
    standing = Standing()
    # Before anything asks for the time that belongs to the app.
    time.monotonic = standing.monotonic
    from okrseed_tui.app import OkrseedApp
    from okrseed_tui.loop import run
    from tests.benchmarks.probes import Gaps, MarkingDriver, mark_turns

    turns, frames = Gaps(), MarkingDriver.frames
    app = OkrseedApp(desk)
    app.driver_class = MarkingDriver
    probes: set[asyncio.Task[None]] = set()

    def begin() -> Sleeper:
        if desk.task.watched:
            probes.add(asyncio.create_task(mark_turns(turns)))
        turns.begin()
        frames.begin()
        standing.watch(asyncio.get_running_loop())
        return standing

    def measured(outcome: Outcome) -> None:
        # What the app still has to paint belongs to the flood; after that nothing changes, and no frame is due.
        MarkingDriver.ended.wait(LAST_FRAME_S)
        turns.end()
        frames.end()
        worst_turn = turns.worst_s if desk.task.watched else 0.0
        outcomes.append(replace(outcome, worst_turn_s=worst_turn, worst_frame_s=frames.worst_s))
        app.call_from_thread(app.exit, 0)

    desk.begins = lambda: app.call_from_thread(begin)
    desk.measured = measured
    run(app)


if __name__ == "__main__":
    main()
