"""What a target really has, and how the canonical rows are laid onto it: one projection per table.

Kinds are the few value types that rows hold; a target's own type names map onto them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from operator import itemgetter
from typing import TYPE_CHECKING, Literal

from okrseed.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Column

    from okrseed.blueprint import Entity, Row

Kind = Literal["text", "bool", "int", "float", "timestamp", "json"]
Right = Literal["SELECT", "INSERT", "UPDATE", "DELETE"]


@dataclass(frozen=True)
class FoundColumn:
    """A column as the database describes it; `labels` are an enum's, and empty for every other type."""

    name: str
    type: str
    kind: Kind | None
    required: bool
    labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundTable:
    """A table as the database describes it; `missing_rights` are those that the session does not have."""

    name: str
    columns: Mapping[str, FoundColumn]
    missing_rights: frozenset[Right] = frozenset()


@dataclass(frozen=True)
class ForeignKey:
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


@dataclass(frozen=True)
class ProjectedColumn:
    """Where a value stands in the entity's row, and the column it goes to."""

    position: int
    name: str
    type: str
    kind: Kind
    enum: bool = False


@dataclass(frozen=True)
class Projection:
    """One entity laid onto one table. `columns` are in the order of the entity's row; absent ones are left out."""

    table: str
    width: int
    columns: tuple[ProjectedColumn, ...]
    key: tuple[ProjectedColumn, ...]
    settable: tuple[ProjectedColumn, ...] = field(default=())

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


def column_kind(column: Column[object]) -> Kind:
    """The kind of a canonical column."""
    from sqlalchemy import JSON, Boolean, DateTime, Float, Integer

    for kind, types in (
        ("bool", Boolean),
        ("int", Integer),
        ("float", Float),
        ("timestamp", DateTime),
        ("json", JSON),
    ):
        if isinstance(column.type, types):
            return kind  # type: ignore[return-value]
    return "text"


def canonical(entity: Entity) -> Projection:
    """The projection onto the canonical table: what okrseed's own schema has."""
    columns = tuple(
        ProjectedColumn(position, column.name, "", column_kind(column))
        for position, column in enumerate(entity.table.columns)
    )
    return _projection(entity, columns)


def project(entities: Iterable[Entity], catalogue: Catalogue) -> dict[str, Projection]:
    """Lay each entity onto the table that was found.

    Raises Refused, naming every table and column, where a row could not be written as it should be.
    """
    projections: dict[str, Projection] = {}
    problems: list[str] = []
    for entity in entities:
        found = catalogue.tables[entity.name]
        problems += _problems(entity, found)
        columns = tuple(
            ProjectedColumn(position, column.name, actual.type, column_kind(column), bool(actual.labels))
            for position, column in enumerate(entity.table.columns)
            if (actual := found.columns.get(column.name)) is not None
        )
        projections[entity.name] = _projection(entity, columns)
    if problems:
        raise Refused(
            "the schema of the database does not fit: " + "; ".join(problems),
            code="schema_unsuitable",
            hint="Run the application's migrations, or seed an empty database with --create-schema.",
        )
    return projections


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


def _projection(entity: Entity, columns: tuple[ProjectedColumn, ...]) -> Projection:
    key = tuple(column for column in columns if column.name in entity.key_columns)
    settable = tuple(
        column for column in columns if column.name not in entity.key_columns and column.name not in entity.preserved
    )
    return Projection(entity.name, len(entity.columns), columns, key, settable)


def _problems(entity: Entity, found: FoundTable) -> list[str]:
    problems: list[str] = []
    for column in entity.table.columns:
        actual = found.columns.get(column.name)
        if actual is None:
            problems.append(f"{entity.name}.{column.name} is missing")
        elif actual.kind != column_kind(column):
            problems.append(f"{entity.name}.{column.name} is {actual.type}, not {column_kind(column)}")
        else:
            wanted: Sequence[str] = getattr(column.type, "enums", ())
            lacking = [label for label in wanted if actual.labels and label not in actual.labels]
            if lacking:
                problems.append(f"{entity.name}.{column.name} lacks the enum labels {', '.join(lacking)}")
    for name, actual in found.columns.items():
        if actual.required and name not in entity.columns:
            problems.append(f"{entity.name}.{name} is NOT NULL without a default, and not known")
    return problems
