"""Where a run is allowed (specification: Commands, Where a run is allowed). Fails closed; a refusal says which rule."""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from okrseed.blueprint import Blueprint
from okrseed.errors import Refused
from okrseed.selection import Mode, Selection
from okrseed.targets.address import Address, says_production


@dataclass(frozen=True)
class Permissions:
    """What the person confirmed: each is the identity of one target, or None; `remembered` are remote ones."""

    remote: str | None = None
    remembered: frozenset[str] = frozenset()
    production: str | None = None
    deletion: bool = False


def production_reason(address: Address, environment_essential: bool, profile: str | None) -> str | None:
    """Why this counts as production; None where it does not."""
    reasons = ["the environment is production"] if environment_essential else []
    named = address.names_production
    if named is not None:
        reasons.append(f"the name {named!r} says production")
    if profile is not None and says_production(profile):
        reasons.append(f"the profile name {profile!r} says production")
    return " and ".join(reasons) or None


def may_remember(address: Address, environment_essential: bool, profile: str | None) -> bool:
    """Whether a confirmation of this target may be remembered: another host's may, production's never."""
    return not address.local and production_reason(address, environment_essential, profile) is None


def check(
    blueprint: Blueprint,
    selection: Selection,
    address: Address,
    permissions: Permissions,
    *,
    profile: str | None = None,
) -> None:
    """Raise Refused where this run may not write here."""
    if selection.mode is Mode.DRY_RUN:
        return
    essential_only = blueprint.environments[selection.environment].essential_only
    reason = production_reason(address, essential_only, profile)
    if reason is not None:
        _check_production(blueprint, selection, address, permissions, reason)
    elif not address.local and address.identity not in {permissions.remote, *permissions.remembered}:
        raise Refused(
            f"{address.identity} is not on this machine: another host needs a confirmation of just this target",
            code="remote_target",
            hint=f"Confirm the target with --allow-remote {shlex.quote(address.identity)}",
        )
    if selection.mode.deletes and not permissions.deletion:
        raise Refused(
            f"mode {selection.mode.value} deletes the tenant's rows from {address.identity}",
            code="not_confirmed",
            hint=f"Look at the plan (okrseed plan --mode {selection.mode.value}), then confirm with --yes.",
        )


def _check_production(
    blueprint: Blueprint, selection: Selection, address: Address, permissions: Permissions, reason: str
) -> None:
    essential = {stage.id for stage in blueprint.stages() if stage.essential}
    asked = [stage for stage in selection.stages if selection.takes_part(stage) and stage not in essential]
    if asked and selection.mode is not Mode.PURGE:
        raise Refused(
            f"{reason}: only the essential stages are allowed there, not {', '.join(asked)}",
            code="production_target",
            hint="Use --environment production, which seeds the essential stages.",
        )
    if permissions.production != address.identity:
        raise Refused(
            f"{reason}: {address.identity} needs a confirmation of its own",
            code="production_unconfirmed",
            hint=f"Confirm the target with --allow-production {shlex.quote(address.identity)}",
        )
