"""One run: prepare, apply by the strategy of its mode, verify, report. Everything that happens is told as events."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Protocol, TypeVar

from okrseed.blueprint import Blueprint, Finding, Key, Tenant
from okrseed.cancellation import Cancellation
from okrseed.claim import Claim, Free, TenantClaim, released
from okrseed.clock import Clock, SystemClock
from okrseed.course import Course
from okrseed.errors import Cancelled, OkrseedError, before_the_first_row, defect
from okrseed.events import EventSink, RunStatus, VerificationStarted
from okrseed.journal import Journal
from okrseed.meter import accounted, measured
from okrseed.plan import PlanBuilder
from okrseed.planner import check_excluded, plan_of, survey
from okrseed.prepare import Prepared, create_where_none, prepare, taking_part
from okrseed.report import RunReport
from okrseed.saved_plan import SavedPlan
from okrseed.seal import NO_SEALS, Seals
from okrseed.selection import Mode, Selection
from okrseed.settings import RunSettings
from okrseed.staged import StagedRun
from okrseed.survey import NO_KEYS
from okrseed.targets import Target
from okrseed.verify import Snapshot
from okrseed.whole import WholeRun

Result = TypeVar("Result")


class Strategy(Protocol):
    """How a mode is applied."""

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Run the stages; returns what stopped them."""


class Runner:
    """One run of one selection on one target."""

    def __init__(
        self,
        target: Target,
        blueprint: Blueprint,
        selection: Selection,
        *,
        run_id: str,
        sink: EventSink,
        settings: RunSettings | None = None,
        clock: Clock | None = None,
        cancellation: Cancellation | None = None,
        tenant: Tenant | None = None,
        who: str = "",
        expected: SavedPlan | None = None,
        seals: Seals = NO_SEALS,
    ) -> None:
        """`who` is told to whoever finds the tenant locked by this run; `expected`: the plan that has to hold still."""
        self._target = target
        self._blueprint = blueprint
        self._selection = selection
        self._run_id = run_id
        self._settings = settings or RunSettings()
        self._clock = clock or SystemClock()
        self._cancellation = cancellation or Cancellation()
        self._tenant = tenant
        self._who = who
        self._expected = expected
        # What is read to prepare is read anew where everything has to be of one transaction, or of one plan.
        self._seals = NO_SEALS if self._settings.atomic or expected is not None else seals
        self._journal = Journal(run_id, sink, self._clock)
        self._created: list[str] = []

    def run(self) -> RunReport:
        """Take the tenant's lock, prepare, apply, verify. What happens after the first event is in the report.

        Raises OkrseedError for everything that stops the run before that; then nothing was written.
        """
        self._cancellation.bind(self._target.interrupt)
        if not self._selection.mode.writes:
            return self._run(Free())
        tenant = (self._tenant or self._blueprint.tenant()).slug
        with released(self._target.lock([tenant], self._run_id, self._who)) as lock:
            return self._run(TenantClaim(lock, tenant, self._clock, self._cancellation.requested))

    def _run(self, claim: Claim) -> RunReport:
        course = Course(self._run_id, self._journal, self._clock)
        try:
            with accounted("prepare"):
                prepared = self._retried(lambda: self._begin(claim), connected=False)
        except OkrseedError as raised:
            explained = self._cancellation.explain(raised)
            explained.safe = explained.safe or raised.safe
            raise explained from None
        builder = prepared.builder()
        stages = taking_part(self._blueprint, prepared.selection, prepared.fit)
        slugs = [tenant.slug for tenant in prepared.tenants]
        course.prepared(self._target, slugs, self._selection.mode, stages, self._created)
        error = self._strategy(prepared, builder, claim).run(stages)
        if error is None and self._verifies:
            error = self._verify(prepared)
        elif error is None:
            prepared.sealing.keep_apart(self._target, builder.folded)
        status: RunStatus = "succeeded"
        if error is not None:
            status = "cancelled" if isinstance(error, Cancelled) else "failed"
            error.safe = error.safe or self._journal.committed()
        return course.ended(status, error, builder.plan(), self._blueprint, 1, prepared.reader.lookups)

    @property
    def _verifies(self) -> bool:
        return self._settings.verify and self._selection.mode not in (Mode.PURGE, Mode.DRY_RUN)

    def _retried(self, work: Callable[[], Result], *, connected: bool = True) -> Result:
        """Do work that belongs to no stage, and do it again where that may help."""
        policy, stop = self._settings.retry, self._cancellation.requested
        return self._journal.retried(policy, stop, work, connected=connected)

    def _begin(self, claim: Claim) -> Prepared:
        wait_s = self._settings.wait_lock_s
        with before_the_first_row(), measured("lock"):
            claim.take(wait_s, self._journal.lock_awaited(wait_s))
        return self._prepare()

    def _prepare(self) -> Prepared:
        writing = self._selection.mode.writes
        if self._settings.create_schema and writing:
            with before_the_first_row(), self._target.session("schema") as session:
                self._created += create_where_none(session, self._blueprint)
        with (
            _after_creating(self._created),
            self._target.session("prepare", read_only=True) as session,
            session.transaction(),
        ):
            prepared = prepare(
                session,
                self._target,
                self._blueprint,
                self._selection,
                writing=writing,
                may_create=self._settings.create_schema,
                tenant=self._tenant,
                seals=self._seals,
            )
            removed: Mapping[str, Collection[Key]] = NO_KEYS
            if self._selection.mode.deletes:
                removal = prepared.removal(session)
                removal.check(with_unseeded=self._selection.with_unseeded)
                removed = removal.delete
            if self._selection.mode is not Mode.PURGE:
                check_excluded(session, prepared, removed)
            if self._expected is not None:
                self._expected.check(plan_of(session, prepared))
                prepared.forget(prepared.entities)
        return prepared

    def _strategy(self, prepared: Prepared, builder: PlanBuilder, claim: Claim) -> Strategy:
        if self._selection.mode is Mode.DRY_RUN:
            return LookingRun(prepared, builder, self._journal, self._cancellation)
        kind = WholeRun if self._selection.mode.deletes or self._settings.atomic else StagedRun
        return kind(prepared, builder, self._journal, self._settings, self._cancellation, claim)

    def _verify(self, prepared: Prepared) -> OkrseedError | None:
        self._journal.emit(VerificationStarted)
        started = self._clock.monotonic()
        findings: tuple[Finding, ...] = ()
        error: OkrseedError | None = None
        try:
            with accounted("verify"):
                findings = self._retried(lambda: self._findings(prepared))
        except OkrseedError as raised:
            error = raised
        except Exception as raised:
            error = defect(raised)
        self._journal.verified(findings, self._clock.monotonic() - started)
        return error

    def _findings(self, prepared: Prepared) -> tuple[Finding, ...]:
        with measured("verify"), self._target.session("verify", read_only=True) as session, session.transaction():
            known = prepared.sealing.findings(session)
            if known:
                return tuple(known[0])
            snapshot = Snapshot(session, prepared)
            findings = snapshot.findings()
            if not prepared.sealing.complete:
                snapshot.prepared.sealing.keep_seen(session, snapshot.folded(session), [findings])
            return findings


@contextmanager
def _after_creating(tables: Sequence[str]) -> Iterator[None]:
    """Errors before the first row say whether tables had been created by then."""
    try:
        with before_the_first_row():
            yield
    except OkrseedError as error:
        if tables:
            error.safe = f"{len(tables)} tables were created; no row was written."
        raise


class LookingRun:
    """A dry run: surveys every stage in one read-only transaction and writes nothing."""

    def __init__(self, prepared: Prepared, builder: PlanBuilder, journal: Journal, cancellation: Cancellation) -> None:
        self._prepared = prepared
        self._builder = builder
        self._journal = journal
        self._cancellation = cancellation

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Survey the stages one after the other."""
        try:
            with self._prepared.target.session("plan", read_only=True) as session, session.transaction():
                sent = session.statements
                for stage in stages:
                    self._cancellation.check()
                    self._journal.stage_started(stage)
                    found = survey(session, self._prepared, stage)
                    self._builder.add(found)
                    self._journal.stage_surveyed(found)
                    self._journal.stage_finished(stage, "done", statements=session.statements - sent)
                    sent = session.statements
        except OkrseedError as raised:
            return self._stopped(stages, self._cancellation.explain(raised))
        except Exception as raised:
            return self._stopped(stages, defect(raised))
        return None

    def _stopped(self, stages: Sequence[str], error: OkrseedError) -> OkrseedError:
        self._journal.close_open_stages(stages, error)
        return error
