"""One PostgreSQL connection and its transactions: how they begin, end, and are ended when the connection is lost."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, cast

import psycopg
from psycopg.pq import TransactionStatus

from okrseed.meter import measured
from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import application, beginning, last_row
from okrseed.targets.postgres_errors import failed, translated
from okrseed.targets.postgres_lock import PostgresLock, lost
from okrseed.targets.postgres_remains import Remains, Remnant

UNGUARDED = "; select pg_backend_pid(), now(), true"
"""What a transaction begins with that needs no lock, told as a lock's guard tells it."""


class PostgresTransactions:
    """One connection in autocommit mode; `transaction` opens and closes transactions explicitly.

    What has to be in force is set at the beginning of each transaction and ends with it, so everything but a ping
    runs in one, its own if need be.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], address: Address, remains: Remains) -> None:
        self._connection = connection
        self._address = address
        self._remains = remains
        self._beginning = ""
        self._lock: PostgresLock | None = None
        self._name = ""
        self._began: Remnant | None = None
        self._read = False
        self.statements = 0

    @property
    def usable(self) -> bool:
        """Whether the connection is open and outside a transaction."""
        return not self._connection.closed and self._status == TransactionStatus.IDLE

    def prepare(self, label: str, *, read_only: bool, lock: PostgresLock | None = None) -> None:
        """Settle how the next transactions begin; nothing is sent. One that writes makes sure of `lock`."""
        self._beginning = beginning(self._address, label, read_only=read_only)
        self._name = application(label)
        self._lock = None if read_only else lock
        self.statements = 0

    def end_remains(self) -> None:
        """End what lost connections have left on the server."""
        self._remains.end(self._connection)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with translated():
            try:
                self._begin(guarded=True)
                yield
                if self._status == TransactionStatus.INERROR:
                    # The server would answer COMMIT with ROLLBACK, and no error.
                    raise psycopg.errors.InFailedSqlTransaction("a statement of this transaction failed")
                self._commit()
            except BaseException:
                self._roll_back()
                raise

    @contextmanager
    def reading(self) -> Iterator[None]:
        with translated():
            try:
                self._begin()
                yield
            except BaseException:
                self._roll_back()
                raise
            # Ended by the message that begins the next transaction, or when the session is given back; counted now,
            # as by then nobody may ask any more.
            self._read = True
            self.statements += 1

    def finish(self) -> None:
        """End what `reading` left open."""
        if self._read and self._status == TransactionStatus.INTRANS:
            with translated():
                try:
                    self._execute(self._ended_reading())
                except BaseException:
                    self._roll_back()
                    raise

    def cancel(self) -> None:
        """Ask the server to cancel what this connection does now, if anything; called from another thread."""
        if self._status != TransactionStatus.ACTIVE:
            return
        try:
            self._connection.cancel_safe(timeout=5)
        except psycopg.Error:
            # The connection is gone already, which is what was wanted; its own thread reports the loss.
            return

    def close(self) -> None:
        self._connection.close()

    @property
    def _status(self) -> TransactionStatus:
        return self._connection.info.transaction_status

    def _begin(self, *, guarded: bool = False) -> None:
        guard = self._lock.guard if guarded and self._lock is not None else None
        # Until the server has answered: its process is known then only where no pooler stands between.
        own = None if self._address.pooled else self._connection.info.backend_pid
        self._began = None if own is None else Remnant(own, None, self._name)
        self.statements += 1
        begun = last_row(self._connection, self._ended_reading() + self._beginning + (guard or UNGUARDED))
        process, start, held = cast("tuple[int, datetime.datetime, bool]", begun)
        self._began = Remnant(process, start, self._name)
        if not held:
            raise lost()

    def _commit(self) -> None:
        try:
            with measured("commit"):
                self._execute("commit")
        except psycopg.Error as error:
            if not self._connection.closed:
                raise
            failure = failed(error)
            failure.doubtful = True
            raise failure from error

    def _ended_reading(self) -> str:
        """What ends the transaction that `reading` left open, if it did."""
        if not self._read:
            return ""
        self._read = False
        self.statements -= 1
        return "commit; "

    def _roll_back(self) -> None:
        """End a transaction that failed. Where even that fails, the connection is gone, and its transaction with it.

        Gone as seen from here: a server that has not noticed would keep the transaction, and its locks, for hours.
        """
        if self._status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            with contextlib.suppress(psycopg.Error):
                self._execute("rollback")
        if self._connection.closed and self._began is not None:
            self._remains.add(self._began)

    def _within(self) -> AbstractContextManager[None]:
        """The open transaction, or one for this piece of work."""
        return self.transaction() if self._status == TransactionStatus.IDLE else contextlib.nullcontext()

    def _execute(
        self, query: Any, parameters: Sequence[Any] | None = None, *, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        self.statements += 1
        with self._connection.cursor(binary=binary) as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
