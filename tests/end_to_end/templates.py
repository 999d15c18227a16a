"""Seeded tenants to start from: each is seeded once for each test process, then copied or lent."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.end_to_end import program
from tests.end_to_end.database import TABLES, Database, connect
from tests.end_to_end.program import Outcome
from tests.end_to_end.tenants import configure_small
from tests.postgres import Server

Kind = Literal["sqlite", "postgresql"]
State = Literal["empty", "tiny", "demo", "full", "small"]
"""Tables without rows, the default tenant at a size, or the small tenant at size tiny."""

_SHAPE = """
    SELECT md5(string_agg(fact, '|' ORDER BY fact)) FROM (
        SELECT concat_ws(' ', oid, relname, relrowsecurity, relacl) AS fact FROM pg_class
         WHERE relnamespace = 'public'::regnamespace
        UNION ALL SELECT concat_ws(' ', attrelid, attname, atttypid, attnotnull, atthasdef) FROM pg_attribute
         WHERE attrelid IN (SELECT oid FROM pg_class WHERE relnamespace = 'public'::regnamespace)
        UNION ALL SELECT concat_ws(' ', tgrelid, tgname) FROM pg_trigger WHERE NOT tgisinternal
        UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
        UNION ALL SELECT nspacl::text FROM pg_namespace WHERE nspname = 'public'
    ) facts
"""
"""Changes with everything that a test may do to a database apart from its rows."""

_KEEP_ROWS = ("CREATE SCHEMA kept", *(f"CREATE TABLE kept.{table} AS TABLE public.{table}" for table in TABLES))
_PUT_ROWS_BACK = (
    *(f"DELETE FROM public.{table}" for table in reversed(TABLES)),
    *(f"INSERT INTO public.{table} SELECT * FROM kept.{table}" for table in TABLES),
)


@dataclass(frozen=True)
class _Lent:
    """A PostgreSQL database that is lent again and again, with the shape that it must come back in."""

    database: Database
    shape: str


class Templates:
    """Makes templates when first asked for, and databases like them that a test may change."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made: dict[tuple[Kind, State], tuple[Database, Outcome]] = {}
        self._free: defaultdict[State, list[_Lent]] = defaultdict(list)
        self._copies: list[str] = []
        self._numbers = itertools.count(1)

    def original(self, kind: Kind, state: State) -> tuple[Database, Outcome]:
        """The template itself, to be read only, and what the call that made it said."""
        if (kind, state) not in self._made:
            url = self._new_sqlite() if kind == "sqlite" else self._server.create_database(f"template_{state}")
            folder = self._folder / f"{kind}_{state}"
            folder.mkdir()
            with program.isolated(folder):
                self._made[kind, state] = connect(url), _bring(url, state)
        return self._made[kind, state]

    def copy(self, kind: Kind, state: State) -> Database:
        """A database of one's own with the template's rows."""
        original, _ = self.original(kind, state)
        if kind == "postgresql":
            return connect(self._copy_postgres(original.url))
        url = self._new_sqlite()
        source = Path(original.url.removeprefix("sqlite:///"))
        with contextlib.closing(sqlite3.connect(source)) as connection:
            # What still stands in the write-ahead log must be in the file that is copied.
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(source, url.removeprefix("sqlite:///"))
        return connect(url)

    @contextlib.contextmanager
    def lend(self, kind: Kind, state: State) -> Iterator[Database]:
        """As `copy`, for a while. On PostgreSQL it may have been lent before: putting rows back is quicker."""
        if kind == "sqlite":
            yield self.copy(kind, state)
            return
        lent = self._free[state].pop() if self._free[state] else self._lendable(state)
        yield lent.database
        if lent.database.value(_SHAPE) == lent.shape:
            lent.database.execute(*_PUT_ROWS_BACK)
            self._free[state].append(lent)

    def close(self) -> None:
        """Drop the copies on the server."""
        for name in self._copies:
            self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _lendable(self, state: State) -> _Lent:
        database = self.copy("postgresql", state)
        database.execute(*_KEEP_ROWS)
        return _Lent(database, database.value(_SHAPE))

    def _new_sqlite(self) -> str:
        folder = self._folder / f"file_{next(self._numbers)}"
        folder.mkdir()
        return f"sqlite:///{folder / 'demo.db'}"

    def _copy_postgres(self, url: str) -> str:
        source = urlsplit(url).path.removeprefix("/")
        name = f"{source[:40]}_copy_{next(self._numbers)}"
        self._administer("CREATE DATABASE {} TEMPLATE {}", name, source)
        self._copies.append(name)
        return urlsplit(url)._replace(path=f"/{name}").geturl()

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))


def _bring(url: str, state: State) -> Outcome:
    """Bring an empty database to a state."""
    if state == "empty":
        return program.call("schema", "create", "--json", "--database", url)
    if state == "small":
        configure_small()
        return program.seed(url)
    return program.seed(url, "--size", state)
