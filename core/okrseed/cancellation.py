"""A wish to stop a run: after the current chunk, or now. The core knows no more of who asked."""

from __future__ import annotations

import threading
from collections.abc import Callable

from okrseed.errors import Cancelled, DatabaseFailure, OkrseedError


class Cancellation:
    """Asked from any thread; looked at by the runner before each transaction."""

    def __init__(self) -> None:
        self.requested = threading.Event()
        self._interrupt: Callable[[], None] = lambda: None
        self._pass_on: Callable[[], None] = lambda: None
        self._now = False

    def after_chunk(self) -> None:
        """Stop before the next transaction."""
        self.requested.set()
        self._pass_on()

    def now(self) -> None:
        """Stop, and cancel what the server does at this moment."""
        self._now = True
        self.requested.set()
        self._interrupt()

    def bind(self, interrupt: Callable[[], None], pass_on: Callable[[], None] = lambda: None) -> None:
        """Say how to interrupt, and whom else to tell that no other chunk is to begin; called by the runner."""
        self._interrupt, self._pass_on = interrupt, pass_on
        if self._now:
            interrupt()
        elif self.requested.is_set():
            pass_on()

    def check(self) -> None:
        """Raise Cancelled if a stop was asked for."""
        if self.requested.is_set():
            raise Cancelled("the run was cancelled")

    def explain(self, error: OkrseedError) -> OkrseedError:
        """The error; or a cancellation, where a stop was asked for and the error is only what came of that.

        A statement that was interrupted, or a transaction that would have been tried again, is no failure then.
        """
        stopped = isinstance(error, DatabaseFailure) and (error.interrupted or error.transient)
        if self.requested.is_set() and stopped:
            return Cancelled("the run was cancelled", sqlstate=error.sqlstate)
        return error
