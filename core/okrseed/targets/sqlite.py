"""SQLite by the standard library's driver: one writer, write-ahead log, values stored as SQLAlchemy stores them."""

from __future__ import annotations

import errno
import json
import sqlite3
import stat
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

from okrseed.errors import NoConnection, UsageError, interruption
from okrseed.meter import measured
from okrseed.targets import Conditions, Extent
from okrseed.targets import sqlite_values as terms
from okrseed.targets.address import Address
from okrseed.targets.lock_file import FileLock
from okrseed.targets.observations import Observation
from okrseed.targets.schema import Catalogue, ForeignKey, FoundColumn, FoundTable, Projection
from okrseed.targets.sqlite_errors import translated

if TYPE_CHECKING:
    from okrseed.blueprint import Key, Row
    from okrseed.definition import Define
    from okrseed.targets.health import Health

BUSY_TIMEOUT_S = 10.0


class SqliteTarget:
    """A SQLite file. Writing is one session at a time; a read-only session never makes a file."""

    connections = 1
    processes = 1

    def __init__(self, address: Address) -> None:
        assert address.path is not None
        self.address = address
        self._path = address.path
        self._busy_timeout_s = BUSY_TIMEOUT_S if address.busy_timeout_s is None else address.busy_timeout_s
        # A signal may come to the thread that holds it, and interrupt.
        self._lock = threading.RLock()
        self._open: set[SqliteSession] = set()
        self._journal_mode: str | None = None
        self._interrupted = False
        self._tenant: FileLock | None = None

    @contextmanager
    def session(self, label: str, *, read_only: bool = False) -> Iterator[SqliteSession]:
        lock = None if read_only else self._tenant
        session = SqliteSession(self._connect(read_only=read_only), read_only=read_only, lock=lock)
        self._journal_mode = self._journal_mode or session.journal_mode
        with self._lock:
            interrupted = self._interrupted
            self._open.add(session)
        try:
            if interrupted:
                raise interruption()
            yield session
        finally:
            with self._lock:
                self._open.discard(session)
            session.close()

    def lock(self, tenants: Sequence[str], run_id: str, who: str) -> FileLock:
        self._tenant = FileLock(self._path, run_id, who)
        return self._tenant

    def interrupt(self) -> None:
        with self._lock:
            self._interrupted = True
            for session in self._open:
                session.interrupt()

    def close(self) -> None:
        """Sessions close their own connections; the journal mode is put back, so that no log files stay behind.

        That is so also where it was the write-ahead log: the last session only read, and such a one leaves the log.
        """
        if self._journal_mode is None or not self._path.exists():
            return
        connection = sqlite3.connect(self._path, timeout=0)
        try:
            connection.execute(f"pragma journal_mode = {self._journal_mode}")
        except sqlite3.OperationalError:
            # Somebody else has the file open; the write-ahead log stays, and does no harm.
            return
        finally:
            connection.close()

    def _connect(self, *, read_only: bool) -> sqlite3.Connection:
        try:
            if read_only and not _is_file(self._path):
                # A plan for a file that does not exist yet sees an empty database and makes no file.
                return sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            if not read_only and not _is_file(self._path):
                self._path.parent.mkdir(parents=True, exist_ok=True)
            return sqlite3.connect(
                f"{self._path.as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                isolation_level=None,
                timeout=self._busy_timeout_s,
                check_same_thread=False,
            )
        except (sqlite3.Error, OSError) as error:
            raise NoConnection(
                f"cannot open {self.address.label}: {error}",
                hint="Check that the path is right and its folder can be written.",
            ) from None


class SqliteSession:
    """One connection to the file; `isolation_level=None`, so transactions are exactly the ones written here."""

    def __init__(self, connection: sqlite3.Connection, *, read_only: bool, lock: FileLock | None = None) -> None:
        self._connection = connection
        self._read_only = read_only
        self._lock = lock
        self.statements = 0
        self.journal_mode: str | None = None
        """How the file's journal was kept before a writing session changed it; None for a reading one."""
        with translated():
            self._execute("pragma foreign_keys = on")
            if not read_only:
                self.journal_mode = str(self._execute("pragma journal_mode")[0][0])
                self._execute("pragma journal_mode = wal")
                self._execute("pragma synchronous = normal")
            # The first look at the file: says at once if it is no database at all.
            self._execute("select count(*) from sqlite_master")
        self.statements = 0

    @contextmanager
    def transaction(self) -> Iterator[None]:
        with translated():
            self._execute("begin" if self._read_only else "begin immediate")
            try:
                if self._lock is not None:
                    self._lock.check()
                yield
            except BaseException:
                if self._connection.in_transaction:
                    self._execute("rollback")
                raise
            with measured("commit"):
                self._execute("commit")

    @contextmanager
    def reading(self) -> Iterator[None]:
        # Each read is a transaction of its own: no round trips to save.
        yield

    def inspect(self, tables: Sequence[str]) -> Catalogue:
        with translated():
            existing = [name for (name,) in self._execute("select name from sqlite_master where type = 'table'")]
            found = {name: self._table(name) for name in existing if name in tables}
            keys = tuple(
                ForeignKey(
                    name, f'"{name}"', column, referred, referred_column or "id", on_delete, self._first_key(name)
                )
                for name in sorted(existing)
                for _, _, referred, column, referred_column, _, on_delete, _ in self._execute(
                    f'pragma foreign_key_list("{name}")'
                )
                if referred in tables
            )
        return Catalogue(found, keys)

    def read(self, projection: Projection, conditions: Conditions) -> list[Row]:
        asked = [(column, list(values)) for column, values in conditions if values]
        if not asked:
            return []
        where = " or ".join(f'"{column}" in (select value from json_each(?))' for column, _ in asked)
        loaders = tuple(terms.LOADERS.get(column.kind) for column in projection.columns)
        positions = projection.positions
        with translated(projection.table):
            found = self._execute(
                f'select {terms.names(projection.columns)} from "{projection.table}" where {where}',
                [json.dumps(values) for _, values in asked],
            )
        rows: list[Row] = []
        for values in found:
            row: list[Any] = [None] * projection.width
            for position, load, value in zip(positions, loaders, values, strict=True):
                row[position] = value if load is None or value is None else load(value)
            rows.append(tuple(row))
        return rows

    def read_each(self, questions: Sequence[tuple[Projection, Conditions]]) -> list[list[Row]]:
        return [self.read(*question) for question in questions]

    def empty(self, projections: Sequence[Projection]) -> frozenset[str]:
        held = ", ".join(f'exists (select 1 from "{projection.table}")' for projection in projections)
        with translated():
            (found,) = self._execute(f"select {held}")
        return frozenset(one.table for one, holds in zip(projections, found, strict=True) if not holds)

    def digest(self, extents: Sequence[Extent], since: str | None = None) -> None:
        """SQLite has no hash; and reading its rows costs what asking for them does."""

    def digest_of(self, projection: Projection, rows: Sequence[Row]) -> None:
        return None

    def at(self, projection: Projection, places: Sequence[str]) -> list[Row]:
        raise AssertionError("without digests nobody knows of places")

    def moment(self) -> str | None:
        return None

    def insert(self, projection: Projection, rows: Sequence[Row]) -> None:
        marks = ", ".join("?" for _ in projection.columns)
        self._many(
            projection.table,
            f'insert into "{projection.table}" ({terms.names(projection.columns)}) values ({marks})',
            terms.dumped(projection, projection.columns, rows),
        )

    def update(self, projection: Projection, rows: Sequence[Row]) -> int:
        assignments = ", ".join(f'"{column.name}" = ?' for column in projection.settable)
        return self._many(
            projection.table,
            f'update "{projection.table}" set {assignments} where {terms.match(projection)}',
            terms.dumped(projection, [*projection.settable, *projection.key], rows),
        )

    def delete(self, projection: Projection, keys: Sequence[Key]) -> int:
        single = len(projection.key) == 1
        return self._many(
            projection.table,
            f'delete from "{projection.table}" where {terms.match(projection)}',
            [(key,) if single else tuple(key) for key in keys],
        )

    def referring(self, foreign_key: ForeignKey, keys: Sequence[Key]) -> list[tuple[Key, Key]]:
        with translated(foreign_key.table):
            return [
                (str(name), key)
                for name, key in self._execute(
                    f'select "{foreign_key.key}", "{foreign_key.column}" from {foreign_key.source}'
                    f' where "{foreign_key.column}" in (select value from json_each(?))',
                    [json.dumps(list(keys))],
                )
            ]

    def create(self, define: Define) -> list[str]:
        with translated():
            existing = {name for (name,) in self._execute("select name from sqlite_master where type = 'table'")}
            lacking = define("sqlite").lacking(existing)
            for statement in chain.from_iterable(table.create for table in lacking):
                self._execute(statement)
        return [table.name for table in lacking]

    def create_bare(self, define: Define) -> list[str]:
        raise _no_bulk()

    def index(self, define: Define, tables: Collection[str]) -> None:
        raise _no_bulk()

    def refer(self, define: Define) -> None:
        raise _no_bulk()

    def ping(self) -> None:
        self._execute("select 1")

    def health(self, tables: Sequence[str]) -> Health:
        from okrseed.targets.sqlite_health import health

        with translated():
            return health(self._execute, tables)

    def observe(self, tables: Sequence[str]) -> list[Observation]:
        with translated():
            facts = {
                name: self._execute(f"pragma {name}")[0][0]
                for name in ("journal_mode", "page_count", "page_size", "freelist_count", "foreign_keys")
            }
            existing = {name for (name,) in self._execute("select name from sqlite_master where type = 'table'")}
            counts = [
                (table, str(self._execute(f'select count(*) from "{table}"')[0][0]))
                for table in tables
                if table in existing
            ]
        server = (("version", sqlite3.sqlite_version), *((name, str(value)) for name, value in facts.items()))
        return [
            Observation("File", ("fact", "value"), server),
            Observation("Tables", ("table", "rows"), tuple(counts), "no tables yet"),
        ]

    def analyze(self, columns: Mapping[str, Sequence[str]]) -> None:
        with translated():
            for table in columns:
                self._execute(f'analyze "{table}"')

    def interrupt(self) -> None:
        """Stop the statement that runs now; called from another thread."""
        self._connection.interrupt()

    def close(self) -> None:
        self._connection.close()

    def _table(self, name: str) -> FoundTable:
        columns: dict[str, FoundColumn] = {}
        primary: set[str] = set()
        for _, column, type_name, not_null, default, key in self._execute(f'pragma table_info("{name}")'):
            required = bool(not_null) and default is None and not key
            columns[column] = FoundColumn(
                column, type_name, terms.kind(type_name), required=required, nullable=not not_null
            )
            if key:
                primary.add(column)
        return FoundTable(name, columns, primary_key=frozenset(primary))

    def _first_key(self, name: str) -> str:
        """The column that names a table's rows: the first of its primary key, or the rowid."""
        keyed = [(place, column) for _, column, *_, place in self._execute(f'pragma table_info("{name}")') if place]
        return min(keyed)[1] if keyed else "rowid"

    def _many(self, table: str, statement: str, parameters: Sequence[Sequence[Any]]) -> int:
        with translated(table):
            self.statements += len(parameters)
            return self._connection.executemany(statement, parameters).rowcount

    def _execute(self, statement: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        self.statements += 1
        return self._connection.execute(statement, parameters).fetchall()


def _is_file(path: Path) -> bool:
    """Whether there is a file. Raises OSError where there could be none: a folder, a path through a file."""
    try:
        if stat.S_ISDIR(path.stat().st_mode):
            raise IsADirectoryError(errno.EISDIR, "this is a folder", str(path))
    except FileNotFoundError:
        return False
    return True


def _no_bulk() -> UsageError:
    return UsageError("--bulk is for PostgreSQL: SQLite cannot add references to a table later", code="usage")
