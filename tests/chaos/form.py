"""How much a test of this folder tries, and by which seed: a short form for every day, a long one when it is asked for.

OKRSEED_CHAOS=long asks for it. OKRSEED_CHAOS_SEED repeats a run: the seed is part of each figure that is printed.
"""

from __future__ import annotations

import os
import secrets

LONG = os.environ.get("OKRSEED_CHAOS") == "long"
# Every day the same, so that what is red tomorrow was broken today; the long form looks elsewhere each time.
SEED = int(os.environ.get("OKRSEED_CHAOS_SEED") or (secrets.randbelow(1 << 32) if LONG else 1))


def times(short: int, long: int) -> int:
    """How often to try."""
    return long if LONG else short
