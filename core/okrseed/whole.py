"""Purge and reset: everything in one transaction, on purpose, so that a tenant is never half gone."""

from __future__ import annotations

from collections.abc import Sequence

from okrseed.cancellation import Cancellation
from okrseed.errors import OkrseedError, defect
from okrseed.journal import Journal
from okrseed.plan import PlanBuilder
from okrseed.planner import survey
from okrseed.prepare import Prepared
from okrseed.retry import Retries
from okrseed.selection import Mode
from okrseed.settings import RunSettings
from okrseed.targets import Session
from okrseed.writer import Writer

ROLLED_BACK = "Everything was rolled back; nothing was changed."


class WholeRun:
    """Deletes, then (reset) creates; what is told of rows is told after the commit."""

    def __init__(
        self,
        prepared: Prepared,
        builder: PlanBuilder,
        journal: Journal,
        settings: RunSettings,
        cancellation: Cancellation,
    ) -> None:
        self._prepared = prepared
        self._builder = builder
        self._journal = journal
        self._settings = settings
        self._cancellation = cancellation
        self._writer = Writer(prepared)
        self._statements = 0

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Run all stages as one; returns the error that rolled everything back, if one did."""
        for stage in stages:
            self._journal.stage_started(stage)
        try:
            Retries(self._settings.retry, self._cancellation.requested).run(
                lambda: self._attempt(stages),
                scheduled=self._journal.retry_scheduled(stages, self._settings.retry.retries + 1),
                started=self._journal.retry_started(stages),
            )
        except OkrseedError as raised:
            return self._rolled_back(stages, self._cancellation.explain(raised))
        except Exception as raised:
            return self._rolled_back(stages, defect(raised))
        self._tell(stages)
        return None

    def _rolled_back(self, stages: Sequence[str], error: OkrseedError) -> OkrseedError:
        error.safe = ROLLED_BACK
        self._journal.close_open_stages(stages, error)
        return error

    def _attempt(self, stages: Sequence[str]) -> None:
        prepared = self._prepared
        prepared.forget(prepared.entities)
        self._builder.clear()
        with prepared.target.session(prepared.selection.mode.value) as session:
            try:
                with session.transaction():
                    self._write(session, stages)
                    self._cancellation.check()
            finally:
                self._statements += session.statements

    def _write(self, session: Session, stages: Sequence[str]) -> None:
        prepared, selection = self._prepared, self._prepared.selection
        removal = prepared.removal(session)
        removal.check(with_unseeded=selection.with_unseeded)
        self._builder.remove(removal)
        self._cancellation.check()
        self._writer.delete(session, removal.delete)
        if selection.mode is Mode.PURGE:
            return
        for stage in filter(selection.takes_part, stages):
            found = survey(session, prepared, stage, removal.delete)
            self._builder.add(found)
            for batch in found.batches(prepared.entities, self._settings.batch):
                self._cancellation.check()
                self._writer.write(session, batch)

    def _tell(self, stages: Sequence[str]) -> None:
        """After the commit: the rows by stage and table; the first stage has the statements of all."""
        statements = self._statements
        for stage in self._builder.plan().stages:
            if stage.id not in stages:
                continue
            self._journal.stage_planned(stage)
            for table in stage.tables:
                self._journal.rows_written(
                    stage.id, table.table, created=table.create, updated=table.update, deleted=table.delete
                )
            self._journal.stage_finished(stage.id, "done", statements=statements)
            statements = 0
