"""Full and incremental runs: a transaction for each batch, stages side by side where the graph lets them."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextvars import copy_context

from okrseed.cancellation import Cancellation
from okrseed.claim import Claim
from okrseed.errors import Cancelled, OkrseedError, defect
from okrseed.events import StageStatus
from okrseed.graph import Graph
from okrseed.journal import Journal
from okrseed.meter import accounted
from okrseed.plan import PlanBuilder
from okrseed.prepare import Prepared
from okrseed.retry import Retries
from okrseed.settings import RunSettings
from okrseed.stage_work import Means, StageWork
from okrseed.survey import StageSurvey
from okrseed.writer import Writer


class StagedRun:
    """Runs stages on threads of its own. A stage that fails takes along what needs it; the others go on."""

    def __init__(
        self,
        prepared: Prepared,
        builder: PlanBuilder,
        journal: Journal,
        settings: RunSettings,
        cancellation: Cancellation,
        claim: Claim,
    ) -> None:
        self._prepared = prepared
        self._builder = builder
        self._journal = journal
        self._settings = settings
        self._cancellation = cancellation
        self._writer = Writer(prepared)
        self._means = Means(prepared, self._writer, journal, settings, cancellation, claim, self._planned)
        self._building = threading.Lock()
        self._failures: dict[str, OkrseedError] = {}
        self._stopping = False

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Run the stages; returns the error the others follow from, a real failure before a cancellation."""
        graph = self._prepared.graph.subset(stages)
        scheduler = graph.scheduler()
        jobs = max(1, min(self._settings.jobs, self._prepared.target.connections))
        if not self._prepared.sealing.answers:
            self._prepared.production.ahead(self._prepared.stages[stage] for stage in graph.order())
        if self._prepared.stamp is None:
            # There is no tenant yet, so every row is new.
            self._writer.make_ahead(table for stage in stages for table in self._prepared.stages[stage].tables)
        running: dict[Future[OkrseedError | None], str] = {}
        waiting: set[str] = set()
        with ThreadPoolExecutor(max_workers=jobs, thread_name_prefix="okrseed") as pool:
            while scheduler.is_active():
                waiting.update(scheduler.get_ready())
                for stage in self._startable(graph.ranked(waiting), list(running.values()), jobs):
                    waiting.discard(stage)
                    if self._may_start(stage, graph):
                        # Its own context: what measures this run measures its threads too.
                        running[pool.submit(copy_context().run, self._stage, stage)] = stage
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
        with accounted(stage):
            return self._run_stage(stage)

    def _run_stage(self, stage: str) -> OkrseedError | None:
        work = StageWork(self._means, stage)
        self._journal.stage_started(stage)
        retries = Retries(self._settings.retry, self._cancellation.requested)
        error: OkrseedError | None = None
        try:
            retries.run(
                work.attempt,
                scheduled=self._journal.retry_scheduled([stage], self._settings.retry.retries + 1),
                started=self._journal.retry_started([stage]),
                progress=lambda: work.committed,
            )
        except OkrseedError as raised:
            error = self._cancellation.explain(raised)
        except Exception as raised:
            # A defect of a producer or of ours: the stage fails, and the run goes on to report it.
            error = defect(raised)
        status: StageStatus = "done"
        if error is not None:
            error.stage = error.stage or stage
            error.message += work.doubt
            status = "cancelled" if isinstance(error, Cancelled) else "failed"
            self._failures[stage] = error
            critical = self._prepared.stages[stage].critical
            self._stopping = self._stopping or self._settings.fail_fast or critical
        self._journal.stage_finished(stage, status, statements=work.statements, error=error)
        return error

    def _planned(self, found: StageSurvey) -> None:
        with self._building:
            self._builder.add(found)


def _finished(running: dict[Future[OkrseedError | None], str]) -> list[str]:
    """Wait for a stage to end, if any runs; take those that ended out of `running`."""
    if not running:
        return []
    finished, _ = wait(running, return_when=FIRST_COMPLETED)
    return [running.pop(future) for future in finished]
