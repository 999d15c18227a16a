"""Where objectives stand: the tenant, a workspace, a team; each with its texts and the people who own what is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from okrseed.blueprints.okr.content import ObjectiveText, content
from okrseed.blueprints.okr.cycles import Quarter
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.tenant import WorkspaceConfig
from okrseed.chance import Chance

ScopeType = Literal["tenant", "workspace", "team"]

TIERS: dict[ScopeType, tuple[int, int, int]] = {"tenant": (2, 6, 7), "workspace": (1, 3, 3), "team": (0, 1, 2)}
"""Objectives of one scope per cycle at each size."""


class Pool:
    """The objectives written for one scope: those for a certain quarter, and the others in an order of the scope's."""

    def __init__(self, texts: Sequence[ObjectiveText], per_cycle: int, chance: Chance, key: str) -> None:
        self._per_cycle = per_cycle
        self._own: dict[str, list[ObjectiveText]] = {}
        for text in texts:
            if text.quarter is not None:
                self._own.setdefault(text.quarter, []).append(text)
        self._common = chance.shuffled([text for text in texts if text.quarter is None], key)

    def at(self, quarter: Quarter, place: int) -> ObjectiveText:
        """The objective at a place of a quarter: one written for this very quarter first, then all in rotation."""
        own = self._own.get(quarter.name, ())
        if place < len(own):
            return own[place]
        return self._common[(quarter.serial * self._per_cycle + place - len(own)) % len(self._common)]


@dataclass(frozen=True, slots=True, eq=False)
class Scope:
    """One scope; `workspace` and `team` are slugs, and `key` tells it from the others of the tenant."""

    kind: ScopeType
    workspace: str | None
    team: str | None
    key: str
    texts: Pool
    owners: tuple[Person, ...]
    key_result_owners: tuple[Person, ...]


def stratum(workspace: WorkspaceConfig | None, roster: Roster, chance: Chance) -> tuple[Scope, ...]:
    """The tenant level, or one workspace and its teams."""
    if workspace is None:
        owners = (*roster.of_kind("founder"), *roster.of_kind("admin"))
        texts = _pool("tenant", "", content().tenant, chance)
        return (Scope("tenant", None, None, "tenant", texts, owners, owners),)
    return (_workspace(workspace.slug, roster, chance), *_teams(workspace, roster, chance))


def _workspace(slug: str, roster: Roster, chance: Chance) -> Scope:
    team_leads, members = roster.of_kind("team_lead", slug), roster.of_kind("member", slug)
    texts = _pool("workspace", slug, content().for_workspace(slug), chance)
    return Scope(
        "workspace", slug, None, f"workspace:{slug}", texts, roster.of_kind("lead", slug), (*team_leads, *members)
    )


def _teams(workspace: WorkspaceConfig, roster: Roster, chance: Chance) -> list[Scope]:
    scopes = []
    for team in workspace.team_slugs:
        leads, members = (roster.of_kind(kind, workspace.slug, team) for kind in ("team_lead", "member"))
        texts = _pool("team", team, content().for_team(team), chance)
        scopes.append(Scope("team", workspace.slug, team, f"team:{team}", texts, leads, (*leads, *members)))
    return scopes


def _pool(kind: ScopeType, name: str, texts: Sequence[ObjectiveText], chance: Chance) -> Pool:
    return Pool(texts, TIERS[kind][-1], chance, f"texts:{kind}:{name}")
