"""The canonical schema as statements of a dialect: what makes the tables where there are none.

Blueprints declare their tables in SQLAlchemy's words. The statements that follow are plain texts, which can be kept:
SQLAlchemy takes a quarter of a second to load and to put the tables into words.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

if TYPE_CHECKING:
    from sqlalchemy import Constraint, MetaData, Table

Dialect = Literal["postgresql", "sqlite"]


class TableWords(NamedTuple):
    """A table: `create` makes it with its indexes.

    `bare` makes it with nothing that has to be kept up row by row; `keys` (and indexes) and `references` complete it,
    under the names that CREATE TABLE would give them.
    """

    name: str
    create: Sequence[str]
    bare: str
    keys: Sequence[str]
    references: Sequence[str]


class Definition(NamedTuple):
    """The tables, parents first, and the enums that they need, by name; SQLite has none."""

    tables: Sequence[TableWords]
    enums: Mapping[str, str]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """The definition that was kept as JSON."""
        return cls([TableWords(*table) for table in document["tables"]], document["enums"])

    def lacking(self, existing: Collection[str]) -> Sequence[TableWords]:
        """The tables but for these."""
        return [table for table in self.tables if table.name not in existing]

    def lacking_enums(self, existing: Collection[str]) -> Iterator[str]:
        """The statements for all enums but these."""
        return (statement for name, statement in self.enums.items() if name not in existing)

    def keys(self, tables: Collection[str]) -> Iterator[str]:
        """What completes these tables, but for references."""
        return chain.from_iterable(table.keys for table in self.tables if table.name in tables)

    def references(self) -> Iterator[str]:
        """What refers one table to another."""
        return chain.from_iterable(table.references for table in self.tables)


Define = Callable[[Dialect], Definition]
"""The definition in a target's own dialect."""


def defined(metadata: MetaData, dialect: Dialect) -> Definition:
    """The definition of these tables."""
    tables = metadata.sorted_tables
    words = _Words(dialect)
    return Definition(list(map(words.table, tables)), words.enums(tables) if dialect == "postgresql" else {})


class _Words:
    """Puts what SQLAlchemy knows into statements."""

    def __init__(self, dialect: Dialect) -> None:
        from sqlalchemy.dialects import postgresql, sqlite

        make: Any = {"postgresql": postgresql, "sqlite": sqlite}[dialect].dialect
        self._dialect = make()
        self._without = make()
        self._without.ddl_compiler = _without_constraints(self._without.ddl_compiler)

    def table(self, table: Table) -> TableWords:
        from sqlalchemy import ForeignKeyConstraint
        from sqlalchemy.schema import AddConstraint, CreateIndex, CreateTable

        indexes = [self._text(CreateIndex(index)) for index in sorted(table.indexes, key=lambda index: str(index.name))]
        added: dict[bool, list[str]] = {True: [], False: []}
        for constraint in sorted(table.constraints, key=_rank):
            refers = isinstance(constraint, ForeignKeyConstraint)
            added[refers].append(self._text(AddConstraint(constraint, isolate_from_table=False)))
        return TableWords(
            table.name,
            create=[self._text(CreateTable(table)), *indexes],
            bare=str(CreateTable(table).compile(dialect=self._without)),
            keys=[*added[False], *indexes],
            references=added[True],
        )

    def enums(self, tables: Sequence[Table]) -> Mapping[str, str]:
        from sqlalchemy import Enum
        from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType

        types = [column.type for table in tables for column in table.columns if isinstance(column.type, Enum)]
        named = {str(type.name): type.enums for type in types}
        return {name: self._text(CreateEnumType(ENUM(*labels, name=name))) for name, labels in named.items()}

    def _text(self, element: Any) -> str:
        return str(element.compile(dialect=self._dialect))


def _rank(constraint: Constraint) -> tuple[bool, list[str]]:
    """The primary key first, then by columns."""
    from sqlalchemy import PrimaryKeyConstraint

    columns: Collection[Any] = getattr(constraint, "columns", ())
    return not isinstance(constraint, PrimaryKeyConstraint), [column.name for column in columns]


def _without_constraints(compiler: Any) -> Any:
    class Bare(compiler):  # type: ignore[misc]
        def create_table_constraints(self, table: Any, _include_foreign_key_constraints: Any = None, **kw: Any) -> str:
            return ""

    return Bare
