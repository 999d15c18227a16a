"""Making the canonical tables on PostgreSQL: whole, or bare first and completed after a load."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from okrseed.targets.definition import bare, completion, enums, statements

if TYPE_CHECKING:
    from sqlalchemy import MetaData

Execute = Callable[[Any], Any]


def create(execute: Execute, metadata: MetaData) -> list[str]:
    """Create the tables, enums and indexes that do not exist yet; returns the names of the tables created."""
    tables = _names(execute, "select relname from pg_class where relkind in ('r', 'p') and pg_table_is_visible(oid)")
    _create_enums(execute, metadata)
    created = [table.name for table in metadata.sorted_tables if table.name not in tables]
    for statement in statements(metadata, "postgresql", created):
        execute(statement)
    return created


def create_bare(execute: Execute, metadata: MetaData) -> None:
    """Create every table without keys, indexes and references. An error of the database where one exists."""
    _create_enums(execute, metadata)
    for statement in bare(metadata):
        execute(statement)


def complete(execute: Execute, metadata: MetaData) -> None:
    """Add what `create_bare` left out; every reference is checked."""
    for statement in completion(metadata):
        execute(statement)


def _create_enums(execute: Execute, metadata: MetaData) -> None:
    types = _names(execute, "select typname from pg_type where pg_type_is_visible(oid)")
    for statement in enums(metadata, types):
        execute(statement)


def _names(execute: Execute, query: str) -> set[str]:
    return {name for (name,) in execute(query)}
