"""Running the library: selections on a fixed day, runs with tiny waits, and looks at the database beside okrseed."""

from __future__ import annotations

import datetime
import sqlite3
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import psycopg

from okrseed.blueprint import Blueprint, Key
from okrseed.cancellation import Cancellation
from okrseed.events import Event
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.progress import RunState
from okrseed.report import RunReport
from okrseed.retry import RetryPolicy
from okrseed.run import Runner
from okrseed.selection import Mode, Request, Selection, resolve
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.library import ENTITIES, TABLES, Library

TODAY = datetime.date(2025, 11, 21)
QUICK = RetryPolicy(retries=3, first_wait_s=0.001, most_wait_s=0.001, jitter=0.0)

Contents = Mapping[str, Mapping[Key, tuple[Any, ...]]]
"""Every row of every table of the library, by table and key, as the driver gives it."""


def choose(library: Blueprint | None = None, mode: Mode = Mode.FULL, **request: Any) -> Selection:
    """A selection of the library, made on the same day in all tests."""
    return resolve(library or Library(), Request(mode=mode, **request), today=TODAY)


class Recorder:
    """A sink that keeps every event, and calls what a test wants to happen at one kind of event."""

    def __init__(self, reactions: Mapping[type[Event], Callable[[Any], object]] | None = None) -> None:
        self._reactions = dict(reactions or {})
        self._lock = threading.Lock()
        self.events: list[Event] = []

    def emit(self, event: Event, state: RunState) -> None:
        with self._lock:
            self.events.append(event)
        reaction = self._reactions.get(type(event))
        if reaction is not None:
            reaction(event)

    def of(self, kind: type[Event], stage: str | None = None) -> list[Any]:
        """The events of a kind, of one stage if that is given, in the order they came."""
        return [event for event in self.events if isinstance(event, kind) and stage in (None, event.stage)]


def run(
    url: str,
    selection: Selection | None = None,
    *,
    library: Blueprint | None = None,
    sink: Recorder | None = None,
    cancellation: Cancellation | None = None,
    run_id: str = "run",
    who: str = "ada@laptop",
    **settings: Any,
) -> RunReport:
    """One run of the library; tables that do not exist are created, unless the test says otherwise."""
    with open_target(parse(url)) as target:
        return Runner(
            target,
            library or Library(),
            selection or choose(library),
            run_id=run_id,
            sink=sink or Recorder(),
            settings=RunSettings(**{"create_schema": True, "retry": QUICK, "wait_lock_s": 0.0, **settings}),
            cancellation=cancellation,
            who=who,
        ).run()


def plan(url: str, selection: Selection | None = None, *, library: Blueprint | None = None) -> Plan:
    """The plan of a selection, tables being created if need be."""
    with open_target(parse(url)) as target:
        return make_plan(target, library or Library(), selection or choose(library), may_create=True)


def with_parameter(url: str, parameter: str) -> str:
    """The same database by a URL with one more parameter."""
    return f"{url}{'&' if '?' in url else '?'}{parameter}"


def execute(url: str, *statements: str) -> None:
    """Run statements as some other program would, in one transaction."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        connection.execute("pragma foreign_keys = on")
        with connection:
            for statement in statements:
                connection.execute(statement)
        connection.close()
        return
    with psycopg.connect(url) as session:
        for statement in statements:
            session.execute(statement.encode())


def ask(url: str, question: str) -> list[tuple[Any, ...]]:
    """The rows that some other program would get for this query."""
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()
    with psycopg.connect(url) as session:
        return session.execute(question.encode()).fetchall()


def contents(url: str, tables: Iterable[str] = TABLES) -> Contents:
    """Everything that stands in the tables, read without okrseed."""
    return {table: {ENTITIES[table].key(row): row for row in _rows(url, table)} for table in tables}


def row_counts(url: str) -> dict[str, int]:
    """How many rows each table of the library has."""
    return {table: len(rows) for table, rows in contents(url).items()}


def statuses(report: RunReport) -> dict[str, str]:
    """How each stage ended, as the report's document says."""
    return {stage["id"]: stage["status"] for stage in report.document()["stages"]}


def _rows(url: str, table: str) -> Sequence[tuple[Any, ...]]:
    columns = ", ".join(f'"{column}"' for column in ENTITIES[table].columns)
    return ask(url, f'select {columns} from "{table}"')
