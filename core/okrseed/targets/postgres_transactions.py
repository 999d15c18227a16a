"""One PostgreSQL connection and its transactions: how they begin, end, and are ended when the connection is lost."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any, NamedTuple, cast

import psycopg
from psycopg.pq import TransactionStatus

from okrseed.meter import measured
from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import application, beginning
from okrseed.targets.postgres_errors import failed, translated
from okrseed.targets.postgres_lock import PostgresLock, lost
from okrseed.targets.postgres_remains import Remains, Remnant

UNGUARDED = ("select pg_backend_pid(), now(), true",)
"""What a transaction begins with that needs no lock, told as a lock's guard tells it."""


class Message(NamedTuple):
    """One statement with its parameters."""

    query: Any
    parameters: Sequence[Any] | None = None
    binary: bool = False


class PostgresTransactions:
    """One connection in autocommit mode; `transaction` opens and closes transactions explicitly.

    What has to be in force is set at the beginning of each transaction and ends with it, so everything but a ping
    runs in one, its own if need be. Where nothing depends on when it begins, that travels with the first statement: to
    a database that is far away, each message is a wait.
    """

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], address: Address, remains: Remains) -> None:
        self._connection = connection
        self._address = address
        self._remains = remains
        self._beginning: tuple[str, ...] = ()
        self._owed: tuple[str, ...] = ()
        self._lock: PostgresLock | None = None
        self._name = ""
        self._began: Remnant | None = None
        self._read = False
        self.statements = 0

    @property
    def usable(self) -> bool:
        """Whether the connection is open and outside a transaction."""
        return not self._connection.closed and not self._inside

    @property
    def _inside(self) -> bool:
        """Whether a transaction has begun, as far as its user is concerned."""
        return bool(self._owed) or self._status != TransactionStatus.IDLE

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
                if self._owed:
                    # Nothing was asked or written.
                    self._owed = ()
                    return
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
                # Stages read side by side, and wait for each other while they do: each has its server before that,
                # as a pooler may have fewer of them than there are stages.
                self._send()
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
                    self._execute(*self._ended_reading())
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
        self._owed = (*self._beginning, *(guard or UNGUARDED))
        if guard is not None:
            # Before anything is written, it has to be known that the lock is held.
            self._send()

    def _send(self, *messages: Message) -> list[psycopg.Cursor[tuple[Any, ...]]]:
        """Send these at once, after what begins the transaction if that is still owed; there is one wait for all.

        Without a message only what is owed, if anything is.
        """
        if self._owed and len(messages) == 1 and messages[0].parameters is None:
            # It may be several statements, which travel together without others only.
            self._send()
        owed, self._owed = self._owed, ()
        self.statements += len(messages) + bool(owed)
        if owed:
            owed = (*self._ended_reading(), *owed)
            # Until the server has answered: its process is known then only where no pooler stands between.
            own = None if self._address.pooled else self._connection.info.backend_pid
            self._began = None if own is None else Remnant(own, None, self._name)
        cursors = self._at_once([*map(Message, owed), *messages])
        if owed:
            self._begun(cursors[len(owed) - 1])
        return cursors[len(owed) :]

    def _at_once(self, messages: Sequence[Message]) -> list[psycopg.Cursor[tuple[Any, ...]]]:
        """Send all, and wait once. The first failure is raised; what came after it was not done."""
        several = len(messages) > 1 and psycopg.Pipeline.is_supported()
        cursors, failure = [], None
        try:
            with self._connection.pipeline() if several else contextlib.nullcontext():
                try:
                    for message in messages:
                        cursor = self._connection.cursor(binary=message.binary)
                        cursors.append(cursor.execute(message.query, message.parameters))
                except psycopg.Error as error:
                    # Raised through the pipeline, the driver would write a warning to stderr.
                    failure = error
        except psycopg.Error as error:
            failure = failure or error
        if failure is not None:
            raise failure
        return cursors

    def _begun(self, cursor: psycopg.Cursor[tuple[Any, ...]]) -> None:
        process, start, held = cast("tuple[int, datetime.datetime, bool]", cursor.fetchone())
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

    def _ended_reading(self) -> tuple[str, ...]:
        """What ends the transaction that `reading` left open, if it did."""
        if not self._read:
            return ()
        self._read = False
        self.statements -= 1
        return ("commit",)

    def _roll_back(self) -> None:
        """End a transaction that failed. Where even that fails, the connection is gone, and its transaction with it.

        Gone as seen from here: a server that has not noticed would keep the transaction, and its locks, for hours.
        """
        self._owed, self._read = (), False
        if self._status in (TransactionStatus.INTRANS, TransactionStatus.INERROR):
            with contextlib.suppress(psycopg.Error):
                self._execute("rollback")
        if self._connection.closed and self._began is not None:
            self._remains.add(self._began)

    def _within(self) -> AbstractContextManager[None]:
        """The open transaction, or one for this piece of work."""
        return contextlib.nullcontext() if self._inside else self.transaction()

    def _execute(
        self, query: Any, parameters: Sequence[Any] | None = None, *, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        (cursor,) = self._send(Message(query, parameters, binary))
        return cursor.fetchall() if cursor.description else []
