"""How shares are dealt out to rows so that every count holds at every size, selection and calendar.

A stratum is the tenant level or one workspace. Within a stratum the rows of one status are lined up: smaller sizes
first, and inside a size in an order of each quarter's own; the two active quarters take turns. Position n then always
gets the n-th place of the quota, whose every prefix is fair (`chance.quota`).
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import TypeVar

from okrseed.blueprints.okr.cycles import CycleSpec
from okrseed.chance import Chance, quota

Slot = TypeVar("Slot", bound=Hashable)
Share = TypeVar("Share")

KEY_RESULTS = {3: 50, 2: 25, 4: 25}
INITIATIVES = {2: 50, 1: 25, 3: 25}
PUBLISHED = {True: 70, False: 30}
ACTIVE_STATUS = {"ON_TRACK": 60, "AT_RISK": 25, "COMPLETED": 10, "OFF_TRACK": 5}
ARCHIVED_STATUS = {"COMPLETED": 80, "OFF_TRACK": 10, "CANCELLED": 10}
CADENCE = {"WEEKLY": 40, "BIWEEKLY": 35, "MONTHLY": 20, "NONE": 5}
ACTIVE_INITIATIVE = {"IN_PROGRESS": 60, "NOT_STARTED": 25, "COMPLETED": 10, "BLOCKED": 5}


def lined_up(tiers: Sequence[Sequence[Slot]], chance: Chance, key: str) -> list[Slot]:
    """The slots of one quarter: tier after tier, each in a keyed order of its own."""
    return [slot for number, tier in enumerate(tiers) for slot in chance.shuffled(tier, f"{key}:{number}")]


def dealt(weights: Mapping[Share, int], slots: Sequence[Slot], cycle: CycleSpec) -> dict[Slot, Share]:
    """A share for each slot of one quarter. Of two active quarters, consecutive always, one takes the even places."""
    stride, offset = (2, cycle.quarter.serial % 2) if cycle.status == "ACTIVE" else (1, 0)
    shares = quota(weights, len(slots) * stride)
    return dict(zip(slots, shares[offset::stride], strict=True))


def counted(weights: Mapping[int, int], slots: Iterable[Slot]) -> dict[Slot, int]:
    """A number for each slot; the same numbers in every quarter and calendar, whatever its status."""
    line = list(slots)
    return dict(zip(line, quota(weights, len(line)), strict=True))
