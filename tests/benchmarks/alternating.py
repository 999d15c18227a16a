"""A seeder with the app and without it, in turns of an eighth of a second in one process.

Two processes one after the other differ by more than what is measured here: the machine's own speed halves and doubles
within seconds, and does less so the closer two moments are. So the app looks away for every other block of events: its
thread stands still, with its clocks, and its live run hears nothing. What it takes until the app stands still belongs
to the block before, for which it was painting.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Protocol

from okrseed.events import Event, EventSink
from okrseed.progress import RunState


class Sleeper(Protocol):
    """What can be made to stand still, and to go on."""

    def pause(self) -> None:
        """Stand still; returns when it does."""

    def resume(self) -> None:
        """Go on."""


class Nobody:
    """There is no app."""

    def pause(self) -> None:
        """Nothing stands still."""

    def resume(self) -> None:
        """Nothing goes on."""


class Alternating:
    """Hands every other block of events on to an app that is awake; the blocks between have no app."""

    def __init__(
        self, sink: EventSink, app: Sleeper, block: int, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._sink, self._app, self._block, self._clock = sink, app, block, clock
        self._hears = True
        self.count = 0
        self.blocks: list[tuple[bool, float]] = []
        """For each block whether the app was there, and how long it took (seconds)."""
        self._since = clock()

    def emit(self, event: Event, state: RunState) -> None:
        """Count, hand on where the app hears, and change sides after each block."""
        self.count += 1
        if self._hears:
            self._sink.emit(event, state)
        if self.count % self._block == 0:
            self._change()

    def _change(self) -> None:
        if self._hears:
            self._app.pause()
        self.blocks.append((self._hears, self._clock() - self._since))
        self._hears = not self._hears
        self._since = self._clock()
        if self._hears:
            self._app.resume()

    def end(self) -> None:
        """The app goes on, whatever the last block was."""
        if not self._hears:
            self._app.resume()

    @property
    def slower(self) -> float | None:
        """The time of all blocks with the app, divided by what they would have taken without it.

        That is what their neighbours took: the block without the app before them and the one after them, on average.
        None where there were no such blocks.
        """
        times = [took for _, took in self.blocks]
        live, alone = times[::2], times[1::2]
        around = list(zip(alone[:1] + alone, alone, strict=False))
        without = sum((before + after) / 2 for before, after in around)
        return sum(live[: len(alone)]) / without if without else None
