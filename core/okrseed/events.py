"""What happens during a run, as facts: frozen dataclasses with stable codes, and the sink they go to.

Every event carries wall time (UTC) and monotonic time in seconds, the run's id and, where it has one, its stage. Every
"started" has exactly one "finished", whatever happens.
"""

from __future__ import annotations

import datetime
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from okrseed.blueprint import Status

if TYPE_CHECKING:
    from okrseed.progress import RunState

Level = Literal["debug", "info", "warning", "error"]
StageStatus = Literal["done", "failed", "skipped", "cancelled"]
RunStatus = Literal["succeeded", "failed", "cancelled", "refused"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """The facts that every event has."""

    code: ClassVar[str]
    level: ClassVar[Level] = "info"

    at: datetime.datetime
    clock_s: float
    run_id: str
    stage: str | None = None

    def document(self) -> dict[str, Any]:
        """The event as JSON values, for the NDJSON stream."""
        facts = asdict(self)
        facts["at"] = self.at.isoformat(timespec="milliseconds") + "Z"
        return {"code": self.code, "event": type(self).__name__, "level": self.level, **facts}


@dataclass(frozen=True, kw_only=True, slots=True)
class RunStarted(Event):
    code: ClassVar[str] = "R001"
    target: str
    tenant: str
    mode: str
    stages: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class LockAwaited(Event):
    """Somebody else seeds the tenant; the run asks again for up to `wait_s` seconds before it begins or gives up."""

    code: ClassVar[str] = "R003"
    level: ClassVar[Level] = "warning"
    holder: str
    wait_s: float


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantsCommitted(Event):
    """So many of the run's tenants are there as a whole; told after each group of them."""

    code: ClassVar[str] = "R004"
    tenants: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class TenantsLoaded(Event):
    """So many of the run's tenants have been sent, in a transaction that is not committed yet."""

    code: ClassVar[str] = "R005"
    tenants: int
    of: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SchemaCreated(Event):
    code: ClassVar[str] = "R002"
    tables: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class RunFinished(Event):
    code: ClassVar[str] = "R009"
    status: RunStatus
    duration_s: float
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class StageStarted(Event):
    code: ClassVar[str] = "S001"


@dataclass(frozen=True, kw_only=True, slots=True)
class StageSurveyed(Event):
    """The stage knows what it will write; counts are rows. `further`: of tenants after the first ones."""

    code: ClassVar[str] = "S002"
    create: int
    update: int
    unchanged: int
    delete: int
    further: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class RowsWritten(Event):
    """A transaction of the stage was committed; counts are rows of one table."""

    code: ClassVar[str] = "S003"
    level: ClassVar[Level] = "debug"
    table: str
    created: int = 0
    updated: int = 0
    deleted: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryScheduled(Event):
    """A transaction was rolled back and will be tried again after `wait_s` seconds; `attempt` is the next one."""

    code: ClassVar[str] = "S004"
    level: ClassVar[Level] = "warning"
    attempt: int
    attempts: int
    wait_s: float
    cause: str
    sqlstate: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class RetryStarted(Event):
    """The wait is over; `attempt` begins."""

    code: ClassVar[str] = "S005"
    attempt: int


@dataclass(frozen=True, kw_only=True, slots=True)
class StageFinished(Event):
    """The stage is over; `cause` says why it failed or was skipped."""

    code: ClassVar[str] = "S009"
    status: StageStatus
    duration_s: float
    statements: int = 0
    cause: str = ""
    sqlstate: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationStarted(Event):
    code: ClassVar[str] = "V001"


@dataclass(frozen=True, kw_only=True, slots=True)
class CheckFinished(Event):
    code: ClassVar[str] = "V002"
    check: str
    title: str
    status: Status
    expected: str
    found: str


@dataclass(frozen=True, kw_only=True, slots=True)
class VerificationFinished(Event):
    code: ClassVar[str] = "V009"
    duration_s: float
    passed: int
    warned: int
    failed: int


class EventSink(Protocol):
    """Where events go. `emit` neither blocks nor raises, and may be called from any thread."""

    def emit(self, event: Event, state: RunState) -> None:
        """Take the event, and what all events so far amount to, so that nobody has to fold them again.

        Of two events at the same time the earlier may come last; its state has fewer `events`.
        """


class Silence:
    """A sink that takes every event and does nothing with it."""

    def emit(self, event: Event, state: RunState) -> None:
        return


class Fanout:
    """A sink that hands every event on to several."""

    def __init__(self, *sinks: EventSink) -> None:
        self._sinks = sinks

    def emit(self, event: Event, state: RunState) -> None:
        for sink in self._sinks:
            sink.emit(event, state)


def summary(event: Event) -> str:
    """One line of words for a log: the event's own facts, without the ones every event has."""
    match event:
        case RunStarted(mode=mode, tenant=tenant, target=target):
            return f"run started: {mode} of {tenant} on {target}"
        case LockAwaited(holder=holder, wait_s=wait):
            return f"waiting up to {wait:g} s for {holder}"
        case TenantsCommitted(tenants=tenants, of=of):
            return f"{tenants:,} of {of:,} tenants are committed"
        case TenantsLoaded(tenants=tenants, of=of):
            return f"{tenants:,} of {of:,} tenants are loaded, not committed yet"
        case SchemaCreated(tables=tables):
            return f"created {len(tables)} tables: {', '.join(tables)}"
        case StageStarted():
            return "started"
        case StageSurveyed(create=create, update=update, unchanged=unchanged, delete=delete):
            return f"to do: {create} create, {update} update, {unchanged} unchanged, {delete} delete"
        case RowsWritten(table=table, created=created, updated=updated, deleted=deleted):
            return f"committed {table}: {created} created, {updated} updated, {deleted} deleted"
        case RetryScheduled(attempt=attempt, attempts=attempts, wait_s=wait, cause=cause, sqlstate=state):
            return f"retry {attempt}/{attempts} in {wait:.1f} s: {cause}" + (f" ({state})" if state else "")
        case RetryStarted(attempt=attempt):
            return f"attempt {attempt} begins"
        case StageFinished(status=status, duration_s=duration, cause=cause):
            return f"{status} in {duration:.2f} s" + (f": {cause}" if cause else "")
        case VerificationStarted():
            return "verifying"
        case CheckFinished(status=status, title=title, found=found):
            return f"{status}: {title}: {found}"
        case VerificationFinished(passed=passed, warned=warned, failed=failed):
            return f"verified: {passed} passed, {warned} warned, {failed} failed"
        case RunFinished(status=status, duration_s=duration, message=message):
            return f"run {status} in {duration:.2f} s" + (f": {message}" if message else "")
    shared = {field.name for field in fields(Event)}
    return ", ".join(f"{name}={value}" for name, value in asdict(event).items() if name not in shared)
