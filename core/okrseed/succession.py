"""The rows of one group of tenants after the other: the next group's are begun while the last of this one are written.

Between two groups the server would wait until enough of the next rows are made. What is written is let go of before
that, so there are never many more rows in memory than one group has.
"""

from __future__ import annotations

import gc
import threading
from collections import deque
from collections.abc import Callable, Iterator, Sequence

from okrseed.blueprint import Stage, Tenant
from okrseed.production import Production

COLLECT_EVERY = 10
"""Groups. A world may hold what refers to itself, which is found only by looking at everything, for 70 ms."""


class Succession:
    """What each group produces, in turn. `halt` where one fails: its turn is over, and the next one's will not come."""

    def __init__(self, make: Callable[[Sequence[Tenant]], Production], stages: Sequence[Stage]) -> None:
        """`make` begins nothing; `stages` in the order in which they are written."""
        self._make = make
        self._stages = stages
        self._now: Production | None = None
        self._after: Sequence[Tenant] = ()
        self._next: Production | None = None
        self._lets_go = False
        self._turns = 0

    def begin(self, tenants: Sequence[Tenant]) -> None:
        """Begin the rows of the first group before its turn."""
        self._after, self._next = tenants, self._make(tenants)
        self._next.ahead(self._stages)

    def turn(self, tenants: Sequence[Tenant], after: Sequence[Tenant], *, kept: bool = False) -> Production:
        """What these tenants produce, whose turn it is; `after` is the next group, and may be empty.

        `kept` where their rows are needed once more after they were written.
        """
        self._turns += 1
        if self._turns % COLLECT_EVERY == 0:
            gc.collect()
        begun = self._next if tenants == self._after else None
        if begun is None:
            self.halt()
        self._now = begun or self._make(tenants)
        self._after, self._next, self._lets_go = after, None, not kept
        return self._now

    def writing(self, stage: str) -> None:
        """Note that a stage of this group is about to be written, and those before it are.

        By the last of them, all rows of this group are made, and most have been written. Those are let go of: should
        the transaction fail now, another attempt makes them anew.
        """
        if not self._lets_go or stage != self._stages[-1].id:
            return
        self._lets_go = False
        written = self._released(self._now)
        if self._after:
            self._next = self._make(self._after)
            self._next.ahead(written)
        else:
            # While the server is at work, too: so many rows take a while.
            threading.Thread(target=deque, args=(written, 0), name="okrseed lets go", daemon=True).start()

    def _released(self, production: Production | None) -> Iterator[Stage]:
        """The stages whose rows are written, each as soon as they are let go of."""
        for stage in self._stages[:-1]:
            if production is not None:
                production.release(stage)
            yield stage

    def halt(self) -> None:
        """Make no more, of this group or the next."""
        for production in (self._now, self._next):
            if production is not None:
                production.halt()
