"""How long the app stood still: gaps between turns of its event loop, and between frames that it wrote."""

from __future__ import annotations

import asyncio
import threading
import time

from textual.drivers.linux_driver import LinuxDriver

TURN_S = 0.005
END = "succeeded"


class Gaps:
    """Moments, and the longest time between two of them while somebody watched (seconds)."""

    def __init__(self) -> None:
        self._last: float | None = None
        self.count = 0
        self.worst_s = 0.0

    def begin(self) -> None:
        """Watch from now on."""
        self._last, self.count, self.worst_s = time.monotonic(), 0, 0.0

    def mark(self) -> None:
        """It happened again."""
        now = time.monotonic()
        if self._last is not None:
            self.worst_s = max(self.worst_s, now - self._last)
            self.count += 1
            self._last = now

    def end(self) -> None:
        """Stop watching."""
        self._last = None


async def mark_turns(turns: Gaps) -> None:
    """Mark every turn of the event loop, for ever."""
    while True:
        await asyncio.sleep(TURN_S)
        turns.mark()


class MarkingDriver(LinuxDriver):
    """The usual driver; every frame handed to the terminal is marked."""

    frames = Gaps()
    ended = threading.Event()

    def write(self, data: str) -> None:
        """Write, and mark; note when the screen says how the run ended."""
        super().write(data)
        self.frames.mark()
        if END in data:
            self.ended.set()
