"""Strata: the tenant level, or one workspace with all its teams, over all cycles of one status (okr, section 5)."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from functools import lru_cache
from typing import Any

from tests.okr.tenant_rows import TenantRows

Stratum = str | None
"""A workspace's id; None for the tenant level."""


@lru_cache(maxsize=12)
def strata(rows: TenantRows, table: str, cycle_status: str) -> dict[Stratum, list[Any]]:
    """The objectives, key results or initiatives in cycles of one status, by stratum."""
    grouped: defaultdict[Stratum, list[Any]] = defaultdict(list)
    for row in rows.table(table):
        objective = row if table == "objectives" else rows.objective_of[row.id]
        if rows.cycle_status[row.cycleId] == cycle_status:
            grouped[objective.workspaceId].append(row)
    return dict(grouped)


def off_quota(
    groups: Mapping[Stratum, Iterable[Any]],
    value: Callable[[Any], Hashable],
    percentages: Mapping[Any, int],
) -> list[str]:
    """Every count that is neither the floor nor the ceiling of its share, in words."""
    problems = []
    for stratum, members in groups.items():
        counts = Counter(map(value, members))
        size = sum(counts.values())
        for category in {*counts, *percentages}:
            share = size * percentages.get(category, 0) / 100
            if counts[category] not in (math.floor(share + 1e-9), math.ceil(share - 1e-9)):
                problems.append(f"{stratum}: {counts[category]} of {size} {category}, not {share}")
    return problems
