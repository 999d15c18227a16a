"""What a lost connection leaves on the server: a transaction that still holds its locks until the server notices."""

from __future__ import annotations

import datetime
import threading
from typing import Any

import psycopg

# Told by process and start: a process number is used again, and then belongs to somebody else.
_END = """
    select pg_terminate_backend(theirs.pid)
    from pg_stat_activity as theirs
    join unnest(%s::int[], %s::timestamptz[]) as left_over(pid, start)
        on left_over.pid = theirs.pid and left_over.start = theirs.xact_start
"""


class Remains:
    """Transactions of ours whose connection was lost. Added and ended by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._transactions: list[tuple[int, datetime.datetime]] = []

    def add(self, process: int, start: datetime.datetime) -> None:
        """Remember one: its process on the server, and when it began there."""
        with self._lock:
            self._transactions.append((process, start))

    def end(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """End those that are still there, so that whoever tries again does not wait for them."""
        with self._lock:
            transactions, self._transactions = self._transactions, []
        if not transactions:
            return
        processes, starts = zip(*transactions, strict=True)
        try:
            connection.execute(_END, [list(processes), list(starts)])
        except psycopg.Error:
            # They are waited for, then, as for anybody's: the attempt that meets them says so.
            return
