"""The course of a run, of one tenant or of many: its first event, its last one, and the report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from okrseed.advice import budgets_of
from okrseed.blueprint import Blueprint
from okrseed.clock import Clock
from okrseed.errors import OkrseedError
from okrseed.events import RunFinished, RunStarted, RunStatus, SchemaCreated
from okrseed.journal import Journal
from okrseed.plan import Plan, tenants_label
from okrseed.report import RunReport
from okrseed.selection import Mode
from okrseed.targets import Target


class Course:
    """Begins when it is made, which is before the run is prepared."""

    def __init__(self, run_id: str, journal: Journal, clock: Clock) -> None:
        self._run_id = run_id
        self._journal = journal
        self._clock = clock
        self._started_at, self._started = clock.now(), clock.monotonic()

    def prepared(
        self, target: Target, tenants: Sequence[str], mode: Mode, stages: Sequence[str], created: Sequence[str]
    ) -> None:
        """Tell what the run is about (`tenants` are slugs), and of the tables that were created for it."""
        self._journal.emit(
            RunStarted,
            target=target.address.label,
            tenant=tenants_label(tenants),
            mode=mode.value,
            stages=tuple(stages),
        )
        if created:
            self._journal.emit(SchemaCreated, tables=tuple(created))

    def ended(
        self,
        status: RunStatus,
        error: OkrseedError | None,
        plan: Plan,
        blueprint: Blueprint,
        tenants: int,
        lookups: Mapping[bool, int],
    ) -> RunReport:
        """Tell how the run ended, and report it."""
        self._journal.emit(
            RunFinished,
            status=status,
            duration_s=self._clock.monotonic() - self._started,
            message=error.message if error else "",
        )
        return RunReport(
            run_id=self._run_id,
            status=status,
            plan=plan,
            started_at=self._started_at,
            state=self._journal.state,
            budgets=budgets_of(blueprint, tenants),
            error=error,
            lookups=lookups,
        )
