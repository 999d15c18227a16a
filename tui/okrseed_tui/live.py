"""The live state of a run, written by the seeder's threads and read by the screen's timer.

One lock, one fold, one bounded log: an event costs the seeder microseconds, and the screen reads when it paints.
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass

from okrseed.events import CheckFinished, Event, Level, summary
from okrseed.progress import RunState, fold

MOST_LINES = 20_000
MOST_AT_ONCE = 400


@dataclass(frozen=True, slots=True)
class LogLine:
    """One event as the log shows it; a `minor` one is left out where there is little room."""

    time: str
    level: Level
    stage: str
    text: str
    minor: bool = False


class LiveRun:
    """An event sink with a folded state. `take` hands out the log lines that came since the last time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = RunState()
        self._fresh: deque[Event] = deque(maxlen=MOST_LINES)

    def emit(self, event: Event) -> None:
        """Take an event, from any thread."""
        with self._lock:
            self._state = fold(self._state, event)
            self._fresh.append(event)

    @property
    def state(self) -> RunState:
        """The state as of the last event."""
        with self._lock:
            return self._state

    def take(self) -> list[LogLine]:
        """The next new log lines, oldest first; words are made here, on the reader's time.

        Not all of a flood at once: making thousands of lines would hold up the frame; the rest comes with the next.
        """
        with self._lock:
            fresh = [self._fresh.popleft() for _ in range(min(MOST_AT_ONCE, len(self._fresh)))]
        return [log_line(event) for event in fresh]


def log_line(event: Event) -> LogLine:
    """The event in words."""
    minor = event.level == "debug" or (isinstance(event, CheckFinished) and event.status == "pass")
    return LogLine(f"{event.at:%H:%M:%S.%f}"[:12], event.level, event.stage or "", summary(event), minor)
