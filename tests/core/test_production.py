"""What the stages produce: for several tenants at once, and for one of them without making it again."""

from __future__ import annotations

import dataclasses

import pytest

from okrseed.production import Production
from okrseed.tenants import tenants_of
from tests.core.library import ENTITIES, Library, World
from tests.core.producing import Made, noting
from tests.core.seeding import choose

MANY = 3
SHARED = "authors"


@pytest.fixture
def made() -> Made:
    return []


@pytest.fixture
def library(made: Made) -> Library:
    return noting(made)


@pytest.fixture
def worlds(library: Library) -> list[World]:
    return [library.world(choose(library), tenant) for tenant in tenants_of(library, MANY)]


@pytest.mark.parametrize("number", range(MANY))
def test_one_of_several_produces_what_it_would_alone(library: Library, worlds: list[World], number: int) -> None:
    share = Production(worlds, ENTITIES).alone(number)
    alone = Production([worlds[number]], ENTITIES)
    assert share.world is worlds[number]
    for stage in library.stages():
        for table in stage.tables:
            assert share.desired(stage).rows(table) == alone.desired(stage).rows(table)
        assert share.desired(stage).families == alone.desired(stage).families


def test_what_was_made_for_all_is_not_made_again_for_one(library: Library, worlds: list[World], made: Made) -> None:
    production = Production(worlds, ENTITIES)
    for stage in library.stages():
        production.desired(stage)
    assert len(made) == MANY * len(library.stages())
    made.clear()
    for number in range(MANY):
        share = production.alone(number)
        for stage in library.stages():
            share.desired(stage)
    # The first tenant has brought the rows that all of them have.
    assert made == [(SHARED, world.tenant.slug) for world in worlds]


def test_of_several_the_first_brings_the_rows_that_all_have(library: Library, worlds: list[World]) -> None:
    stage = next(stage for stage in library.stages() if stage.id == SHARED)
    alone = Production(worlds[:1], ENTITIES).desired(stage)
    assert Production(worlds, ENTITIES).desired(stage).rows(SHARED) == alone.rows(SHARED)
    assert len(alone.rows(SHARED)) > 0


def test_a_stage_is_known_by_its_id(library: Library, worlds: list[World], made: Made) -> None:
    production = Production(worlds[:1], ENTITIES)
    for stage in library.stages():
        again = dataclasses.replace(stage, producer=lambda world: pytest.fail("made again"))
        assert production.desired(stage) is production.desired(again)
