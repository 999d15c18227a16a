"""How much painting a run can bear: app and seeder share one interpreter, and only one of them computes at a time."""

from __future__ import annotations

import time
from collections.abc import Callable

SHARE = 0.025
IDLE_SHARE = 0.5
MOST_SAVED_S = 0.01
MOST_OWED_S = 0.04
FIRST_S = 0.05
"""What each run is given at its beginning: one of less than a second would be over before anything was painted."""


class Allowance:
    """What the app may spend while a run goes on: half of the time that nobody computes in, and a small share of all.

    Only half, as a process also stands still while others have the processors, and a seeder that waited for its
    database comes back in the middle of a paint.

    So a run that waits for its database is painted as often as there are frames, and one that computes all the time is
    slowed by no more than the share, however slow the machine is or large the screen. What a key press costs is owed,
    up to a limit: the person's answer comes first, the next figures a little later.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        own: Callable[[], float] = time.thread_time,
        everybody: Callable[[], float] = time.process_time,
    ) -> None:
        """The clock, and the processor time of this thread and of the whole process (seconds)."""
        self._meters = (clock, own, everybody)
        self._last = self._read()
        self._left_s = 0.0

    def begin(self) -> None:
        """A run begins: nothing is owed any more, and its first pictures are free."""
        self._last = self._read()
        self._left_s = FIRST_S

    def _read(self) -> list[float]:
        return [meter() for meter in self._meters]

    def look(self) -> bool:
        """Whether there is something left now. To be asked once a frame."""
        now = self._read()
        passed, own, everybody = (after - before for after, before in zip(now, self._last, strict=True))
        self._last = now
        idle = max(0.0, passed - everybody)
        most_s = max(MOST_SAVED_S, self._left_s)
        self._left_s += IDLE_SHARE * idle + SHARE * passed - own
        self._left_s = max(-MOST_OWED_S, min(most_s, self._left_s))
        return self._left_s > 0
