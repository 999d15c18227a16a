"""Time, injected: nothing else in the core asks the machine what time it is."""

from __future__ import annotations

import datetime
import time
from typing import Protocol


class Clock(Protocol):
    """Wall time and a clock that never goes back."""

    def now(self) -> datetime.datetime:
        """Wall time in UTC, without zone."""

    def monotonic(self) -> float:
        """Seconds on a clock that never goes back."""


class SystemClock:
    """The machine's own clocks."""

    def now(self) -> datetime.datetime:
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None)

    def monotonic(self) -> float:
        return time.monotonic()
