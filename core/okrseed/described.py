"""What the engine has to know of a table that a blueprint declares: its columns, their kinds, its key.

Blueprints declare their tables in SQLAlchemy's words, which create them where there are none. All else follows from the
few facts here, which can be kept: SQLAlchemy takes longer to load than a tenant to seed.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Self

if TYPE_CHECKING:
    from sqlalchemy import Column, Table

Kind = Literal["text", "bool", "int", "float", "timestamp", "json"]
"""The few types of values that rows hold; a target's own type names map onto them."""


class ColumnFacts(NamedTuple):
    """A column; `labels` are those of its enum that rows may hold, none for every other type."""

    name: str
    kind: Kind
    nullable: bool
    labels: tuple[str, ...] = ()


class TableFacts(NamedTuple):
    """A table; `key` names the columns of its primary key."""

    name: str
    columns: tuple[ColumnFacts, ...]
    key: tuple[str, ...]

    @classmethod
    def of(cls, document: Mapping[str, Any]) -> Self:
        """The facts that were kept as JSON."""
        columns = (
            ColumnFacts(name, kind, nullable, tuple(labels)) for name, kind, nullable, labels in document["columns"]
        )
        return cls(document["name"], tuple(columns), tuple(document["key"]))


def described(table: Table) -> TableFacts:
    """The facts of a table."""
    columns = tuple(
        ColumnFacts(column.name, _kind(column), bool(column.nullable), tuple(getattr(column.type, "enums", ())))
        for column in table.columns
    )
    return TableFacts(table.name, columns, tuple(column.name for column in table.primary_key.columns))


def _kind(column: Column[Any]) -> Kind:
    from sqlalchemy import JSON, Boolean, DateTime, Float, Integer

    kinds: tuple[tuple[Kind, type[Any]], ...] = (
        ("bool", Boolean),
        ("int", Integer),
        ("float", Float),
        ("timestamp", DateTime),
        ("json", JSON),
    )
    return next((kind for kind, type_ in kinds if isinstance(column.type, type_)), "text")
