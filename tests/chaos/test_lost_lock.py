"""A lock that is lost while a transaction is held up lets nobody else write before that transaction has ended."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.chaos.audit import audit, keep_commit_times, overlapping, turns, written
from tests.chaos.conftest import Tell
from tests.chaos.effort import SIZE, chance, rounds
from tests.chaos.families import counted
from tests.chaos.leftovers import check_nothing_is_left, terminate, the_lock
from tests.chaos.seeders import PATIENT, Seeder, faults, seeded, two_users
from tests.core.waiting import holding, until, with_lock_timeout
from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import Outcome
from tests.postgres import Server

CHANGED = {
    "users": "update users set name = name || '!'",
    "key_results": "update key_results set title = title || '!'",
    "initiatives": "update initiatives set title = title || '!'",
    "check_ins": "update check_ins set note = 'changed'",
}
"""What somebody has changed, by table, so that a run has something to write there."""

HELD_UP = """
    select count(*) > 0 from pg_stat_activity
     where datname = current_database() and usename = 'first' and wait_event_type = 'Lock'
"""
SECOND_WRITES = "select count(*) > 0 from audit.writes where who = 'second'"
LOOKS = 200
"""How often it is looked whether the second seeder writes while it must not."""


@pytest.fixture(scope="module")
def seeded_database(own_server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresDatabase]:
    """A seeded tenant on a server that keeps who wrote when."""
    keep_commit_times(own_server)
    database = PostgresDatabase(own_server.create_database("lost_lock"))
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("lost_lock"))
        seeded(database.url, "--size", SIZE)
    audit(database)
    yield database
    own_server.drop_database("lost_lock")


def test_a_lost_lock_lets_nobody_write_beside_the_transactions_that_began_under_it(
    seeded_database: PostgresDatabase, tell: Tell
) -> None:
    database, dice, times = seeded_database, chance("lost lock"), rounds(1, 20)
    digest, ends, transactions, changes = database.digest(), Counter[str](), 0, 0
    first_url, second_url = two_users(database)
    # It must not give up before the second one has tried.
    first_url = with_lock_timeout(first_url, 120_000)
    for number in range(times):
        database.execute(*CHANGED.values(), "truncate audit.writes")
        table = list(CHANGED)[number % len(CHANGED)]
        row = dice.choice(sorted(database.table(table)))
        with (
            Seeder(first_url, "--batch", "50", *PATIENT) as first,
            holding(database.url, f"select 1 from {table} where id = '{row}' for update") as other,
        ):
            until(lambda: bool(database.value(HELD_UP)), "the first run to be held up")
            process = the_lock(database)
            assert process is not None
            assert terminate(database, process)
            with Seeder(second_url, "--wait-lock", "120", *PATIENT) as second:
                assert second.until("R001", "R003") == "R003", (number, table)
                for _ in range(LOOKS):
                    assert other.execute(SECOND_WRITES.encode()).fetchone() == (False,), (number, table)
                assert database.value(HELD_UP), (number, table)
                other.rollback()
                outcomes = first.ended(), second.ended()
        ends[check_how_it_ended(*outcomes)] += 1
        found = written(database)
        assert not overlapping(found), (number, table)
        assert database.digest() == digest, (number, table)
        check_nothing_is_left(database)
        transactions += len(found)
        changes += turns(found)

    tell(
        f"{times} lost locks while a transaction was held up: {counted(ends)}; {transactions} transactions,"
        f" writing went {changes} times from one run to the other, and no two of different runs wrote side by side"
    )


def check_how_it_ended(first: Outcome, second: Outcome) -> str:
    """The second run has run; the first one, too, or it was stopped by the loss. Returns that in words."""
    assert second.exit == 0, faults(second)
    if first.exit == 0:
        return "the first run took it again and went on"
    assert (first.exit, first.error["code"]) == (1, "lock_lost"), faults(first)
    return "the second run took it and the first one stopped"
