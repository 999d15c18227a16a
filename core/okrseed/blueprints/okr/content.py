"""Titles, names and notes: data files, read once, when first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from okrseed.compiled import parsed


@dataclass(frozen=True, slots=True)
class KeyResultText:
    """A key result as written: `measure` names what it counts; values have `decimals` digits after the point."""

    title: str
    measure: str
    metric: str
    unit: str
    start: float
    target: float
    decimals: int

    def shown(self, value: float) -> str:
        """A value with its unit, as a person writes it."""
        number = f"{value:,.{self.decimals}f}"
        return f"{number} {self.unit}" if self.unit else number


@dataclass(frozen=True, slots=True)
class InitiativeText:
    """An initiative; `moves` is the key result it could move, counted from 0."""

    title: str
    description: str
    moves: int


@dataclass(frozen=True, slots=True)
class ObjectiveText:
    """An objective with its key results and initiatives; the first ones of each are used first."""

    title: str
    description: str
    pillar: str | None
    quarter: str | None
    key_results: tuple[KeyResultText, ...]
    initiatives: tuple[InitiativeText, ...]


@dataclass(frozen=True, slots=True)
class PillarText:
    name: str
    description: str
    color: str


@dataclass(frozen=True)
class Content:
    """Everything written down, by what it is for. `workspaces` and `teams` are by slug; `generic_*` for all others."""

    pillars: tuple[PillarText, ...]
    tenant: tuple[ObjectiveText, ...]
    workspaces: Mapping[str, tuple[ObjectiveText, ...]]
    teams: Mapping[str, tuple[ObjectiveText, ...]]
    generic_workspace: tuple[ObjectiveText, ...]
    generic_team: tuple[ObjectiveText, ...]
    given_names: tuple[str, ...]
    family_names: tuple[str, ...]
    notes: Mapping[str, tuple[str, ...]]

    def for_workspace(self, slug: str) -> tuple[ObjectiveText, ...]:
        return self.workspaces.get(slug, self.generic_workspace)

    def for_team(self, slug: str) -> tuple[ObjectiveText, ...]:
        return self.teams.get(slug, self.generic_team)


_SPECIAL = ("tenant", "generic", "names", "notes")


@cache
def content() -> Content:
    """Read the data files; each is parsed once in a process."""
    files = parsed(Path(__file__).parent / "content")
    tenant, generic, names = files["tenant"], files["generic"], files["names"]
    own = {name: file for name, file in files.items() if name not in _SPECIAL}
    return Content(
        pillars=tuple(PillarText(**pillar) for pillar in tenant["pillars"]),
        tenant=_objectives(tenant["tenant"]),
        workspaces={name: _objectives(file["workspace"]) for name, file in own.items()},
        teams={team: _objectives(texts) for file in own.values() for team, texts in file["teams"].items()},
        generic_workspace=_objectives(generic["workspace"]),
        generic_team=_objectives(generic["team"]),
        given_names=tuple(names["given"]),
        family_names=tuple(names["family"]),
        notes={kind: tuple(texts) for kind, texts in files["notes"]["notes"].items()},
    )


def _objectives(texts: Sequence[Mapping[str, Any]]) -> tuple[ObjectiveText, ...]:
    return tuple(
        ObjectiveText(
            title=text["title"],
            description=text["description"],
            pillar=text.get("pillar"),
            quarter=text.get("quarter"),
            key_results=tuple(_key_result(entry) for entry in text["key_results"]),
            initiatives=tuple(
                InitiativeText(entry["title"], entry["description"], entry["moves"] - 1)
                for entry in text["initiatives"]
            ),
        )
        for text in texts
    )


def _key_result(entry: Mapping[str, Any]) -> KeyResultText:
    start, target = entry["start"], entry["target"]
    return KeyResultText(
        title=entry["title"],
        measure=entry["measure"],
        metric=entry["metric"],
        unit=entry["unit"],
        start=float(start),
        target=float(target),
        decimals=entry.get("decimals", max(_decimals(start), _decimals(target))),
    )


def _decimals(value: float) -> int:
    return len(str(value).partition(".")[2]) if isinstance(value, float) else 0
