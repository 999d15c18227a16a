"""Whatever version of its schema a database has: settled once, by looking, before the first row.

In order (specification: okr, section 1): a column that the target lacks is left out; one under its other name is
written there; one that the target adds is filled where the blueprint knows it, left alone where it has a default or
may be NULL, and refused otherwise. A missing table switches its stage off. Whatever was adapted is told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, NamedTuple

from okrseed.blueprint import Entity, Row, Stage
from okrseed.errors import Refused
from okrseed.graph import Graph
from okrseed.targets.schema import (
    Catalogue,
    FoundColumn,
    FoundTable,
    ProjectedColumn,
    Projection,
    projection,
)

if TYPE_CHECKING:
    from okrseed.described import ColumnFacts

HINT = "Run the application's migrations, or seed an empty database with --create-schema."


class Doubt(NamedTuple):
    """A column that fits unless a desired row holds a value it cannot take; `problem` tells which, or None."""

    table: str
    position: int
    problem: Callable[[object], str | None]


@dataclass(frozen=True)
class Fit:
    """The blueprint as this target can take it.

    `entities` have the columns that are known and added here, `stages` only tables that are written; `off` says why
    stages are switched off; `adaptations` are for people.
    """

    catalogue: Catalogue
    entities: Mapping[str, Entity]
    stages: Mapping[str, Stage]
    projections: Mapping[str, Projection]
    off: Mapping[str, str] = field(default_factory=dict)
    adaptations: tuple[str, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    missing: tuple[str, ...] = ()
    """Tables that are going to be created."""

    def check_values(self, desired: Mapping[str, Sequence[Row]]) -> None:
        """Raise Refused where a desired row holds a value that its column cannot take."""
        problems = {
            problem
            for doubt in self.doubts
            for row in desired.get(doubt.table, ())
            if (problem := doubt.problem(row[doubt.position])) is not None
        }
        if problems:
            raise unsuitable(sorted(problems))


def unsuitable(problems: Iterable[str]) -> Refused:
    """The refusal of a schema that does not fit, naming every table and column."""
    return Refused(
        "the schema of the database does not fit: " + "; ".join(problems), code="schema_unsuitable", hint=HINT
    )


def adapt(
    entities: Mapping[str, Entity], stages: Mapping[str, Stage], graph: Graph, catalogue: Catalogue, *, created: bool
) -> Fit:
    """Lay the blueprint onto what was found. `created`: missing tables are going to be created.

    Raises Refused, naming every table and column, where a row could not be written as it should be.
    """
    there = {
        name: entity
        for name, entity in entities.items()
        if name in catalogue.tables or (created and not entity.optional)
    }
    absent = {name for name, entity in entities.items() if entity.optional} - there.keys()
    written = {
        id: replace(stage, tables=tuple(table for table in stage.tables if table not in absent))
        for id, stage in stages.items()
    }
    fitted: dict[str, Entity] = {}
    projections: dict[str, Projection] = {}
    words: list[str] = []
    problems: list[str] = []
    doubts: list[Doubt] = []
    for name, entity in there.items():
        if name not in catalogue.tables:
            fitted[name] = entity
            continue
        fitting = _Fitting(entity, catalogue.tables[name])
        fitted[name], projections[name] = fitting.entity, fitting.projection
        words += fitting.words
        problems += fitting.problems
        doubts += fitting.doubts
    if problems:
        raise unsuitable(problems)
    off = dict(_switched_off(written, fitted, projections, graph, catalogue, created=created))
    words += [f"stage {stage} is off: {reason}" for stage, reason in off.items()]
    return Fit(catalogue, fitted, written, projections, off, tuple(words), tuple(doubts))


class _Fitting:
    """One entity laid onto the table that was found."""

    def __init__(self, entity: Entity, found: FoundTable) -> None:
        self._found = found
        self._names = {column.name: self._actual(entity, column.name) for column in entity.table.columns}
        taken = set(self._names.values())
        known = [known for known in entity.known if known.column.name in found.columns]
        self.entity = replace(entity, added=tuple(known for known in known if known.column.name not in taken))
        self._names |= {known.column.name: known.column.name for known in self.entity.added}
        self.words: list[str] = []
        self.problems: list[str] = []
        self.doubts: list[Doubt] = []
        self.projection = self._lay()

    def _actual(self, entity: Entity, name: str) -> str | None:
        """The target's name of a column, or None where it is not there."""
        if name in self._found.columns:
            return name
        other = entity.renames.get(name)
        return other if other in self._found.columns else None

    def _lay(self) -> Projection:
        columns = []
        for position, column in enumerate(self._columns()):
            name = self._names[column.name]
            if name is None:
                self._left_out(column)
                continue
            actual = self._found.columns[name]
            self._compare(column, actual, position)
            columns.append(ProjectedColumn(position, name, actual.type, column.kind, bool(actual.labels), column.name))
        self._tell()
        self._refuse_unknown()
        return projection(self.entity, tuple(columns), self._found)

    def _columns(self) -> Sequence[ColumnFacts]:
        return [*self.entity.table.columns, *(known.column for known in self.entity.added)]

    def _left_out(self, column: ColumnFacts) -> None:
        """A column that rows are found by cannot be left out."""
        needed = {*self.entity.key_columns, *(link.column for link in self.entity.within)}
        needed |= {self.entity.root} if self.entity.root else set()
        if column.name in needed:
            self.problems.append(f"{self.entity.name}.{column.name} is missing")
        else:
            self.words.append(f"{self.entity.name}.{column.name} is not there and left out")

    def _compare(self, column: ColumnFacts, actual: FoundColumn, position: int) -> None:
        where = f"{self.entity.name}.{actual.name}"
        if actual.kind != column.kind:
            self.problems.append(f"{where} is {actual.type}, not {column.kind}")
            return
        if actual.labels and any(label not in actual.labels for label in column.labels):
            self.doubts.append(Doubt(self.entity.name, position, _lacks_label(where, actual.labels)))
        if column.nullable and not actual.nullable:
            self.doubts.append(Doubt(self.entity.name, position, _has_no_value(where)))

    def _tell(self) -> None:
        table = self.entity.name
        self.words += [
            f"{table}.{name} is written to {table}.{other}"
            for name, other in self._names.items()
            if other is not None and other != name
        ]
        self.words += [f"{table}.{known.column.name} is filled" for known in self.entity.added]
        if self.entity.optional:
            self.words.append(f"{table} is there and written too")

    def _refuse_unknown(self) -> None:
        used = set(self._names.values())
        self.problems += [
            f"{self.entity.name}.{name} is NOT NULL without a default, and not known"
            for name, actual in self._found.columns.items()
            if actual.required and name not in used
        ]


def _lacks_label(where: str, labels: Sequence[str]) -> Callable[[object], str | None]:
    def problem(value: object) -> str | None:
        return None if value is None or value in labels else f"{where} lacks the enum label {value}"

    return problem


def _has_no_value(where: str) -> Callable[[object], str | None]:
    def problem(value: object) -> str | None:
        return f"{where} is NOT NULL, and there is no value for it" if value is None else None

    return problem


def _switched_off(
    stages: Mapping[str, Stage],
    entities: Mapping[str, Entity],
    projections: Mapping[str, Projection],
    graph: Graph,
    catalogue: Catalogue,
    *,
    created: bool,
) -> Iterator[tuple[str, str]]:
    """Stages that lack a table, and those whose rows must refer to one that is lacking, with the reason."""
    if created:
        return
    missing: set[str] = set()
    for id in graph.order():
        stage = stages[id]
        absent = [table for table in stage.tables if table not in catalogue.tables]
        needed = [] if absent else _must_refer(stage, entities, projections, catalogue, missing)
        if absent:
            reason = f"there is no table {', '.join(absent)}"
        elif needed:
            reason = f"it needs {', '.join(needed)}"
        else:
            continue
        missing.update(stage.tables)
        yield id, reason


def _must_refer(
    stage: Stage,
    entities: Mapping[str, Entity],
    projections: Mapping[str, Projection],
    catalogue: Catalogue,
    missing: Collection[str],
) -> list[str]:
    """The tables that are not filled, and that a column of this stage has to refer to."""
    return sorted(
        {
            reference.table
            for table in stage.tables
            for reference in entities[table].refers
            if reference.table in missing and reference.enforced
            if (name := projections[table].fields.get(reference.column)) is not None
            and not catalogue.tables[table].columns[name].nullable
        }
    )
