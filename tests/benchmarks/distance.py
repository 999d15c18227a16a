"""A database that is far away: how often each command waits for an answer before it can go on.

Each is timed through a relay, without and with a delay; what it takes longer, in round trips, is how often it waited.
That is of one tenant and of ten, without TLS and without a password, which cost each connection two to five more.
"""

from __future__ import annotations

import statistics
import sys
from collections.abc import Callable, Mapping, Sequence

from okrseed.blueprints import load
from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.loading import Ways, timed
from tests.benchmarks.relay import Relay
from tests.postgres import PostgresError, Server

TENANTS = (1, 10)
ONE_WAY_S = 0.025
AIMS: Mapping[str, Mapping[int, float]] = {
    "plan of nothing changed": {1: 10, 10: 15},
    "run, nothing changed": {1: 20, 10: 25},
    "run, 1 % of rows changed": {1: 60, 10: 60},
    "run into empty tables": {1: 80, 10: 60},
}
"""Waits; the project's own aims."""


def measure(effort: Effort) -> Sequence[Figure]:
    """How often the commands that developers give many times a day wait, and a first run."""
    size = "tiny" if effort.quick else "full"
    try:
        with Server() as server:
            return [figure for count in TENANTS for figure in _figures(server, size, count, effort.repetitions)]
    except PostgresError as error:
        print(f"distance: not on PostgreSQL: {error}", file=sys.stderr)
        return []


def _figures(server: Server, size: str, tenants: int, repetitions: int) -> list[Figure]:
    ways = Ways(server, load("okr", {}), size, tenants)
    near, far = ([_took(ways, one_way_s) for _ in range(repetitions)] for one_way_s in (0.0, ONE_WAY_S))
    words = "1 tenant" if tenants == 1 else f"{tenants} tenants"
    waited = {
        what: (statistics.median(one[what] for one in far) - statistics.median(one[what] for one in near))
        / (2 * ONE_WAY_S)
        for what in AIMS
    }
    return [Figure(f"{words}, {what}", waited[what], "waits", AIMS[what][tenants]) for what in AIMS]


def _took(ways: Ways, one_way_s: float) -> Mapping[str, float]:
    """Seconds, by what was done."""
    took: dict[str, float] = {}
    with ways.database() as url, Relay(url) as relay:

        def time(what: str, work: Callable[[], object]) -> None:
            relay.one_way_s = one_way_s
            took[what] = timed(work)
            relay.one_way_s = 0.0

        time("run into empty tables", lambda: ways.run(relay.url))
        with ways.seals(relay.url) as seals:
            time("plan of nothing changed", lambda: ways.plan(relay.url, seals=seals()))
            time("run, nothing changed", lambda: ways.run(relay.url, seals=seals()))
            ways.change(url)
            time("run, 1 % of rows changed", lambda: ways.run(relay.url, seals=seals()))
    return took
