"""Which families stand whole in a database, seen by another session; also all the while that processes write."""

from __future__ import annotations

import contextlib
import datetime
import sqlite3
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg

from tests.chaos.beside import beside
from tests.end_to_end.database import TABLES
from tests.end_to_end.program import AS_OF
from tests.okr.tenant_rows import tenant_rows

Member = tuple[str, str]
"""A table and the id of a row there."""

SAMPLE_EVERY_S = 0.05
PRESENT = " union all ".join(f"select '{table}', id from {table}" for table in TABLES)
"""One statement, so that all tables are seen at one moment."""


@dataclass(frozen=True)
class Census:
    """What one look at a database found: rows of families that are not whole, and how many rows stand there."""

    partial: Sequence[Collection[Member]]
    rows: int


class Families:
    """The families of the usual tenant: an objective with its key results, links and initiatives, and the like."""

    def __init__(self, size: str = "full") -> None:
        rows = tenant_rows(size, as_of=datetime.date.fromisoformat(AS_OF))
        families = [
            frozenset((table, row.id) for table in family if table in TABLES for row in family[table])
            for stage in rows.blueprint.stages()
            for family in rows.families(stage.id)
        ]
        self.rows = sum(map(len, families))
        """How many rows the tenant has."""
        self._families = [family for family in families if len(family) > 1]

    def census(self, present: Collection[Member]) -> Census:
        """Tell the families of which some rows stand there and some do not."""
        found = frozenset(present)
        return Census([family for family in self._families if 0 < len(family & found) < len(family)], len(found))

    def on_server(self, connection: psycopg.Connection[Member]) -> Census:
        """Look at a PostgreSQL database, whose tables need not exist yet."""
        try:
            return self.census(connection.execute(PRESENT.encode()).fetchall())
        except psycopg.errors.UndefinedTable:
            return self.census(())

    def in_file(self, path: Path, *, thorough: bool = False) -> Census:
        """Look at a SQLite file, which need not exist yet; thoroughly: also whether it is sound."""
        if not path.exists():
            return self.census(())
        with contextlib.closing(sqlite3.connect(path, timeout=30)) as connection:
            if thorough:
                assert connection.execute("pragma integrity_check").fetchall() == [("ok",)]
                assert connection.execute("pragma foreign_key_check").fetchall() == []
            tables = connection.execute("select count(*) from sqlite_master where name = 'objectives'").fetchone()
            return self.census(connection.execute(PRESENT).fetchall() if tables == (1,) else ())

    @contextlib.contextmanager
    def watching_server(self, url: str) -> Iterator[Callable[[], Census]]:
        """One session for many looks."""
        with psycopg.connect(url, autocommit=True) as connection:
            yield lambda: self.on_server(connection)

    @contextlib.contextmanager
    def watching_file(self, path: Path) -> Iterator[Callable[[], Census]]:
        """Each look opens the file anew, so that it is not in the way between them."""
        yield lambda: self.in_file(path)


@dataclass
class Samples:
    """What a second session saw: how many looks, how many of them at a tenant that was half there, partial families."""

    looks: int = 0
    halfway: int = 0
    partial: list[Collection[Member]] = field(default_factory=list)

    def add(self, census: Census, all_rows: int) -> None:
        self.looks += 1
        self.halfway += 0 < census.rows < all_rows
        self.partial += census.partial


def sampled(
    watching: AbstractContextManager[Callable[[], Census]], families: Families, samples: Samples
) -> AbstractContextManager[None]:
    """Look at a database again and again, on a thread of its own."""

    @contextlib.contextmanager
    def sampling() -> Iterator[Callable[[], None]]:
        with watching as look:
            yield lambda: samples.add(look(), families.rows)

    return beside(sampling(), SAMPLE_EVERY_S)


def counted(phases: Mapping[str, int]) -> str:
    """Counts in words."""
    return ", ".join(f"{number} {phase}" for phase, number in phases.items())
