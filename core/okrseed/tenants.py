"""Which tenants a command is about: one, many like it, or one machine's share of those."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from okrseed.adaptation import Fit
from okrseed.blueprint import Blueprint, Tenant
from okrseed.errors import UsageError
from okrseed.selection import Selection

TENANTS_A_GROUP = 10


class Shard(NamedTuple):
    """Part `number` of `of` equal parts, from 1: every tenant belongs to exactly one of them."""

    number: int = 1
    of: int = 1

    def has(self, tenant: int) -> bool:
        """Whether the tenant with this number belongs to it."""
        return (tenant - 1) % self.of == self.number - 1


WHOLE = Shard()


def shard(text: str) -> Shard:
    """`2/4`: the second of four parts. Raises UsageError."""
    number, slash, of = text.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal() and 1 <= int(number) <= int(of)):
        raise UsageError(
            f"--shard is not a part of the tenants: {text!r}",
            code="bad_shard",
            hint="Write it as 2/4: the second of four parts.",
        )
    return Shard(int(number), int(of))


def tenants_of(blueprint: Blueprint, count: int, part: Shard = WHOLE) -> tuple[Tenant, ...]:
    """The configured tenant and further ones like it, up to `count`, as far as they belong to this part.

    Raises UsageError where none does.
    """
    chosen = tuple(blueprint.tenant(number) for number in range(1, count + 1) if part.has(number))
    if not chosen:
        raise UsageError(
            f"part {part.number} of {part.of} has none of {count} tenants",
            code="bad_shard",
            hint="Use --tenants with at least as many tenants as there are parts.",
        )
    return chosen


def groups(tenants: Sequence[Tenant], fit: Fit, selection: Selection, *, jobs: int = 1) -> Iterator[Sequence[Tenant]]:
    """The tenants that are written in one transaction: ten, or fewer where some of `jobs` would have none to do.

    One by one where rows are deleted, which is shown and refused tenant by tenant, and where columns of another schema
    version are made from what a tenant is rather than from its rows.
    """
    alone = selection.mode.deletes or any(entity.added for entity in fit.entities.values())
    size = 1 if alone else min(TENANTS_A_GROUP, math.ceil(len(tenants) / jobs))
    for start in range(0, len(tenants), size):
        yield tenants[start : start + size]
