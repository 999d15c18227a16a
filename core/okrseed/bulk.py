"""`--bulk`: tables made for the load, filled while they have no keys, completed afterwards; all in one transaction.

Half of what COPY takes is checking references row by row, and most of the rest keeping indexes up; over finished tables
both are done at once. That needs tables that nobody else has: they are made in the same transaction.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection
from functools import partial

from okrseed.adaptation import Fit
from okrseed.ahead import Surveys
from okrseed.cancellation import Cancellation
from okrseed.claim import TenantClaim, released
from okrseed.clock import Clock
from okrseed.errors import DatabaseFailure, OkrseedError, Refused
from okrseed.events import TenantsLoaded
from okrseed.group import GroupWork, Outcome, Task
from okrseed.journal import Journal
from okrseed.meter import accounted, measured
from okrseed.plan import Folded, tenants_label
from okrseed.planner import check_excluded
from okrseed.prepare import Prepared, inspect, production_of, settle, taking_part
from okrseed.reading import NothingThere, TenantReader
from okrseed.succession import Succession
from okrseed.targets import Session, Target
from okrseed.tenants import groups
from okrseed.whole import IN_DOUBT, ROLLED_BACK
from okrseed.writer import Writer


def refuse_tables(fit: Fit) -> None:
    """Raise Refused where there are tables already."""
    if fit.missing and not fit.projections:
        return
    raise Refused(
        "--bulk makes the tables itself, and some of them are there already",
        code="not_empty",
        hint="Leave out --bulk, or name an empty database.",
    )


class BulkLoad:
    """Loads all tenants of a run."""

    def __init__(
        self, target: Target, task: Task, fit: Fit, journal: Journal, cancellation: Cancellation, clock: Clock
    ) -> None:
        """`fit` is how the blueprint fits the tables that are to be made."""
        self._target = target
        self._task = task
        self._journal = journal
        self._cancellation = cancellation
        self._clock = clock
        self._groups = list(groups(task.tenants, fit, task.selection))
        self._stages = taking_part(task.blueprint, task.selection, fit)
        made = [fit.stages[stage] for stage in self._stages]
        self._succession = Succession(partial(production_of, task.blueprint, task.selection, fit), made)
        self._doubtful: Outcome | None = None
        self._statements = 0

    def load(self) -> Outcome:
        """Make the tables, load every tenant, complete the tables, verify. Raises what rolled everything back."""
        task = self._task
        slugs = [tenant.slug for tenant in task.tenants]
        # Whoever else wants to load here makes the same tables, and the server lets only one; the first tenant's lock
        # keeps out a run that would come upon tables in the making.
        with released(self._target.lock(slugs[:1], task.run_id, task.who)) as lock:
            claim = TenantClaim(lock, tenants_label(slugs), self._clock, self._cancellation.requested)
            try:
                # While the server makes the tables.
                self._succession.begin(self._groups[0])
                loaded, fit = self._load(claim)
            except OkrseedError as raised:
                error = self._cancellation.explain(raised)
                error.safe = ROLLED_BACK if self._doubtful is None else IN_DOUBT
                raise error from None
            finally:
                self._succession.halt()
            work = GroupWork(self._target, task, fit, self._journal, self._cancellation, self._clock)
            findings, took_s = work.verified(task.tenants)
        return Outcome(loaded.tenants, loaded.folded, self._statements, findings, took_s)

    def _load(self, claim: TenantClaim) -> tuple[Outcome, Fit]:
        wait_s = self._task.settings.wait_lock_s

        def attempt() -> tuple[Outcome, Fit]:
            claim.take(wait_s, self._journal.lock_awaited(wait_s))
            return self._attempt()

        with accounted("bulk"):
            return self._journal.retried(self._task.settings.retry, self._cancellation.requested, attempt)

    def _attempt(self) -> tuple[Outcome, Fit]:
        blueprint = self._task.blueprint
        outcome: Outcome | None = None
        with self._target.session("bulk") as session:
            try:
                with measured("write"), session.transaction():
                    if self._doubtful is not None and not inspect(session, blueprint, may_create=True).missing:
                        # The COMMIT that was not answered was one.
                        return self._doubtful, inspect(session, blueprint)
                    tables = session.create_bare(blueprint.definition)
                    fit = inspect(session, blueprint)
                    folded = self._fill(session, fit, tables)
                    session.refer(blueprint.definition)
                    self._cancellation.check()
                    outcome = Outcome(tuple(tenant.slug for tenant in self._task.tenants), folded, 0)
            except DatabaseFailure as failure:
                self._doubtful = outcome if failure.doubtful else None
                raise
            finally:
                self._statements += session.statements
        return outcome, fit

    def _fill(self, session: Session, fit: Fit, tables: Collection[str]) -> Folded:
        task, define, stages = self._task, self._task.blueprint.definition, self._stages
        last_of = {table: stage for stage in stages for table in fit.stages[stage].tables}

        def index(stage: str) -> None:
            """While the server builds the indexes of what is complete, the rows of the next tables are made."""
            session.index(define, [table for table, last in last_of.items() if last == stage])

        whole, loaded = Folded(), 0
        for group, after in zip(self._groups, [*self._groups[1:], ()], strict=True):
            production = self._succession.turn(group, after)
            production.ahead(fit.stages[stage] for stage in stages)
            # In the first group's sight the tables are empty, which is asked once; the next ones have shared rows.
            reader_of = NothingThere if loaded else TenantReader
            prepared = settle(
                session,
                self._target,
                task.blueprint,
                task.selection,
                fit,
                group,
                reader_of=reader_of,
                production=production,
            )
            if task.selection.excluded and not loaded:
                check_excluded(session, prepared)
            whole.add(self._fill_group(session, prepared, written=(lambda stage: None) if after else index))
            loaded += len(group)
            self._journal.emit(TenantsLoaded, tenants=loaded, of=len(task.tenants))
        session.index(define, set(tables) - last_of.keys())
        return whole

    def _fill_group(self, session: Session, prepared: Prepared, *, written: Callable[[str], None]) -> Folded:
        """Write the rows of a group; `written` is told each stage that is."""
        builder, writer = prepared.builder(), Writer(prepared)
        with contextlib.closing(prepared), Surveys(session, prepared, self._stages, told=builder.add) as surveys:
            for stage in self._stages:
                found = surveys.of(stage)
                self._cancellation.check()
                self._succession.writing(stage)
                writer.write(session, found.whole())
                written(stage)
        return builder.folded
