"""Making the canonical tables on PostgreSQL: whole, or bare first and completed after a load."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from itertools import chain
from typing import Any

from okrseed.definition import Definition

Execute = Callable[[Any], Any]


def create(execute: Execute, definition: Definition) -> list[str]:
    """Create the tables, enums and indexes that do not exist yet; returns the names of the tables created."""
    there = _names(execute, "select relname from pg_class where relkind in ('r', 'p') and pg_table_is_visible(oid)")
    _create_enums(execute, definition)
    lacking = definition.lacking(there)
    _all(execute, chain.from_iterable(table.create for table in lacking))
    return [table.name for table in lacking]


def create_bare(execute: Execute, definition: Definition) -> list[str]:
    """Create every table without keys, indexes and references; returns their names.

    An error of the database where one exists.
    """
    _create_enums(execute, definition)
    _all(execute, (table.bare for table in definition.tables))
    return [table.name for table in definition.tables]


def index(execute: Execute, definition: Definition, tables: Collection[str]) -> None:
    """Add the keys and indexes that `create_bare` left out of these tables."""
    _all(execute, definition.keys(tables))


def refer(execute: Execute, definition: Definition) -> None:
    """Add the references that `create_bare` left out; every one is checked."""
    _all(execute, definition.references())


def _all(execute: Execute, commands: Iterable[str]) -> None:
    """One message, one answer: a hundred small statements would wait for each other."""
    message = "; ".join(commands)
    if message:
        execute(message)


def _create_enums(execute: Execute, definition: Definition) -> None:
    there = _names(execute, "select typname from pg_type where pg_type_is_visible(oid)")
    _all(execute, definition.lacking_enums(there))


def _names(execute: Execute, query: str) -> set[str]:
    return {name for (name,) in execute(query)}
