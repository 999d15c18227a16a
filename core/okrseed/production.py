"""The desired rows of one tenant: what each stage produces, made once, however often it is asked for.

A run asks when it surveys a stage, again after a retry, and once more when it verifies; making the rows is most of the
work of a run that finds nothing to do. While the database is at work on one stage, the next ones can be made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from okrseed.blueprint import Family, Stage, World
from okrseed.courtesy import courteously
from okrseed.meter import measured
from okrseed.once import Once


class Production:
    """What the stages produce from one world; used by several threads."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._families: Once[Stage, Sequence[Family]] = Once(self._produce)

    def families(self, stage: Stage) -> Sequence[Family]:
        """The families of a stage, in the order it produces them."""
        with measured("generate"):
            return self._families.get(stage)

    def ahead(self, stages: Iterable[Stage]) -> None:
        """Produce these stages in this order, beside everything else."""
        self._families.ahead(stages, "okrseed produces")

    def _produce(self, stage: Stage) -> Sequence[Family]:
        return list(courteously(stage.producer(self.world)))
