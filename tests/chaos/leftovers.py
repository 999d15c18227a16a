"""What stays of okrseed's sessions on a server, as another session sees it."""

from __future__ import annotations

import contextlib

import psycopg
import pytest

from tests.core.waiting import DEADLINE_S, until
from tests.end_to_end.database import PostgresDatabase, Row

LEFT = """
    select pid, application_name, state, query, backend_xid::text as writing,
           (select count(*) from pg_locks as held where held.pid = theirs.pid) as locks
      from pg_stat_activity as theirs
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
       and (xact_start is not null or state <> 'idle'
            or exists (select from pg_locks as held where held.pid = theirs.pid and held.locktype = 'advisory'))
"""


def left(database: PostgresDatabase) -> list[Row]:
    """Transactions and locks of others that are there now."""
    return database.rows(LEFT)


def check_nothing_is_left(database: PostgresDatabase) -> None:
    """Fail where a transaction or a lock stays; a session that has just been told to end may take a moment for it."""
    try:
        until(lambda: not left(database), "every transaction and lock to end")
    except AssertionError:
        pytest.fail(f"left on the server after {DEADLINE_S:.0f} s: {left(database)}")


def terminate(database: PostgresDatabase, process: int) -> bool:
    """Have the server end a session; returns whether there was one."""
    with contextlib.suppress(psycopg.errors.InsufficientPrivilege):
        return bool(database.value(f"select pg_terminate_backend({process})"))
    return False


def sessions(database: PostgresDatabase) -> list[Row]:
    """The transactions of okrseed that are open now, the lock's among them."""
    return database.rows(
        "select pid, application_name as name from pg_stat_activity where datname = current_database()"
        " and application_name like 'okrseed/%' order by pid"
    )


def the_lock(database: PostgresDatabase) -> int | None:
    """The process that holds the tenant's lock, if there is one."""
    found = [row["pid"] for row in sessions(database) if row["name"].startswith("okrseed/lock ")]
    return found[0] if found else None
