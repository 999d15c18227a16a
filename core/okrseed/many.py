"""A run over many tenants: group by group, in this process or in several, told and reported as one run."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from okrseed.adaptation import Fit
from okrseed.blueprint import Blueprint, Tenant
from okrseed.cancellation import Cancellation
from okrseed.clock import Clock, SystemClock
from okrseed.course import Course
from okrseed.errors import NOTHING_WRITTEN, Cancelled, OkrseedError, Refused, UsageError, before_the_first_row, defect
from okrseed.events import EventSink, RunStatus, TenantsCommitted, VerificationStarted
from okrseed.group import GroupWork, Outcome, Task, Verdicts
from okrseed.journal import Journal
from okrseed.meter import meter
from okrseed.plan import Folded, PlanBuilder
from okrseed.prepare import builder_of, check_rights, create_where_none, inspect, taking_part
from okrseed.report import RunReport
from okrseed.run import Runner
from okrseed.saved_plan import SavedPlan
from okrseed.seal import NO_SEALS, Seals
from okrseed.selection import Mode, Selection
from okrseed.settings import RunSettings
from okrseed.statistics import worth_refreshing
from okrseed.targets import Target
from okrseed.tenants import groups


class ManyRunner:
    """One run of one selection over many tenants of one target; the first failure ends it, whole groups stay."""

    def __init__(
        self,
        target: Target,
        blueprint: Blueprint,
        selection: Selection,
        tenants: Sequence[Tenant],
        *,
        run_id: str,
        sink: EventSink,
        settings: RunSettings | None = None,
        clock: Clock | None = None,
        cancellation: Cancellation | None = None,
        who: str = "",
        seals: Seals = NO_SEALS,
    ) -> None:
        """`settings.jobs` are processes, each with groups of its own and two connections."""
        self._target = target
        self._blueprint = blueprint
        self._selection = selection
        self._tenants = tenants
        self._settings = settings or RunSettings()
        self._clock = clock or SystemClock()
        self._cancellation = cancellation or Cancellation()
        self._task = Task(blueprint, selection, self._settings, tenants, run_id, who, seals)
        self._journal = Journal(run_id, sink, self._clock)
        self._verdicts = Verdicts()
        self._verify_s = 0.0
        self._statements = 0
        self._committed = 0
        self._side_by_side = 1
        self._lookups: Counter[bool] = Counter()

    def run(self) -> RunReport:
        """Prepare, seed every group, report. What happens after the first event is in the report.

        Raises OkrseedError for everything that stops the run before that; then nothing was written.
        """
        self._cancellation.bind(self._target.interrupt)
        course = Course(self._task.run_id, self._journal, self._clock)
        created, fit = self._retried_preparation()
        builder = builder_of(self._target, self._blueprint, self._selection, fit, self._tenants)
        stages = taking_part(self._blueprint, self._selection, fit)
        slugs = [tenant.slug for tenant in self._tenants]
        course.prepared(self._target, slugs, self._selection.mode, stages, created)
        for stage in stages:
            self._journal.stage_started(stage)
        error = self._seed(fit, stages, builder)
        if error is None:
            statements = self._statements
            for stage in stages:
                self._journal.stage_finished(stage, "done", statements=statements)
                statements = 0
            self._verified()
        else:
            self._journal.close_open_stages(stages, error)
        status: RunStatus = "succeeded"
        if error is not None:
            refused = isinstance(error, (Refused, UsageError))
            status = "cancelled" if isinstance(error, Cancelled) else "refused" if refused else "failed"
        return course.ended(status, error, builder.plan(), self._blueprint, len(self._tenants), self._lookups)

    def _retried_preparation(self) -> tuple[list[str], Fit]:
        created: list[str] = []
        policy, stop = self._settings.retry, self._cancellation.requested
        return created, self._journal.retried(policy, stop, lambda: self._prepare(created), connected=False)

    def _prepare(self, created: list[str]) -> Fit:
        writing, bulk = self._selection.mode.writes, self._settings.bulk
        may_create = self._settings.create_schema or bulk
        with before_the_first_row():
            if may_create and writing and not bulk:
                with self._target.session("schema") as session:
                    created += create_where_none(session, self._blueprint)
            with self._target.session("prepare", read_only=True) as session, session.transaction():
                fit = inspect(session, self._blueprint, may_create=may_create)
                check_rights(self._selection.mode, fit.catalogue)
                if bulk:
                    from okrseed.bulk import refuse_tables

                    refuse_tables(fit)
                return fit

    def _seed(self, fit: Fit, stages: Sequence[str], builder: PlanBuilder) -> OkrseedError | None:
        """Seed every group; returns what stopped the run. Its `safe` says which tenants are there."""
        jobs = max(1, min(self._settings.jobs, self._target.processes))
        waiting = list(groups(self._tenants, fit, self._selection, jobs=jobs))
        try:
            self._side_by_side = min(jobs, len(waiting))
            with self._outcomes(fit, waiting, self._side_by_side) as outcomes:
                for outcome in outcomes:
                    self._take(outcome, stages, builder)
            self._refresh_statistics(fit, builder.folded)
        except OkrseedError as failure:
            raised = self._cancellation.explain(failure)
            raised.safe = raised.safe or failure.safe
            refused = isinstance(raised, (Refused, UsageError))
            if refused and not (self._committed and self._selection.mode.writes):
                raised.safe = NOTHING_WRITTEN
                return raised
            # A refusal or a mistake would mean that nothing was written.
            error = OkrseedError(raised.message, code=raised.code, hint=raised.hint) if refused else raised
            error.safe = self._progress() if refused else f"{self._progress()} {raised.safe}".strip()
            return error
        except Exception as raised:
            error = defect(raised)
            error.safe = self._progress()
            return error
        return None

    def _refresh_statistics(self, fit: Fit, folded: Folded) -> None:
        """Of the tables that have grown; once, as that costs the same after any number of tenants."""
        if not self._selection.mode.writes:
            return
        created: Counter[str] = Counter()
        for table in (table for tables in folded.tables.values() for table in tables.values()):
            created[table.table] += table.create
        grown = worth_refreshing(fit.entities, fit.projections, created)
        if grown:
            with self._target.session("analyze") as session:
                session.analyze(grown)
                self._statements += session.statements

    def _progress(self) -> str:
        verb = "looked at" if not self._selection.mode.writes else "committed, each as a whole"
        return f"{self._committed:,} of {len(self._tenants):,} tenants are {verb}; running again completes the rest."

    @contextmanager
    def _outcomes(self, fit: Fit, waiting: Sequence[Sequence[Tenant]], jobs: int) -> Iterator[Iterator[Outcome]]:
        """What comes of each group, in the order they are done."""
        if self._settings.bulk:
            from okrseed.bulk import BulkLoad

            load = BulkLoad(self._target, self._task, fit, self._journal, self._cancellation, self._clock)
            yield iter([load.load()])
        elif jobs > 1:
            # The children have all the connections that are allowed.
            self._target.close()
            from okrseed.processes import Pool

            with Pool(jobs, self._target.address, self._task, fit, self._journal, self._cancellation) as pool:
                yield pool.seed(waiting)
            # From here on it is this process again that is at work.
            self._cancellation.bind(self._target.interrupt)
        else:
            work = GroupWork(self._target, self._task, fit, self._journal, self._cancellation, self._clock)
            yield self._one_by_one(work, waiting)

    def _one_by_one(self, work: GroupWork, waiting: Sequence[Sequence[Tenant]]) -> Iterator[Outcome]:
        for group, after in zip(waiting, [*waiting[1:], ()], strict=True):
            self._cancellation.check()
            yield work.seed(group, after)

    def _take(self, outcome: Outcome, stages: Sequence[str], builder: PlanBuilder) -> None:
        builder.folded.add(outcome.folded)
        self._statements += outcome.statements
        self._verify_s += outcome.verify_s
        self._lookups.update(outcome.lookups)
        measuring = meter()
        if measuring is not None:
            measuring.take(outcome.spent)
        for tenant, findings in zip(outcome.tenants, outcome.findings, strict=False):
            self._verdicts.take(tenant, findings)
        self._committed += len(outcome.tenants)
        self._tell(outcome.folded, stages)
        self._journal.emit(TenantsCommitted, tenants=self._committed, of=len(self._tenants))

    def _tell(self, folded: Folded, stages: Sequence[str]) -> None:
        """After a group's commit: its rows by stage and table."""
        for stage in stages:
            tables = list(folded.tables.get(stage, {}).values())
            tell = self._journal.stage_committed if self._selection.mode.writes else self._journal.stage_grown
            tell(stage, tables)

    def _verified(self) -> None:
        """Tell what the checks found, which ran right after each tenant's commit."""
        if not self._task.verifies:
            return
        self._journal.emit(VerificationStarted)
        # Processes verify side by side: what it added to the run.
        self._journal.verified(self._verdicts.findings(), self._verify_s / self._side_by_side)


def runner_of(
    target: Target,
    blueprint: Blueprint,
    selection: Selection,
    tenants: Sequence[Tenant],
    *,
    expected: SavedPlan | None = None,
    **how: Any,
) -> Runner | ManyRunner:
    """What runs a selection: one tenant stage by stage, several of them group by group.

    `how` is what both take. Raises UsageError for what only one tenant can have.
    """
    settings: RunSettings = how["settings"]
    if settings.bulk and (expected is not None or selection.mode not in (Mode.FULL, Mode.INCREMENTAL)):
        raise UsageError("--bulk fills an empty database; it goes with modes full and incremental only", code="usage")
    if settings.bulk and target.address.dialect != "postgresql":
        raise UsageError(
            "--bulk is for PostgreSQL: other databases cannot add references to a table later", code="usage"
        )
    if len(tenants) == 1 and not settings.bulk:
        return Runner(target, blueprint, selection, tenant=tenants[0], expected=expected, **how)
    if expected is not None:
        raise UsageError("a saved plan is for one tenant; leave out --tenants", code="usage")
    if settings.atomic and not settings.bulk:
        raise UsageError(
            "--atomic is for one tenant: many are written in groups, each in one transaction",
            code="usage",
            hint="Leave out --atomic: a tenant is there as a whole or not at all.",
        )
    return ManyRunner(target, blueprint, selection, tenants, **how)
