"""What a stage would change: desired rows read from its producer, actual rows from the target, and their difference.

The one code path under plan and run: a plan folds surveys, a run folds them and applies their batches.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from okrseed.adoption import Adoption
from okrseed.amended import Amended
from okrseed.blueprint import Entity, Family, Key, Row, Stage
from okrseed.courtesy import courteously
from okrseed.desired import Desired
from okrseed.diff import TableDiff, Update, difference
from okrseed.meter import measured
from okrseed.ownership import Ownership
from okrseed.reading import TenantReader
from okrseed.selection import Mode, Selection
from okrseed.targets import Session
from okrseed.targets.schema import Projection

MOST_ROWS_PER_TRANSACTION = 10_000
NO_KEYS: Mapping[str, frozenset[Key]] = {}


@dataclass(frozen=True)
class TableSurvey:
    """One table of a stage: the difference, what the mode applies of it, and the tenant's rows beside it.

    kept: rows of ours outside the selection. unseeded: rows that are not ours. adopted: desired rows that stand under
    an id of the application's. left: differences that the mode does not apply; they count as unchanged.
    """

    table: str
    diff: TableDiff
    creates: bool
    updates: bool
    kept: int = 0
    unseeded: int = 0
    adopted: int = 0

    @property
    def create(self) -> Mapping[Key, Row]:
        return self.diff.create if self.creates else {}

    @property
    def update(self) -> Mapping[Key, Update]:
        return self.diff.update if self.updates else {}

    @property
    def left(self) -> int:
        return len(self.diff.create) * (not self.creates) + len(self.diff.update) * (not self.updates)

    @property
    def unchanged(self) -> int:
        return self.diff.unchanged + self.left


class Batch(NamedTuple):
    """Whole families whose changes are written in one transaction, by table in the stage's order."""

    create: Mapping[str, Sequence[Row]]
    update: Mapping[str, Sequence[Row]]


@dataclass(frozen=True)
class StageSurvey:
    """What one stage would do for one tenant."""

    stage: Stage
    tables: tuple[TableSurvey, ...]
    families: Sequence[Family] = field(default=(), repr=False)

    def whole(self) -> Batch:
        """All changes as one batch, for whoever writes everything in one transaction anyway."""
        return Batch(
            {survey.table: list(survey.create.values()) for survey in self.tables},
            {survey.table: [change.after for change in survey.update.values()] for survey in self.tables},
        )

    def batches(self, entities: Mapping[str, Entity], most_rows: int) -> Iterator[Batch]:
        """The changes in families' order, at most `most_rows` rows of a table in a batch, no family split."""
        picks = {
            survey.table: _pick(survey, entities[survey.table].key)
            for survey in self.tables
            if survey.create or survey.update
        }
        if not picks:
            return
        filling = _Filling(self.stage.tables)
        for family in courteously(self.families):
            changes = {table: picks[table](rows) for table, rows in family.items() if table in picks}
            if filling.is_full(changes, most_rows):
                yield filling.batch
                filling = _Filling(self.stage.tables)
            filling.add(changes)
        if filling.rows:
            yield filling.batch


class Counts(NamedTuple):
    """Rows of a table of a stage, as a survey counts them where nothing is left to do."""

    unchanged: int
    kept: int
    unseeded: int


class Recalled(NamedTuple):
    """What is known of a stage's tables without a look at their rows: counts, and the rows that were changed since."""

    counts: Mapping[str, Counts]
    amended: Mapping[str, Amended]


class Surveyor:
    """Surveys the stages of one tenant, in any order, on any session."""

    def __init__(
        self,
        entities: Mapping[str, Entity],
        projections: Mapping[str, Projection],
        reader: TenantReader,
        ownership: Ownership,
        selection: Selection,
        adoption: Adoption,
    ) -> None:
        self._entities = entities
        self._projections = projections
        self._reader = reader
        self._ownership = ownership
        self._selection = selection
        self._adoption = adoption

    def stage(
        self,
        session: Session,
        stage: Stage,
        removed: Mapping[str, Collection[Key]] = NO_KEYS,
    ) -> StageSurvey:
        """Survey one stage. `removed`: keys to be taken as gone already, by table (a reset deletes first)."""
        # The database is at work while the stage's rows are still being made.
        for table in stage.tables:
            self._reader.within(session, table)
        desired = self._adoption.desired(session, stage, removed)
        with measured("diff"):
            surveys = tuple(
                self._table(session, stage, table, desired, removed.get(table, ())) for table in stage.tables
            )
        return StageSurvey(stage, surveys, desired.families)

    def recalled(self, session: Session, stage: Stage, recalled: Recalled) -> StageSurvey:
        """The survey of a stage of which nothing was left to do, but for rows that were changed since."""
        surveys = tuple(self._recalled_table(session, stage, table, recalled) for table in stage.tables)
        changed = [recalled.amended[table] for table in stage.tables if table in recalled.amended]
        # Each has the families of the one stage.
        return StageSurvey(stage, surveys, changed[0].families if changed else ())

    def _recalled_table(self, session: Session, stage: Stage, table: str, recalled: Recalled) -> TableSurvey:
        counts, diff = recalled.counts[table], TableDiff()
        if table in recalled.amended:
            desired = recalled.amended[table].desired
            # Anew, as somebody may have written since the first look; what is preserved stays as it is now.
            actual = self._reader.by_key(session, table, desired.keys())
            diff = difference(self._entities[table], self._present(table), desired, desired.values(), actual)
        changes = len(diff.create) + len(diff.update)
        return TableSurvey(
            table,
            TableDiff(diff.create, diff.update, counts.unchanged - changes),
            creates=True,
            updates=self._updates(stage),
            kept=counts.kept,
            unseeded=counts.unseeded,
        )

    def _updates(self, stage: Stage) -> bool:
        chosen = self._selection.stages[stage.id].selected == "chosen"
        return chosen and self._selection.mode is not Mode.INCREMENTAL

    def _table(
        self, session: Session, stage: Stage, table: str, desired: Desired, removed: Collection[Key]
    ) -> TableSurvey:
        keys = desired.keys(table)
        actual = self._reader.rows(session, table, keys)
        if removed:
            actual = {key: row for key, row in actual.items() if key not in removed}
        diff = difference(self._entities[table], self._present(table), keys, desired.rows(table), actual)
        beside = actual.keys() - set(keys) if len(actual) > len(keys) - len(diff.create) else set()
        kept = len(self._ownership.ours(session, self._reader, table, beside)) if beside else 0
        return TableSurvey(
            table,
            diff,
            creates=True,
            updates=self._updates(stage),
            kept=kept,
            unseeded=len(beside) - kept,
            adopted=len(self._adoption.ids(table)),
        )

    def _present(self, table: str) -> frozenset[str]:
        projection = self._projections.get(table)
        return frozenset(projection.fields) if projection else frozenset()


Picked = tuple[Sequence[Row], Sequence[Row]]
"""Rows to create and rows to update."""


def _pick(survey: TableSurvey, key: Callable[[Row], Key]) -> Callable[[Sequence[Row]], Picked]:
    """Takes from a family's rows of a table what changes."""
    create, update = survey.create, survey.update
    if survey.creates and not survey.diff.update and not survey.diff.unchanged:
        # Every row is new, as in a target where there was no tenant.
        return lambda rows: (rows, ())

    def pick(rows: Sequence[Row]) -> Picked:
        return (
            [row for row in rows if key(row) in create],
            [change.after for row in rows if (change := update.get(key(row))) is not None],
        )

    return pick


class _Filling:
    """A batch that is being filled, and how much it holds."""

    def __init__(self, tables: Sequence[str]) -> None:
        self._create: dict[str, list[Row]] = {table: [] for table in tables}
        self._update: dict[str, list[Row]] = {table: [] for table in tables}
        self._sizes = dict.fromkeys(tables, 0)
        self.batch = Batch(self._create, self._update)
        self.rows = 0

    def add(self, changes: Mapping[str, Picked]) -> None:
        """Take the changes of a family."""
        for table, (create, update) in changes.items():
            self._create[table] += create
            self._update[table] += update
            added = len(create) + len(update)
            self._sizes[table] += added
            self.rows += added

    def is_full(self, changes: Mapping[str, Picked], most_rows: int) -> bool:
        """Whether it must be closed before these changes; an empty one never is."""
        if not self.rows:
            return False
        added = {table: len(create) + len(update) for table, (create, update) in changes.items()}
        return self.rows + sum(added.values()) > MOST_ROWS_PER_TRANSACTION or any(
            self._sizes[table] + rows > most_rows for table, rows in added.items()
        )
