"""The desired rows of one tenant: what each stage produces, made once, however often it is asked for.

A run asks when it surveys a stage, again after a retry, and once more when it verifies; making the rows is most of the
work of a run that finds nothing to do.
"""

from __future__ import annotations

from collections.abc import Sequence

from okrseed.blueprint import Family, Stage, World
from okrseed.courtesy import courteously
from okrseed.meter import measured


class Production:
    """What the stages produce from one world; used by several threads, each stage by one at a time."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._families: dict[str, Sequence[Family]] = {}

    def families(self, stage: Stage) -> Sequence[Family]:
        """The families of a stage, in the order it produces them."""
        if stage.id not in self._families:
            with measured("generate"):
                self._families[stage.id] = list(courteously(stage.producer(self.world)))
        return self._families[stage.id]
