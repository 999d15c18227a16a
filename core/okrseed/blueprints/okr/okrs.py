"""Objectives with their key results and initiatives (specification: okr, section 5).

A stratum (the tenant level, or one workspace with its teams) is drafted whole, from nothing but the seed string and its
own names; so other workspaces, and the choice of workspaces, change nothing in it. A draft holds no ids and nothing of
the tenant's slug or domain: draws are keyed by the names inside a tenant, and tenants of one shape share their drafts.
"""

from __future__ import annotations

import datetime
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import chain, repeat
from typing import NamedTuple

from okrseed.blueprints.okr import quotas
from okrseed.blueprints.okr.by_position import by_position
from okrseed.blueprints.okr.content import InitiativeText, KeyResultText, ObjectiveText
from okrseed.blueprints.okr.cycles import CycleSpec, Quarter
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.scopes import TIERS, Scope, ScopeType, stratum
from okrseed.blueprints.okr.tenant import WorkspaceConfig
from okrseed.chance import Chance

SIZES = ("tiny", "demo", "full")
LAST_WEEKS = 6
"""Initiatives are due within so many weeks of the end of their quarter."""

# Shares of the way from start to target (lowest, highest), as in the middle of the quarter.
_ACTIVE_BANDS = {"ON_TRACK": (0.45, 0.75), "AT_RISK": (0.20, 0.40), "OFF_TRACK": (0.0, 0.15), "COMPLETED": (1.0, 1.0)}
_ARCHIVED_BANDS = {"COMPLETED": (1.0, 1.0), "OFF_TRACK": (0.25, 0.55), "CANCELLED": (0.0, 0.30)}


@dataclass(frozen=True, slots=True, eq=False)
class Slot:
    """A place for an objective in one scope and quarter; two slots are the same only if they are one object."""

    scope: Scope
    place: int


class KeyResultDraft(NamedTuple):
    """Everything that is known of one key result before it becomes rows.

    reached: the steps taken from the start towards the target. position: place in the stratum's line of key results of
    active cycles; None in other cycles. draws: numbers by chance for its check-ins.
    """

    text: KeyResultText
    owner: Person
    reached: int
    current: float
    progress: float
    cadence: str
    position: int | None
    draws: tuple[int, ...]


class InitiativeDraft(NamedTuple):
    """An initiative; `key_result` is the place of the one that it could move among the objective's own."""

    text: InitiativeText
    key_result: int
    status: str
    due: datetime.datetime


_key_result = by_position(KeyResultDraft)
_initiative = by_position(InitiativeDraft)


@dataclass(frozen=True, slots=True, eq=False)
class ObjectiveDraft:
    """Everything that is known of one objective before it becomes rows."""

    text: ObjectiveText
    scope: Scope
    cycle: CycleSpec
    owner: Person
    parent: ObjectiveDraft | None
    status: str
    progress: float
    private: bool
    published: bool
    key_results: tuple[KeyResultDraft, ...]
    initiatives: tuple[InitiativeDraft, ...]

    @property
    def pillar(self) -> str | None:
        """The pillar of the tenant objective that this one serves."""
        return self.text.pillar if self.parent is None else self.parent.pillar


class Drafting:
    """Drafts strata at one size and calendar."""

    def __init__(self, size: str, cycles: tuple[CycleSpec, ...], roster: Roster, chance: Chance) -> None:
        self._size = SIZES.index(size)
        self._cycles = cycles
        self._roster = roster
        self._chance = chance
        self._drafts: dict[str, tuple[ObjectiveDraft, ...]] = {}

    def tenant(self) -> tuple[ObjectiveDraft, ...]:
        """The objectives of the tenant level, cycle by cycle."""
        if "" not in self._drafts:
            self._drafts[""] = tuple(self._stratum(None))
        return self._drafts[""]

    def workspace(self, workspace: WorkspaceConfig) -> tuple[ObjectiveDraft, ...]:
        """The objectives of a workspace and its teams, parents first within each cycle."""
        if workspace.slug not in self._drafts:
            self._drafts[workspace.slug] = tuple(self._stratum(workspace))
        return self._drafts[workspace.slug]

    def _stratum(self, workspace: WorkspaceConfig | None) -> Iterator[ObjectiveDraft]:
        scopes = stratum(workspace, self._roster, self._chance)
        for cycle in self._cycles:
            above = [] if workspace is None else [draft for draft in self.tenant() if draft.cycle is cycle]
            yield from QuarterDrafting(scopes, self._size, cycle, self._chance).objectives(above)


class QuarterDrafting:
    """Drafts one stratum in one cycle."""

    def __init__(self, scopes: Sequence[Scope], size: int, cycle: CycleSpec, chance: Chance) -> None:
        self._scopes = scopes
        self._size = size
        self._cycle = cycle
        self._chance = chance
        self._key = f"{scopes[0].workspace or ''}:{cycle.quarter.name}"
        self._due = _due(cycle.quarter)

    def objectives(self, above: Sequence[ObjectiveDraft]) -> Iterator[ObjectiveDraft]:
        """The objectives scope by scope; `above` are the tenant's objectives of the cycle."""
        counting, tiers = self._tiers()
        line = quotas.lined_up(tiers, self._chance, f"objectives:{self._key}")
        counted = quotas.lined_up(counting, self._chance, f"counts:{self._key}")
        key_results = quotas.counted(quotas.KEY_RESULTS, counted)
        initiatives = quotas.counted(quotas.INITIATIVES, counted)
        statuses = self._statuses(line)
        published = self._published(line, tiers)
        private = self._private(line)
        cadences = self._cadences(tiers, key_results)
        moving = self._initiative_statuses(tiers, initiatives)
        parents: dict[ScopeType, list[ObjectiveDraft]] = {"tenant": [], "workspace": [*above], "team": []}
        quarter = self._cycle.quarter
        for slot in sorted(line, key=_order):
            scope = slot.scope
            text = scope.texts.at(quarter, slot.place)
            key = f"{scope.key}:{quarter.name}:{text.title}"
            to_owner, to_parent, *_ = self._chance.numbers(f"objective:{key}")
            above_it = parents[scope.kind]
            parts = tuple(
                [
                    self._key_result(key, text.key_results[place], scope, statuses[slot], cadences[slot, place])
                    for place in range(key_results[slot])
                ]
            )
            draft = ObjectiveDraft(
                text=text,
                scope=scope,
                cycle=self._cycle,
                owner=scope.owners[to_owner % len(scope.owners)],
                parent=above_it[to_parent % len(above_it)] if above_it else None,
                status=statuses[slot],
                progress=round(sum([part.progress for part in parts]) / len(parts), 2),
                private=slot in private,
                published=published[slot],
                key_results=parts,
                initiatives=tuple(
                    [
                        self._initiative(key, text.initiatives[place], len(parts), moving[slot, place])
                        for place in range(initiatives[slot])
                    ]
                ),
            )
            if scope.kind == "workspace":
                parents["team"].append(draft)
            yield draft

    def _tiers(self) -> tuple[list[list[Slot]], list[list[Slot]]]:
        """The slots up to the size asked for, smaller sizes first: as key results are counted, and as they are taken.

        The smallest size has a workspace's first objective in active cycles only; for counting key results it comes
        first in every cycle, so that a quarter's counts do not depend on its status.
        """
        tiers: list[list[Slot]] = [[], [], []]
        for scope in self._scopes:
            previous = 0
            for tier, upto in zip(tiers, TIERS[scope.kind], strict=True):
                tier += [Slot(scope, place) for place in range(previous, upto)]
                previous = upto
        taken = tiers
        if self._scopes[0].kind == "workspace" and self._cycle.status != "ACTIVE":
            first, second, third = tiers
            taken = [[], [*first, *second], third]
        return tiers[: self._size + 1], taken[: self._size + 1]

    def _statuses(self, line: Sequence[Slot]) -> dict[Slot, str]:
        if self._cycle.status == "DRAFT":
            return dict.fromkeys(line, "ON_TRACK")
        weights = quotas.ACTIVE_STATUS if self._cycle.status == "ACTIVE" else quotas.ARCHIVED_STATUS
        return quotas.dealt(weights, line, self._cycle)

    def _published(self, line: Sequence[Slot], tiers: Sequence[Sequence[Slot]]) -> dict[Slot, bool]:
        if self._cycle.status != "ACTIVE":
            return dict.fromkeys(line, self._cycle.status == "ARCHIVED")
        # An order of its own, so that publication does not go along with status.
        order = quotas.lined_up(tiers, self._chance, f"published:{self._key}")
        return quotas.dealt(quotas.PUBLISHED, order, self._cycle)

    def _private(self, line: Sequence[Slot]) -> frozenset[Slot]:
        """Tenant level: two in each active cycle, one in the draft; each workspace: one in each active cycle."""
        if self._scopes[0].kind == "tenant":
            most = {"ACTIVE": 2, "DRAFT": 1, "ARCHIVED": 0}[self._cycle.status]
        else:
            most = 1 if self._cycle.status == "ACTIVE" and self._size > 0 else 0
        own = sorted((slot for slot in line if slot.scope is self._scopes[0]), key=_order)
        return frozenset(self._chance.shuffled(own, f"private:{self._key}")[:most])

    def _cadences(
        self, tiers: Sequence[Sequence[Slot]], counts: dict[Slot, int]
    ) -> dict[tuple[Slot, int], tuple[str, int | None]]:
        """Cadence of each key result, with its place in the stratum's line of active key results."""
        line = quotas.lined_up(_parts(tiers, counts), self._chance, f"cadence:{self._key}")
        cadences = quotas.dealt(quotas.CADENCE, line, self._cycle).values()
        first = self._cycle.quarter.serial % 2
        active = self._cycle.status == "ACTIVE"
        positions: Iterable[int | None] = range(first, 2 * len(line), 2) if active else repeat(None, len(line))
        return dict(zip(line, zip(cadences, positions, strict=True), strict=True))

    def _initiative_statuses(
        self, tiers: Sequence[Sequence[Slot]], counts: dict[Slot, int]
    ) -> dict[tuple[Slot, int], str]:
        parts = _parts(tiers, counts)
        if self._cycle.status == "ACTIVE":
            line = quotas.lined_up(parts, self._chance, f"initiative:{self._key}")
            return quotas.dealt(quotas.ACTIVE_INITIATIVE, line, self._cycle)
        status = "NOT_STARTED" if self._cycle.status == "DRAFT" else "COMPLETED"
        return dict.fromkeys(chain.from_iterable(parts), status)

    def _key_result(
        self,
        objective: str,
        text: KeyResultText,
        scope: Scope,
        status: str,
        cadence: tuple[str, int | None],
    ) -> KeyResultDraft:
        draws = self._chance.numbers(f"key result:{objective}:{text.title}")
        owner = scope.key_result_owners[draws[0] % len(scope.key_result_owners)]
        reached, current, progress = self._reached(draws[1], text, status)
        return _key_result((text, owner, reached, current, progress, *cadence, draws[2:]))

    def _reached(self, number: int, text: KeyResultText, status: str) -> tuple[int, float, float]:
        """Steps taken, current value and progress in percent, in keeping with the status; all follow from the steps."""
        if self._cycle.status == "DRAFT":
            return 0, text.start, 0.0
        steps = abs(text.way)
        bands = _ACTIVE_BANDS if self._cycle.status == "ACTIVE" else _ARCHIVED_BANDS
        lowest, highest = bands[status]
        first, last = math.ceil(lowest * steps), math.floor(highest * steps)
        taken = first + number % (last - first + 1)
        return taken, text.at(taken), round(100 * taken / steps, 2)

    def _initiative(self, objective: str, text: InitiativeText, key_results: int, status: str) -> InitiativeDraft:
        due = self._chance.pick(self._due, f"initiative:{objective}:{text.title}")
        return _initiative((text, text.moves % key_results, status, due))


def _order(slot: Slot) -> tuple[bool, str, int]:
    """The workspace before its teams, and those by slug."""
    return slot.scope.kind == "team", slot.scope.team or "", slot.place


@cache
def _due(quarter: Quarter) -> tuple[datetime.datetime, ...]:
    """When initiatives of a quarter may be due."""
    return tuple(quarter.end - datetime.timedelta(weeks=weeks) for weeks in range(LAST_WEEKS))


def _parts(tiers: Iterable[Iterable[Slot]], counts: Mapping[Slot, int]) -> list[list[tuple[Slot, int]]]:
    """The slots' key results or initiatives, by tier."""
    return [[(slot, place) for slot in tier for place in range(counts[slot])] for tier in tiers]
