"""What a run suggests: where the time went and what to do about it. Only what its figures show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from okrseed.blueprint import Blueprint
from okrseed.progress import RunState

Budgets = Mapping[str, float | None]
"""Seconds, by stage; None for one that may take as long as it wants."""

SHARE_WORTH_NAMING = 0.4
SLOW_ENOUGH_S = 0.5


def budgets_of(blueprint: Blueprint, tenants: int = 1) -> Budgets:
    """The seconds that each stage may take. They are for one tenant: several have none, as their stages run as one."""
    return {stage.id: stage.budget_s for stage in blueprint.stages()} if tenants == 1 else {}


def advice(state: RunState, budgets: Budgets) -> list[str]:
    """Sentences for a person, the weightiest first; empty where there is nothing to say."""
    said: list[str] = []
    for stage in state.stages.values():
        budget = budgets.get(stage.id)
        if budget is not None and stage.duration_s is not None and stage.duration_s > budget:
            said.append(f"{stage.id} took {stage.duration_s:.1f} s, more than its {budget:.0f} s.")
    causes = Counter(retry.cause for retry in state.retries)
    for cause, count in causes.most_common(3):
        said.append(f"{count} retries because {cause}; see who else writes to these tables (tab Database).")
    timed = {stage.id: stage.duration_s for stage in state.stages.values() if stage.duration_s}
    whole = sum(timed.values())
    if whole > SLOW_ENOUGH_S:
        slowest = max(timed, key=lambda stage: timed[stage])
        share = timed[slowest] / whole
        if share > SHARE_WORTH_NAMING:
            said.append(f"{slowest} takes {share:.0%} of the stages' time: look there first.")
    if state.verification_s and state.duration_s and state.verification_s > SHARE_WORTH_NAMING * state.duration_s:
        said.append(
            f"Verification takes {state.verification_s:.1f} s of {state.duration_s:.1f} s; --no-verify leaves it out."
        )
    if state.status == "succeeded" and state.done == 0 and state.mode != "dry-run":
        said.append("Nothing had to change: the database is as declared.")
    return said
