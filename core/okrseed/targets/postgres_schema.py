"""Making the canonical tables on PostgreSQL: whole, or bare first and completed after a load."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING, Any

from okrseed.targets.definition import bare, enums, keys_and_indexes, parents_first, references, statements

if TYPE_CHECKING:
    from sqlalchemy import MetaData

Execute = Callable[[Any], Any]


def create(execute: Execute, metadata: MetaData) -> list[str]:
    """Create the tables, enums and indexes that do not exist yet; returns the names of the tables created."""
    tables = _names(execute, "select relname from pg_class where relkind in ('r', 'p') and pg_table_is_visible(oid)")
    _create_enums(execute, metadata)
    created = [table.name for table in parents_first(metadata) if table.name not in tables]
    _all(execute, statements(metadata, "postgresql", created))
    return created


def create_bare(execute: Execute, metadata: MetaData) -> None:
    """Create every table without keys, indexes and references. An error of the database where one exists."""
    _create_enums(execute, metadata)
    _all(execute, bare(metadata))


def index(execute: Execute, metadata: MetaData, tables: Collection[str]) -> None:
    """Add the keys and indexes that `create_bare` left out of these tables."""
    _all(execute, keys_and_indexes(metadata, tables))


def refer(execute: Execute, metadata: MetaData) -> None:
    """Add the references that `create_bare` left out; every one is checked."""
    _all(execute, references(metadata))


def _all(execute: Execute, commands: Iterable[str]) -> None:
    """One message, one answer: a hundred small statements would wait for each other."""
    message = "; ".join(commands)
    if message:
        execute(message)


def _create_enums(execute: Execute, metadata: MetaData) -> None:
    types = _names(execute, "select typname from pg_type where pg_type_is_visible(oid)")
    _all(execute, enums(metadata, types))


def _names(execute: Execute, query: str) -> set[str]:
    return {name for (name,) in execute(query)}
