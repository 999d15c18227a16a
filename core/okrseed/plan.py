"""The plan: what was chosen, what that pulled in, and what will change. Counts and samples, never all rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from okrseed.blueprint import Entity, Row
from okrseed.removal import Removal
from okrseed.selection import Mode, Selected, Selection
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
    state: str = field(default="", repr=False)

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
    def fingerprint(self) -> str:
        """A digest of target, selection and every count and key that the plan holds; what time it takes is not part."""
        stages = tuple(replace(stage, estimate_s=None) for stage in self.stages)
        timeless = replace(self, stages=stages, estimate_s=None)
        facts = json.dumps(timeless._facts() | {"state": self.state}, sort_keys=True, default=str)
        return hashlib.sha256(facts.encode()).hexdigest()[:16]

    def document(self) -> dict[str, Any]:
        """The document `okrseed.plan/1` (specification: JSON documents)."""
        return {"schema": "okrseed.plan/1", **self._facts(), "fingerprint": self.fingerprint}

    def _facts(self) -> dict[str, Any]:
        selection = self.selection
        return {
            "blueprint": self.blueprint,
            "target": self.target,
            "tenant": self.tenant,
            "mode": selection.mode.value,
            "size": selection.size,
            "environment": selection.environment,
            "as_of": selection.as_of.isoformat(),
            "seed": selection.seed,
            "workspaces": list(selection.scopes),
            "options": sorted(selection.options),
            "estimate_s": self.estimate_s,
            "stages": [_stage_document(stage) for stage in self.stages],
            "totals": {count: self.total(count) for count in ("create", "update", "unchanged", "delete", "kept")},
            "left": self.left,
            "adaptations": list(self.adaptations),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


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


class PlanBuilder:
    """Folds surveys into a plan; the planner and the runner feed it the same surveys."""

    def __init__(self, empty: Plan, entities: Mapping[str, Entity]) -> None:
        self._empty = empty
        self._entities = entities
        self.clear()

    def clear(self) -> None:
        """Forget what was surveyed: the transaction it belonged to was rolled back."""
        self._tables: dict[str, dict[str, TablePlan]] = {}
        self._notes: list[str] = []
        self._warnings: list[str] = []
        self._adopted: dict[str, int] = {}
        self._keys: dict[str, list[str]] = {}

    def add(self, survey: StageSurvey) -> None:
        """Take what a stage would create and update."""
        tables = self._tables.setdefault(survey.stage.id, {})
        for found in survey.tables:
            previous = tables.get(found.table, TablePlan(found.table))
            tables[found.table] = self._table(found, previous)
            self._adopted[found.table] = found.adopted
            for change in (found.create, found.update):
                self._keys.setdefault(survey.stage.id, []).extend(map(repr, change))

    def remove(self, removal: Removal) -> None:
        """Take what a purge or reset would delete; each table counts at the first stage that writes it."""
        for table, keys in removal.delete.items():
            stage = next(plan.id for plan in self._empty.stages if any(own.table == table for own in plan.tables))
            samples = tuple(Sample("delete", str(key), {}) for key in sorted(keys, key=str)[:MOST_SAMPLES])
            self._tables.setdefault(stage, {})[table] = TablePlan(table, delete=len(keys), samples=samples)
            self._keys.setdefault(stage, []).extend(map(repr, sorted(keys, key=str)))
        self._notes += removal.kept
        self._warnings += removal.problems

    def plan(self) -> Plan:
        """The plan as far as it has been surveyed."""
        unseeded = {
            name: table.unseeded for tables in self._tables.values() for name, table in tables.items() if table.unseeded
        }
        left_alone = [f"{rows} unseeded rows in {table} are left alone" for table, rows in unseeded.items()]
        adopted = [
            f"{rows} rows of {table} are adopted: they stand here under ids of the application's own"
            for table in self._entities
            if (rows := self._adopted.get(table))
        ]
        return replace(
            self._empty,
            adaptations=(*self._empty.adaptations, *adopted),
            stages=tuple(
                replace(stage, tables=tuple(self._tables.get(stage.id, {}).values())) for stage in self._empty.stages
            ),
            notes=(*self._empty.notes, *self._notes, *left_alone),
            warnings=(*self._empty.warnings, *self._warnings),
            state=self._digest(),
        )

    def _digest(self) -> str:
        """A digest of every key that changes, in the stages' order, whichever stage was surveyed first."""
        digest = hashlib.sha256()
        for stage in self._empty.stages:
            digest.update("\n".join([stage.id, *self._keys.get(stage.id, ())]).encode())
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
