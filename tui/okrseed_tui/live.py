"""The live state of a run, written by the seeder's threads and read by the screen's timer.

One lock, one state, one bounded log: an event costs the seeder microseconds, and the screen reads when it paints.
"""

from __future__ import annotations

import threading
from collections import deque

from okrseed.events import CheckFinished, Event
from okrseed.progress import RunState, later

MOST_LINES = 20_000


def time_of(event: Event) -> str:
    """Wall time, to the millisecond."""
    return f"{event.at:%H:%M:%S.%f}"[:12]


def is_minor(event: Event) -> bool:
    """Whether a log leaves it out where there is little room."""
    return event.level == "debug" or (isinstance(event, CheckFinished) and event.status == "pass")


class LiveRun:
    """An event sink that knows the state. `take` hands out the events that came since the last time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._state = RunState()
        self._fresh: deque[Event] = deque(maxlen=MOST_LINES)

    def emit(self, event: Event, state: RunState) -> None:
        """Take an event, from any thread."""
        with self._lock:
            self._state = later(self._state, state)
            self._fresh.append(event)

    @property
    def state(self) -> RunState:
        """The state as of the last event."""
        with self._lock:
            return self._state

    def take(self) -> list[Event]:
        """The events that came since the last time, oldest first. Words are made where one is painted: few ever are."""
        with self._lock:
            fresh = list(self._fresh)
            self._fresh.clear()
        return fresh
