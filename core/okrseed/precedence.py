"""The thread that the database waits for goes before those that make rows for later.

The interpreter lets one thread compute at a time and gives each an equal turn. So beside a thread that makes rows,
every short answer of the database is late by such a turn or two; between two groups of tenants that is a dozen answers
in a row, with nothing for the database to do. While the thread that leads waits for long, the others have all the time
they need.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

MOST_S = 0.1
"""So long the others are held back at most, until the next time that it waits: it may wait where nobody says so."""

_leaders: set[int] = set()
_at_work: set[int] = set()
_nobody_at_work = threading.Event()
_nobody_at_work.set()
_until = 0.0


@contextmanager
def leading() -> Iterator[None]:
    """This thread leads: while it computes, or exchanges short messages, those that `follow` hold on."""
    own = threading.get_ident()
    _leaders.add(own)
    _begin(own)
    try:
        yield
    finally:
        _leaders.discard(own)
        _end(own)


@contextmanager
def waiting() -> Iterator[None]:
    """This thread waits for long, for the database to take rows or for another thread; the others go on."""
    own = threading.get_ident()
    if own not in _leaders:
        yield
        return
    _end(own)
    try:
        yield
    finally:
        _begin(own)


def follow() -> None:
    """Hold on for a moment while one that leads is at work. To be called between pieces of work."""
    if _nobody_at_work.is_set() or threading.get_ident() in _leaders:
        return
    left_s = _until - time.monotonic()
    if left_s > 0:
        _nobody_at_work.wait(left_s)


def _begin(own: int) -> None:
    global _until
    _until = time.monotonic() + MOST_S
    _at_work.add(own)
    _nobody_at_work.clear()


def _end(own: int) -> None:
    _at_work.discard(own)
    if not _at_work:
        _nobody_at_work.set()
