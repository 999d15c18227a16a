"""Objectives with their key results and initiatives (specification: okr, section 5).

A stratum (the tenant level, or one workspace with its teams) is drafted whole, from nothing but the seed string and its
own names; so other workspaces, and the choice of workspaces, change nothing in it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

from okrseed.blueprints.okr import identities, quotas
from okrseed.blueprints.okr.content import InitiativeText, KeyResultText, ObjectiveText, content
from okrseed.blueprints.okr.cycles import CycleSpec, Quarter
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.tenant import TenantConfig, WorkspaceConfig
from okrseed.chance import Chance
from okrseed.identity import slug

ScopeType = Literal["tenant", "workspace", "team"]

TENANT_TIERS = (2, 6, 7)
"""Tenant objectives per cycle at each size."""
WORKSPACE_TIERS = (1, 3, 3)
TEAM_TIERS = (0, 1, 2)
SIZES = ("tiny", "demo", "full")

# Shares of the way from start to target (lowest, highest), as in the middle of the quarter.
_ACTIVE_BANDS = {"ON_TRACK": (0.45, 0.75), "AT_RISK": (0.20, 0.40), "OFF_TRACK": (0.0, 0.15), "COMPLETED": (1.0, 1.0)}
_ARCHIVED_BANDS = {"COMPLETED": (1.0, 1.0), "OFF_TRACK": (0.25, 0.55), "CANCELLED": (0.0, 0.30)}


class Slot(NamedTuple):
    """A place for an objective in one scope and quarter; `team` is a slug where the scope is a team."""

    scope: ScopeType
    team: str | None
    place: int


@dataclass(frozen=True, slots=True)
class KeyResultDraft:
    id: str
    text: KeyResultText
    owner: Person
    current: float
    progress: float
    cadence: str
    position: int | None
    """Place in the stratum's line of key results of active cycles; None in other cycles."""


@dataclass(frozen=True, slots=True)
class InitiativeDraft:
    id: str
    text: InitiativeText
    key_result: KeyResultDraft
    status: str


@dataclass(frozen=True, slots=True)
class ObjectiveDraft:
    """Everything that is known of one objective before it becomes rows."""

    id: str
    text: ObjectiveText
    slot: Slot
    workspace: str | None
    cycle: CycleSpec
    cycle_id: str
    scope_id: str
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
    """Drafts strata of one tenant at one size and calendar."""

    def __init__(
        self,
        config: TenantConfig,
        size: str,
        cycles: tuple[CycleSpec, ...],
        roster: Roster,
        chance: Chance,
    ) -> None:
        self._config = config
        self._size = SIZES.index(size)
        self._cycles = cycles
        self._roster = roster
        self._chance = chance
        self._organization = identities.organization_id(config.slug)
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
        for cycle in self._cycles:
            above = [] if workspace is None else [draft for draft in self.tenant() if draft.cycle == cycle]
            yield from QuarterDrafting(
                self._config, self._size, workspace, cycle, self._roster, self._chance, self._organization
            ).objectives(above)


class QuarterDrafting:
    """Drafts one stratum in one cycle."""

    def __init__(
        self,
        config: TenantConfig,
        size: int,
        workspace: WorkspaceConfig | None,
        cycle: CycleSpec,
        roster: Roster,
        chance: Chance,
        organization: str,
    ) -> None:
        self._config = config
        self._size = size
        self._workspace = workspace
        self._cycle = cycle
        self._roster = roster
        self._chance = chance
        self._organization = organization
        self._cycle_id = identities.cycle_id(organization, cycle.quarter.name)
        self._stratum = workspace.slug if workspace else ""
        self._key = f"{self._stratum}:{cycle.quarter.name}"
        self._texts: dict[str, list[ObjectiveText]] = {}

    def objectives(self, above: Sequence[ObjectiveDraft]) -> Iterator[ObjectiveDraft]:
        """The objectives in the order of their slots; `above` are the tenant's objectives of the cycle."""
        tiers = self._tiers(counting=False)
        line = quotas.lined_up(tiers, self._chance, f"objectives:{self._key}")
        counting = quotas.lined_up(self._tiers(counting=True), self._chance, f"counts:{self._key}")
        key_results = quotas.counted(quotas.KEY_RESULTS, counting)
        initiatives = quotas.counted(quotas.INITIATIVES, counting)
        statuses = self._statuses(line)
        published = self._published(line)
        private = self._private(line)
        cadences = self._cadences(tiers, key_results)
        moving = self._initiative_statuses(tiers, initiatives)
        parents = list(above)
        for slot in sorted(line, key=lambda slot: (slot.scope == "team", slot)):
            text = self._text(slot)
            scope_id = self._scope_id(slot)
            id = identities.objective_id(self._organization, slot.scope, scope_id, self._cycle_id, text.title)
            drafts = tuple(
                self._key_result(id, text.key_results[place], slot, statuses[slot], cadences[slot, place])
                for place in range(key_results[slot])
            )
            draft = ObjectiveDraft(
                id=id,
                text=text,
                slot=slot,
                workspace=self._workspace.slug if self._workspace else None,
                cycle=self._cycle,
                cycle_id=self._cycle_id,
                scope_id=scope_id,
                owner=self._owner(slot, id),
                parent=self._parent(slot, id, parents),
                status=statuses[slot],
                progress=round(sum(draft.progress for draft in drafts) / len(drafts), 2),
                private=slot in private,
                published=published[slot],
                key_results=drafts,
                initiatives=tuple(
                    self._initiative(id, text.initiatives[place], drafts, moving[slot, place])
                    for place in range(initiatives[slot])
                ),
            )
            if slot.scope == "workspace":
                parents.append(draft)
            yield draft

    def _tiers(self, *, counting: bool) -> list[list[Slot]]:
        """The slots up to the size asked for, smaller sizes first.

        The smallest size has a workspace's first objective in active cycles only; for counting key results it comes
        first in every cycle, so that a quarter's counts do not depend on its status.
        """
        tiers: list[list[Slot]] = [[], [], []]
        if self._workspace is None:
            _fill(tiers, TENANT_TIERS, partial(Slot, "tenant", None))
        else:
            _fill(tiers, WORKSPACE_TIERS, partial(Slot, "workspace", None))
            for team in self._workspace.teams:
                _fill(tiers, TEAM_TIERS, partial(Slot, "team", slug(team)))
            if self._cycle.status != "ACTIVE" and not counting:
                tiers[1] = [*tiers[0], *tiers[1]]
                tiers[0] = []
        return tiers[: self._size + 1]

    def _statuses(self, line: Sequence[Slot]) -> dict[Slot, str]:
        if self._cycle.status == "DRAFT":
            return dict.fromkeys(line, "ON_TRACK")
        weights = quotas.ACTIVE_STATUS if self._cycle.status == "ACTIVE" else quotas.ARCHIVED_STATUS
        return quotas.dealt(weights, line, self._cycle)

    def _published(self, line: Sequence[Slot]) -> dict[Slot, bool]:
        if self._cycle.status != "ACTIVE":
            return dict.fromkeys(line, self._cycle.status == "ARCHIVED")
        # An order of its own, so that publication does not go along with status.
        order = quotas.lined_up(self._tiers(counting=False), self._chance, f"published:{self._key}")
        return quotas.dealt(quotas.PUBLISHED, order, self._cycle)

    def _private(self, line: Sequence[Slot]) -> frozenset[Slot]:
        """Tenant level: two in each active cycle, one in the draft; each workspace: one in each active cycle."""
        if self._workspace is None:
            most = {"ACTIVE": 2, "DRAFT": 1, "ARCHIVED": 0}[self._cycle.status]
        else:
            most = 1 if self._cycle.status == "ACTIVE" and self._size > 0 else 0
        own = sorted(slot for slot in line if slot.scope != "team")
        return frozenset(self._chance.shuffled(own, f"private:{self._key}")[:most])

    def _cadences(
        self, tiers: Sequence[Sequence[Slot]], counts: dict[Slot, int]
    ) -> dict[tuple[Slot, int], tuple[str, int | None]]:
        """Cadence of each key result, with its place in the stratum's line of active key results."""
        line = self._parts(tiers, counts, "cadence")
        cadences = quotas.dealt(quotas.CADENCE, line, self._cycle)
        if self._cycle.status != "ACTIVE":
            return {part: (cadences[part], None) for part in line}
        offset = self._cycle.quarter.serial % 2
        return {part: (cadences[part], place * 2 + offset) for place, part in enumerate(line)}

    def _initiative_statuses(
        self, tiers: Sequence[Sequence[Slot]], counts: dict[Slot, int]
    ) -> dict[tuple[Slot, int], str]:
        line = self._parts(tiers, counts, "initiative")
        if self._cycle.status == "ACTIVE":
            return quotas.dealt(quotas.ACTIVE_INITIATIVE, line, self._cycle)
        return dict.fromkeys(line, "NOT_STARTED" if self._cycle.status == "DRAFT" else "COMPLETED")

    def _parts(self, tiers: Sequence[Sequence[Slot]], counts: dict[Slot, int], what: str) -> list[tuple[Slot, int]]:
        parts = [[(slot, place) for slot in tier for place in range(counts[slot])] for tier in tiers]
        return quotas.lined_up(parts, self._chance, f"{what}:{self._key}")

    def _text(self, slot: Slot) -> ObjectiveText:
        if slot.scope == "tenant":
            pool, per_cycle = content().tenant, TENANT_TIERS[-1]
        elif slot.scope == "workspace":
            pool, per_cycle = content().for_workspace(self._stratum), WORKSPACE_TIERS[-1]
        else:
            pool, per_cycle = content().for_team(slot.team or ""), TEAM_TIERS[-1]
        key = f"texts:{slot.scope}:{slot.team or self._stratum}"
        if key not in self._texts:
            self._texts[key] = chosen_texts(pool, per_cycle, self._cycle.quarter, self._chance, key)
        return self._texts[key][slot.place]

    def _scope_id(self, slot: Slot) -> str:
        if slot.scope == "tenant":
            return ""
        workspace = identities.workspace_id(self._organization, self._stratum)
        return workspace if slot.team is None else identities.team_id(workspace, slot.team)

    def _owner(self, slot: Slot, id: str) -> Person:
        if slot.scope == "tenant":
            people = (*self._roster.of_kind("founder"), *self._roster.of_kind("admin"))
        elif slot.scope == "workspace":
            people = self._roster.of_kind("lead", self._stratum)
        else:
            people = self._roster.of_kind("team_lead", self._stratum, slot.team)
        return self._chance.pick(people, f"owner:{id}")

    def _key_result_owner(self, slot: Slot, id: str) -> Person:
        if slot.scope == "tenant":
            return self._owner(slot, id)
        people = (
            *self._roster.of_kind("team_lead", self._stratum, slot.team),
            *self._roster.of_kind("member", self._stratum, slot.team),
        )
        return self._chance.pick(people, f"owner:{id}")

    def _parent(self, slot: Slot, id: str, parents: Sequence[ObjectiveDraft]) -> ObjectiveDraft | None:
        if slot.scope == "tenant":
            return None
        level = "tenant" if slot.scope == "workspace" else "workspace"
        return self._chance.pick([draft for draft in parents if draft.slot.scope == level], f"parent:{id}")

    def _key_result(
        self, objective: str, text: KeyResultText, slot: Slot, status: str, cadence: tuple[str, int | None]
    ) -> KeyResultDraft:
        id = identities.key_result_id(objective, text.title)
        current, progress = self._reached(id, text, status)
        owner = self._key_result_owner(slot, id)
        return KeyResultDraft(id, text, owner, current, progress, *cadence)

    def _reached(self, id: str, text: KeyResultText, status: str) -> tuple[float, float]:
        """Current value and progress in percent, in keeping with the status; progress follows from the value."""
        steps = steps_between(text)
        if self._cycle.status == "DRAFT":
            return text.start, 0.0
        bands = _ACTIVE_BANDS if self._cycle.status == "ACTIVE" else _ARCHIVED_BANDS
        lowest, highest = bands[status]
        first, last = math.ceil(lowest * steps), math.floor(highest * steps)
        taken = first + self._chance.below(last - first + 1, f"progress:{id}")
        return value_at(text, taken), round(100 * taken / steps, 2)

    def _initiative(
        self, objective: str, text: InitiativeText, key_results: Sequence[KeyResultDraft], status: str
    ) -> InitiativeDraft:
        id = identities.initiative_id(objective, text.title)
        return InitiativeDraft(id, text, key_results[text.moves % len(key_results)], status)


def chosen_texts(
    pool: Sequence[ObjectiveText], per_cycle: int, quarter: Quarter, chance: Chance, key: str
) -> list[ObjectiveText]:
    """The objectives of a scope in a quarter: one written for this very quarter first, then the pool in rotation."""
    own = [text for text in pool if text.quarter == quarter.name]
    common = chance.shuffled([text for text in pool if text.quarter is None], key)
    start = quarter.serial * per_cycle
    rotated = [common[(start + place) % len(common)] for place in range(per_cycle)]
    return [*own, *rotated][:per_cycle]


def steps_between(text: KeyResultText) -> int:
    """How many steps of the precision in which it is written lie between start and target."""
    scale: int = 10**text.decimals
    return round(abs(text.target - text.start) * scale)


def value_at(text: KeyResultText, step: int) -> float:
    """The value a number of steps from start towards target."""
    sign = 1 if text.target > text.start else -1
    scale: int = 10**text.decimals
    return round(text.start + sign * step / scale, text.decimals)


def _fill(tiers: list[list[Slot]], cumulative: Sequence[int], slot: Callable[[int], Slot]) -> None:
    previous = 0
    for tier, upto in zip(tiers, cumulative, strict=True):
        tier += [slot(place) for place in range(previous, upto)]
        previous = upto
