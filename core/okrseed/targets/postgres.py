"""PostgreSQL by psycopg: binary COPY in, arrays for look-ups and staged updates, its own catalogue queries."""

from __future__ import annotations

import contextlib
import datetime
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql
from psycopg.pq import TransactionStatus

from okrseed.errors import DatabaseFailure, Refused
from okrseed.meter import measured
from okrseed.targets import Conditions, postgres_schema
from okrseed.targets import postgres_columns as terms
from okrseed.targets.address import Address
from okrseed.targets.postgres_catalogue import catalogue
from okrseed.targets.postgres_connection import application, beginning, connect, last_row
from okrseed.targets.postgres_errors import failed, translated
from okrseed.targets.postgres_lock import PostgresLock, lost
from okrseed.targets.postgres_remains import Remains, Remnant
from okrseed.targets.schema import Catalogue, ForeignKey, Projection

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from okrseed.blueprint import Key, Row
    from okrseed.targets.health import Health
    from okrseed.targets.observations import Observation

MOST_CONNECTIONS = 10
COARSELY = "set local default_statistics_target = 10"
UNGUARDED = "; select pg_backend_pid(), now(), true"
"""What a transaction begins with that needs no lock, told as a lock's guard tells it."""


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

    @contextmanager
    def session(self, label: str, *, read_only: bool = False) -> Iterator[PostgresSession]:
        session = self._take()
        session.prepare(label, read_only=read_only, lock=self._tenant)
        try:
            yield session
        finally:
            self._give_back(session)

    def lock(self, tenants: Sequence[str], run_id: str, who: str) -> PostgresLock:
        self._tenant = PostgresLock(self.address, tenants, run_id, who, self._remains)
        return self._tenant

    def interrupt(self) -> None:
        with self._lock:
            busy = list(self._busy)
        for session in busy:
            session.cancel()

    def close(self) -> None:
        with self._lock:
            sessions, self._idle = self._idle, []
        for session in sessions:
            session.close()

    def _take(self) -> PostgresSession:
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            with measured("connect"):
                session = PostgresSession(connect(self.address), self.address, self._remains)
        session.end_remains()
        with self._lock:
            self._busy.add(session)
        return session

    def _give_back(self, session: PostgresSession) -> None:
        with contextlib.suppress(DatabaseFailure):
            session.finish()
        with self._lock:
            self._busy.discard(session)
            if session.usable:
                self._idle.append(session)
                return
        session.close()


class PostgresSession:
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

    def inspect(self, tables: Sequence[str]) -> Catalogue:
        with translated(), self._within():
            found = catalogue(self._execute, tables)
            if not found.tables:
                self._missing_schema()
            return found

    def read(self, projection: Projection, conditions: Conditions) -> list[Row]:
        asked = [(column, list(values)) for column, values in conditions if values]
        if not asked:
            return []
        query = sql.SQL("select {columns} from {table} where {conditions}").format(
            columns=sql.SQL(", ").join(terms.selected(column) for column in projection.columns),
            table=sql.Identifier(projection.table),
            conditions=sql.SQL(" or ").join(
                sql.SQL("{} = any(%s)").format(sql.Identifier(column)) for column, _ in asked
            ),
        )
        with translated(projection.table), self._within():
            rows = self._execute(query, [terms.any_of(values) for _, values in asked], binary=True)
        if len(projection.columns) == projection.width:
            return rows
        return [terms.spread(projection, row) for row in rows]

    def empty(self, projections: Sequence[Projection]) -> frozenset[str]:
        query = sql.SQL("select {}").format(
            sql.SQL(", ").join(
                sql.SQL("exists (select from {})").format(sql.Identifier(projection.table))
                for projection in projections
            )
        )
        with translated(), self._within():
            (held,) = self._execute(query)
        return frozenset(one.table for one, holds in zip(projections, held, strict=True) if not holds)

    def insert(self, projection: Projection, rows: Sequence[Row]) -> None:
        if projection.row_security:
            self._insert_by_statement(projection, rows)
            return
        command = sql.SQL("copy {table} ({columns}) from stdin (format binary)").format(
            table=sql.Identifier(projection.table),
            columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.columns),
        )
        values = terms.values(projection, projection.columns)
        with (
            translated(projection.table),
            self._within(),
            self._connection.cursor() as cursor,
            cursor.copy(command) as copy,
        ):
            self.statements += 1
            # An enum's binary form is its label, so the server takes "text" for it.
            copy.set_types(["text" if column.enum else column.type for column in projection.columns])
            for row in rows:
                copy.write_row(values(row))

    def _insert_by_statement(self, projection: Projection, rows: Sequence[Row]) -> None:
        """As `insert`, for tables under row-level security, where PostgreSQL refuses COPY FROM (0A000)."""
        command = sql.SQL("insert into {table} ({columns}) select {values} from unnest({arrays}) as staged({columns})")
        values = terms.values(projection, projection.columns)
        arrays = [list(array) for array in zip(*(values(row) for row in rows), strict=True)]
        self._count(
            projection.table,
            command.format(
                table=sql.Identifier(projection.table),
                columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.columns),
                values=sql.SQL(", ").join(map(terms.staged, projection.columns)),
                arrays=sql.SQL(", ").join(map(terms.array, projection.columns)),
            ),
            arrays,
        )

    def update(self, projection: Projection, rows: Sequence[Row]) -> int:
        """The new values travel as one array per column, joined by key: a staging table without a table."""
        columns = [*projection.key, *projection.settable]
        command = sql.SQL(
            "update {table} as kept set {assignments} from unnest({arrays}) as staged({names}) where {match}"
        ).format(
            table=sql.Identifier(projection.table),
            assignments=sql.SQL(", ").join(terms.assignment(column) for column in projection.settable),
            arrays=sql.SQL(", ").join(map(terms.array, columns)),
            names=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            match=terms.match(projection),
        )
        values = terms.values(projection, columns)
        arrays = [list(array) for array in zip(*(values(row) for row in rows), strict=True)]
        return self._count(projection.table, command, arrays)

    def delete(self, projection: Projection, keys: Sequence[Key]) -> int:
        arrays = [list(keys)] if len(projection.key) == 1 else [list(array) for array in zip(*keys, strict=True)]
        command = sql.SQL("delete from {table} as kept using unnest({arrays}) as staged({names}) where {match}").format(
            table=sql.Identifier(projection.table),
            arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(column.type)) for column in projection.key),
            names=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.key),
            match=terms.match(projection),
        )
        return self._count(projection.table, command, arrays)

    def referring(self, foreign_key: ForeignKey, keys: Sequence[Key]) -> list[tuple[Key, Key]]:
        query = sql.SQL("select {key}::text, {column} from {source} where {column} = any(%s)").format(
            key=sql.Identifier(foreign_key.key),
            column=sql.Identifier(foreign_key.column),
            source=sql.SQL(cast("Any", foreign_key.source)),
        )
        with translated(foreign_key.table), self._within():
            return cast("list[tuple[Key, Key]]", self._execute(query, [terms.any_of(list(keys))]))

    def create(self, metadata: MetaData) -> list[str]:
        with translated(), self._within():
            self._missing_schema()
            return postgres_schema.create(self._execute, metadata)

    def create_bare(self, metadata: MetaData) -> None:
        with translated(), self._within():
            self._missing_schema()
            postgres_schema.create_bare(self._execute, metadata)

    def index(self, metadata: MetaData, tables: Collection[str]) -> None:
        with translated(), self._within():
            postgres_schema.index(self._execute, metadata, tables)

    def refer(self, metadata: MetaData) -> None:
        with translated(), self._within():
            postgres_schema.refer(self._execute, metadata)

    def health(self, tables: Sequence[str]) -> Health:
        from okrseed.targets.postgres_health import health

        with translated(), self._within():
            return health(self._execute, tables)

    def observe(self, tables: Sequence[str]) -> list[Observation]:
        from okrseed.targets.postgres_observations import observe

        with translated(), self._within():
            return observe(self._execute, tables)

    def ping(self) -> None:
        with translated():
            self._execute("select 1")

    def analyze(self, columns: Mapping[str, Sequence[str]]) -> None:
        with translated(), self._within():
            self._execute(COARSELY)
            for table, names in columns.items():
                listed = sql.SQL(", ").join(map(sql.Identifier, names))
                self._execute(sql.SQL("analyze {} ({})").format(sql.Identifier(table), listed))

    def cancel(self) -> None:
        """Ask the server to cancel what this connection does now; called from another thread."""
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

    def _missing_schema(self) -> None:
        """Raise Refused where the URL names a schema that does not exist: its tables would only seem to be missing."""
        schema = self._address.schema
        if schema and not self._execute("select 1 from pg_namespace where nspname = %s", [schema]):
            raise Refused(
                f"there is no schema {schema!r} in {self._address.label}",
                code="no_schema",
                hint="Correct ?schema= in the URL, or run the application's migrations, or CREATE SCHEMA it.",
            )

    def _count(self, table: str, command: sql.Composed, arrays: list[list[Any]]) -> int:
        with translated(table), self._within(), self._connection.cursor() as cursor:
            self.statements += 1
            cursor.execute(command, arrays)
            return cursor.rowcount

    def _execute(
        self, query: Any, parameters: Sequence[Any] | None = None, *, binary: bool = False
    ) -> list[tuple[Any, ...]]:
        self.statements += 1
        with self._connection.cursor(binary=binary) as cursor:
            cursor.execute(query, parameters)
            return cursor.fetchall() if cursor.description else []
