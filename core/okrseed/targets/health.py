"""Facts about a database that decide whether seeding it will work, and work well; the doctor judges them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class FoundIndex:
    """An index by its leading columns; `scans` is None where the database does not count them."""

    table: str
    name: str
    columns: tuple[str, ...]
    unique: bool = False
    valid: bool = True
    scans: int | None = None


@dataclass(frozen=True)
class Health:
    """What a target tells of itself; None where it cannot tell.

    server: name and version in words; version: the number it compares by. encrypted: whether this connection is.
    connections: (used, allowed). blocked: sessions that wait for another's lock, in words; long: transactions open
    for more than a minute, in words. settings: those that bound or lose work, as the database writes them.
    """

    server: str
    version: tuple[int, ...]
    encoding: str
    encrypted: bool | None = None
    connections: tuple[int, int] | None = None
    sessions: int | None = None
    blocked: tuple[str, ...] = ()
    long: tuple[str, ...] = ()
    settings: Mapping[str, str] = field(default_factory=dict)
    indexes: tuple[FoundIndex, ...] = ()
    bytes_by_table: Mapping[str, int] = field(default_factory=dict)
