"""Full and incremental runs: a transaction for each batch, stages side by side where the graph lets them."""

from __future__ import annotations

import threading
from collections.abc import Collection, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager

from okrseed.cancellation import Cancellation
from okrseed.errors import Cancelled, DatabaseFailure, OkrseedError, defect
from okrseed.events import StageStatus
from okrseed.graph import Graph
from okrseed.journal import Journal
from okrseed.plan import PlanBuilder
from okrseed.planner import survey
from okrseed.prepare import Prepared
from okrseed.retry import Retries
from okrseed.settings import RunSettings
from okrseed.survey import StageSurvey
from okrseed.targets import Session
from okrseed.writer import Writer

ROWS_WORTH_ANALYZING = 1_000


class StagedRun:
    """Runs stages on threads of its own. A stage that fails takes along what needs it; the others go on."""

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
        self._building = threading.Lock()
        self._failures: dict[str, OkrseedError] = {}
        self._stopping = False

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Run the stages; returns the error the others follow from, a real failure before a cancellation."""
        graph = self._prepared.graph.subset(stages)
        scheduler = graph.scheduler()
        jobs = max(1, min(self._settings.jobs, self._prepared.target.connections))
        running: dict[Future[OkrseedError | None], str] = {}
        waiting: set[str] = set()
        with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="okrseed") as pool:
            while scheduler.is_active():
                waiting.update(scheduler.get_ready())
                for stage in self._startable(graph.ranked(waiting), list(running.values()), jobs):
                    waiting.discard(stage)
                    if self._may_start(stage, graph):
                        running[pool.submit(self._stage, stage)] = stage
                    else:
                        scheduler.done(stage)
                for stage in _finished(running):
                    scheduler.done(stage)
        errors = list(self._failures.values())
        return next((error for error in errors if not isinstance(error, Cancelled)), errors[0] if errors else None)

    def _startable(self, ready: Sequence[str], running: Sequence[str], jobs: int) -> Sequence[str]:
        """Which ready stages there is room for; a stage that is not parallel runs alone."""
        alone = [stage for stage in [*running, *ready] if not self._prepared.stages[stage].parallel]
        if any(stage in running for stage in alone):
            return ()
        side_by_side = [stage for stage in ready if stage not in alone][: jobs - len(running)]
        return side_by_side if side_by_side or running else alone[:1]

    def _may_start(self, stage: str, graph: Graph) -> bool:
        """Whether a ready stage may start; where not, its end is told with the cause."""
        broken = next((need for need in graph.needs[stage] if need in self._failures), None)
        if self._cancellation.requested.is_set():
            self._failures[stage] = Cancelled("the run was cancelled")
            self._journal.stage_not_started(stage, "cancelled", "the run was cancelled")
        elif broken is not None:
            self._failures[stage] = self._failures[broken]
            self._journal.stage_not_started(stage, "skipped", f"because of {broken}")
        elif self._stopping:
            first = next(iter(self._failures))
            self._failures[stage] = self._failures[first]
            self._journal.stage_not_started(stage, "skipped", f"stopped after {first} failed")
        else:
            return True
        return False

    def _stage(self, stage: str) -> OkrseedError | None:
        """One stage from start to end, on a thread of the pool; every outcome is told."""
        work = StageWork(self, stage)
        self._journal.stage_started(stage)
        retries = Retries(self._settings.retry, self._cancellation.requested)
        error: OkrseedError | None = None
        try:
            retries.run(
                work.attempt,
                scheduled=self._journal.retry_scheduled([stage], self._settings.retry.retries + 1),
                started=self._journal.retry_started([stage]),
            )
        except OkrseedError as raised:
            error = self._cancellation.explain(raised)
        except Exception as raised:
            # A defect of a producer or of ours: the stage fails, and the run goes on to report it.
            error = defect(raised)
        status: StageStatus = "done"
        if error is not None:
            error.stage = error.stage or stage
            status = "cancelled" if isinstance(error, Cancelled) else "failed"
            self._failures[stage] = error
            critical = self._prepared.stages[stage].critical
            self._stopping = self._stopping or self._settings.fail_fast or critical
        self._journal.stage_finished(stage, status, statements=work.statements, error=error)
        return error

    def survey(self, session: Session, stage: str, *, first: bool) -> StageSurvey:
        """Survey a stage; the first survey of a stage is the one that the plan holds."""
        found = survey(session, self._prepared, stage)
        if first:
            with self._building:
                self._builder.add(found)
        self._journal.stage_surveyed(found)
        return found

    def write(self, session: Session, found: StageSurvey) -> None:
        """Write a survey's batches, each in a transaction; what is told was committed."""
        written: dict[str, int] = {}
        for batch in found.batches(self._prepared.entities, self._settings.batch):
            self._cancellation.check()
            with session.transaction():
                self._writer.write(session, batch)
            for table in found.stage.tables:
                created, updated = len(batch.create[table]), len(batch.update[table])
                written[table] = written.get(table, 0) + created
                self._journal.rows_written(found.stage.id, table, created=created, updated=updated)
        grown = [table for table, rows in written.items() if rows > ROWS_WORTH_ANALYZING]
        if grown:
            session.analyze(grown)

    def session(self, stage: str) -> AbstractContextManager[Session]:
        return self._prepared.target.session(stage)

    def forget(self, tables: Collection[str]) -> None:
        self._prepared.forget(tables)


class StageWork:
    """The attempts at one stage: each surveys anew and writes what is still missing."""

    def __init__(self, run: StagedRun, stage: str) -> None:
        self._run = run
        self._stage = stage
        self._attempts = 0
        self.statements = 0
        """Statements sent over all attempts."""

    def attempt(self) -> None:
        """Survey and write; after a failure of the database the next attempt reads everything anew."""
        self._attempts += 1
        tables: Sequence[str] = ()
        with self._run.session(self._stage) as session:
            try:
                with session.reading():
                    found = self._run.survey(session, self._stage, first=self._attempts == 1)
                tables = found.stage.tables
                self._run.write(session, found)
            except DatabaseFailure:
                self._run.forget(tables)
                raise
            finally:
                self.statements += session.statements


def _finished(running: dict[Future[OkrseedError | None], str]) -> list[str]:
    """Wait for a stage to end, if any runs; take those that ended out of `running`."""
    if not running:
        return []
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    return [running.pop(future) for future in finished]
