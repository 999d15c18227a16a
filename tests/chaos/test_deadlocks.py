"""A deadlock storm: four other sessions lock the tenant in other orders, and every run succeeds by its retries."""

from __future__ import annotations

from collections import Counter

from tests.chaos.conftest import Tell
from tests.chaos.effort import LONG, rounds
from tests.chaos.families import counted
from tests.chaos.seeders import Seeder, faults, length_s
from tests.chaos.storm import SESSIONS, Storm, look_for_deadlocks_soon, raging
from tests.end_to_end.database import TABLES, PostgresDatabase
from tests.postgres import Server

PATIENT = ("--retries", "10", "--retry-wait", "0.02", "--batch", "100", "--no-verify")
CYCLES = 6
"""How many transactions of each of the storm's sessions fall into an undisturbed run, however fast the machine is."""
DRIFT = (
    "update key_results set title = title || '!' where id > '4'",
    "update initiatives set title = title || '!' where id < 'c'",
    "update users set name = name || '!'",
    "update check_ins set note = 'changed' where id > '8'",
)


def test_every_run_succeeds_in_a_deadlock_storm(server: Server, tell: Tell) -> None:
    """By turns into the tables without rows and into a tenant that somebody changed."""
    database = PostgresDatabase(server.create_database("storm"))
    met = Storm(length_s(database.url, *PATIENT) / CYCLES)
    digest = database.digest()
    look_for_deadlocks_soon(database.url, met)
    causes, retried, times = Counter[str](), 0, rounds(2, 100)
    for number in range(times):
        database.execute(*(DRIFT if number % 2 else [f"truncate {', '.join(TABLES)}"]))
        with Seeder(database.url, *PATIENT) as seeder, raging(database.url, met):
            outcome = seeder.ended()
        assert outcome.exit == 0, (number, faults(outcome))
        retries = seeder.events("S004")
        assert outcome.totals["retries"] == len(retries)
        retried += bool(retries)
        causes.update(event["sqlstate"] or "no SQLSTATE" for event in retries)
        assert database.digest() == digest, number
    server.drop_database("storm")

    tell(
        f"{times} runs in a deadlock storm, {times} successes: {causes.total()} retries ({counted(causes)})"
        f" in {retried} runs; the storm's {len(SESSIONS)} sessions: {met.transactions} transactions of"
        f" {met.cycle_s * 1000:.0f} ms, with a lock held through a tenth of it,"
        f" {met.disturbed} given up"
    )
    assert causes["40P01"] > 0
    assert causes.total() >= times or not LONG
