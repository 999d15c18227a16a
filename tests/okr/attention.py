"""How the key results of active cycles stand in the attention feed, from rows alone (okr, section 5)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from okrseed.blueprints.okr.row_types import KeyResult
from tests.okr.strata import Stratum
from tests.okr.tenant_rows import TenantRows

OVERDUE_DAYS = {"WEEKLY": 7, "BIWEEKLY": 14, "MONTHLY": 30}
SHARES = {"overdue": (0.10, 0.15), "no progress": (0.15, 0.25), "fresh": (0.55, 0.65)}
"""Lowest and highest share of the key results that have a cadence."""


class Standing(NamedTuple):
    """One key result with a cadence, and what its last check-ins say."""

    key_result: KeyResult
    marks: frozenset[str]


@lru_cache(maxsize=2)
def standings(rows: TenantRows) -> dict[Stratum, list[Standing]]:
    """The key results of active cycles that have a cadence, by stratum."""
    grouped: defaultdict[Stratum, list[Standing]] = defaultdict(list)
    for row in rows.key_results:
        if rows.cycle_status[row.cycleId] == "ACTIVE" and row.checkInCadence not in (None, "NONE"):
            grouped[rows.objective_of[row.id].workspaceId].append(Standing(row, frozenset(_marks(rows, row))))
    return dict(grouped)


def _marks(rows: TenantRows, row: KeyResult) -> Iterator[str]:
    series = rows.series.get(row.id, [])
    if not series:
        return
    days = (rows.selection.as_of - series[-1].createdAt.date()).days
    if days > OVERDUE_DAYS[row.checkInCadence or ""]:
        yield "overdue"
    if days > 14 and len(series) > 1 and series[-1].value == series[-2].value:
        yield "no progress"
    if days <= 7:
        yield "fresh"


def off_share(rows: TenantRows, mark: str) -> list[str]:
    """The strata that hold too few or too many with a mark, by the tolerance of the size."""
    low, high = SHARES[mark]
    problems = []
    for stratum, members in standings(rows).items():
        size = len(members)
        count = sum(mark in standing.marks for standing in members)
        slack = max(1, 0.05 * size) if rows.selection.size == "full" else 1
        if not low * size - slack <= count <= high * size + slack:
            problems.append(f"{stratum}: {count} of {size} {mark}")
    return problems


def share(rows: TenantRows, mark: str) -> float:
    """The share of a mark over all strata."""
    everyone = [standing for members in standings(rows).values() for standing in members]
    return sum(mark in standing.marks for standing in everyone) / len(everyone)
