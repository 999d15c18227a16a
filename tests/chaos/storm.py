"""Sessions of other programs that lock the tenant's tables and rows in other orders than okrseed, at a fixed pace."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from dataclasses import dataclass

import psycopg

DUTY = 0.1
"""The part of a session's cycle in which it holds its first lock before it asks for the second one."""
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
    """How fast the storm goes, in seconds from a session's transaction to its next, and what it met itself."""

    cycle_s: float
    transactions: int = 0
    disturbed: int = 0

    @property
    def hold_s(self) -> float:
        return self.cycle_s * DUTY

    # The storm gives up after okrseed has: so it is okrseed that meets the deadlocks.

    @property
    def detect_ms(self) -> int:
        """When okrseed looks for a deadlock: after the storm has asked for its second lock."""
        return round(1500 * self.hold_s) + 1

    @property
    def settings(self) -> str:
        return f"set local deadlock_timeout = {4 * self.detect_ms}; set local lock_timeout = {3 * self.detect_ms}"


def look_for_deadlocks_soon(url: str, storm: Storm) -> None:
    """Let sessions that begin from now on look for deadlocks after a time that fits the storm's."""
    with psycopg.connect(url, autocommit=True) as connection:
        name = connection.info.dbname
        connection.execute(f"alter database \"{name}\" set deadlock_timeout = '{storm.detect_ms}ms'".encode())


@contextlib.contextmanager
def raging(url: str, met: Storm) -> Iterator[None]:
    """Four sessions at work on a database."""
    over, counting = threading.Event(), threading.Lock()
    failures: list[Exception] = []

    def rage(first: str, second: str) -> None:
        cycle = f"begin; {met.settings}; {first}; select pg_sleep({met.hold_s}); {second}; commit".encode()
        try:
            with psycopg.connect(url, autocommit=True) as connection:
                while not over.wait(met.cycle_s - met.hold_s):
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
