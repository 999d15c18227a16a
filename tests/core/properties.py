"""How much the property tests try: enough to find a counterexample, little enough to be quick."""

from __future__ import annotations

from hypothesis import settings

pure = settings(database=None, deadline=None, max_examples=60)
"""For laws of pure functions."""

on_a_database = settings(database=None, deadline=None, max_examples=25)
"""For laws whose every example writes a database."""
