"""PostgreSQL by psycopg: a target keeps its connections, and hands them out as sessions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from okrseed.errors import DatabaseFailure, interruption
from okrseed.meter import measured
from okrseed.targets.address import Address
from okrseed.targets.postgres_coming import Coming
from okrseed.targets.postgres_lock import PostgresLock
from okrseed.targets.postgres_remains import Remains
from okrseed.targets.postgres_session import PostgresSession
from okrseed.targets.postgres_spare import Spare

MOST_CONNECTIONS = 10
INTERRUPT_EVERY_S = 0.1


class PostgresTarget:
    """A PostgreSQL database; sessions are kept and handed out again, at most `connections` at a time."""

    def __init__(self, address: Address) -> None:
        self.address = address
        # One is the lock's. Where only one is allowed, there are two all the same: a run without a lock is worse.
        self.connections = max(1, min(MOST_CONNECTIONS, address.connection_limit or MOST_CONNECTIONS) - 1)
        # Each has a session and a lock of its own.
        self.processes = max(1, min(MOST_CONNECTIONS, address.connection_limit or MOST_CONNECTIONS) // 2)
        self._lock = threading.Lock()
        self._idle: list[PostgresSession] = []
        self._busy: set[PostgresSession] = set()
        self._tenant: PostgresLock | None = None
        self._remains = Remains()
        self._spare = Spare(address)
        self._coming = Coming(address)
        self._interrupted = False
        self._closed = threading.Event()

    @contextmanager
    def session(self, label: str, *, read_only: bool = False) -> Iterator[PostgresSession]:
        session = self._take()
        session.prepare(label, read_only=read_only, lock=self._tenant)
        try:
            yield session
        finally:
            self._give_back(session)

    def lock(self, tenants: Sequence[str], run_id: str, who: str) -> PostgresLock:
        # Whoever has to wait for it connects afterwards: a connection that nobody uses is ended by many a firewall.
        self._tenant = PostgresLock(self.address, tenants, run_id, who, self._remains, self._spare, self._coming.close)
        with self._lock:
            is_first = not (self._idle or self._busy)
        if is_first:
            # For the first session, while the lock is taken.
            self._coming.begin()
        return self._tenant

    def interrupt(self) -> None:
        # Without the lock: a signal may come to the thread that holds it.
        if self._interrupted:
            return
        self._interrupted = True
        threading.Thread(target=self._interrupt, name="okrseed interrupts", daemon=True).start()

    def _interrupt(self) -> None:
        """Again and again while a session is at work: what arrives between two statements interrupts neither."""
        while busy := self._at_work():
            for session in busy:
                session.cancel()
            if self._closed.wait(INTERRUPT_EVERY_S):
                return

    def _at_work(self) -> list[PostgresSession]:
        with self._lock:
            return list(self._busy)

    def close(self) -> None:
        self._closed.set()
        with self._lock:
            sessions, self._idle = self._idle, []
        for session in sessions:
            session.close()
        self._coming.close()
        self._spare.close()

    def _take(self) -> PostgresSession:
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            with measured("connect"):
                session = PostgresSession(self._coming.take(), self.address, self._remains)
        session.end_remains()
        with self._lock:
            if not self._interrupted:
                self._busy.add(session)
                return session
        session.close()
        raise interruption()

    def _give_back(self, session: PostgresSession) -> None:
        with contextlib.suppress(DatabaseFailure):
            session.finish()
        with self._lock:
            self._busy.discard(session)
            if session.usable:
                self._idle.append(session)
                return
        session.close()
