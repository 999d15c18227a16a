"""Sessions of other programs that lock the tenant's tables and rows in other orders than okrseed, at a fixed pace."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

HOLD_MS = 40
"""How long the first lock is held before the second one is asked for."""
CYCLE_MS = 250
"""From one transaction of a session to its next."""

# The storm gives up after okrseed has: so it is okrseed that meets the deadlocks.
DETECT_MS = HOLD_MS + 20
STORM_DETECTS_MS = 4 * DETECT_MS
STORM_GIVES_UP_MS = 3 * DETECT_MS

SETTINGS = (f"deadlock_timeout = '{STORM_DETECTS_MS}ms'", f"lock_timeout = '{STORM_GIVES_UP_MS}ms'")
SESSIONS = (
    ("lock table initiatives in share mode", "lock table objectives in share mode"),
    ("lock table objective_key_results in share mode", "lock table key_results in share mode"),
    (
        "select 1 from users where id >= '8' order by id desc for update",
        "select 1 from users where id < '8' for update",
    ),
    (
        "select 1 from check_ins where id >= '8' order by id desc for update",
        "select 1 from key_results order by id desc for update",
    ),
)
"""What each session locks first and second."""


@dataclass
class Storm:
    """What the storm met itself."""

    transactions: int = 0
    disturbed: int = 0


def look_for_deadlocks_soon(url: str) -> None:
    """Let sessions that begin from now on look for deadlocks after a time that fits to the storm's."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database \"{name}\" set deadlock_timeout = '{DETECT_MS}ms'".encode())


@contextlib.contextmanager
def raging(url: str, met: Storm) -> Iterator[None]:
    """Four sessions at work on a database."""
    over, counting = threading.Event(), threading.Lock()
    failures: list[Exception] = []

    def rage(first: str, second: str) -> None:
        settings = "; ".join(f"set local {setting}" for setting in SETTINGS)
        cycle = f"begin; {settings}; {first}; select pg_sleep({HOLD_MS / 1000}); {second}; commit".encode()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while not over.wait((CYCLE_MS - HOLD_MS) / 1000):
                    disturbed = 0
                    try:
                        connection.execute(cycle)
                    except (psycopg.errors.DeadlockDetected, psycopg.errors.LockNotAvailable):
                        connection.execute("rollback")
                        disturbed = 1
                    with counting:
                        met.transactions += 1
                        met.disturbed += disturbed
        except Exception as error:
            failures.append(error)

    threads = [threading.Thread(target=rage, args=locks, name="storm") for locks in SESSIONS]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()
    assert not failures, failures
