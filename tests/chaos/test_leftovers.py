"""What a lost connection leaves on a server that has not noticed: ended by whoever connects next, or by the end."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from okrseed.errors import DatabaseFailure
from okrseed.targets.postgres import PostgresSession, PostgresTarget
from okrseed.targets.url import parse
from tests.chaos.leftovers import left
from tests.chaos.proxy import Proxy
from tests.core.seeding import run
from tests.core.waiting import until
from tests.end_to_end.database import PostgresDatabase


@pytest.fixture
def database(postgres_url: str) -> PostgresDatabase:
    return PostgresDatabase(postgres_url)


@pytest.fixture
def proxy(database: PostgresDatabase) -> Iterator[Proxy]:
    with Proxy(database.url) as running:
        yield running


@pytest.fixture
def target(proxy: Proxy) -> Iterator[PostgresTarget]:
    opened = PostgresTarget(parse(proxy.url))
    yield opened
    opened.close()


def names(database: PostgresDatabase) -> list[str]:
    return [row["application_name"] for row in left(database)]


def lose_while_used(session: PostgresSession, proxy: Proxy) -> None:
    # A transaction begins with its first statement.
    session.ping()
    proxy.lose()
    session.ping()


def use_a_session(target: PostgresTarget) -> None:
    with target.session("next") as session:
        session.ping()


def test_a_lost_transaction_is_ended_by_the_next_session(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    with pytest.raises(DatabaseFailure), target.session("lost") as session, session.transaction():
        lose_while_used(session, proxy)
    assert names(database) == ["okrseed/lost"]
    use_a_session(target)
    until(lambda: not left(database), "the transaction to end")


def test_a_lost_reading_is_ended_by_the_next_session(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    with pytest.raises(DatabaseFailure), target.session("lost", read_only=True) as session, session.reading():
        lose_while_used(session, proxy)
    assert names(database) == ["okrseed/lost"]
    use_a_session(target)
    until(lambda: not left(database), "the transaction to end")


def test_a_reading_that_is_lost_when_its_session_is_given_back_is_ended_by_the_next_session(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    with target.session("lost") as session:
        with session.reading():
            session.ping()
        proxy.lose()
    assert names(database) == ["okrseed/lost"]
    use_a_session(target)
    until(lambda: not left(database), "the transaction to end")


def test_a_transaction_whose_begin_was_not_answered_is_ended_by_the_next_session(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    def lose_the_answer() -> None:
        until(lambda: names(database) == ["okrseed/lost"], "the transaction to begin")
        proxy.lose()

    with target.session("lost") as session, ThreadPoolExecutor() as pool:
        session.ping()
        proxy.mute()
        losing = pool.submit(lose_the_answer)
        with pytest.raises(DatabaseFailure), session.transaction():
            session.ping()
        losing.result()
    assert names(database) == ["okrseed/lost"]
    use_a_session(target)
    until(lambda: not left(database), "the transaction to end")


def test_a_lock_whose_connection_was_lost_is_given_back_all_the_same(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    lock = target.lock(["tenant"], "run-1", "somebody")
    assert lock.take() is None
    proxy.lose()
    assert names(database) == ["okrseed/lock run-1 somebody"]
    lock.release()
    until(lambda: not left(database), "the lock to be free")


def test_a_lock_that_is_taken_again_ends_what_the_same_run_has_left_in_its_way(
    target: PostgresTarget, proxy: Proxy, database: PostgresDatabase
) -> None:
    lock = target.lock(["tenant"], "run-1", "somebody")
    assert lock.take() is None
    with pytest.raises(DatabaseFailure), target.session("lost") as session, session.transaction():
        lose_while_used(session, proxy)
    assert sorted(names(database)) == ["okrseed/lock run-1 somebody", "okrseed/lost"]
    until(lambda: lock.take() is None, "the lock to be free again")
    lock.release()


def test_a_file_that_keeps_a_log_of_its_own_has_none_beside_it_after_a_run(tmp_path: Path) -> None:
    folder = tmp_path / "file"
    folder.mkdir()
    path = folder / "demo.db"
    with contextlib.closing(sqlite3.connect(path)) as connection:
        connection.execute("pragma journal_mode = wal")
    run(f"sqlite:///{path}")
    assert [found.name for found in folder.iterdir()] == ["demo.db"]
