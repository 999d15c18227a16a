"""Databases of every version and state, each made once for a test process and then cloned by the server."""

from __future__ import annotations

import contextlib
import itertools
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import psycopg
from psycopg import sql

from tests.end_to_end import program
from tests.end_to_end.database import TABLES, Row
from tests.postgres import PostgresError, Server
from tests.schema_versions import states
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.states import State
from tests.schema_versions.versions import Version

_ROWS = "SELECT coalesce(jsonb_object_agg(t.id, to_jsonb(t)), '{{}}') FROM \"{table}\" t"


class Stock:
    """Hands out databases that a test may change."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._made: dict[tuple[Version, State | None, str], Platform] = {}
        self._canonical: dict[tuple[str, int], Contents] = {}
        self._numbers = itertools.count(1)

    def original(self, version: Version, state: State | None, namespace: str = "public") -> Platform:
        """A database in a state, to be read only; without a state it has no row, not even the neighbour's."""
        key = (version, state, namespace)
        if key not in self._made:
            if state is None:
                platform = Platform(self._create(version), version, namespace)
                platform.make()
            else:
                platform = self._clone(self.original(version, None, namespace))
                with self._isolated():
                    states.bring(platform, state, self.canonical())
            self._made[key] = platform
        return self._made[key]

    @contextlib.contextmanager
    def lend(self, version: Version, state: State, namespace: str = "public") -> Iterator[Platform]:
        """A clone to change; dropped afterwards."""
        clone = self._clone(self.original(version, state, namespace))
        yield clone
        self._drop(clone)

    @contextlib.contextmanager
    def role(self, platform: Platform) -> Iterator[str]:
        """A role that may log in with its name as password, has no right and owns nothing; dropped afterwards."""
        # Roles belong to the server, which other test processes may use too.
        name = f"app_{uuid.uuid4().hex[:12]}"
        platform.execute(f"CREATE ROLE {name} LOGIN PASSWORD '{name}'")
        yield name
        platform.execute(f"DROP OWNED BY {name}", f"DROP ROLE {name}")

    def canonical(self, size: str = states.SIZE, tenants: int = 1) -> Contents:
        """The rows of the default tenant, and of others like it, as okrseed writes them into tables it made itself."""
        key = (size, tenants)
        if key not in self._canonical:
            self._canonical[key] = self._seeded(size, tenants)
        return self._canonical[key]

    def close(self) -> None:
        """Drop what was made; a server of our own takes its databases with it, at no cost."""
        with contextlib.suppress(PostgresError):
            if self._server.directory:
                return
        for platform in self._made.values():
            self._drop(platform)

    def _seeded(self, size: str, tenants: int) -> Contents:
        url = self._create(f"canonical_{size}")
        with self._isolated():
            program.seed(url, "--size", size, "--tenants", str(tenants), "--no-verify")
        with psycopg.connect(url) as connection:
            return {table: _document(connection, _ROWS.format(table=table)) for table in TABLES}

    def _create(self, name: str) -> str:
        return self._server.create_database(f"versions_{name}_{next(self._numbers)}")

    def _clone(self, platform: Platform) -> Platform:
        source = urlsplit(platform.address).path.removeprefix("/")
        name = f"{source[:40]}_{next(self._numbers)}"
        self._administer("CREATE DATABASE {} TEMPLATE {}", name, source)
        address = urlsplit(platform.address)._replace(path=f"/{name}").geturl()
        return Platform(address, platform.version, platform.namespace)

    def _drop(self, platform: Platform) -> None:
        self._administer("DROP DATABASE IF EXISTS {} WITH (FORCE)", urlsplit(platform.address).path.removeprefix("/"))

    def _administer(self, statement: str, *names: str) -> None:
        with psycopg.connect(self._server.url(), autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _isolated(self) -> contextlib.AbstractContextManager[Path]:
        folder = self._folder / f"home_{next(self._numbers)}"
        folder.mkdir()
        return program.isolated(folder)


def _document(connection: psycopg.Connection[Any], query: str) -> dict[str, Row]:
    (document,) = connection.execute(query.encode()).fetchone() or ({},)
    return cast("dict[str, Row]", document)
