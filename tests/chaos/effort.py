"""How long the experiments go on, and by which seed their random moments are chosen.

The short form runs with all tests. OKRSEED_CHAOS=long runs the long form; OKRSEED_CHAOS_SEED repeats one that failed.
"""

from __future__ import annotations

import os
import random

# Read here once: each test runs without any OKRSEED_ variable of whoever runs it.
LONG = os.environ.get("OKRSEED_CHAOS") == "long"
# Every day the same, so that what is red tomorrow was broken today; the long form looks elsewhere each time.
SEED = os.environ.get("OKRSEED_CHAOS_SEED") or (str(random.SystemRandom().randrange(1_000_000)) if LONG else "1")


SIZE = "full" if LONG else "demo"
"""How much is seeded where the experiment does not depend on it."""


def rounds(short: int, long: int) -> int:
    """How often an experiment is repeated."""
    return long if LONG else short


def chance(experiment: str) -> random.Random:
    """The chance of one experiment: the same for the same seed, whichever other experiments run."""
    return random.Random(f"{SEED} {experiment}")


def spread(chance: random.Random, times: int) -> list[float]:
    """That many random places between 0 and 1 in random order, one in each of as many equal parts."""
    places = [(part + chance.random()) / times for part in range(times)]
    chance.shuffle(places)
    return places
