"""One stage of a staged run: surveyed, and written in batches, each in a transaction of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from typing import NamedTuple

from okrseed.cancellation import Cancellation
from okrseed.claim import Claim
from okrseed.errors import DatabaseFailure
from okrseed.journal import Journal
from okrseed.meter import measured
from okrseed.planner import survey
from okrseed.prepare import Prepared
from okrseed.settings import RunSettings
from okrseed.statistics import worth_refreshing
from okrseed.survey import Batch, StageSurvey
from okrseed.targets import Session
from okrseed.writer import Writer

DOUBT = "; the answer to its last COMMIT did not arrive, so that transaction may have been committed"


class Means(NamedTuple):
    """What the stages of one run work with. `planned` takes the survey that the plan holds."""

    prepared: Prepared
    writer: Writer
    journal: Journal
    settings: RunSettings
    cancellation: Cancellation
    claim: Claim
    planned: Callable[[StageSurvey], None]


class StageWork:
    """The attempts at one stage: each surveys anew and writes what is still missing."""

    def __init__(self, means: Means, stage: str) -> None:
        self._means = means
        self._stage = stage
        self._attempts = 0
        self._surveyed = False
        self._doubtful: Batch | None = None
        self.committed = 0
        """Transactions that were committed, as far as that was told."""
        self.statements = 0
        """Statements sent over all attempts."""

    @property
    def doubt(self) -> str:
        """Words for an error: whether the outcome of a transaction is not known."""
        return DOUBT if self._doubtful is not None else ""

    def attempt(self) -> None:
        """Survey and write; after a failure of the database the next attempt reads everything anew."""
        means = self._means
        self._attempts += 1
        if self._attempts > 1:
            means.claim.renew()
        tables: Sequence[str] = ()
        with means.prepared.target.session(self._stage) as session:
            try:
                with nullcontext() if means.prepared.needs_nobody(self._stage) else session.reading():
                    found = self._survey(session)
                tables = found.stage.tables
                self._write(session, found)
            except DatabaseFailure:
                means.prepared.forget(tables)
                raise
            finally:
                self.statements += session.statements

    def _survey(self, session: Session) -> StageSurvey:
        """Survey the stage; its first survey is the one that the plan holds."""
        found = survey(session, self._means.prepared, self._stage)
        # The first attempt may have been cut off before it saw anything.
        if not self._surveyed:
            self._means.planned(found)
            self._surveyed = True
        self._settle(found)
        self._means.journal.stage_surveyed(found)
        return found

    def _settle(self, found: StageSurvey) -> None:
        """Tell of the batch whose COMMIT was not answered, if the rows are there.

        It was committed as a whole or not at all, so one row that is still missing or different tells.
        """
        batch, self._doubtful = self._doubtful, None
        if batch is None:
            return
        entities = self._means.prepared.entities
        for table in found.tables:
            key = entities[table.table].key
            if any(key(row) in table.create for row in batch.create[table.table]):
                return
            if any(key(row) in table.update for row in batch.update[table.table]):
                return
        self._tell(batch)

    def _write(self, session: Session, found: StageSurvey) -> None:
        """Write a survey's batches, each in a transaction; what is told was committed."""
        means = self._means
        written: dict[str, int] = {}
        for batch in found.batches(means.prepared.entities, means.settings.batch):
            means.cancellation.check()
            try:
                with measured("write"), session.transaction():
                    means.writer.write(session, batch)
            except DatabaseFailure as failure:
                self._doubtful = batch if failure.doubtful else None
                raise
            self._tell(batch)
            for table, rows in batch.create.items():
                written[table] = written.get(table, 0) + len(rows)
        grown = worth_refreshing(means.prepared.entities, means.prepared.projections, written)
        if grown:
            session.analyze(grown)

    def _tell(self, batch: Batch) -> None:
        self.committed += 1
        for table in batch.create:
            created, updated = len(batch.create[table]), len(batch.update[table])
            self._means.journal.rows_written(self._stage, table, created=created, updated=updated)
