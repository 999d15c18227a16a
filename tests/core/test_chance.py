"""Keyed chance: draws that depend on seed and key alone, and quotas that hold in every prefix."""

from __future__ import annotations

import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.chance import NUMBER_RANGE, NUMBERS, Chance, quota
from tests.core.properties import pure


@st.composite
def percentages(draw: st.DrawFn) -> dict[str, int]:
    """One to five categories whose weights, some of them zero perhaps, add up to 100."""
    cuts = sorted(draw(st.lists(st.integers(0, 100), max_size=4)))
    edges = [0, *cuts, 100]
    return {f"category{place}": high - low for place, (low, high) in enumerate(itertools.pairwise(edges))}


@given(percentages(), st.integers(0, 230))
@pure
def test_every_prefix_of_a_quota_holds_floor_or_ceiling_of_each_share(weights: dict[str, int], length: int) -> None:
    sequence = quota(weights, length)
    assert len(sequence) == length
    held = dict.fromkeys(weights, 0)
    for place, category in enumerate(sequence, 1):
        held[category] += 1
        for name, weight in weights.items():
            share = Fraction(weight * place, 100)
            assert math.floor(share) <= held[name] <= math.ceil(share), (name, place)


@given(percentages(), st.integers(0, 100), st.integers(0, 100))
@pure
def test_a_shorter_quota_is_a_prefix_of_a_longer_one(weights: dict[str, int], shorter: int, more: int) -> None:
    assert quota(weights, shorter + more)[:shorter] == quota(weights, shorter)


def draws(seed: str, keys: list[str]) -> dict[str, tuple[object, ...]]:
    """Everything a chance can draw, key after key in this order."""
    chance, items = Chance(seed), range(5)
    return {
        key: (
            chance.number(key),
            chance.fraction(key),
            chance.below(7, key),
            chance.pick(items, key),
            chance.shuffled(items, key),
            chance.numbers(key),
        )
        for key in keys
    }


@given(st.text(max_size=10), st.lists(st.text(max_size=10), unique=True, max_size=8), st.data())
@pure
def test_a_draw_does_not_depend_on_the_draws_before_it(seed: str, keys: list[str], data: st.DataObject) -> None:
    assert draws(seed, data.draw(st.permutations(keys))) == draws(seed, keys)


def test_draws_are_the_same_in_every_process_and_release() -> None:
    chance = Chance("library-seed")
    assert [chance.number(key) for key in ("", "a", "é")] == [
        14430423713691703370,
        14797698713455859951,
        15246625672744518139,
    ]


def test_numbers_drawn_at_once_are_the_same_in_every_process_and_release() -> None:
    chance = Chance("library-seed")
    assert [chance.numbers(key)[:2] for key in ("", "a", "é")] == [
        (674219922, 1828701329),
        (2580034238, 3766894545),
        (1297878495, 1072395549),
    ]


@given(st.text(), st.text())
@pure
def test_numbers_drawn_at_once_are_as_many_as_said_and_within_their_range(seed: str, key: str) -> None:
    numbers = Chance(seed).numbers(key)
    assert len(numbers) == NUMBERS
    assert all(0 <= number < NUMBER_RANGE for number in numbers)


@given(st.lists(st.integers(), max_size=30), st.text())
@pure
def test_a_shuffle_sorts_by_the_numbers_of_the_positions(items: list[int], key: str) -> None:
    chance = Chance("library-seed")
    order = sorted(range(len(items)), key=lambda position: chance.number(f"{key}:{position}"))
    assert chance.shuffled(items, key) == [items[position] for position in order]


@pytest.mark.parametrize("place", range(NUMBERS))
def test_each_of_the_numbers_drawn_at_once_spreads_evenly_over_keys(place: int) -> None:
    chance = Chance("library-seed")
    numbers = [chance.numbers(f"row {row}")[place] for row in range(2000)]
    assert sum(numbers) / len(numbers) / NUMBER_RANGE == pytest.approx(0.5, abs=0.03)
    assert sum(number % 3 == 0 for number in numbers) / len(numbers) == pytest.approx(1 / 3, abs=0.05)


def test_another_seed_string_gives_other_draws() -> None:
    keys = [f"row {place}" for place in range(20)]
    assert [Chance("one").number(key) for key in keys] != [Chance("two").number(key) for key in keys]


@given(st.text(), st.text(), st.integers(1, 1000))
@pure
def test_draws_stay_within_their_bounds(seed: str, key: str, bound: int) -> None:
    chance = Chance(seed)
    assert 0 <= chance.fraction(key) < 1
    assert 0 <= chance.below(bound, key) < bound


@given(st.lists(st.integers(), min_size=1), st.text())
@pure
def test_a_shuffle_holds_the_same_items_and_a_pick_is_one_of_them(items: list[int], key: str) -> None:
    chance = Chance("library-seed")
    assert sorted(chance.shuffled(items, key)) == sorted(items)
    assert chance.pick(items, key) in items


@pytest.mark.parametrize("low", [0.25, 0.5, 0.75])
def test_fractions_spread_evenly_over_keys(low: float) -> None:
    chance = Chance("library-seed")
    below = sum(chance.fraction(f"row {place}") < low for place in range(2000))
    assert below / 2000 == pytest.approx(low, abs=0.05)
