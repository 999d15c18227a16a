"""Through pgbouncer in transaction mode: everything works, what is set is in force, and nothing stays behind."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from okrseed.targets import Session, open_target
from okrseed.targets.url import parse
from tests.core.waiting import holding
from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import call, plan, purge, run, seed, start
from tests.end_to_end.program import ended as outcome_of
from tests.targets.pooler import POOL_SIZE, Pooler

pytestmark = pytest.mark.pgbouncer

FLAGS = ("", "pgbouncer=true")
SESSION = """
    select pg_backend_pid(), current_setting('application_name'), current_setting('lock_timeout'),
           current_setting('statement_timeout'), current_setting('search_path'),
           current_setting('default_transaction_read_only'), current_setting('work_mem'),
           (select count(*) from pg_prepared_statements), (select count(*) from pg_locks where locktype = 'advisory'),
           (select count(*) from pg_class where relpersistence = 't'), (select count(*) from pg_listening_channels())
"""
UNTOUCHED = ("", "0", "0", '"$user", public', "off", "4MB", 0, 0, 0, 0)


@pytest.fixture(params=FLAGS, ids=["unannounced", "announced"])
def flag(request: pytest.FixtureRequest) -> str:
    """With and without Prisma's word for a pooler in the URL."""
    return str(request.param)


@pytest.fixture
def direct(pooler: Pooler, postgres_url: str) -> Iterator[PostgresDatabase]:
    """An empty database, asked directly."""
    yield PostgresDatabase(postgres_url)
    pooler.forget(postgres_url)


def servers_of(pooler: Pooler, direct: PostgresDatabase) -> list[tuple[Any, ...]]:
    """What another client finds on each connection of the pool, all of them lent at once."""
    with contextlib.ExitStack() as stack:
        found = []
        for _ in range(POOL_SIZE):
            other = stack.enter_context(psycopg.connect(pooler.before(direct.url), prepare_threshold=None))
            found.append(other.execute(SESSION).fetchone() or ())
        return found


def facts(session: Session) -> dict[str, str]:
    """What the server says of itself."""
    return {row[0]: row[1] for row in session.observe([])[0].rows}


@pytest.mark.parametrize("size", ["tiny", "full"])
def test_every_command_works_through_a_small_pool(
    pooler: Pooler, direct: PostgresDatabase, flag: str, size: str
) -> None:
    url = pooler.before(direct.url, flag)
    asked = ("--size", size, "--jobs", "4")

    first = seed(url, *asked)
    again = run(url, *asked)
    looked = plan(url, "--size", size)

    assert first.document["verification"]["failed"] == 0
    assert first.totals["created"] == sum(direct.counts().values())
    assert {again.totals[name] for name in ("created", "updated", "deleted")} == {0}
    assert looked.totals["unchanged"] == first.totals["created"]
    assert call("verify", "--json", "--database", url).exit == 0
    assert call("doctor", "--json", "--database", url).exit == 0
    assert run(url, *asked, "--mode", "reset", "--yes").exit == 0
    assert purge(url, "--yes").exit == 0
    assert set(direct.counts().values()) == {0}


def test_a_full_run_takes_no_more_round_trips_than_it_may(pooler: Pooler, direct: PostgresDatabase, flag: str) -> None:
    assert seed(pooler.before(direct.url, flag), "--size", "full").totals["statements"] <= 80


def test_nothing_stays_behind_on_the_servers_of_the_pool(pooler: Pooler, direct: PostgresDatabase, flag: str) -> None:
    direct.execute('create schema "Our Books"')
    parameters = "&".join(filter(None, ("schema=Our%20Books", flag)))
    if flag:
        parameters += "&options=-c%20work_mem%3D5MB%20-c%20lock_timeout%3D3s"
    seed(pooler.before(direct.url, parameters), "--size", "tiny", "--jobs", "4")

    found = servers_of(pooler, direct)

    assert len({pid for pid, *_ in found}) == POOL_SIZE
    assert {state[1:] for state in found} == {UNTOUCHED}


def test_nothing_stays_behind_after_a_failure(pooler: Pooler, direct: PostgresDatabase, flag: str) -> None:
    seed(pooler.before(direct.url, flag), "--size", "tiny")
    direct.execute("alter table check_ins add constraint full_up check (false) not valid", "delete from check_ins")

    assert run(pooler.before(direct.url, flag), "--size", "tiny", "--retries", "0").exit == 1

    assert {state[1:] for state in servers_of(pooler, direct)} == {UNTOUCHED}


@pytest.mark.parametrize("in_a_transaction", [True, False])
def test_inside_okrseeds_transactions_its_settings_are_in_force(
    pooler: Pooler, direct: PostgresDatabase, flag: str, in_a_transaction: bool
) -> None:
    address = parse(pooler.before(direct.url, flag))
    with (
        open_target(address) as target,
        target.session("looking", read_only=True) as session,
        session.transaction() if in_a_transaction else contextlib.nullcontext(),
    ):
        server = facts(session)

    assert (server["lock_timeout"], server["statement_timeout"]) == ("10s", "5min")


def test_what_the_url_says_of_settings_counts_in_each_transaction(pooler: Pooler, direct: PostgresDatabase) -> None:
    parameters = "pgbouncer=true&socket_timeout=7&options=-c%20lock_timeout%3D300ms"
    address = parse(pooler.before(direct.url, parameters))
    with open_target(address) as target, target.session("looking", read_only=True) as session:
        server = facts(session)

    assert (server["lock_timeout"], server["statement_timeout"]) == ("300ms", "7s")


def test_a_lock_is_not_waited_for_longer_than_the_url_says(pooler: Pooler, direct: PostgresDatabase) -> None:
    seed(direct.url, "--size", "tiny")
    direct.execute("delete from check_ins")
    url = pooler.before(direct.url, "pgbouncer=true&options=-c%20lock_timeout%3D300ms")

    with holding(direct.url, "lock table check_ins in share mode"):
        outcome = run(url, "--size", "tiny", "--retries", "0")

    assert (outcome.exit, outcome.error["sqlstate"], outcome.error["stage"]) == (1, "55P03", "check-ins")


def test_the_server_is_shown_which_stage_a_transaction_is_of(pooler: Pooler, direct: PostgresDatabase) -> None:
    seed(direct.url, "--size", "tiny")
    direct.execute("delete from check_ins")
    waiting = "select application_name from pg_stat_activity where wait_event_type = 'Lock'"

    with holding(direct.url, "lock table check_ins in share mode"):
        process = start("run", "--json", "--database", pooler.before(direct.url), "--size", "tiny")
        names: set[str] = set()
        while not names and process.poll() is None:
            names = {row["application_name"] for row in direct.rows(waiting)}

    assert names == {"okrseed/check-ins"}
    outcome_of(process)


def test_the_schema_of_the_url_is_the_only_one_that_is_written(
    pooler: Pooler, direct: PostgresDatabase, flag: str
) -> None:
    direct.execute("create schema books")
    parameters = "&".join(filter(None, ("schema=books", flag)))

    created = seed(pooler.before(direct.url, parameters), "--size", "tiny").totals["created"]

    schemas = "select schemaname, count(*) as n from pg_stat_user_tables group by 1"
    assert [row["schemaname"] for row in direct.rows(schemas)] == ["books"]
    assert PostgresDatabase(f"{direct.url}?options=-c%20search_path%3Dbooks").counts()["users"] > 0
    assert plan(pooler.before(direct.url, parameters), "--size", "tiny").totals["unchanged"] == created


def test_a_pooler_that_refuses_what_the_url_says_is_told_with_what_to_do(
    pooler: Pooler, direct: PostgresDatabase
) -> None:
    outcome = run(pooler.before(direct.url, "options=-c%20lock_timeout%3D300ms"))

    assert outcome.exit == 3
    for words in ("unsupported startup parameter", "Nothing was written.", "?pgbouncer=true"):
        assert words in outcome.told
