"""Make a plan: survey every stage in one read-only transaction and fold what was found."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Mapping, Sequence

from okrseed.blueprint import Blueprint, Key, Tenant
from okrseed.errors import NOTHING_WRITTEN, Cancelled, UsageError, before_the_first_row
from okrseed.plan import Plan, PlanBuilder
from okrseed.prepare import Prepared, check_rights, inspect, settle
from okrseed.seal import NO_SEALS, Seals
from okrseed.selection import Mode, Selection
from okrseed.survey import NO_KEYS, StageSurvey
from okrseed.targets import Session, Target
from okrseed.tenants import groups


def make_plan(
    target: Target,
    blueprint: Blueprint,
    selection: Selection,
    *,
    may_create: bool = False,
    tenants: Sequence[Tenant] = (),
    jobs: int = 1,
    seals: Seals = NO_SEALS,
    cancelled: Callable[[], bool] = lambda: False,
) -> Plan:
    """What a run of this selection would change now, of the configured tenant or of `tenants` by so many jobs.

    Reads in one REPEATABLE READ, READ ONLY transaction. Raises what `prepare` raises, and Cancelled once `cancelled`
    says so.
    """
    with before_the_first_row(), target.session("plan", read_only=True) as session, session.transaction():
        fit = inspect(session, blueprint, may_create=may_create)
        check_rights(Mode.DRY_RUN, fit.catalogue)
        chosen = tenants or [blueprint.tenant()]
        whole: PlanBuilder | None = None
        for group in groups(chosen, fit, selection, jobs=min(jobs, target.processes)):
            prepared = settle(session, target, blueprint, selection, fit, group, seals=seals)
            with contextlib.closing(prepared):
                builder = prepared.builder()
                fold(session, prepared, builder, cancelled)
                prepared.sealing.keep(session, builder.folded)
            whole = whole or prepared.builder(chosen)
            whole.folded.add(builder.folded.named(chosen, group))
        assert whole is not None, "there is at least one tenant"
        return whole.plan()


def plan_of(session: Session, prepared: Prepared) -> Plan:
    """What a run of a prepared selection would change now."""
    builder = prepared.builder()
    fold(session, prepared, builder)
    return builder.plan()


def fold(
    session: Session, prepared: Prepared, builder: PlanBuilder, cancelled: Callable[[], bool] = lambda: False
) -> None:
    """Survey everything and fold it. Raises Cancelled once `cancelled` says so."""
    selection = prepared.selection
    removed: Mapping[str, Collection[Key]] = NO_KEYS
    if selection.mode.deletes:
        removal = prepared.removal(session)
        builder.remove(removal)
        removed = removal.delete
    if selection.mode is Mode.PURGE:
        return
    check_excluded(session, prepared, removed)
    add_stages(session, prepared, builder, removed, cancelled)


def add_stages(
    session: Session,
    prepared: Prepared,
    builder: PlanBuilder,
    removed: Mapping[str, Collection[Key]] = NO_KEYS,
    cancelled: Callable[[], bool] = lambda: False,
) -> None:
    """Survey the stages that take part and fold what they would create and update. Raises Cancelled as `fold` does."""
    for stage in filter(prepared.selection.takes_part, prepared.graph.order()):
        if cancelled():
            raise Cancelled("the plan was cancelled", safe=NOTHING_WRITTEN)
        builder.add(survey(session, prepared, stage, removed))


def survey(
    session: Session, prepared: Prepared, stage: str, removed: Mapping[str, Collection[Key]] = NO_KEYS
) -> StageSurvey:
    """Survey one stage of a prepared selection, unless it is known what that would find."""
    entry = prepared.stages[stage]
    recalled = prepared.sealing.recall(entry)
    if recalled is not None:
        return prepared.surveyor.recalled(session, entry, recalled)
    return prepared.surveyor.stage(session, entry, removed)


def check_excluded(session: Session, prepared: Prepared, removed: Mapping[str, Collection[Key]] = NO_KEYS) -> None:
    """Raise UsageError where an excluded stage is needed and its rows are missing, naming both stages."""
    selection = prepared.selection
    chosen = [stage for stage, choice in selection.stages.items() if choice.selected == "chosen"]
    needed = prepared.graph.closure(chosen) & selection.excluded
    for stage in prepared.graph.ranked(needed):
        found = survey(session, prepared, stage, removed)
        missing = {table.table: len(table.diff.create) for table in found.tables if table.diff.create}
        if missing:
            wanted_by = prepared.graph.ranked(prepared.graph.descendants(stage) & set(chosen))
            rows = ", ".join(f"{count} rows of {table}" for table, count in missing.items())
            raise UsageError(
                f"stage {stage!r} is excluded, but {wanted_by[0]!r} needs it and {rows} are missing",
                code="excluded_stage_needed",
                hint=f"Leave out --exclude {stage}, or exclude {wanted_by[0]} too.",
            )
