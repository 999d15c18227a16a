"""PostgreSQL by psycopg: a target keeps its connections, and hands them out as sessions."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

import psycopg

from okrseed.errors import DatabaseFailure, NoConnection, interruption
from okrseed.meter import measured
from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import connect
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
        self._coming: Future[psycopg.Connection[tuple[Any, ...]]] | None = None
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
        self._tenant = PostgresLock(
            self.address, tenants, run_id, who, self._remains, self._spare, self._expect_no_more
        )
        self._expect()
        return self._tenant

    def _expect(self) -> None:
        """Connect for the first session while the lock is taken: far away that takes as long as several questions."""
        with self._lock:
            if self._idle or self._busy or self._coming is not None:
                return
            coming: Future[psycopg.Connection[tuple[Any, ...]]] = Future()
            self._coming = coming
        threading.Thread(target=self._connect, args=(coming,), name="okrseed connects", daemon=True).start()

    def _connect(self, coming: Future[psycopg.Connection[tuple[Any, ...]]]) -> None:
        try:
            coming.set_result(connect(self.address))
        except BaseException as error:
            # Whoever takes it is told.
            coming.set_exception(error)

    def _expect_no_more(self) -> None:
        with self._lock:
            coming, self._coming = self._coming, None
        if coming is not None:
            coming.add_done_callback(lambda made: None if made.exception() else made.result().close())

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The connection that is being made, or another one if that fails."""
        with self._lock:
            coming, self._coming = self._coming, None
        with contextlib.suppress(NoConnection):
            if coming is not None:
                return coming.result()
        return connect(self.address)

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
        self._expect_no_more()
        self._spare.close()

    def _take(self) -> PostgresSession:
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            with measured("connect"):
                session = PostgresSession(self._connected(), self.address, self._remains)
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
