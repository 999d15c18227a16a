"""Many tenants at once, against COPY of the same rows: one connection, two processes, and what a thousand cost.

As in `loading`: the baseline B is COPY of the very same rows as text, in one transaction on one connection.
Memory is the most that a process of its own has held; a run of many groups is set against one of a single group.
"""

from __future__ import annotations

import json
import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

from okrseed.blueprints import load
from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.loading import CHANGED, EMPTY, UNCHANGED, Ways, program, timed
from tests.postgres import PostgresError, Server

TENANTS, HUNDRED, QUICK_TENANTS = 10, 100, 2
SIDE_BY_SIDE, BULK, JOBS = 0.75, 0.60, 2
FEW, MANY = 10, 200
FLAT, MOST_MB = 1.1, 150.0


def measure(effort: Effort) -> Sequence[Figure]:
    """Ten tenants, which are one transaction: ratios to the baseline, and memory beside a run of many groups."""
    return _measured(effort, TENANTS, memory=True)


def measure_hundred(effort: Effort) -> Sequence[Figure]:
    """A hundred tenants, ten transactions: ratios to the baseline. Takes minutes a repetition."""
    return _measured(effort, HUNDRED, memory=False)


def _measured(effort: Effort, tenants: int, *, memory: bool) -> Sequence[Figure]:
    count = QUICK_TENANTS if effort.quick else tenants
    size = "tiny" if effort.quick else "full"
    try:
        with Server() as server:
            ways = Ways(server, load("okr", {}), size, count)
            _round(ways)
            rounds = [_round(ways) for _ in range(effort.repetitions)]
            held = _memory(ways) if memory and not effort.quick else []
    except PostgresError as error:
        print(f"tenants: not on PostgreSQL: {error}", file=sys.stderr)
        return []
    bounds = {
        "empty tables, generation included, one connection": EMPTY,
        f"the same in {JOBS} processes": SIDE_BY_SIDE,
        "an empty database, tables made, --bulk": BULK,
        "nothing changed": UNCHANGED,
        "nothing changed, every row compared": UNCHANGED,
        "plan of nothing changed": UNCHANGED,
        "plan of nothing changed, every row compared": UNCHANGED,
        "1 % of rows changed": CHANGED,
    }
    copied = statistics.median(one["B"] for one in rounds)
    return [
        Figure(f"{count} tenants, B: COPY of the same rows", copied * 1000, "ms"),
        *(
            Figure(
                f"{count} tenants, {what} / B", statistics.median(one[what] / one["B"] for one in rounds), "×", bound
            )
            for what, bound in bounds.items()
        ),
        *held,
    ]


def _round(ways: Ways) -> Mapping[str, float]:
    """Seconds, by what was done."""
    took: dict[str, float] = {}

    def time(what: str, work: Callable[[], object]) -> None:
        took[what] = timed(work)

    with ways.database() as url:
        time("B", lambda: ways.copy_in(url))
    with ways.database() as url:
        time("empty tables, generation included, one connection", lambda: ways.run(url))
        time("nothing changed, every row compared", lambda: ways.run(url))
        time("plan of nothing changed, every row compared", lambda: ways.plan(url))
        with ways.seals(url) as seals:
            time("nothing changed", lambda: ways.run(url, seals=seals()))
            time("plan of nothing changed", lambda: ways.plan(url, seals=seals()))
            ways.change(url)
            time("1 % of rows changed", lambda: ways.run(url, seals=seals()))
    with ways.database() as url:
        time(f"the same in {JOBS} processes", lambda: ways.run(url, JOBS))
    with ways.database(empty=True) as url:
        time("an empty database, tables made, --bulk", lambda: ways.run(url, bulk=True))
    return took


def _memory(ways: Ways) -> list[Figure]:
    few, many = (_peak_mb(ways, count) for count in (FEW, MANY))
    return [
        Figure(f"most memory, {FEW} tenants", few, "MB"),
        Figure(f"most memory, {MANY} tenants", many, "MB", MOST_MB),
        Figure(f"most memory, {MANY} tenants / {FEW} tenants", many / few, "×", FLAT),
    ]


def _peak_mb(ways: Ways, tenants: int) -> float:
    with ways.database() as url:
        printed = program("run", *ways.arguments(url), "--jobs", "1", "--tenants", str(tenants), "--json")
    return float(json.loads(printed)["peak_rss_mb"])
