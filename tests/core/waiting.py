"""Other programs at the same database: locks they hold, sessions they see; waiting without sleeping."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from tests.core.seeding import ask, with_parameter

DEADLINE_S = 30.0


def until(condition: Callable[[], bool], what: str) -> None:
    """Ask again and again until it is so; each question goes to a database, so this does not spin idly."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline, f"waited {DEADLINE_S:.0f} s for {what}"


@contextmanager
def holding(url: str, statement: str) -> Iterator[psycopg.Connection[tuple[object, ...]]]:
    """A session of another program that has run a statement and keeps its transaction, and so its locks, open."""
    with psycopg.connect(url) as other:
        other.execute(statement.encode())
        yield other
        other.rollback()


def sessions(url: str) -> set[str]:
    """The application names of okrseed's transactions that are open now."""
    names = "select application_name from pg_stat_activity where datname = current_database()"
    return {str(name) for (name,) in ask(url, names) if str(name).startswith("okrseed/")}


def connections(url: str) -> int:
    """How many other connections to this database there are, whatever they call themselves.

    But for those that count, of which several threads may have one, and which the server forgets a moment later.
    """
    others = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and backend_type = 'client backend' and application_name <> 'counting'"
    )
    return int(str(ask(with_parameter(url, "application_name=counting"), others)[0][0]))


def waits_for_a_lock(url: str) -> bool:
    """Whether a session of okrseed waits for a lock now."""
    waiting = (
        "select count(*) from pg_stat_activity where datname = current_database()"
        " and application_name like 'okrseed/%' and wait_event_type = 'Lock'"
    )
    return bool(ask(url, waiting)[0][0])


def with_lock_timeout(url: str, milliseconds: int) -> str:
    """The same database, asked to give up a lock after this time, as libpq's `options` say it."""
    return with_parameter(url, f"options=-c%20lock_timeout%3D{milliseconds}ms")
