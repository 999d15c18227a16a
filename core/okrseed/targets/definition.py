"""The canonical schema as statements of a dialect, for `--create-schema`."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from sqlalchemy import MetaData


def enums(metadata: MetaData, existing: Collection[str]) -> Iterator[str]:
    """CREATE TYPE for each enum that does not exist yet (PostgreSQL)."""
    from sqlalchemy import Enum
    from sqlalchemy.dialects.postgresql import ENUM, CreateEnumType

    seen = set(existing)
    for table in metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Enum) and column.type.name not in seen:
                seen.add(str(column.type.name))
                native = ENUM(*column.type.enums, name=str(column.type.name))
                yield str(CreateEnumType(native).compile(dialect=_dialect("postgresql")))


def statements(metadata: MetaData, dialect: Literal["postgresql", "sqlite"], tables: Collection[str]) -> Iterator[str]:
    """CREATE TABLE and CREATE INDEX for the named tables, parents first."""
    from sqlalchemy.schema import CreateIndex, CreateTable

    compiler = _dialect(dialect)
    for table in metadata.sorted_tables:
        if table.name in tables:
            yield str(CreateTable(table).compile(dialect=compiler))
            for index in sorted(table.indexes, key=lambda index: str(index.name)):
                yield str(CreateIndex(index).compile(dialect=compiler))


def _dialect(name: Literal["postgresql", "sqlite"]) -> Any:
    from sqlalchemy.dialects import postgresql, sqlite

    return {"postgresql": postgresql, "sqlite": sqlite}[name].dialect()
