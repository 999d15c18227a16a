"""An event loop that lets go of the interpreter less often.

Between any two callbacks asyncio asks the system whether a file has something to say, and for that gives the
interpreter's lock away. Beside a thread that computes each such moment costs the app up to CPython's 5 ms until it has
the lock again, and the seeder a change of threads: a frame is seven callbacks, a key twenty. No file that the app reads
is in such a hurry: keys arrive through a thread, which puts them into the loop itself.
"""

from __future__ import annotations

import asyncio
import selectors
import sys
import time
from typing import TypeVar

from textual.app import App

Returned = TypeVar("Returned")

LOOK_EVERY_S = 0.01


class SparingSelector(selectors.DefaultSelector):
    """Where there is something to do already, looks at the files only if the last look is a while ago."""

    _looked_s = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """As `selectors` says; an empty answer, at times, to whoever would not wait."""
        if timeout is not None and timeout <= 0 and time.monotonic() - self._looked_s < LOOK_EVERY_S:
            return []
        ready = super().select(timeout)
        self._looked_s = time.monotonic()
        return ready


def run(app: App[Returned]) -> Returned | None:
    """Run the app to its end; returns its value. Windows has no selectors for what an app reads there."""
    factory = None if sys.platform == "win32" else lambda: asyncio.SelectorEventLoop(SparingSelector())
    with asyncio.Runner(loop_factory=factory) as runner:
        return runner.run(app.run_async())
