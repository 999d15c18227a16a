"""Seeded tenants to start from: each size is seeded once for each test process, then copied."""

from __future__ import annotations

import contextlib
import itertools
import shutil
import sqlite3
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.end_to_end import program
from tests.end_to_end.database import Database, connect
from tests.end_to_end.program import Outcome
from tests.end_to_end.tenants import configure_small
from tests.postgres import Server

Kind = Literal["sqlite", "postgresql"]
State = Literal["empty", "tiny", "demo", "full", "small"]
"""Tables without rows, the default tenant at a size, or the small tenant at size tiny."""


class Templates:
    """Makes templates when first asked for, and copies of them that a test may change."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made: dict[tuple[Kind, State], tuple[Database, Outcome]] = {}
        self._copies: list[str] = []
        self._numbers = itertools.count(1)

    def original(self, kind: Kind, state: State) -> tuple[Database, Outcome]:
        """The template itself, to be read only, and what the call that made it said."""
        if (kind, state) not in self._made:
            url = self._new_sqlite() if kind == "sqlite" else self._server.create_database(f"template_{state}")
            folder = self._folder / f"{kind}_{state}"
            folder.mkdir()
            with program.isolated(folder):
                if state == "empty":
                    outcome = program.call("schema", "create", "--json", "--database", url)
                elif state == "small":
                    configure_small()
                    outcome = program.seed(url, "--size", "tiny")
                else:
                    outcome = program.seed(url, "--size", state)
            self._made[kind, state] = connect(url), outcome
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

    def close(self) -> None:
        """Drop the copies on the server."""
        for name in self._copies:
            self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

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
