"""Keyed chance: every draw comes from the seed string and a key, never from one global stream.

So a row looks the same whichever other rows are asked for, in whichever order. `quota` shares categories out so that
every prefix of the sequence holds the floor or the ceiling of each category's share.
"""

from __future__ import annotations

import hashlib
import math
import struct
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TypeVar

Item = TypeVar("Item")
Category = TypeVar("Category")

NUMBERS = 16
"""How many numbers one key gives at once."""
NUMBER_RANGE = 1 << 32
"""Each of them is below this."""
BLOCK = 64
"""Quotas are dealt for so many places at a time."""

_RANGE = 1 << 64
_cut = struct.Struct(f">{NUMBERS}I").unpack


class Chance:
    """Draws keyed by strings, from one seed string."""

    __slots__ = ("_long_state", "_state", "seed")

    def __init__(self, seed: str) -> None:
        self.seed = seed
        # The seed string is hashed once: each draw goes on from there. Thousands are made for every tenant.
        start = seed.encode() + b"\0"
        self._state = hashlib.blake2b(start, digest_size=8)
        self._long_state = hashlib.blake2b(start, digest_size=4 * NUMBERS)

    def number(self, key: str) -> int:
        """A whole number in [0, 2**64) for this key."""
        state = self._state.copy()
        state.update(key.encode())
        return int.from_bytes(state.digest(), "big")

    def numbers(self, key: str) -> tuple[int, ...]:
        """`NUMBERS` whole numbers below `NUMBER_RANGE` for this key: what a row draws, for the cost of one digest.

        A remainder of one is a draw from few choices. They are other numbers than `number` gives for the key.
        """
        state = self._long_state.copy()
        state.update(key.encode())
        return _cut(state.digest())

    def fraction(self, key: str) -> float:
        """A number in [0, 1) for this key."""
        return self.number(key) / _RANGE

    def below(self, bound: int, key: str) -> int:
        """A whole number in [0, bound) for this key; `bound` is at least 1."""
        return self.number(key) % bound

    def pick(self, items: Sequence[Item], key: str) -> Item:
        """One of `items` for this key."""
        return items[self.number(key) % len(items)]

    def shuffled(self, items: Sequence[Item], key: str) -> list[Item]:
        """The items in an order of their own for this key, independent of the order they come in only by position."""
        start = self._state.copy()
        start.update(f"{key}:".encode())
        numbers: list[bytes] = []
        for position in range(len(items)):
            state = start.copy()
            state.update(b"%d" % position)
            # What `number` gives for this key and position, as bytes: they sort alike.
            numbers.append(state.digest())
        return [items[position] for position in sorted(range(len(items)), key=numbers.__getitem__)]


def quota(weights: Mapping[Category, int], length: int) -> tuple[Category, ...]:
    """`length` categories such that **every prefix** holds floor or ceiling of each share.

    Tijdeman's algorithm for the chairman assignment problem (Discrete Mathematics 32, 1980): no prefix is off by more
    than 1 - 1/(2k - 2) rows, with k categories. A smaller size is a prefix of a larger one, so rows keep their category
    as the size grows. Weights are whole numbers (percentages).
    """
    # Blocks serve many lengths, as every prefix is what the shorter length gives.
    return _quota(tuple(weights.items()), -(-length // BLOCK) * BLOCK)[:length]


@lru_cache(maxsize=256)
def _quota(weights: tuple[tuple[Category, int], ...], length: int) -> tuple[Category, ...]:
    """In whole numbers: every fraction times the total and the denominator of the slack, and times the weights' least
    common multiple where it is divided by a weight. Fractions take eight times as long, at every start."""
    if len(weights) == 1:
        return (weights[0][0],) * length
    shares = [weight for _, weight in weights]
    total, slack, multiple = sum(shares), 2 * len(weights) - 2, math.lcm(*filter(None, shares))
    held = [0] * len(weights)
    sequence: list[Category] = []
    for place in range(1, length + 1):
        owed = [(share * place - rows * total) * slack for share, rows in zip(shares, held, strict=True)]
        due = [index for index, rows in enumerate(owed) if rows >= total]
        # The one whose debt would pass the bound first.
        chosen = min(due, key=lambda index: (total * (slack - 1) - owed[index]) * (multiple // shares[index]))
        held[chosen] += 1
        sequence.append(weights[chosen][0])
    return tuple(sequence)
