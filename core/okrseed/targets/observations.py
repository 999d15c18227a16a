"""What a database says of itself, as tables of words: for people who want to know why something is slow."""

from __future__ import annotations

from typing import NamedTuple


class Observation(NamedTuple):
    """One table of facts; `empty` says what it means that there are none."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    empty: str = "none"
