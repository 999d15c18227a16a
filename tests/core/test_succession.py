"""The next group's rows begin to be made while the last of a group are written, which lets go of the others by then."""

from __future__ import annotations

import threading
from collections.abc import Sequence

import pytest

from okrseed.blueprint import Stage, Tenant
from okrseed.desired import Desired
from okrseed.production import Production
from okrseed.succession import Succession
from okrseed.tenants import tenants_of
from tests.core.library import ENTITIES, Library
from tests.core.seeding import choose

LIBRARY = Library()
STAGES = LIBRARY.stages()
FIRST, SECOND, THIRD = ([tenant] for tenant in tenants_of(LIBRARY, 3))
*ALL_BUT_LAST, LAST = [stage.id for stage in STAGES]


class Counting(Production):
    """Notes which stages were made, in their order, and which were let go of."""

    def __init__(self, tenants: Sequence[Tenant]) -> None:
        super().__init__([LIBRARY.world(choose(), tenant) for tenant in tenants], ENTITIES)
        self.tenants = tenants
        self.made: list[str] = []
        self.released: list[str] = []
        self.halted = False
        self.all_but_last = threading.Event()
        self.all_but_last_released = threading.Event()

    def _produce(self, stage: Stage) -> Desired:
        self.made.append(stage.id)
        if self.made == ALL_BUT_LAST:
            self.all_but_last.set()
        return super()._produce(stage)

    def release(self, stage: Stage) -> None:
        self.released.append(stage.id)
        super().release(stage)
        if self.released == ALL_BUT_LAST:
            self.all_but_last_released.set()

    def halt(self) -> None:
        self.halted = True
        super().halt()


@pytest.fixture
def groups() -> list[Counting]:
    """What was made for each group, in the order in which that began."""
    return []


@pytest.fixture
def succession(groups: list[Counting]) -> Succession:
    def make(tenants: Sequence[Tenant]) -> Counting:
        groups.append(Counting(tenants))
        return groups[-1]

    return Succession(make, STAGES)


def test_the_next_group_is_begun_when_the_last_stage_is_written(succession: Succession, groups: list[Counting]) -> None:
    now = succession.turn(FIRST, SECOND)
    for stage in STAGES:
        now.desired(stage)
    for id in ALL_BUT_LAST:
        succession.writing(id)
    assert [one.tenants for one in groups] == [FIRST]
    assert groups[0].released == []

    succession.writing(LAST)
    assert groups[1].all_but_last.wait(10)
    assert groups[0].released == ALL_BUT_LAST
    assert groups[0].made == [stage.id for stage in STAGES]
    assert succession.turn(SECOND, THIRD) is groups[1]


def test_an_attempt_that_is_made_again_begins_nothing_twice(succession: Succession, groups: list[Counting]) -> None:
    now = succession.turn(FIRST, SECOND)
    succession.writing(LAST)
    succession.writing(LAST)
    assert [one.tenants for one in groups] == [FIRST, SECOND]
    # What was let go of is made anew for whoever asks.
    assert now.desired(STAGES[0]).families


def test_nothing_is_begun_after_the_last_group(succession: Succession, groups: list[Counting]) -> None:
    succession.turn(FIRST, ())
    succession.writing(LAST)
    assert groups[0].all_but_last_released.wait(10)
    assert [one.tenants for one in groups] == [FIRST]
    assert groups[0].made == []


def test_rows_that_are_needed_once_more_stay(succession: Succession, groups: list[Counting]) -> None:
    succession.turn(FIRST, SECOND, kept=True)
    succession.writing(LAST)
    assert [one.tenants for one in groups] == [FIRST]
    assert groups[0].released == []


def test_the_first_group_may_be_begun_before_its_turn(succession: Succession, groups: list[Counting]) -> None:
    succession.begin(FIRST)
    assert groups[0].all_but_last.wait(10)
    assert succession.turn(FIRST, SECOND) is groups[0]
    # Another attempt finds rows that were let go of, and makes all anew.
    assert succession.turn(FIRST, SECOND) is groups[1]


def test_another_group_than_the_one_that_was_begun_is_made_from_nothing(
    succession: Succession, groups: list[Counting]
) -> None:
    succession.turn(FIRST, SECOND)
    succession.writing(LAST)
    assert succession.turn(THIRD, ()) is groups[2]
    assert groups[2].tenants == THIRD


def test_after_a_failure_neither_this_group_nor_the_next_is_made_on(
    succession: Succession, groups: list[Counting]
) -> None:
    succession.halt()
    succession.turn(FIRST, SECOND)
    succession.writing(LAST)
    succession.halt()
    assert [one.halted for one in groups] == [True, True]
