"""Reading and writing on one PostgreSQL connection: binary COPY in, arrays for look-ups and staged updates."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

import psycopg
from psycopg import sql

from okrseed.errors import Refused
from okrseed.precedence import waiting
from okrseed.targets import Conditions, Digest, Extent, postgres_catalogue, postgres_digest, postgres_schema
from okrseed.targets import postgres_columns as terms
from okrseed.targets.postgres_errors import translated
from okrseed.targets.postgres_transactions import Message, PostgresTransactions
from okrseed.targets.schema import Catalogue, ForeignKey, Projection

if TYPE_CHECKING:
    from okrseed.blueprint import Key, Row
    from okrseed.definition import Define
    from okrseed.targets.health import Health
    from okrseed.targets.observations import Observation

COARSELY = "set local default_statistics_target = 10"


class PostgresSession(PostgresTransactions):
    """What is read and written on one connection, each in the transaction that is open or in one of its own."""

    def inspect(self, tables: Sequence[str]) -> Catalogue:
        with translated(), self._within():
            answers = self._send(*(Message(*question) for question in postgres_catalogue.questions(tables)))
            found = postgres_catalogue.catalogue(*(cursor.fetchall() for cursor in answers))
            if not found.tables:
                self._missing_schema()
            return found

    def read(self, projection: Projection, conditions: Conditions) -> list[Row]:
        (rows,) = self.read_each([(projection, conditions)])
        return rows

    def read_each(self, questions: Sequence[tuple[Projection, Conditions]]) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in questions]
        asked = {
            place: (projection, conditions)
            for place, (projection, conditions) in enumerate(questions)
            if any(values for _, values in conditions)
        }
        if not asked:
            return found
        table = questions[0][0].table if len(questions) == 1 else None
        with translated(table), self._within():
            cursors = self._send(*(_question(*question) for question in asked.values()))
        for (place, (projection, _)), cursor in zip(asked.items(), cursors, strict=True):
            found[place] = terms.spread_all(projection, cursor.fetchall())
        return found

    def at(self, projection: Projection, places: Sequence[str]) -> list[Row]:
        query = terms.selection(projection, sql.SQL("ctid = any(%s::tid[])"))
        return terms.spread_all(projection, self._if_it_can(query, [terms.any_of(places)], binary=True) or [])

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

    def digest(self, extents: Sequence[Extent], since: str | None = None) -> Mapping[str, Digest] | None:
        found = self._if_it_can(*postgres_digest.question(extents, since))
        if found is None:
            return None
        return {
            extent.projection.table: postgres_digest.answer(*line)
            for extent, (_, *line) in zip(extents, found, strict=True)
        }

    def digest_of(self, projection: Projection, rows: Sequence[Row]) -> Digest | None:
        query = postgres_digest.question_of(projection)
        if query is None:
            return None
        found = self._if_it_can(query, terms.arrays(projection, projection.columns, rows))
        return None if found is None else postgres_digest.answer(*found[0])

    def moment(self) -> str | None:
        found = self._if_it_can(postgres_digest.MOMENT)
        return None if found is None or found[0][1] else str(found[0][0])

    def _if_it_can(
        self, question: Any, parameters: Sequence[Any] = (), *, binary: bool = False
    ) -> list[tuple[Any, ...]] | None:
        """The answer to what need not be answered; None where it takes too long or too much, or cannot be.

        The transaction goes on.
        """
        if self._connection.info.server_version < postgres_digest.SINCE:
            return None
        with translated(), self._within(), waiting():
            # What has begun stays begun, whatever comes of the question.
            self._send()
            try:
                _, found, _ = self._send(
                    Message("savepoint question"),
                    Message(question, parameters, binary),
                    Message("release savepoint question"),
                )
            except psycopg.Error as error:
                if self._connection.closed:
                    raise
                try:
                    self._execute("rollback to savepoint question")
                except psycopg.Error:
                    # It was the savepoint that failed.
                    raise error from None
                return None
            return found.fetchall()

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
            self._copying(command) as copy,
        ):
            # An enum's binary form is its label, so the server takes "text" for it.
            copy.set_types(["text" if column.enum else column.type for column in projection.columns])
            for row in rows:
                copy.write_row(values(row))

    @contextmanager
    def _copying(self, command: sql.Composed) -> Iterator[psycopg.Copy]:
        # COPY travels alone.
        self._send()
        self.statements += 1
        with self._connection.cursor() as cursor, contextlib.ExitStack() as ending:
            copy = ending.enter_context(cursor.copy(command))
            # Left before the copy is: it ends when the server has taken all rows.
            yield copy
            with waiting():
                ending.close()

    def _insert_by_statement(self, projection: Projection, rows: Sequence[Row]) -> None:
        """As `insert`, for tables under row-level security, where PostgreSQL refuses COPY FROM (0A000)."""
        command = sql.SQL("insert into {table} ({columns}) select {values} from unnest({arrays}) as staged({columns})")
        arrays = terms.arrays(projection, projection.columns, rows)
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
        return self._count(projection.table, command, terms.arrays(projection, columns, rows))

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

    def create(self, define: Define) -> list[str]:
        with translated(), self._within():
            self._missing_schema()
            return postgres_schema.create(self._execute, define("postgresql"))

    def create_bare(self, define: Define) -> list[str]:
        with translated(), self._within():
            self._missing_schema()
            return postgres_schema.create_bare(self._execute, define("postgresql"))

    def index(self, define: Define, tables: Collection[str]) -> None:
        with translated(), self._within():
            postgres_schema.index(self._execute, define("postgresql"), tables)

    def refer(self, define: Define) -> None:
        with translated(), self._within():
            postgres_schema.refer(self._execute, define("postgresql"))

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
        with translated(table), self._within():
            (cursor,) = self._send(Message(command, arrays))
            return cursor.rowcount


def _question(projection: Projection, conditions: Conditions) -> Message:
    """The rows that meet any of the conditions."""
    asked = [(column, list(values)) for column, values in conditions if values]
    condition = sql.SQL(" or ").join(sql.SQL("{} = any(%s)").format(sql.Identifier(column)) for column, _ in asked)
    query = terms.selection(projection, condition)
    return Message(query, [terms.any_of(values) for _, values in asked], binary=True)
