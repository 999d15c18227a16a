"""The server is restarted in the middle of a run: it reconnects, compares anew and goes on, and its report is true."""

from __future__ import annotations

from collections import Counter

import psycopg

from tests.chaos.conftest import Tell
from tests.chaos.effort import chance, rounds, spread
from tests.chaos.families import counted
from tests.chaos.leftovers import check_nothing_is_left
from tests.chaos.seeders import PATIENT, Seeder, events_of, faults
from tests.end_to_end.database import PostgresDatabase
from tests.postgres import Server, StopMode

MODES: tuple[StopMode, ...] = ("fast", "immediate")
SLOWLY = ("--batch", "100")
"""More transactions, so that more of them can be met."""


def test_a_run_goes_on_after_its_server_was_restarted(own_server: Server, tell: Tell) -> None:
    undisturbed = PostgresDatabase(_durable(own_server, "undisturbed"))
    events = events_of(undisturbed.url, *SLOWLY, *PATIENT)
    digest, rows = undisturbed.digest(), sum(undisturbed.counts().values())
    times, retries, met = rounds(2, 20), Counter[str](), Counter[str]()
    for number, place in enumerate(spread(chance("restarts"), times)):
        database = PostgresDatabase(_durable(own_server, f"restarted_{number}"))
        mode = MODES[number % 2]
        with Seeder(database.url, *SLOWLY, *PATIENT) as seeder:
            seeder.comes_to(place, events)
            met[seeder.phase] += 1
            own_server.restart(mode)
            outcome = seeder.ended()
        assert outcome.exit == 0, (number, mode, faults(outcome))
        assert outcome.totals["created"] == rows == sum(database.counts().values()), (number, mode)
        assert outcome.totals["updated"] == 0
        assert database.digest() == digest, (number, mode)
        check_nothing_is_left(database)
        retries[mode] += outcome.totals["retries"]

    tell(
        f"{times} restarts ({counted(met)}), half fast, half immediate: {times} successes,"
        f" retries after {counted(retries)}; every report told the {rows} rows that were there"
    )
    assert retries.total() > 0


def _durable(server: Server, name: str) -> str:
    """A database whose commits, once answered, outlive the server."""
    url = server.create_database(name)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f"alter database {name} set synchronous_commit = on".encode())
    with psycopg.connect(url) as connection:
        assert connection.execute("show synchronous_commit").fetchone() == ("on",)
    return url
