"""The plan: what was chosen, what that pulled in, and what will change. Counts and samples, never all rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from okrseed.blueprint import Entity, Row
from okrseed.removal import Removal
from okrseed.selection import Mode, Selected, Selection, selection_document
from okrseed.survey import StageSurvey, TableSurvey

MOST_SAMPLES = 20


@dataclass(frozen=True)
class Sample:
    """One change of a table: its key, and the values by column (old is None where the row is new)."""

    action: str
    key: str
    values: Mapping[str, tuple[Any, Any]]


@dataclass(frozen=True)
class TablePlan:
    """Rows of one table of one stage; `left` are differences that the mode does not apply (counted as unchanged)."""

    table: str
    create: int = 0
    update: int = 0
    unchanged: int = 0
    delete: int = 0
    kept: int = 0
    left: int = 0
    unseeded: int = 0
    samples: tuple[Sample, ...] = ()


@dataclass(frozen=True)
class StagePlan:
    """One stage of the plan; `selected` and `reason` keep what was chosen apart from what that pulled in."""

    id: str
    title: str
    selected: Selected
    reason: str
    estimate_s: float | None = None
    tables: tuple[TablePlan, ...] = ()

    @property
    def changes(self) -> int:
        """Rows that will be written or deleted."""
        return sum(table.create + table.update + table.delete for table in self.tables)


@dataclass(frozen=True)
class Plan:
    """A frozen plan of one selection on one target."""

    blueprint: str
    target: str
    tenant: str
    selection: Selection
    stages: tuple[StagePlan, ...]
    adaptations: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    missing_tables: tuple[str, ...] = ()
    estimate_s: float | None = None
    """Seconds that a run should take, verification included; None where no past run tells."""
    version: str = ""
    """The blueprint's."""
    schema: str = ""
    """A digest of what the database says of the tables."""
    state: str = field(default="", repr=False)
    """A digest of every change."""

    def total(self, count: str) -> int:
        """The sum of one count (`create`, `update`, `unchanged`, `delete`, `kept`) over all tables."""
        return sum(getattr(table, count) for stage in self.stages for table in stage.tables)

    @property
    def changes(self) -> int:
        """Rows that will be written or deleted."""
        return sum(stage.changes for stage in self.stages)

    @property
    def left(self) -> dict[str, int]:
        """Differences that the mode does not apply, by table."""
        left: dict[str, int] = {}
        for stage in self.stages:
            for table in stage.tables:
                if table.left:
                    left[table.table] = left.get(table.table, 0) + table.left
        return left

    @property
    def basis(self) -> dict[str, str]:
        """What the plan depends on, each as a digest; what time it takes is not part of it."""
        stages = {stage.id: stage.selected for stage in self.stages}
        counts = [[table["table"], table] for stage in self._facts()["stages"] for table in stage["tables"]]
        return {
            "target": self.target,
            "schema": self.schema,
            "blueprint": f"{self.blueprint} {self.version}",
            "selection": _digest([self.tenant, selection_document(self.selection), stages]),
            "tenant": _digest([counts, self.state, self.adaptations, self.notes, self.warnings]),
        }

    @property
    def fingerprint(self) -> str:
        """A digest of target, schema, blueprint version, selection and the tenant's state."""
        return _digest(self.basis)[:16]

    def document(self) -> dict[str, Any]:
        """The document `okrseed.plan/1` (specification: JSON documents)."""
        return {"schema": "okrseed.plan/1", **self._facts(), "fingerprint": self.fingerprint}

    def _facts(self) -> dict[str, Any]:
        return {
            "blueprint": self.blueprint,
            "target": self.target,
            "tenant": self.tenant,
            **selection_document(self.selection),
            "estimate_s": self.estimate_s,
            "stages": [_stage_document(stage) for stage in self.stages],
            "totals": {count: self.total(count) for count in ("create", "update", "unchanged", "delete", "kept")},
            "left": self.left,
            "adaptations": list(self.adaptations),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def _digest(facts: Any) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _stage_document(stage: StagePlan) -> dict[str, Any]:
    return {
        "id": stage.id,
        "selected": stage.selected,
        "reason": stage.reason,
        "estimate_s": stage.estimate_s,
        "tables": [
            {
                "table": table.table,
                "create": table.create,
                "update": table.update,
                "unchanged": table.unchanged,
                "delete": table.delete,
                "kept": table.kept,
            }
            for table in stage.tables
        ],
    }


@dataclass
class Folded:
    """What a plan was told so far: tables by stage, words, rows adopted by table, and every change by stage."""

    tables: dict[str, dict[str, TablePlan]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    adopted: dict[str, int] = field(default_factory=dict)
    changes: dict[str, list[str]] = field(default_factory=dict)


class PlanBuilder:
    """Folds surveys into a plan; the planner and the runner feed it the same surveys."""

    def __init__(self, empty: Plan, entities: Mapping[str, Entity]) -> None:
        self._empty = empty
        self._entities = entities
        self.clear()

    def clear(self) -> None:
        """Forget what was surveyed: the transaction it belonged to was rolled back."""
        self.folded = Folded()

    def add(self, survey: StageSurvey) -> None:
        """Take what a stage would create and update."""
        tables = self.folded.tables.setdefault(survey.stage.id, {})
        for found in survey.tables:
            previous = tables.get(found.table, TablePlan(found.table))
            tables[found.table] = self._table(found, previous)
            self.folded.adopted[found.table] = found.adopted
            changes = self.folded.changes.setdefault(survey.stage.id, [])
            changes.extend(map(repr, found.create))
            changes.extend(
                repr((key, [(name, change.before[at[name]], change.after[at[name]]) for name in change.columns]))
                for at in (self._entities[found.table].positions,)
                for key, change in found.update.items()
            )

    def remove(self, removal: Removal) -> None:
        """Take what a purge or reset would delete; each table counts at the first stage that writes it."""
        for table, keys in removal.delete.items():
            stage = next(plan.id for plan in self._empty.stages if any(own.table == table for own in plan.tables))
            samples = tuple(Sample("delete", str(key), {}) for key in sorted(keys, key=str)[:MOST_SAMPLES])
            self.folded.tables.setdefault(stage, {})[table] = TablePlan(table, delete=len(keys), samples=samples)
            self.folded.changes.setdefault(stage, []).extend(map(repr, sorted(keys, key=str)))
        self.folded.notes += removal.kept
        self.folded.warnings += removal.problems

    def plan(self) -> Plan:
        """The plan as far as it has been surveyed."""
        folded = self.folded
        tables = [(name, table) for stage in folded.tables.values() for name, table in stage.items()]
        left_alone = [
            f"{table.unseeded} unseeded rows in {name} are left alone" for name, table in tables if table.unseeded
        ]
        adopted = [
            f"{rows} rows of {table} are adopted: they stand here under ids of the application's own"
            for table in self._entities
            if (rows := folded.adopted.get(table))
        ]
        return replace(
            self._empty,
            adaptations=(*self._empty.adaptations, *adopted),
            stages=tuple(
                replace(stage, tables=tuple(self.folded.tables.get(stage.id, {}).values()))
                for stage in self._empty.stages
            ),
            notes=(*self._empty.notes, *folded.notes, *left_alone),
            warnings=(*self._empty.warnings, *folded.warnings),
            state=self._digest(),
        )

    def _digest(self) -> str:
        """A digest of every change, in the stages' order, whichever stage was surveyed first."""
        digest = hashlib.sha256()
        for stage in self._empty.stages:
            digest.update("\n".join([stage.id, *self.folded.changes.get(stage.id, ())]).encode())
        return digest.hexdigest()

    def _table(self, found: TableSurvey, previous: TablePlan) -> TablePlan:
        return replace(
            previous,
            create=previous.create + len(found.create),
            update=previous.update + len(found.update),
            unchanged=previous.unchanged + found.unchanged,
            kept=previous.kept + found.kept,
            left=previous.left + found.left,
            unseeded=previous.unseeded + found.unseeded,
            samples=(*previous.samples, *self._samples(found, MOST_SAMPLES - len(previous.samples))),
        )

    def _samples(self, found: TableSurvey, most: int) -> Iterable[Sample]:
        entity = self._entities[found.table]
        updates = [
            Sample(
                "update",
                str(key),
                {
                    name: (change.before[entity.positions[name]], change.after[entity.positions[name]])
                    for name in change.columns
                },
            )
            for key, change in list(found.update.items())[:most]
        ]
        creates = [
            Sample("create", str(key), _new_values(entity, row))
            for key, row in list(found.create.items())[: max(0, most - len(updates))]
        ]
        return [*updates, *creates]


def _new_values(entity: Entity, row: Row) -> dict[str, tuple[Any, Any]]:
    return {name: (None, value) for name, value in zip(entity.columns, row, strict=True) if value is not None}


def empty_plan(
    *,
    blueprint: str,
    target: str,
    tenant: str,
    selection: Selection,
    stages: Iterable[tuple[str, str, Sequence[str]]],
    **facts: Any,
) -> Plan:
    """A plan that has not been surveyed: its stages with their tables, no rows counted."""
    return Plan(
        blueprint=blueprint,
        target=target,
        tenant=tenant,
        selection=selection,
        stages=tuple(
            StagePlan(
                id=stage,
                title=title,
                selected="chosen" if selection.mode is Mode.PURGE else selection.stages[stage].selected,
                reason="the whole tenant" if selection.mode is Mode.PURGE else selection.stages[stage].reason,
                tables=tuple(TablePlan(table) for table in tables),
            )
            for stage, title, tables in stages
        ),
        **facts,
    )
