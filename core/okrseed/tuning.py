"""The interpreter set up for a program that makes rows and waits for a database, and ends soon.

Rows are tuples of texts, made by the ten thousand and freed by their reference counts: the collector of cycles goes
through all of them again and again and finds nothing (an eighth of a load, a quarter of a run without changes). And a
thread that makes rows keeps one that has its answer from the database waiting for CPython's 5 ms, at every answer.
"""

from __future__ import annotations

import gc
import sys

ALLOCATIONS = 1_000_000
"""So many more objects than were freed begin a collection; CPython's default is 700."""
SWITCH_S = 0.0005


def tune() -> None:
    """For a program of its own; an app sets up what suits it."""
    gc.set_threshold(ALLOCATIONS, 10, 100)
    sys.setswitchinterval(SWITCH_S)
