"""Titles, names and notes: data files, read once, when first needed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from okrseed.compiled import parsed


@dataclass(frozen=True, slots=True)
class KeyResultText:
    """A key result as written: `measure` names what it counts; values have `decimals` digits after the point.

    What each of its values needs is worked out once: `scale` steps make a unit, `first` is the start in steps, `way`
    the steps to the target, negative where it is lower; `shown_as` is the format of a value; `fields` are what every
    note may speak of.
    """

    title: str
    measure: str
    metric: str
    unit: str
    start: float
    target: float
    decimals: int
    scale: int
    first: int
    way: int
    shown_as: str
    fields: Mapping[str, str] = field(hash=False)

    def shown(self, value: float) -> str:
        """A value with its unit, as a person writes it."""
        return _with_unit(format(value, self.shown_as), self.unit)

    def at(self, step: int) -> float:
        """The value a number of steps from start towards target.

        Of two whole numbers the quotient is the float nearest to the decimal fraction, as rounding would give it.
        """
        return (self.first + step if self.way > 0 else self.first - step) / self.scale


class InitiativeText(NamedTuple):
    """An initiative; `moves` is the key result it could move, counted from 0."""

    title: str
    description: str
    moves: int


class ObjectiveText(NamedTuple):
    """An objective with its key results and initiatives; the first ones of each are used first."""

    title: str
    description: str
    pillar: str | None
    quarter: str | None
    key_results: tuple[KeyResultText, ...]
    initiatives: tuple[InitiativeText, ...]


class PillarText(NamedTuple):
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
    start, target, measure, unit = entry["start"], entry["target"], entry["measure"], entry["unit"]
    decimals = entry.get("decimals", max(_decimals(start), _decimals(target)))
    scale = 10**decimals
    shown_as = f",.{decimals}f"
    return KeyResultText(
        title=entry["title"],
        measure=measure,
        metric=entry["metric"],
        unit=unit,
        start=float(start),
        target=float(target),
        decimals=decimals,
        scale=scale,
        first=round(start * scale),
        way=round((target - start) * scale),
        shown_as=shown_as,
        fields={
            "measure": measure,
            "Measure": measure[:1].upper() + measure[1:],
            "target": _with_unit(format(target, shown_as), unit),
        },
    )


def _with_unit(number: str, unit: str) -> str:
    return f"{number} {unit}" if unit else number


def _decimals(value: float) -> int:
    return len(str(value).partition(".")[2]) if isinstance(value, float) else 0
