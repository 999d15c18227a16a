"""What the person has chosen on the workbench: immutable, and turned into a request for the core."""

from __future__ import annotations

import datetime
from dataclasses import dataclass, replace

from okrseed.blueprint import Blueprint, stage_graph
from okrseed.graph import Graph
from okrseed.selection import Mode, Request


@dataclass(frozen=True)
class Choices:
    """One state of the setup. `stages` are the chosen ones; what they need comes along by itself."""

    mode: Mode
    size: str
    environment: str
    as_of: datetime.date
    seed: str
    scopes: frozenset[str]
    stages: frozenset[str]
    options: frozenset[str] = frozenset()
    with_unseeded: bool = False

    def request(self, blueprint: Blueprint) -> Request:
        """The request that the core validates. A purge takes the whole tenant, whatever is ticked."""
        everything = frozenset(stage.id for stage in blueprint.stages())
        known = frozenset(scope.id for scope in blueprint.scopes())
        purge = self.mode is Mode.PURGE
        chosen = " ".join(sorted(self.stages)) or "nothing-chosen"
        return Request(
            mode=self.mode,
            size=self.size,
            environment=self.environment,
            as_of=self.as_of,
            seed=self.seed,
            scopes=None if purge or self.scopes == known else tuple(sorted(self.scopes)),
            select=None if purge or self.stages == everything else chosen,
            options=self.options,
            with_unseeded=self.with_unseeded,
        )

    def selector(self, graph: Graph) -> str:
        """The chosen stages as a selector; empty where that is all of them."""
        if self.stages == frozenset(graph.needs):
            return ""
        return " ".join(stage for stage in graph.needs if stage in self.stages)

    def toggled(self, stage: str) -> Choices:
        """The stage switched on or off."""
        return replace(self, stages=self.stages ^ {stage})

    def toggled_with_needs(self, stage: str, graph: Graph) -> Choices:
        """The stage and everything it needs, switched on, or off where it was on."""
        together = graph.closure([stage])
        stages = self.stages - together if stage in self.stages else self.stages | together
        return replace(self, stages=stages)


def from_request(blueprint: Blueprint, request: Request, today: datetime.date) -> Choices:
    """The choices a request starts with. Raises UsageError where its selectors match nothing."""
    graph = stage_graph(blueprint)
    environment = blueprint.environments.get(request.environment)
    size = request.size or (environment.size if environment else blueprint.sizes[-1])
    stages = graph.select(request.select) if request.select else frozenset(graph.needs)
    if request.exclude:
        stages -= graph.select(request.exclude)
    known = frozenset(scope.id for scope in blueprint.scopes())
    return Choices(
        mode=request.mode,
        size=size,
        environment=request.environment,
        as_of=request.as_of or today,
        seed=request.seed or blueprint.seed,
        scopes=known if request.scopes is None else frozenset(request.scopes),
        stages=stages,
        options=request.options,
        with_unseeded=request.with_unseeded,
    )
