"""What a lost connection leaves on the server: a transaction that still holds its locks until the server notices."""

from __future__ import annotations

import datetime
import threading
from dataclasses import dataclass
from typing import Any

import psycopg

# Told by process and start: a process number is used again, and then belongs to somebody else. Where the answer to
# BEGIN did not arrive there is no start; then by the name that the transaction gave itself.
_END = """
    select pg_terminate_backend(theirs.pid)
    from pg_stat_activity as theirs
    join unnest(%s::int[], %s::timestamptz[], %s::text[]) as left_over(pid, start, name)
        on left_over.pid = theirs.pid
    where left_over.start = theirs.xact_start
        or left_over.start is null and left_over.name = theirs.application_name
"""


@dataclass(frozen=True)
class Remnant:
    """A transaction whose connection was lost: its process on the server, when it began there, its application name."""

    process: int
    start: datetime.datetime | None
    name: str


class Remains:
    """Transactions of ours whose connection was lost. Added and ended by several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remnants: list[Remnant] = []

    def add(self, remnant: Remnant) -> None:
        """Remember one."""
        with self._lock:
            self._remnants.append(remnant)

    def end(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """End those that are still there, so that whoever tries again does not wait for them."""
        with self._lock:
            remnants = list(self._remnants)
        if not remnants:
            return
        told = [(remnant.process, remnant.start, remnant.name) for remnant in remnants]
        try:
            connection.execute(_END, [list(facts) for facts in zip(*told, strict=True)])
        except psycopg.Error:
            # This connection is gone, too; the next one ends them. Until then they are waited for, as for anybody's.
            return
        with self._lock:
            self._remnants = [remnant for remnant in self._remnants if remnant not in remnants]
