"""The vocabulary a blueprint is written in: entities, stages, families, scopes, environments, checks.

A blueprint says, deterministically, which rows should exist. The engine knows these words and no blueprint by name.
"""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol

from okrseed.errors import UsageError
from okrseed.graph import Graph

if TYPE_CHECKING:
    from sqlalchemy import MetaData

    from okrseed.definition import Definition, Dialect
    from okrseed.described import ColumnFacts, TableFacts
    from okrseed.selection import Selection

Row = tuple[Any, ...]
"""One row, its values in the order of its entity's columns (a blueprint uses a NamedTuple per table)."""

Key = Any
"""A row's primary key: the value itself, or a tuple where the key has several columns."""

Family = Mapping[str, Sequence[Row]]
"""Rows of one or more tables that are committed together, parents first."""

World = Any
"""What a blueprint prepares once for one tenant and selection; its producers share it, the engine only hands it on."""

Merge = Callable[[Any, Any], Any]
"""(actual, desired) → the value that should stand there; for values that the app and the seeder share.

Where both are equal it is not asked.
"""


class OnCreate(enum.Enum):
    """Stands in a row for a value that is made only if the row has to be created (a password hash, say)."""

    VALUE = "on create"


class Within(NamedTuple):
    """A row belongs to the tenant if its `column` is among the values of `member` in the tenant's rows of `table`.

    A member may be a list of values.
    """

    column: str
    table: str
    member: str = "id"


class Refers(NamedTuple):
    """`column` holds a key of `table`, or a list of keys; `enforced` by a foreign key of the schema, or not."""

    column: str
    table: str
    enforced: bool = True
    many: bool = False


class Known(NamedTuple):
    """A column that some versions of a schema have beside the canonical ones, and what is written there.

    `value` makes it from the world and the canonical row; `refers` is the table whose key it holds, if it does.
    """

    column: ColumnFacts
    value: Callable[[World, Row], Any]
    refers: str | None = None


class Natural(NamedTuple):
    """What tells two rows of a table apart but their ids: columns, and the parent that a linking table gives.

    Rows that the application made are adopted where their natural key is that of a desired row. `via` is (linking
    table, its column for this table's key, its column for the parent's). `anywhere` is a column that is unique over
    all tenants: rows are looked for by it wherever they lie. Of several desired rows with one key, as there are where a
    version of the schema lacks one of the columns, the one with the same value of `prefer` is taken.
    """

    columns: tuple[str, ...]
    prefer: str | None = None
    via: tuple[str, str, str] | None = None
    anywhere: str | None = None


@dataclass(frozen=True)
class Entity:
    """One table that the blueprint writes, and how its rows are told apart, compared and found.

    row: makes the blueprint's own row type from values. preserved: columns never overwritten once the row exists.
    touched: written with every change, never compared.
    merges: columns shared with the app. made: values for `OnCreate.VALUE`, by column. root: the columns by which the
    tenant's own row is found (only for the table that starts a tenant); within: how all others are. shared: rows that
    other tenants may come to use (people): a purge keeps and names those, and never takes one that is not ours.
    natural: how a row that the application made is recognised. renames: other names of columns in other versions of
    the schema. known: columns of other versions; added: those of them that this target has. optional: a table of other
    versions, written where it is there and never created.
    """

    table: TableFacts
    row: Callable[[Iterable[Any]], Row] = tuple
    preserved: frozenset[str] = frozenset()
    touched: frozenset[str] = frozenset()
    merges: Mapping[str, Merge] = field(default_factory=dict)
    made: Mapping[str, Callable[[World], Any]] = field(default_factory=dict)
    root: str | None = None
    within: tuple[Within, ...] = ()
    refers: tuple[Refers, ...] = ()
    shared: bool = False
    natural: Natural | None = None
    renames: Mapping[str, str] = field(default_factory=dict)
    known: tuple[Known, ...] = ()
    added: tuple[Known, ...] = ()
    optional: bool = False

    @property
    def name(self) -> str:
        return self.table.name

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """Column names, in the order of the entity's rows: the canonical ones, then those added here."""
        return (*(column.name for column in self.table.columns), *(known.column.name for known in self.added))

    def typed(self, row: Row) -> Row:
        """The canonical part of a row, as the blueprint's own row type."""
        return self.row(row[: self._width])

    @cached_property
    def _width(self) -> int:
        return len(self.table.columns)

    @cached_property
    def positions(self) -> Mapping[str, int]:
        """Where each column stands in a row."""
        return {name: position for position, name in enumerate(self.columns)}

    @property
    def key_columns(self) -> tuple[str, ...]:
        """The columns of the primary key."""
        return self.table.key

    @cached_property
    def key(self) -> Callable[[Row], Key]:
        """Takes a row's key from the row."""
        from operator import itemgetter

        return itemgetter(*(self.positions[name] for name in self.key_columns))


@dataclass(frozen=True)
class Stage:
    """A node of the graph: what it writes, what it needs, and the producer of its desired rows.

    budget_s: the time in seconds that the stage is allowed, shown beside the measured time. essential: also seeded
    where only the skeleton of a tenant is allowed. critical: its failure stops the run.
    """

    id: str
    title: str
    tables: tuple[str, ...]
    producer: Callable[[World], Iterable[Family]]
    depends_on: tuple[str, ...] = ()
    tags: frozenset[str] = frozenset()
    priority: int = 0
    critical: bool = False
    essential: bool = False
    parallel: bool = True
    budget_s: float | None = None


class Scope(NamedTuple):
    """What a user can pick beside stages (for an OKR tenant: a workspace)."""

    id: str
    title: str


class Environment(NamedTuple):
    """What an environment allows: the default size, and whether only essential stages may run."""

    name: str
    size: str
    essential_only: bool = False


@dataclass(frozen=True)
class Tenant:
    """One tenant: the value of the root column by which it is found, its title, and what else its rows tell."""

    slug: str
    title: str
    facts: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises UsageError for a slug that no database can hold."""
        for character in self.slug:
            if character == "\0" or "\ud800" <= character <= "\udfff":
                raise UsageError(f"no tenant's slug can contain U+{ord(character):04X}", code="wrong_slug")


class Stamp(NamedTuple):
    """What the tenant's own row says about the last seeding; fields the selection may take over."""

    seed: str
    size: str
    as_of: str
    scopes: tuple[str, ...]
    options: frozenset[str]


class Outline(NamedTuple):
    """What the audience will see, as a tree: a line of words, and progress in percent where it has one."""

    words: str
    detail: str = ""
    progress: float | None = None
    parts: tuple[Outline, ...] = ()


Status = Literal["pass", "warn", "fail"]


class Finding(NamedTuple):
    """The outcome of one check: what it expected and what it found, in words."""

    id: str
    title: str
    status: Status
    expected: str
    found: str


class Rows(Protocol):
    """The database as a check sees it. `strict`: what people changed is a failure, otherwise a warning."""

    strict: bool

    def desired(self, table: str) -> Sequence[Any]:
        """The rows that the selection says should exist."""

    def found(self, table: str) -> Sequence[Any]:
        """The desired rows as they stand in the database."""

    def present(self, table: str) -> Sequence[Any]:
        """Every row of the tenant, kept and unseeded ones included."""


class Check(NamedTuple):
    """A statement about the seeded tenant that can be verified."""

    id: str
    title: str
    run: Callable[[World, Rows], Finding]
    tables: tuple[str, ...] = ()
    """The check is left out where the target lacks one of these."""


class Blueprint(Protocol):
    """Something that can be seeded. Cheap facts are attributes; everything that costs an import is a method."""

    name: str
    version: str
    title: str
    sizes: tuple[str, ...]
    seed: str
    environments: Mapping[str, Environment]
    options: Mapping[str, str]
    scope_counts: Mapping[str, str]
    """Tables whose rows say how large a scope is, with the short word that a person knows them by."""
    configured: str
    """What rows follow from beside selection, tenant and the files of the blueprint's package: its configuration."""

    def stages(self) -> tuple[Stage, ...]:
        """The stages, in declared order; verification is the engine's and not among them."""

    def metadata(self) -> MetaData:
        """The canonical schema."""

    def definition(self, dialect: Dialect) -> Definition:
        """The statements that make it (`definition.defined`), which may be kept from one process to the next."""

    def entities(self) -> Mapping[str, Entity]:
        """The tables it writes, by name, in foreign-key order."""

    def scopes(self) -> tuple[Scope, ...]:
        """What can be picked beside stages."""

    def tenant(self, number: int = 1) -> Tenant:
        """The configured tenant, or one more like it, for a database under load; numbers begin at 1."""

    def world(self, selection: Selection, tenant: Tenant) -> World:
        """Prepare one tenant; the producers of the stages are called with the result."""

    def outline(self, world: World) -> tuple[Outline, ...]:
        """What the selection looks like to its audience, from the desired rows; one tree for each point of view."""

    def checks(self) -> tuple[Check, ...]:
        """What verification looks at."""

    def stamp(self, row: Row) -> Stamp | None:
        """The stamp in the tenant's own row, or None where there is none that can be read."""

    def recognise(self, tenant: Tenant, present: Mapping[str, Sequence[Row]]) -> Mapping[str, frozenset[Key]]:
        """The keys of rows that are ours by their own natural key, though the selection may not produce them."""

    def recover(self, slug: str, present: Mapping[str, Sequence[Any]]) -> Tenant:
        """A tenant that was seeded under another configuration, as its own rows tell it."""

    def suggested_options(self, selection: Selection) -> frozenset[str]:
        """The options, of `options`, that would answer the notes of this selection."""

    def notes(self, selection: Selection) -> tuple[str, ...]:
        """What a person should know about this selection before a run."""


def stage_graph(blueprint: Blueprint) -> Graph:
    """The graph of a blueprint's stages."""
    stages = blueprint.stages()
    return Graph(
        needs={stage.id: stage.depends_on for stage in stages},
        tags={stage.id: stage.tags for stage in stages},
        priority={stage.id: stage.priority for stage in stages},
    )
