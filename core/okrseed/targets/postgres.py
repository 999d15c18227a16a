"""PostgreSQL by psycopg: binary COPY in, arrays for look-ups and staged updates, its own catalogue queries."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from okrseed.errors import DatabaseFailure, NoConnection
from okrseed.targets import Conditions
from okrseed.targets.health import Health
from okrseed.targets.observations import Observation
from okrseed.targets.schema import (
    Catalogue,
    ForeignKey,
    FoundColumn,
    FoundTable,
    Kind,
    ProjectedColumn,
    Projection,
    Right,
)
from okrseed.targets.url import Address

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from okrseed.blueprint import Key, Row

MOST_CONNECTIONS = 10
CONNECT_TIMEOUT_S = 20
LOCK_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 300

# Errors after which the same transaction may succeed (PostgreSQL manual, appendix A).
TRANSIENT = frozenset({"40P01", "40001", "55P03", "57P01", "57P02", "57P03", "53300"})
UNIQUE_VIOLATION = "23505"
QUERY_CANCELED = "57014"

_HINTS = {
    "53100": "The server's disk is full: free some space there, then run again.",
    "55P03": "Another session holds a lock on these rows; let it finish, then run again.",
    "40P01": "Another session works on the same rows; run again, with more --retries if it goes on.",
    "57014": "The statement was cancelled or took too long; run again when the server is less busy.",
    "42501": "The database user lacks a right; grant it, or use another user.",
    "23503": "Rows of another table refer to these; look at them before running again.",
}

_KINDS: dict[str, Kind] = {
    "text": "text",
    "varchar": "text",
    "bpchar": "text",
    "citext": "text",
    "bool": "bool",
    "int2": "int",
    "int4": "int",
    "int8": "int",
    "float8": "float",
    "timestamp": "timestamp",
    "json": "json",
    "jsonb": "json",
}
_RIGHTS: tuple[Right, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ON_DELETE = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

_COLUMNS = """
    select c.relname, a.attname, t.typname,
           a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as required,
           (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid),
           array(select r from unnest(%s::text[]) r where not has_table_privilege(c.oid, r)),
           not a.attnotnull, row_security_active(c.oid)
      from unnest(%s::text[]) wanted(name)
      join pg_class c on c.oid = to_regclass(quote_ident(wanted.name)) and c.relkind in ('r', 'p', 'v', 'f')
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
     order by c.relname, a.attnum
"""
_FOREIGN_KEYS = """
    select case when pg_table_is_visible(c.oid) then c.relname else c.oid::regclass::text end, c.oid::regclass::text,
           a.attname, r.relname, ra.attname, k.confdeltype::text,
           coalesce((select pa.attname from pg_index i join pg_attribute pa
                      on pa.attrelid = i.indrelid and pa.attnum = i.indkey[0]
                     where i.indrelid = c.oid and i.indisprimary), 'ctid')
      from pg_constraint k
      join pg_class c on c.oid = k.conrelid
      join pg_class r on r.oid = k.confrelid
      join pg_attribute a on a.attrelid = k.conrelid and a.attnum = k.conkey[1]
      join pg_attribute ra on ra.attrelid = k.confrelid and ra.attnum = k.confkey[1]
     where k.contype = 'f' and k.conparentid = 0
       and k.confrelid in (select to_regclass(quote_ident(name)) from unnest(%s::text[]) wanted(name))
     order by 1, 3
"""


class PostgresTarget:
    """A PostgreSQL database; sessions are kept and handed out again, at most `connections` at a time."""

    def __init__(self, address: Address) -> None:
        self.address = address
        self.connections = min(MOST_CONNECTIONS, address.connection_limit or MOST_CONNECTIONS)
        self._lock = threading.Lock()
        self._idle: list[PostgresSession] = []
        self._busy: set[PostgresSession] = set()

    @contextmanager
    def session(self, label: str, *, read_only: bool = False) -> Iterator[PostgresSession]:
        session = self._take(label)
        session.prepare(label, read_only=read_only)
        try:
            yield session
        finally:
            self._give_back(session)

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

    def _take(self, label: str) -> PostgresSession:
        with self._lock:
            session = self._idle.pop() if self._idle else None
        if session is None:
            session = PostgresSession(_connect(self.address, label), self.address)
        with self._lock:
            self._busy.add(session)
        return session

    def _give_back(self, session: PostgresSession) -> None:
        with self._lock:
            self._busy.discard(session)
            if session.usable:
                self._idle.append(session)
                return
        session.close()


class PostgresSession:
    """One connection in autocommit mode; `transaction` opens and closes transactions explicitly."""

    def __init__(self, connection: psycopg.Connection[tuple[Any, ...]], address: Address) -> None:
        self._connection = connection
        self._address = address
        self._label = ""
        self.statements = 0

    @property
    def usable(self) -> bool:
        """Whether the connection is open and outside a transaction."""
        return (
            not self._connection.closed
            and self._connection.info.transaction_status == psycopg.pq.TransactionStatus.IDLE
        )

    def prepare(self, label: str, *, read_only: bool) -> None:
        """Show `label` to the server; plans read in REPEATABLE READ READ ONLY, runs write in READ COMMITTED."""
        self._connection.read_only = True if read_only else None
        self._connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ if read_only else None
        self.statements = 0
        if label != self._label:
            with _translated():
                self._execute("select set_config('application_name', %s, false)", [_application(label)])
            self._label = label

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with _translated():
            self.statements += 2
            with self._connection.transaction():
                yield

    def inspect(self, tables: Sequence[str]) -> Catalogue:
        with _translated():
            names = list(tables)
            found: dict[str, FoundTable] = {}
            columns: dict[str, dict[str, FoundColumn]] = {}
            asked = [list(_RIGHTS), names]
            for table, name, type_name, required, labels, missing, nullable, secured in self._execute(_COLUMNS, asked):
                kind: Kind | None = "text" if labels else _KINDS.get(type_name)
                column = FoundColumn(name, type_name, kind, required, tuple(labels or ()), nullable)
                columns.setdefault(table, {})[name] = column
                found[table] = FoundTable(table, columns[table], frozenset(missing), secured)
            keys = tuple(
                ForeignKey(table, source, column, referred, referred_column, _ON_DELETE[action], key)
                for table, source, column, referred, referred_column, action, key in self._execute(
                    _FOREIGN_KEYS, [names]
                )
            )
        return Catalogue(found, keys)

    def read(self, projection: Projection, conditions: Conditions) -> list[Row]:
        asked = [(column, list(values)) for column, values in conditions if values]
        if not asked:
            return []
        query = sql.SQL("select {columns} from {table} where {conditions}").format(
            columns=sql.SQL(", ").join(_selected(column) for column in projection.columns),
            table=sql.Identifier(projection.table),
            conditions=sql.SQL(" or ").join(
                sql.SQL("{} = any(%s)").format(sql.Identifier(column)) for column, _ in asked
            ),
        )
        with _translated(projection.table):
            rows = self._execute(query, [values for _, values in asked], binary=True)
        return [_spread(projection, row) for row in rows]

    def insert(self, projection: Projection, rows: Sequence[Row]) -> None:
        if projection.row_security:
            self._insert_by_statement(projection, rows)
            return
        command = sql.SQL("copy {table} ({columns}) from stdin (format binary)").format(
            table=sql.Identifier(projection.table),
            columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.columns),
        )
        values = _values(projection, projection.columns)
        with _translated(projection.table), self._connection.cursor() as cursor, cursor.copy(command) as copy:
            self.statements += 1
            # An enum's binary form is its label, so the server takes "text" for it.
            copy.set_types(["text" if column.enum else column.type for column in projection.columns])
            for row in rows:
                copy.write_row(values(row))

    def _insert_by_statement(self, projection: Projection, rows: Sequence[Row]) -> None:
        """As `insert`, for tables under row-level security, where PostgreSQL refuses COPY FROM (0A000)."""
        command = sql.SQL("insert into {table} ({columns}) select {values} from unnest({arrays}) as staged({columns})")
        values = _values(projection, projection.columns)
        arrays = [list(array) for array in zip(*(values(row) for row in rows), strict=True)]
        self._count(
            projection.table,
            command.format(
                table=sql.Identifier(projection.table),
                columns=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.columns),
                values=sql.SQL(", ").join(map(_staged, projection.columns)),
                arrays=sql.SQL(", ").join(map(_array, projection.columns)),
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
            assignments=sql.SQL(", ").join(_assignment(column) for column in projection.settable),
            arrays=sql.SQL(", ").join(map(_array, columns)),
            names=sql.SQL(", ").join(sql.Identifier(column.name) for column in columns),
            match=_match(projection),
        )
        values = _values(projection, columns)
        arrays = [list(array) for array in zip(*(values(row) for row in rows), strict=True)]
        return self._count(projection.table, command, arrays)

    def delete(self, projection: Projection, keys: Sequence[Key]) -> int:
        arrays = [list(keys)] if len(projection.key) == 1 else [list(array) for array in zip(*keys, strict=True)]
        command = sql.SQL("delete from {table} as kept using unnest({arrays}) as staged({names}) where {match}").format(
            table=sql.Identifier(projection.table),
            arrays=sql.SQL(", ").join(sql.SQL("%s::{}[]").format(sql.SQL(column.type)) for column in projection.key),
            names=sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.key),
            match=_match(projection),
        )
        return self._count(projection.table, command, arrays)

    def referring(self, foreign_key: ForeignKey, keys: Sequence[Key]) -> list[tuple[Key, Key]]:
        query = sql.SQL("select {key}::text, {column} from {source} where {column} = any(%s)").format(
            key=sql.Identifier(foreign_key.key),
            column=sql.Identifier(foreign_key.column),
            source=sql.SQL(cast("Any", foreign_key.source)),
        )
        with _translated(foreign_key.table):
            return cast("list[tuple[Key, Key]]", self._execute(query, [list(keys)]))

    def create(self, metadata: MetaData) -> list[str]:
        from okrseed.targets.definition import enums, statements

        with _translated():
            tables = {
                name
                for (name,) in self._execute(
                    "select relname from pg_class where relkind in ('r', 'p') and pg_table_is_visible(oid)"
                )
            }
            types = {name for (name,) in self._execute("select typname from pg_type where pg_type_is_visible(oid)")}
            for statement in enums(metadata, types):
                self._execute(cast("Any", statement))
            created = [table.name for table in metadata.sorted_tables if table.name not in tables]
            for statement in statements(metadata, "postgresql", created):
                self._execute(cast("Any", statement))
        return created

    def health(self, tables: Sequence[str]) -> Health:
        from okrseed.targets.postgres_health import health

        with _translated():
            return health(self._execute, tables)

    def observe(self, tables: Sequence[str]) -> list[Observation]:
        from okrseed.targets.postgres_observations import observe

        with _translated():
            return observe(self._execute, tables)

    def ping(self) -> None:
        with _translated():
            self._execute("select 1")

    def analyze(self, tables: Sequence[str]) -> None:
        with _translated():
            for table in tables:
                self._execute(sql.SQL("analyze {}").format(sql.Identifier(table)))

    def cancel(self) -> None:
        """Ask the server to cancel what this connection does now; called from another thread."""
        try:
            self._connection.cancel_safe(timeout=5)
        except psycopg.Error:
            # The connection is gone already, which is what was wanted; its own thread reports the loss.
            return

    def close(self) -> None:
        self._connection.close()

    def _count(self, table: str, command: sql.Composed, arrays: list[list[Any]]) -> int:
        with _translated(table), self._connection.cursor() as cursor:
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


def _connect(address: Address, label: str) -> psycopg.Connection[tuple[Any, ...]]:
    settings = {"lock_timeout": f"{LOCK_TIMEOUT_S}s", "statement_timeout": f"{STATEMENT_TIMEOUT_S}s"}
    if address.schema:
        settings["search_path"] = sql.Identifier(address.schema).as_string()
    options = " ".join(f"-c {name}={_escaped(value)}" for name, value in settings.items())
    defaults = {
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "application_name": _application(label),
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
    }
    given = dict(address.parameters)
    # What the URL says comes last, so that it counts.
    given["options"] = " ".join(part for part in (options, given.get("options", "")) if part)
    try:
        return psycopg.connect(
            **cast("Any", defaults | given),
            autocommit=True,
            prepare_threshold=None if address.pooled else 5,
        )
    except psycopg.Error as error:
        raise NoConnection(
            f"cannot connect to {address.label}: {_first_line(error)}",
            safe="Nothing was written.",
            hint="Check that the server runs, and host, port, user, password and database name.",
            sqlstate=error.sqlstate,
        ) from None


def _application(label: str) -> str:
    """At most 63 bytes of printable ASCII: what the server keeps of an application name."""
    return f"okrseed/{label}".encode("ascii", "replace").decode()[:63]


def _escaped(value: str) -> str:
    return value.replace("\\", "\\\\").replace(" ", "\\ ")


def _selected(column: ProjectedColumn) -> sql.Composable:
    identifier = sql.Identifier(column.name)
    # An enum has no binary loader of its own; its label as text has.
    return sql.SQL("{}::text").format(identifier) if column.enum else identifier


def _array(column: ProjectedColumn) -> sql.Composable:
    return sql.SQL("%s::{}[]").format(sql.SQL("text" if column.enum else column.type))


def _staged(column: ProjectedColumn) -> sql.Composable:
    cast_to = sql.SQL("::{}").format(sql.Identifier(column.type)) if column.enum else sql.SQL("")
    return sql.SQL("staged.{name}{cast}").format(name=sql.Identifier(column.name), cast=cast_to)


def _assignment(column: ProjectedColumn) -> sql.Composable:
    return sql.SQL("{name} = {staged}").format(name=sql.Identifier(column.name), staged=_staged(column))


def _match(projection: Projection) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("kept.{name} = staged.{name}").format(name=sql.Identifier(column.name)) for column in projection.key
    )


def _values(projection: Projection, columns: Sequence[ProjectedColumn]) -> Any:
    """Takes the columns' values from a row, JSON wrapped for the driver."""
    pick = projection.picker(columns)
    documents = tuple(index for index, column in enumerate(columns) if column.kind == "json")
    if not documents:
        return pick

    def wrapped(row: Row) -> list[Any]:
        values = list(pick(row))
        for index in documents:
            if values[index] is not None:
                values[index] = Jsonb(values[index])
        return values

    return wrapped


def _spread(projection: Projection, values: tuple[Any, ...]) -> Row:
    """A row of the entity from the columns that the target has; the others are None."""
    if len(values) == projection.width:
        return values
    row: list[Any] = [None] * projection.width
    for column, value in zip(projection.columns, values, strict=True):
        row[column.position] = value
    return tuple(row)


@contextmanager
def _translated(table: str | None = None) -> Iterator[None]:
    """Driver errors as `DatabaseFailure`, with what the server said and whether a retry may help."""
    try:
        yield
    except psycopg.Error as error:
        state = error.sqlstate
        lost = state is None and isinstance(error, psycopg.OperationalError)
        raise DatabaseFailure(
            f"the database said: {_first_line(error)}",
            transient=lost or state in TRANSIENT or (state or "").startswith("08"),
            conflict=state == UNIQUE_VIOLATION,
            interrupted=state == QUERY_CANCELED,
            hint=_HINTS.get(state or "", ""),
            sqlstate=state,
            table=(error.diag.table_name if state else None) or table,
        ) from error


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
