"""Where the time of a run goes: generating, reading, comparing, writing, committing, for each stage.

Whatever takes time says so with `measured`; where nobody measures, that costs next to nothing. Times are exclusive: a
read inside a comparison counts as reading.
"""

from __future__ import annotations

import threading
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Literal

Kind = Literal["lock", "connect", "prepare", "generate", "read", "diff", "write", "commit", "verify", "other"]
KINDS: tuple[Kind, ...] = (
    "lock",
    "connect",
    "prepare",
    "generate",
    "read",
    "diff",
    "write",
    "commit",
    "verify",
    "other",
)


class Account:
    """The seconds of one piece of work on one thread, by kind."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._kinds: list[Kind] = ["other"]
        self._since = clock()
        self.seconds: defaultdict[Kind, float] = defaultdict(float)

    def begin(self, kind: Kind) -> None:
        """From now on the time counts as this."""
        self._charge()
        self._kinds.append(kind)

    def end(self) -> None:
        """From now on it counts as what it was before."""
        self._charge()
        self._kinds.pop()

    def close(self) -> None:
        """The work is over."""
        self._charge()

    def _charge(self) -> None:
        now = self._clock()
        self.seconds[self._kinds[-1]] += now - self._since
        self._since = now


class Meter:
    """The accounts of one run, by what they are for (a stage's id, say). Used by several threads."""

    def __init__(self, clock: Callable[[], float] = time.perf_counter) -> None:
        self.clock = clock
        self._lock = threading.Lock()
        self._seconds: dict[str, defaultdict[Kind, float]] = {}

    def add(self, name: str, account: Account) -> None:
        """Take a closed account."""
        with self._lock:
            seconds = self._seconds.setdefault(name, defaultdict(float))
            for kind, spent in account.seconds.items():
                seconds[kind] += spent

    def take(self, seconds: Mapping[str, Mapping[Kind, float]]) -> None:
        """Add what another process has measured."""
        with self._lock:
            for name, spent in seconds.items():
                own = self._seconds.setdefault(name, defaultdict(float))
                for kind, took in spent.items():
                    own[kind] += took

    def seconds(self) -> Mapping[str, Mapping[Kind, float]]:
        """The seconds by name and kind, as far as accounts are closed."""
        with self._lock:
            return {name: dict(seconds) for name, seconds in self._seconds.items()}


_meter: ContextVar[Meter | None] = ContextVar("meter", default=None)
_account: ContextVar[Account | None] = ContextVar("account", default=None)


def meter() -> Meter | None:
    """The meter that measures this, if one does."""
    return _meter.get()


@contextmanager
def metering(used: Meter) -> Iterator[Meter]:
    """What is done inside, and in threads that were given this context, is measured."""
    token = _meter.set(used)
    try:
        yield used
    finally:
        _meter.reset(token)


@contextmanager
def accounted(name: str) -> Iterator[None]:
    """What this thread measures inside is counted under a name, where somebody measures."""
    used = _meter.get()
    if used is None:
        yield
        return
    account = Account(used.clock)
    token = _account.set(account)
    try:
        yield
    finally:
        _account.reset(token)
        account.close()
        used.add(name, account)


@contextmanager
def measured(kind: Kind) -> Iterator[None]:
    """What is done inside counts as this, where somebody measures."""
    account = _account.get()
    if account is None:
        yield
        return
    account.begin(kind)
    try:
        yield
    finally:
        account.end()
