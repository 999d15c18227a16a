"""What a person asked for: mode, scopes, stages, size, environment, date and seed. Immutable, and validated once."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

from okrseed.blueprint import Blueprint, stage_graph
from okrseed.errors import Refused, UsageError
from okrseed.graph import nearest

Selected = Literal["chosen", "required", "off"]


class Mode(enum.Enum):
    """Which differences a run applies (DESIGN: desired rows versus actual rows)."""

    DRY_RUN = "dry-run"
    FULL = "full"
    INCREMENTAL = "incremental"
    PURGE = "purge"
    RESET = "reset"

    @property
    def deletes(self) -> bool:
        return self in (Mode.PURGE, Mode.RESET)

    @property
    def writes(self) -> bool:
        return self is not Mode.DRY_RUN


class StageChoice(NamedTuple):
    """Whether a stage takes part, and why."""

    selected: Selected
    reason: str


@dataclass(frozen=True)
class Selection:
    """A validated choice: `scopes` holds every chosen scope id, sorted; `stages` says for each if it takes part."""

    blueprint: str
    mode: Mode
    size: str
    environment: str
    as_of: datetime.date
    seed: str
    scopes: tuple[str, ...]
    stages: Mapping[str, StageChoice]
    options: frozenset[str] = frozenset()
    excluded: frozenset[str] = frozenset()
    with_unseeded: bool = False

    def takes_part(self, stage: str) -> bool:
        return self.stages[stage].selected != "off"


@dataclass(frozen=True)
class Request:
    """The choices as they were given, before validation; None means: not given."""

    mode: Mode = Mode.FULL
    size: str | None = None
    environment: str = "development"
    as_of: datetime.date | None = None
    seed: str | None = None
    scopes: tuple[str, ...] | None = None
    select: str | None = None
    exclude: str | None = None
    options: frozenset[str] = frozenset()
    with_unseeded: bool = False


def selection_document(selection: Selection) -> dict[str, Any]:
    """The selection as JSON values, but for its stages."""
    return {
        "mode": selection.mode.value,
        "size": selection.size,
        "environment": selection.environment,
        "as_of": selection.as_of.isoformat(),
        "seed": selection.seed,
        "workspaces": list(selection.scopes),
        "options": sorted(selection.options),
    }


def resolve(blueprint: Blueprint, request: Request, *, today: datetime.date) -> Selection:
    """Validate a request against a blueprint.

    Raises UsageError for an unknown size, environment, scope, stage or option, and Refused for stages that the
    environment does not allow (specification: okr, section 8).
    """
    environment = blueprint.environments.get(request.environment)
    if environment is None:
        raise UsageError(
            f"unknown environment {request.environment!r}",
            code="unknown_environment",
            hint=nearest(request.environment, blueprint.environments),
        )
    size = request.size or environment.size
    if size not in blueprint.sizes:
        raise UsageError(f"unknown size {size!r}", code="unknown_size", hint=nearest(size, blueprint.sizes))
    for option in sorted(request.options - set(blueprint.options)):
        raise UsageError(f"the blueprint {blueprint.name!r} has no option {option!r}", code="unknown_option")
    if request.mode is Mode.PURGE and (request.scopes is not None or request.select or request.exclude):
        raise UsageError(
            "a purge removes the whole tenant; it cannot be limited to workspaces or stages",
            code="purge_is_whole",
            hint="Leave out --workspace, --select and --exclude.",
        )
    seed = request.seed if request.seed is not None else blueprint.seed
    if not seed:
        raise UsageError("the seed string is empty", code="empty_seed")
    return Selection(
        blueprint=blueprint.name,
        mode=request.mode,
        size=size,
        environment=environment.name,
        as_of=request.as_of or today,
        seed=seed,
        scopes=_scopes(blueprint, request.scopes),
        stages=_stages(blueprint, request, essential_only=environment.essential_only),
        options=request.options,
        excluded=stage_graph(blueprint).select(request.exclude) if request.exclude else frozenset(),
        with_unseeded=request.with_unseeded,
    )


def _scopes(blueprint: Blueprint, asked: Sequence[str] | None) -> tuple[str, ...]:
    known = [scope.id for scope in blueprint.scopes()]
    if asked is None:
        return tuple(sorted(known))
    if not asked:
        raise UsageError("no workspace is chosen", code="unknown_workspace", hint=f"Known: {', '.join(known)}.")
    for scope in asked:
        if scope not in known:
            raise UsageError(f"unknown workspace {scope!r}", code="unknown_workspace", hint=nearest(scope, known))
    return tuple(sorted(set(asked)))


def _stages(blueprint: Blueprint, request: Request, *, essential_only: bool) -> dict[str, StageChoice]:
    graph = stage_graph(blueprint)
    essential = {stage.id for stage in blueprint.stages() if stage.essential}
    allowed = essential if essential_only else set(graph.needs)
    excluded = graph.select(request.exclude) if request.exclude else frozenset()
    named = graph.select(request.select) if request.select else frozenset(allowed)
    forbidden = graph.ranked(graph.closure(named) - excluded - allowed)
    if forbidden:
        raise Refused(
            f"environment {request.environment!r} allows only the essential stages"
            f" ({', '.join(graph.ranked(essential))}), not {', '.join(forbidden)}",
            code="environment",
            hint="Choose among the essential stages, or another environment.",
        )
    chosen = named - excluded
    if not chosen:
        raise UsageError("no stage is left after --exclude", code="no_stage")
    required = graph.closure(chosen) - chosen - excluded
    choices: dict[str, StageChoice] = {}
    for stage in graph.order():
        if stage in chosen:
            choices[stage] = StageChoice("chosen", "named" if request.select else "everything is chosen")
        elif stage in required:
            wanted_by = graph.ranked(graph.descendants(stage) & chosen)
            choices[stage] = StageChoice("required", f"needed by {', '.join(wanted_by)}")
        elif stage in excluded:
            choices[stage] = StageChoice("off", "excluded")
        elif stage not in allowed:
            choices[stage] = StageChoice("off", f"not allowed in environment {request.environment}")
        else:
            choices[stage] = StageChoice("off", "not chosen")
    return choices
