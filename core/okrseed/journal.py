"""The journal of one run: stamps events with time and run id, keeps their fold, hands them to the sink."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from typing import Any, TypeVar

from okrseed.blueprint import Finding
from okrseed.clock import Clock
from okrseed.errors import Cancelled, OkrseedError
from okrseed.events import (
    CheckFinished,
    Event,
    EventSink,
    LockAwaited,
    RetryScheduled,
    RetryStarted,
    RowsWritten,
    StageFinished,
    StageStarted,
    StageStatus,
    StageSurveyed,
    VerificationFinished,
)
from okrseed.plan import TablePlan
from okrseed.progress import RunState, fold
from okrseed.retry import Retries, RetryPolicy
from okrseed.survey import StageSurvey
from okrseed.targets import Holder

Result = TypeVar("Result")


class Journal:
    """Emits from any thread. Sees to it that every stage that starts also finishes."""

    def __init__(self, run_id: str, sink: EventSink, clock: Clock) -> None:
        self._run_id = run_id
        self._sink = sink
        self._clock = clock
        self._lock = threading.Lock()
        self.state = RunState()

    def emit(self, kind: type[Event], **facts: Any) -> None:
        """Make an event of this kind, now."""
        event = kind(at=self._clock.now(), clock_s=self._clock.monotonic(), run_id=self._run_id, **facts)
        with self._lock:
            self.state = state = fold(self.state, event)
        self._sink.emit(event, state)

    def stage_started(self, stage: str) -> None:
        self.emit(StageStarted, stage=stage)

    def stage_surveyed(self, found: StageSurvey) -> None:
        self.emit(
            StageSurveyed,
            stage=found.stage.id,
            create=sum(len(table.create) for table in found.tables),
            update=sum(len(table.update) for table in found.tables),
            unchanged=sum(table.unchanged for table in found.tables),
            delete=0,
        )

    def stage_grown(self, stage: str, tables: Sequence[TablePlan]) -> None:
        """The same, for a stage whose survey is known from the plan only; rows it has written before count as
        unchanged by now."""
        before = self.state.stages[stage]
        totals = {count: sum(getattr(table, count) for table in tables) for count in ("create", "update", "delete")}
        unchanged = before.done + before.unchanged + sum(table.unchanged for table in tables)
        self.emit(
            StageSurveyed, stage=stage, unchanged=unchanged, further=before.planned + before.unchanged > 0, **totals
        )

    def stage_committed(self, stage: str, tables: Sequence[TablePlan]) -> None:
        """A transaction that the plan knows was committed: what it was to do, and that it is done."""
        self.stage_grown(stage, tables)
        for table in tables:
            self.rows_written(stage, table.table, created=table.create, updated=table.update, deleted=table.delete)

    def rows_written(self, stage: str, table: str, *, created: int = 0, updated: int = 0, deleted: int = 0) -> None:
        """A transaction was committed; nothing is said of a table without changes."""
        if created or updated or deleted:
            self.emit(RowsWritten, stage=stage, table=table, created=created, updated=updated, deleted=deleted)

    def stage_finished(
        self,
        stage: str,
        status: StageStatus,
        *,
        statements: int = 0,
        error: OkrseedError | None = None,
        cause: str = "",
    ) -> None:
        """The stage is over; its duration is counted from its start."""
        duration = self.state.stages[stage].elapsed_s(self._clock.monotonic()) or 0.0
        self.emit(
            StageFinished,
            stage=stage,
            status=status,
            duration_s=duration,
            statements=statements,
            cause=cause or (error.message if error else ""),
            sqlstate=error.sqlstate if error else None,
        )

    def stage_not_started(self, stage: str, status: StageStatus, cause: str) -> None:
        """A stage that never began still has a start and an end, so that nobody waits for it."""
        self.stage_started(stage)
        self.stage_finished(stage, status, cause=cause)

    def close_open_stages(self, stages: Collection[str], error: OkrseedError) -> None:
        """Every stage without an end ends with this error."""
        status: StageStatus = "cancelled" if isinstance(error, Cancelled) else "failed"
        for stage in stages:
            state = self.state.stages[stage]
            if state.started_s is None:
                self.stage_not_started(stage, status, error.message)
            elif state.duration_s is None:
                self.stage_finished(stage, status, error=error)

    def verified(self, findings: Sequence[Finding], duration_s: float) -> None:
        """Verification is over: what each check found, and how long they took in seconds."""
        for finding in findings:
            self.emit(
                CheckFinished,
                check=finding.id,
                title=finding.title,
                status=finding.status,
                expected=finding.expected,
                found=finding.found,
            )
        counts = Counter(finding.status for finding in findings)
        self.emit(
            VerificationFinished,
            duration_s=duration_s,
            passed=counts["pass"],
            warned=counts["warn"],
            failed=counts["fail"],
        )

    def lock_awaited(self, wait_s: float) -> Callable[[Holder], None]:
        """What `Claim.take` calls before it waits for so many seconds."""
        return lambda holder: self.emit(LockAwaited, holder=holder.words, wait_s=wait_s)

    def retried(
        self,
        policy: RetryPolicy,
        stop: threading.Event,
        work: Callable[[], Result],
        *,
        stages: Collection[str | None] = (None,),
        connected: bool = True,
    ) -> Result:
        """Do work, and do it again where that may help; waits are told for `stages`, None for what belongs to none."""
        return Retries(policy, stop, connected=connected).run(
            work,
            scheduled=self.retry_scheduled(stages, policy.retries + 1),
            started=self.retry_started(stages),
        )

    def retry_scheduled(
        self, stages: Collection[str | None], attempts: int
    ) -> Callable[[int, float, OkrseedError], None]:
        """What `Retries.run` calls before it waits, for the stages that share the transaction."""

        def scheduled(attempt: int, wait_s: float, failure: OkrseedError) -> None:
            for stage in stages:
                self.emit(
                    RetryScheduled,
                    stage=stage,
                    attempt=attempt,
                    attempts=attempts,
                    wait_s=wait_s,
                    cause=failure.message,
                    sqlstate=failure.sqlstate,
                )

        return scheduled

    def retry_started(self, stages: Collection[str | None]) -> Callable[[int], None]:
        """What `Retries.run` calls when the wait is over."""

        def started(attempt: int) -> None:
            for stage in stages:
                self.emit(RetryStarted, stage=stage, attempt=attempt)

        return started

    def committed(self) -> str:
        """What is safe, in words: what has been committed so far."""
        state = self.state
        if not state.done:
            return "Nothing was written."
        done = [stage.id for stage in state.stages.values() if stage.progress in ("done", "unchanged")]
        return (
            f"{state.done} rows are committed, in whole families; stages done: {', '.join(done) or 'none'}."
            " Running again completes the rest."
        )
