"""Whoever shares the interpreter with the engine may ask its threads to hold on while a person waits for an answer.

The interpreter gives every thread that computes an equal turn, so what a key press needs takes several times as long
beside a run at full speed. The engine's loops call `give_way` where they hold nothing up; unasked, that costs nothing
worth measuring.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from typing import TypeVar

from okrseed.precedence import follow

Piece = TypeVar("Piece")

MOST_S = 0.05

_unasked = threading.Event()
_unasked.set()
_until = 0.0


def ask() -> None:
    """Ask the engine's threads to hold on, until `thank` or for 50 ms; asking again begins anew."""
    global _until
    _until = time.monotonic() + MOST_S
    _unasked.clear()


def thank() -> None:
    """Let them go on."""
    _unasked.set()


def asked() -> bool:
    """Whether somebody waits."""
    return not _unasked.is_set()


def give_way() -> None:
    """Hold on for a moment if somebody asked, or goes first. To be called between pieces of work, of a millisecond."""
    while asked():
        left_s = _until - time.monotonic()
        if left_s <= 0:
            break
        _unasked.wait(left_s)
    follow()


def courteously(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """The pieces as they are; before each of them there is a moment to give way."""
    for piece in pieces:
        give_way()
        yield piece
