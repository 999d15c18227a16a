"""Whom a command is about: the configured tenant, or another one that was seeded here."""

from __future__ import annotations

from okrseed.blueprint import Tenant
from okrseed.errors import Refused, UsageError
from okrseed.invocation import Invocation
from okrseed.prepare import prepare
from okrseed.selection import Mode, Selection
from okrseed.targets import Target


def chosen_tenants(call: Invocation, slug: str | None, selection: Selection, target: Target) -> tuple[Tenant, ...]:
    """The tenants that a command is about: those of `--tenants` and `--shard`, or the one that is named.

    A named one is the configured tenant, or one that carries a stamp. Raises Refused for others.
    """
    tenants = call.tenants()
    configured = call.blueprint.tenant()
    if slug is None or (slug == configured.slug and tenants == (configured,)):
        return tenants
    if selection.mode is not Mode.PURGE:
        raise UsageError("--tenant goes with a purge only", code="usage")
    if call.options.tenants is not None or call.options.shard is not None:
        raise UsageError("--tenant names one tenant; leave out --tenants and --shard", code="usage")
    return (_stamped(call, slug, selection, target),)


def _stamped(call: Invocation, slug: str, selection: Selection, target: Target) -> Tenant:
    named = Tenant(slug, slug)
    with target.session("purge", read_only=True) as session, session.transaction():
        found = prepare(session, target, call.blueprint, selection, writing=False, tenant=named)
        present = {
            table: [entity.typed(row) for row in found.reader.within(session, table).values()]
            for table, entity in found.entities.items()
        }
    if found.stamp is None:
        raise Refused(
            f"no tenant with the slug {slug!r} was seeded by okrseed here",
            code="wrong_slug",
            hint=f"The configured tenant is {call.blueprint.tenant().slug!r}.",
        )
    return call.blueprint.recover(slug, present)
