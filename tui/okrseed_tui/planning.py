"""The plan: there, or in the making. What is to be run is what was planned last, never what was planned before that.

Knows no widget.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

from okrseed.plan import Plan
from okrseed_tui.texts import drift_words


class Planning:
    """`plan` is the latest one that was made; `pending` says that a newer one is in the making, or due."""

    def __init__(self) -> None:
        self.plan: Plan | None = None
        self.pending = True
        self._basis: Plan | None = None
        self._stop = threading.Event()
        self._then: Callable[[], None] | None = None

    @property
    def is_awaited(self) -> bool:
        """Whether something is to be done as soon as the plan is there."""
        return self._then is not None

    def begin(self) -> Callable[[], bool]:
        """A plan is begun, an older one in the making is stopped; returns what tells whether this one is, too."""
        self.overtaken()
        self._stop = stop = threading.Event()
        return stop.is_set

    def overtaken(self) -> None:
        """What is planned, or being planned, is no longer what would be done."""
        self._stop.set()
        self.pending = True

    def afterwards(self, then: Callable[[], None]) -> None:
        """Do this once the plan in the making is there, unless it fails or somebody thinks better of it."""
        self._then = then

    def think_again(self) -> None:
        """What was to be done with the plan in the making is no longer wanted."""
        self._then = None

    def made(self, plan: Plan) -> str:
        """The plan is there; returns how the database has changed since the one before, in words."""
        drift = drift_words(self._basis, plan)
        self.plan = self._basis = plan
        self.pending = False
        return drift

    def next_step(self) -> None:
        """Do what waited for the plan."""
        then, self._then = self._then, None
        if then is not None:
            then()

    def ran(self, plan: Plan | None) -> str:
        """A run has ended that planned this (None: it failed); returns how the database differed from the last plan."""
        drift = "" if plan is None else drift_words(self._basis, plan)
        self._basis = None
        return drift

    def failed(self) -> None:
        """There is no plan."""
        self.plan = self._basis = self._then = None
        self.pending = False
