"""A library that notes what its stages are asked to produce."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from okrseed.blueprint import Family, Stage
from tests.core.library import Library, World

Made = list[tuple[str, str]]
"""The stages that were made, each with its tenant, in the order in which that was begun."""


def noting(made: Made, meanwhile: Callable[[str], object] = lambda stage: None) -> Library:
    """The library; `meanwhile` is called with each stage's id when its rows for a tenant are begun."""
    library = Library()
    for stage in library.stages():

        def producer(world: World, stage: Stage = stage) -> Iterator[Family]:
            made.append((stage.id, world.tenant.slug))
            meanwhile(stage.id)
            return stage.producer(world)

        library = library.with_stage(stage.id, producer=producer)
    return library
