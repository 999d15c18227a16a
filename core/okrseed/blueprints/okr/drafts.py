"""Everything of a tenant but its ids: drawn once, and shared by all tenants of one shape.

Tenants that differ in slug and domain only look the same inside, so a second one costs its ids and its rows.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from okrseed.blueprints.okr.checkins import CheckInDraft, series
from okrseed.blueprints.okr.cycles import cycles_of
from okrseed.blueprints.okr.okrs import Drafting, ObjectiveDraft
from okrseed.blueprints.okr.remembered import Remembered
from okrseed.blueprints.okr.roster import Roster
from okrseed.blueprints.okr.tenant import WorkspaceConfig
from okrseed.chance import Chance


class Shape(NamedTuple):
    """What the drafts follow from, beside the texts."""

    workspaces: tuple[WorkspaceConfig, ...]
    size: str
    seed: str
    as_of: datetime.date
    rolled: bool


class Drafts:
    """The people, the objectives and the check-ins of a shape, each drafted when first asked for."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.chance = Chance(shape.seed)
        self.cycles = cycles_of(shape.as_of, rolled=shape.rolled)
        self.roster = Roster(shape.workspaces, shape.size, self.chance)
        self.check_ins = Remembered(self._check_ins)
        self._drafting = Drafting(shape.size, self.cycles, self.roster, self.chance)

    def objectives(self, workspaces: Iterable[WorkspaceConfig]) -> Iterator[ObjectiveDraft]:
        """The objectives of the tenant level and of these workspaces, parents first."""
        yield from self._drafting.tenant()
        for workspace in workspaces:
            yield from self._drafting.workspace(workspace)

    def _check_ins(self, objective: ObjectiveDraft) -> tuple[tuple[CheckInDraft, ...], ...]:
        """The check-ins of each of an objective's key results, in their order."""
        return tuple([series(objective, place, self.shape.as_of) for place in range(len(objective.key_results))])
