"""The plan: what was chosen, what that pulled in, and what will change. Counts and samples, never all rows."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Any, NamedTuple

from okrseed.blueprint import Entity, Row, Tenant
from okrseed.removal import Removal
from okrseed.selection import Mode, Selected, Selection, selection_document
from okrseed.survey import StageSurvey, TableSurvey

MOST_SAMPLES = 20
COUNTS = ("create", "update", "unchanged", "delete", "kept", "left", "unseeded")


class Sample(NamedTuple):
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
    tenants: tuple[str, ...] = ()
    """The slugs, where it is for more than one tenant; `tenant` names them in words then."""
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
            "selection": _digest([self.tenant, *self.tenants, selection_document(self.selection), stages]),
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
            "tenant": list(self.tenants) or self.tenant,
            **selection_document(self.selection),
            "estimate_s": self.estimate_s,
            "stages": [_stage_document(stage) for stage in self.stages],
            "totals": {count: self.total(count) for count in ("create", "update", "unchanged", "delete", "kept")},
            "left": self.left,
            "adaptations": list(self.adaptations),
            "notes": list(self.notes),
            "warnings": list(self.warnings),
        }


def tenants_label(slugs: Sequence[str]) -> str:
    """Tenants in words: the slug of one, or of the first of several."""
    return slugs[0] if len(slugs) == 1 else f"{slugs[0]} and {len(slugs) - 1:,} more"


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
    """What a plan was told so far: tables by stage, words, rows adopted by table, and a digest of the changes by stage.

    Its size does not grow with the rows, and it can be sent to another process.
    """

    tables: dict[str, dict[str, TablePlan]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    adopted: dict[str, int] = field(default_factory=dict)
    digests: dict[str, int] = field(default_factory=dict)

    def changed(self, stage: str, kind: str, changes: Collection[Any]) -> None:
        """Take changes of one kind of a stage into its digest. What comes in several calls may come in any order."""
        try:
            # Most keys are texts: asking each of so many for its `repr` takes as long as all the rest.
            text = "\0".join(changes)
        except TypeError:
            text = "\0".join(map(repr, changes))
        digest = hashlib.sha256(f"{kind}\0{text}".encode())
        self.digests[stage] = (self.digests.get(stage, 0) + int.from_bytes(digest.digest())) % (1 << 256)

    def take(self, stage: str, table: TablePlan) -> None:
        """Add the counts of a table of a stage, and its samples as far as there is room."""
        tables = self.tables.setdefault(stage, {})
        before = tables.get(table.table, TablePlan(table.table))
        sums = {count: getattr(before, count) + getattr(table, count) for count in COUNTS}
        samples = (*before.samples, *table.samples)[:MOST_SAMPLES]
        tables[table.table] = TablePlan(table.table, **sums, samples=samples)

    def named(self, all_of: Sequence[Tenant], those: Sequence[Tenant]) -> Folded:
        """The same, with the tenant named in words that are about one of several."""
        if len(all_of) == 1 or len(those) > 1:
            return self
        slug = those[0].slug
        notes, warnings = ([f"{slug}: {word}" for word in words] for words in (self.notes, self.warnings))
        return replace(self, notes=notes, warnings=warnings)

    def add(self, other: Folded) -> None:
        """Add what another plan of the same stages was told, of other tenants."""
        for stage, tables in other.tables.items():
            for table in tables.values():
                self.take(stage, table)
        self.notes += other.notes
        self.warnings += other.warnings
        for name, rows in other.adopted.items():
            self.adopted[name] = self.adopted.get(name, 0) + rows
        for stage, digest in other.digests.items():
            self.digests[stage] = (self.digests.get(stage, 0) + digest) % (1 << 256)


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
        for found in survey.tables:
            self.folded.take(survey.stage.id, self._table(found))
            self.folded.adopted[found.table] = found.adopted
            at = self._entities[found.table].positions
            updates = [
                (key, [(name, change.before[at[name]], change.after[at[name]]) for name in change.columns])
                for key, change in found.update.items()
            ]
            for kind, changes in (("create", found.create), ("update", updates)):
                if changes:
                    self.folded.changed(survey.stage.id, f"{kind} {found.table}", changes)

    def remove(self, removal: Removal) -> None:
        """Take what a purge or reset would delete; each table counts at the first stage that writes it."""
        for table, keys in removal.delete.items():
            stage = next(plan.id for plan in self._empty.stages if any(own.table == table for own in plan.tables))
            samples = tuple(Sample("delete", str(key), {}) for key in sorted(keys, key=str)[:MOST_SAMPLES])
            self.folded.take(stage, TablePlan(table, delete=len(keys), samples=samples))
            self.folded.changed(stage, f"delete {table}", sorted(keys, key=str))
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
            notes=(*self._empty.notes, *self._ordered(folded.notes), *left_alone),
            warnings=(*self._empty.warnings, *self._ordered(folded.warnings)),
            state=self._digest(),
        )

    def _ordered(self, words: list[str]) -> list[str]:
        """As they came, or, as several tenants come in any order, sorted."""
        return sorted(words) if self._empty.tenants else words

    def _digest(self) -> str:
        """A digest of every change, in the stages' order, whichever stage was surveyed first."""
        digest = hashlib.sha256()
        for stage in self._empty.stages:
            digest.update(f"{stage.id} {self.folded.digests.get(stage.id, 0):x}\n".encode())
        return digest.hexdigest()

    def _table(self, found: TableSurvey) -> TablePlan:
        return TablePlan(
            found.table,
            create=len(found.create),
            update=len(found.update),
            unchanged=found.unchanged,
            kept=found.kept,
            left=found.left,
            unseeded=found.unseeded,
            samples=self._samples(found),
        )

    def _samples(self, found: TableSurvey) -> tuple[Sample, ...]:
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
            for key, change in islice(found.update.items(), MOST_SAMPLES)
        ]
        creates = [
            Sample("create", str(key), _new_values(entity, row))
            for key, row in islice(found.create.items(), MOST_SAMPLES - len(updates))
        ]
        return (*updates, *creates)


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
