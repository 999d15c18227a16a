"""The database as the platform would see it: plain SQL by the drivers, nothing of okrseed's own reading."""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import json
import sqlite3
from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

import psycopg
from psycopg.rows import dict_row

Row = dict[str, Any]

TABLES = (
    "organizations",
    "workspaces",
    "teams",
    "users",
    "cycles",
    "strategic_pillars",
    "objectives",
    "key_results",
    "objective_key_results",
    "initiatives",
    "check_ins",
    "check_in_requests",
    "check_in_responses",
    "role_assignments",
)


class Database(ABC):
    """One database, connected anew for every question so that it never holds a lock."""

    def __init__(self, url: str) -> None:
        self.url = url

    @abstractmethod
    def rows(self, query: str) -> list[Row]:
        """The rows of a query, by column name, in Python's own types."""

    @abstractmethod
    def execute(self, *statements: str) -> int:
        """Run statements in one transaction; returns the rows that the last one changed."""

    @abstractmethod
    def _load(self, tables: Sequence[str]) -> dict[str, list[Row]]: ...

    def table(self, name: str) -> dict[str, Row]:
        """Every row of a table by its id."""
        return {row["id"]: row for row in self._load([name])[name]}

    def value(self, query: str) -> Any:
        """The only value that a query gives."""
        ((value,),) = (row.values() for row in self.rows(query))
        return value

    def counts(self) -> dict[str, int]:
        """How many rows each seeded table holds."""
        counted = (f"SELECT '{table}' AS name, count(*) AS n FROM \"{table}\"" for table in TABLES)
        return {row["name"]: row["n"] for row in self.rows(" UNION ALL ".join(counted))}

    def contents(self, *, without: Collection[str] = ()) -> dict[str, dict[str, Row]]:
        """Every row of every seeded table by id, some columns left out."""
        return {
            table: {row["id"]: {name: value for name, value in row.items() if name not in without} for row in rows}
            for table, rows in self._load(TABLES).items()
        }

    def digest(self, *, without: Collection[str] = ()) -> str:
        """One value that changes with any value of any row."""
        text = json.dumps(self.contents(without=without), sort_keys=True, default=str)
        return hashlib.sha256(text.encode()).hexdigest()


class SqliteDatabase(Database):
    """A SQLite file; booleans, timestamps and documents are told by the declared type of the column."""

    @property
    def path(self) -> Path:
        return Path(self.url.removeprefix("sqlite:///"))

    def rows(self, query: str) -> list[Row]:
        with contextlib.closing(self._connect()) as connection:
            return _named(connection.execute(query))

    def execute(self, *statements: str) -> int:
        with contextlib.closing(self._connect()) as connection, connection:
            for statement in statements:
                cursor = connection.execute(statement)
            return cursor.rowcount

    def _load(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        with contextlib.closing(self._connect()) as connection:
            for table in tables:
                declared = {
                    row["name"]: row["type"] for row in _named(connection.execute(f"PRAGMA table_info({table})"))
                }
                found[table] = [
                    {name: _python(declared[name], value) for name, value in row.items()}
                    for row in _named(connection.execute(f"SELECT * FROM {table}"))
                ]
        return found

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self.path)
        connection.execute("PRAGMA foreign_keys = on")
        return connection


class PostgresDatabase(Database):
    """A PostgreSQL database."""

    def rows(self, query: str) -> list[Row]:
        with psycopg.connect(self.url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            cursor.execute(query.encode())
            return cursor.fetchall()

    def execute(self, *statements: str) -> int:
        with psycopg.connect(self.url) as connection:
            for statement in statements:
                cursor = connection.execute(statement.encode())
            return cursor.rowcount

    def _load(self, tables: Sequence[str]) -> dict[str, list[Row]]:
        found: dict[str, list[Row]] = {}
        with psycopg.connect(self.url) as connection, connection.cursor(row_factory=dict_row) as cursor:
            for table in tables:
                found[table] = cursor.execute(f"SELECT * FROM {table}".encode()).fetchall()
        return found

    def versions(self) -> dict[str, list[tuple[Any, ...]]]:
        """Version and place of every row: any write, even of equal values, changes them."""
        with psycopg.connect(self.url) as connection:
            return {
                table: connection.execute(
                    f"SELECT id, xmin::text, ctid::text FROM {table} ORDER BY id".encode()
                ).fetchall()
                for table in TABLES
            }


def connect(url: str) -> Database:
    """The database at a URL of either kind."""
    return SqliteDatabase(url) if url.startswith("sqlite") else PostgresDatabase(url)


def by(rows: Iterable[Row], column: str) -> dict[Any, int]:
    """How many rows there are of each value."""
    return dict(Counter(row[column] for row in rows))


def _named(cursor: sqlite3.Cursor) -> list[Row]:
    names = [description[0] for description in cursor.description]
    return [dict(zip(names, values, strict=True)) for values in cursor]


def _python(declared: str, value: Any) -> Any:
    if value is None:
        return None
    match declared:
        case "BOOLEAN":
            return bool(value)
        case "JSON":
            return json.loads(value)
        case "DATETIME":
            return datetime.datetime.fromisoformat(value)
        case "FLOAT":
            return float(value)
    return value
