"""Two seeders started at once: of one tenant one runs and the other is told or waits; two tenants do not meet."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from tests.chaos.beside import beside
from tests.chaos.conftest import Tell
from tests.chaos.effort import SIZE, rounds
from tests.chaos.seeders import Seeder, faults, seeded, two_users
from tests.end_to_end.database import Database, PostgresDatabase, connect
from tests.end_to_end.program import Outcome
from tests.end_to_end.tenants import acme_configuration
from tests.postgres import Server

LOOK_EVERY_S = 0.01
WRITERS = """
    select array_agg(distinct usename::text order by usename::text) from pg_stat_activity
     where datname = current_database() and backend_xid is not null and usename in ('first', 'second')
"""
TOLD = re.compile(r"is being seeded by (?P<run>\w+) .*since \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC")


@dataclass
class Writers:
    """Who was seen to have a transaction that has written, in how many looks."""

    looks: int = 0
    alone: int = 0
    both: int = 0

    def add(self, connection: psycopg.Connection[tuple[list[str] | None]]) -> None:
        row = connection.execute(WRITERS.encode()).fetchone()
        found = row[0] if row else None
        self.looks += 1
        self.alone += len(found or ()) == 1
        self.both += len(found or ()) == 2


def watched(url: str, writers: Writers) -> AbstractContextManager[None]:
    """Look all the while who writes; the two seeders connect as two users."""

    @contextlib.contextmanager
    def watching() -> Iterator[Callable[[], None]]:
        with psycopg.connect(url, autocommit=True) as connection:
            yield lambda: writers.add(connection)

    return beside(watching(), LOOK_EVERY_S)


def both(urls: Sequence[str], *arguments: Sequence[str]) -> tuple[list[Seeder], list[Outcome]]:
    """Start a seeder for each URL at once and wait for all to end."""
    with contextlib.ExitStack() as stack:
        seeders = [
            stack.enter_context(Seeder(url, "--size", SIZE, *more)) for url, more in zip(urls, arguments, strict=True)
        ]
        return seeders, [seeder.ended() for seeder in seeders]


def check_one_was_told(seeders: Sequence[Seeder], outcomes: Sequence[Outcome]) -> None:
    """One has run; the other was refused with who runs and since when, and has begun nothing."""
    assert sorted(outcome.exit for outcome in outcomes) == [0, 4], [faults(outcome) for outcome in outcomes]
    (ran, winner), (refused, loser) = sorted(zip(outcomes, seeders, strict=True), key=lambda pair: pair[0].exit)
    assert refused.error["code"] == "tenant_locked"
    told = TOLD.search(refused.error["message"])
    assert told is not None, refused.error
    assert told["run"] == ran.document["run_id"]
    assert winner.events("S003")
    assert not loser.events("R001")


def check_one_waited(seeders: Sequence[Seeder], outcomes: Sequence[Outcome]) -> None:
    """Both have run, one after the other, and the later one found nothing to do."""
    assert [outcome.exit for outcome in outcomes] == [0, 0], [faults(outcome) for outcome in outcomes]
    spans = sorted(
        (*_span(seeder), outcome.totals["created"]) for seeder, outcome in zip(seeders, outcomes, strict=True)
    )
    (_, first_end, first_created), (second_begin, _, second_created) = spans
    assert first_end <= second_begin
    assert first_created > 0
    assert second_created == 0


def _span(seeder: Seeder) -> tuple[str, str]:
    (begun,), (ended,) = seeder.events("R001"), seeder.events("R009")
    return begun["at"], ended["at"]


def seed_twice(database: Database, urls: Sequence[str], number: int) -> None:
    """One round: by turns the second one is told, or waits."""
    if number % 2:
        check_one_waited(*both(urls, ["--wait-lock", "60"], ["--wait-lock", "60"]))
    else:
        check_one_was_told(*both(urls, ["--wait-lock", "0"], ["--wait-lock", "0"]))


def test_of_two_seeders_of_a_tenant_on_postgresql_one_runs(server: Server, tell: Tell) -> None:
    seeded(server.create_database("one_seeder"), "--size", SIZE)
    digest, times, writers = PostgresDatabase(server.url("one_seeder")).digest(), rounds(2, 50), Writers()
    server.drop_database("one_seeder")
    for number in range(times):
        database = PostgresDatabase(server.create_database("two_seeders"))
        urls = two_users(database)
        with watched(database.url, writers):
            seed_twice(database, urls, number)
        assert database.digest() == digest
        server.drop_database("two_seeders")

    tell(
        f"two seeders of one tenant {times} times on PostgreSQL: {(times + 1) // 2} times one ran and one was told,"
        f" {times // 2} times one ran and one waited and changed nothing; of {writers.looks} looks {writers.alone} saw"
        f" one of them write, {writers.both} both"
    )
    assert writers.alone > 0
    assert writers.both == 0


def test_of_two_seeders_of_a_file_one_runs(tmp_path: Path, tell: Tell) -> None:
    times = rounds(1, 10)
    for number in range(times):
        folder = tmp_path / f"two_{number}"
        folder.mkdir()
        database = connect(f"sqlite:///{folder / 'demo.db'}")
        seed_twice(database, [database.url, database.url], number)
        assert [left.name for left in folder.iterdir()] == ["demo.db"]

    tell(
        f"two seeders of one SQLite file {times} times: {(times + 1) // 2} times one ran and one was told,"
        f" {times // 2} times one ran and one waited and changed nothing"
    )


def test_two_tenants_are_seeded_side_by_side(server: Server, tmp_path: Path, tell: Tell) -> None:
    acme, times, together = acme_configuration(tmp_path), rounds(1, 5), 0
    for _ in range(times):
        database = PostgresDatabase(server.create_database("two_tenants"))
        # Their tables are made before: two that make the same tables at once would meet.
        seeded(database.url, "--size", SIZE, "--select", "tenant")
        seeders, outcomes = both(
            [database.url, database.url], ["--wait-lock", "0"], ["--wait-lock", "0", "--config", acme]
        )
        assert [outcome.exit for outcome in outcomes] == [0, 0], [faults(outcome) for outcome in outcomes]
        (one_begin, one_end), (other_begin, other_end) = map(_span, seeders)
        together += one_begin < other_end and other_begin < one_end
        rows = sum(outcome.totals["created"] + outcome.totals["unchanged"] for outcome in outcomes)
        assert sum(database.counts().values()) == rows
        server.drop_database("two_tenants")

    tell(f"two tenants in one database {times} times: both seeded, {together} times at the same time")
    assert together > 0
