"""Whom a command is about: the configured tenant, or another one that was seeded here."""

from __future__ import annotations

from okrseed.blueprint import Tenant
from okrseed.errors import Refused, UsageError
from okrseed.invocation import Invocation
from okrseed.prepare import prepare
from okrseed.selection import Mode, Selection
from okrseed.targets import Target


def named_tenant(call: Invocation, slug: str | None, selection: Selection, target: Target) -> Tenant | None:
    """The tenant with this slug: the configured one, or one that carries a stamp. Raises Refused for others."""
    configured = call.blueprint.tenant()
    if slug is None or slug == configured.slug:
        return None
    if selection.mode is not Mode.PURGE:
        raise UsageError("--tenant goes with a purge only", code="usage")
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
            hint=f"The configured tenant is {configured.slug!r}.",
        )
    return call.blueprint.recover(slug, present)
