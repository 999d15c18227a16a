"""One seeder for each tenant: takes the tenant's lock, waits for it, and takes it again where it was lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

from okrseed.clock import Clock
from okrseed.errors import Cancelled, DatabaseFailure, OkrseedError, Refused
from okrseed.targets import Holder, Lock

ASK_EVERY_S = 0.1
PASSING_S = 15.0
"""How long what is left of another run is waited for: a little longer than a statement waits for a lock."""


class Claim(Protocol):
    """The right of one run to write."""

    def take(self, wait_s: float, waiting: Callable[[Holder], None]) -> None:
        """Before anything else: get the right, or wait for it."""

    def renew(self) -> None:
        """Before another attempt: make sure of the right, which may have gone with a connection."""


class Free:
    """What a run that writes nothing needs."""

    def take(self, wait_s: float, waiting: Callable[[Holder], None]) -> None:
        return

    def renew(self) -> None:
        return


class TenantClaim:
    """The lock of one tenant, taken for the whole of a run."""

    def __init__(self, lock: Lock, tenant: str, clock: Clock, stop: threading.Event) -> None:
        self._lock = lock
        self._tenant = tenant
        self._clock = clock
        self._stop = stop

    def take(self, wait_s: float, waiting: Callable[[Holder], None]) -> None:
        """Take the lock; where somebody has it, call `waiting` once and ask again for `wait_s` seconds.

        Raises Refused (tenant_locked) with who has it, Cancelled where the person does not want to wait any longer.
        """
        started = self._clock.monotonic()
        told = False
        while (holder := self._lock.take()) is not None:
            patience_s = max(wait_s, PASSING_S) if holder.passing else wait_s
            if self._clock.monotonic() - started >= patience_s:
                raise self._refusal(holder)
            if not told:
                waiting(holder)
                told = True
            if self._stop.wait(ASK_EVERY_S):
                raise Cancelled("cancelled while waiting for the tenant's lock")

    def renew(self) -> None:
        """Raises DatabaseFailure (transient) where it is not free yet, OkrseedError where somebody else has it now."""
        holder = self._lock.take()
        if holder is None:
            return
        if holder.passing:
            raise DatabaseFailure(f"the tenant's lock is not free yet: {holder.who}", transient=True, code="lock_lost")
        raise OkrseedError(
            f"this run has lost the tenant's lock, and {holder.words} has it now",
            code="lock_lost",
            hint="Let that run finish, then run again.",
        )

    def _refusal(self, holder: Holder) -> Refused:
        return Refused(
            f"{self._tenant} is being seeded by {holder.words}",
            code="tenant_locked",
            hint="Let that run finish, or give it time: --wait-lock SECONDS.",
        )


@contextmanager
def released(lock: Lock) -> Iterator[Lock]:
    """Gives the lock back at the end, however it ends."""
    try:
        yield lock
    finally:
        lock.release()
