"""What a target really has, and how the canonical rows are laid onto it: one projection per table."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import itemgetter
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Callable

    from okrseed.blueprint import Entity, Row
    from okrseed.described import Kind

Right = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]


class FoundColumn(NamedTuple):
    """A column as the database describes it; `labels` are an enum's, and empty for every other type.

    required: NOT NULL and without a default. nullable: may hold NULL.
    """

    name: str
    type: str
    kind: Kind | None
    required: bool
    labels: tuple[str, ...] = ()
    nullable: bool = True


class FoundTable(NamedTuple):
    """A table as the database describes it; `missing_rights` are those that the session does not have.

    row_security: policies decide about each row of this session (PostgreSQL then refuses COPY FROM). primary_key: its
    columns, none where there is none. stored: it holds its rows itself, unlike a view or a foreign table.
    """

    name: str
    columns: Mapping[str, FoundColumn]
    missing_rights: frozenset[Right] = frozenset()
    row_security: bool = False
    primary_key: frozenset[str] = frozenset()
    stored: bool = True


class ForeignKey(NamedTuple):
    """`table.column` refers to `referred.referred_column`.

    `source` is the referring table as SQL writes it (it may stand in another schema); `key` the column that names its
    rows.
    """

    table: str
    source: str
    column: str
    referred: str
    referred_column: str
    on_delete: str
    key: str


@dataclass(frozen=True)
class Catalogue:
    """The tables found among those asked for, and every foreign key that points at one of them."""

    tables: Mapping[str, FoundTable]
    foreign_keys: tuple[ForeignKey, ...] = ()

    @property
    def digest(self) -> str:
        """One value that changes with anything found; in what order it was found does not count."""
        facts = [repr(sorted(table.columns.items())) + repr(_apart(table)) for _, table in sorted(self.tables.items())]
        facts += sorted(map(repr, self.foreign_keys))
        return hashlib.sha256("\n".join(facts).encode()).hexdigest()


def _apart(table: FoundTable) -> tuple[object, ...]:
    return (table.name, sorted(table.missing_rights), table.row_security, sorted(table.primary_key), table.stored)


class ProjectedColumn(NamedTuple):
    """Where a value stands in the entity's row, and the column it goes to; `field` is the entity's name for it."""

    position: int
    name: str
    type: str
    kind: Kind
    enum: bool = False
    field: str = ""


@dataclass(frozen=True)
class Projection:
    """One entity laid onto one table. `columns` are in the order of the entity's row; absent ones are left out.

    once: the database itself refuses a key that is there already.
    """

    table: str
    width: int
    columns: tuple[ProjectedColumn, ...]
    key: tuple[ProjectedColumn, ...]
    settable: tuple[ProjectedColumn, ...] = ()
    row_security: bool = False
    once: bool = False

    @cached_property
    def fields(self) -> Mapping[str, str]:
        """The entity's names of the columns that are there, and the target's names for them."""
        return {column.field: column.name for column in self.columns}

    @property
    def positions(self) -> tuple[int, ...]:
        return tuple(column.position for column in self.columns)

    def picker(self, columns: Sequence[ProjectedColumn]) -> Callable[[Row], Row]:
        """Takes the values of some columns from a row of the entity."""
        positions = tuple(column.position for column in columns)
        if positions == tuple(range(self.width)):
            return lambda row: row
        if len(positions) == 1:
            (only,) = positions
            return lambda row: (row[only],)
        return itemgetter(*positions)


def missing_tables(entities: Iterable[Entity], catalogue: Catalogue) -> list[str]:
    """The entities' tables that the database lacks, in order."""
    return [entity.name for entity in entities if entity.name not in catalogue.tables]


def missing_rights(catalogue: Catalogue, needed: Iterable[Right]) -> list[str]:
    """`RIGHT on table` for each right that is needed and not there."""
    wanted = tuple(needed)
    return [
        f"{right} on {table.name}"
        for table in catalogue.tables.values()
        for right in wanted
        if right in table.missing_rights
    ]


def projection(entity: Entity, columns: tuple[ProjectedColumn, ...], found: FoundTable) -> Projection:
    """The projection of an entity onto some columns of the table found."""
    key = tuple(column for column in columns if column.field in entity.key_columns)
    settable = tuple(
        column for column in columns if column.field not in entity.key_columns and column.field not in entity.preserved
    )
    once = bool(found.primary_key) and found.primary_key <= {column.name for column in key}
    return Projection(entity.name, len(entity.columns), columns, key, settable, found.row_security, once)
