"""The state of a run as a pure fold of its events; the app, the command line, the report and the tests share it."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from okrseed.blueprint import Finding
from okrseed.changed import changed
from okrseed.events import (
    CheckFinished,
    Event,
    RetryScheduled,
    RetryStarted,
    RowsWritten,
    RunFinished,
    RunStarted,
    RunStatus,
    SchemaCreated,
    StageFinished,
    StageStarted,
    StageSurveyed,
    VerificationFinished,
    VerificationStarted,
)

StageProgress = Literal["waiting", "running", "retrying", "done", "unchanged", "failed", "skipped", "cancelled"]


class Retry(NamedTuple):
    """A retry: the attempt it leads to, out of how many, why, and how long it waits (seconds)."""

    stage: str | None
    attempt: int
    attempts: int
    wait_s: float
    cause: str
    sqlstate: str | None
    clock_s: float


@dataclass(frozen=True)
class StageState:
    """One stage: rows planned and done, times in seconds on the monotonic clock."""

    id: str
    progress: StageProgress = "waiting"
    planned: int = 0
    created: int = 0
    updated: int = 0
    deleted: int = 0
    unchanged: int = 0
    started_s: float | None = None
    duration_s: float | None = None
    statements: int = 0
    retries: int = 0
    retry: Retry | None = None
    cause: str = ""
    sqlstate: str | None = None

    @property
    def done(self) -> int:
        """Rows committed so far."""
        return self.created + self.updated + self.deleted

    def elapsed_s(self, now_s: float) -> float | None:
        """Time since the start, or the duration once it is over; None before."""
        if self.duration_s is not None:
            return self.duration_s
        return None if self.started_s is None else max(0.0, now_s - self.started_s)


@dataclass(frozen=True)
class RunState:
    """A run as far as its events tell."""

    run_id: str = ""
    target: str = ""
    tenant: str = ""
    mode: str = ""
    status: RunStatus | Literal["idle", "running"] = "idle"
    message: str = ""
    started_at: datetime.datetime | None = None
    started_s: float | None = None
    duration_s: float | None = None
    stages: Mapping[str, StageState] = field(default_factory=dict)
    retries: tuple[Retry, ...] = ()
    findings: tuple[Finding, ...] = ()
    verification: Literal["none", "running", "done"] = "none"
    verification_started_s: float | None = None
    verification_s: float | None = None
    created_tables: tuple[str, ...] = ()
    events: int = 0
    errors: int = 0

    @property
    def done(self) -> int:
        """Rows committed so far, over all stages."""
        return sum(stage.done for stage in self.stages.values())

    @property
    def planned(self) -> int:
        """Rows to write, over the stages that know it."""
        return sum(stage.planned for stage in self.stages.values())

    @property
    def statements(self) -> int:
        return sum(stage.statements for stage in self.stages.values())

    def elapsed_s(self, now_s: float) -> float:
        """Time since the start in seconds, or the duration once it is over."""
        if self.duration_s is not None:
            return self.duration_s
        return 0.0 if self.started_s is None else max(0.0, now_s - self.started_s)


def fold(state: RunState, event: Event) -> RunState:
    """The state after one more event. Unknown events change nothing but the count."""
    return _fold(changed(state, events=state.events + 1), event)


def later(one: RunState, other: RunState) -> RunState:
    """That of two states of a run which knows more events."""
    return other if other.events > one.events else one


def _fold(state: RunState, event: Event) -> RunState:
    match event:
        case RunStarted():
            # What was tried again before the first row belongs to this run as well.
            return changed(
                RunState(events=state.events, retries=state.retries, errors=state.errors),
                run_id=event.run_id,
                target=event.target,
                tenant=event.tenant,
                mode=event.mode,
                status="running",
                started_at=event.at,
                started_s=event.clock_s,
                stages={stage: StageState(stage) for stage in event.stages},
            )
        case SchemaCreated():
            return changed(state, created_tables=event.tables)
        case RunFinished():
            return changed(state, status=event.status, duration_s=event.duration_s, message=event.message)
        case VerificationStarted():
            return changed(state, verification="running", verification_started_s=event.clock_s)
        case VerificationFinished():
            return changed(state, verification="done", verification_s=event.duration_s)
        case CheckFinished():
            finding = Finding(event.check, event.title, event.status, event.expected, event.found)
            return changed(state, findings=(*state.findings, finding))
        case RetryScheduled():
            return _retry(state, event)
    stage = state.stages.get(event.stage or "")
    return state if stage is None else _with(state, _fold_stage(stage, event))


def _retry(state: RunState, event: RetryScheduled) -> RunState:
    retry = Retry(
        event.stage,
        event.attempt,
        event.attempts,
        event.wait_s,
        event.cause,
        event.sqlstate,
        event.clock_s,
    )
    state = changed(state, retries=(*state.retries, retry), errors=state.errors + 1)
    stage = state.stages.get(event.stage or "")
    if stage is None:
        return state
    return _with(state, changed(stage, progress="retrying", retry=retry, retries=stage.retries + 1))


def _fold_stage(stage: StageState, event: Event) -> StageState:
    match event:
        case StageStarted():
            return changed(stage, progress="running", started_s=event.clock_s)
        case RetryStarted():
            return changed(stage, progress="running")
        case StageSurveyed():
            planned = event.create + event.update + event.delete
            # Surveyed again after a retry, the rows that this stage has committed already are found unchanged.
            return changed(stage, planned=stage.done + planned, unchanged=event.unchanged - stage.done)
        case RowsWritten():
            return changed(
                stage,
                progress="running",
                created=stage.created + event.created,
                updated=stage.updated + event.updated,
                deleted=stage.deleted + event.deleted,
            )
        case StageFinished():
            unchanged = event.status == "done" and stage.done == 0
            return changed(
                stage,
                progress="unchanged" if unchanged else event.status,
                duration_s=event.duration_s,
                statements=event.statements,
                cause=event.cause,
                sqlstate=event.sqlstate,
                retry=None,
            )
    return stage


def _with(state: RunState, stage: StageState) -> RunState:
    failed = stage.progress == "failed" and state.stages[stage.id].progress != "failed"
    return changed(state, stages={**state.stages, stage.id: stage}, errors=state.errors + (1 if failed else 0))
