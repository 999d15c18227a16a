"""The canonical schema as statements of a dialect, for `--create-schema`."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sqlalchemy import Constraint, MetaData, Table


@cache
def parents_first(metadata: MetaData) -> Sequence[Table]:
    """The tables, parents first; sorting them takes as long as putting one into words."""
    return metadata.sorted_tables


def enums(metadata: MetaData, existing: Collection[str]) -> Iterator[str]:
    """CREATE TYPE for each enum that does not exist yet (PostgreSQL)."""
    from sqlalchemy import Enum
    from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType

    seen = set(existing)
    for table in parents_first(metadata):
        for column in table.columns:
            if isinstance(column.type, Enum) and column.type.name not in seen:
                seen.add(str(column.type.name))
                native = ENUM(*column.type.enums, name=str(column.type.name))
                yield str(CreateEnumType(native).compile(dialect=_dialect("postgresql")))


def statements(metadata: MetaData, dialect: Literal["postgresql", "sqlite"], tables: Collection[str]) -> Iterator[str]:
    """CREATE TABLE and CREATE INDEX for the named tables, parents first."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    compiler = _dialect(dialect)
    for table in parents_first(metadata):
        if table.name in tables:
            yield str(CreateTable(table).compile(dialect=compiler))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                yield str(CreateIndex(index).compile(dialect=compiler))


def bare(metadata: MetaData) -> Iterator[str]:
    """CREATE TABLE for every table, with nothing that has to be kept up row by row: no keys, no references."""
    from sqlalchemy.schema import CreateTable

    compiler = _dialect("postgresql")
    compiler.ddl_compiler = _without_constraints()
    for table in parents_first(metadata):
        yield str(CreateTable(table).compile(dialect=compiler))


def keys_and_indexes(metadata: MetaData, tables: Collection[str]) -> Iterator[str]:
    """What `bare` left out of these tables: keys, then indexes, under the names that CREATE TABLE would give them."""
    from sqlalchemy import ForeignKeyConstraint
    from sqlalchemy.schema import AddConstraint, CreateIndex

    compiler = _dialect("postgresql")
    for table in parents_first(metadata):
        if table.name not in tables:
            continue
        for constraint in sorted(table.constraints, key=_rank):
            if not isinstance(constraint, ForeignKeyConstraint):
                yield str(AddConstraint(constraint, isolate_from_table=False).compile(dialect=compiler))
        for index in sorted(table.indexes, key=lambda index: str(index.name)):
            yield str(CreateIndex(index).compile(dialect=compiler))


def references(metadata: MetaData) -> Iterator[str]:
    """What `bare` left out between the tables, under the names that CREATE TABLE would give them."""
    from sqlalchemy import ForeignKeyConstraint
    from sqlalchemy.schema import AddConstraint

    compiler = _dialect("postgresql")
    for table in parents_first(metadata):
        for constraint in sorted(table.constraints, key=_rank):
            if isinstance(constraint, ForeignKeyConstraint):
                yield str(AddConstraint(constraint, isolate_from_table=False).compile(dialect=compiler))


def _rank(constraint: Constraint) -> tuple[bool, list[str]]:
    """The primary key first, then by columns."""
    from sqlalchemy import PrimaryKeyConstraint

    columns: Collection[Any] = getattr(constraint, "columns", ())
    return not isinstance(constraint, PrimaryKeyConstraint), [column.name for column in columns]


def _without_constraints() -> Any:
    from sqlalchemy.dialects.postgresql.base import PGDDLCompiler

    class Bare(PGDDLCompiler):
        def create_table_constraints(self, table: Any, _include_foreign_key_constraints: Any = None, **kw: Any) -> str:
            return ""

    return Bare


def _dialect(name: Literal["postgresql", "sqlite"]) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return {"postgresql": postgresql, "sqlite": sqlite}[name].dialect()
