"""To a database that is far away each message is a wait: what can travel together does, and nothing is lost by it."""

from __future__ import annotations

import hashlib
from typing import Any

import psycopg
import pytest

from okrseed.errors import DatabaseFailure
from okrseed.prepare import inspect
from okrseed.targets import open_target
from okrseed.targets.postgres import PostgresTarget
from okrseed.targets.url import parse
from tests.core.library import Library
from tests.core.seeding import ask, run
from tests.core.waiting import connections, until
from tests.end_to_end.database import PostgresDatabase

END_ALL = (
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database()"
    " and pid <> pg_backend_pid() and backend_type = 'client backend'"
)
HELD = (
    "select classid::bigint, objid::bigint from pg_locks where locktype = 'advisory'"
    " and database = (select oid from pg_database where datname = current_database())"
)


def test_a_transaction_in_which_nothing_is_asked_sends_nothing(postgres_url: str) -> None:
    with open_target(parse(postgres_url)) as target, target.session("look", read_only=True) as session:
        with session.transaction():
            pass
        assert session.statements == 0
        with session.transaction():
            session.ping()
        # BEGIN and what is in force, the question, COMMIT.
        assert session.statements == 3


def test_a_statement_that_fails_beside_its_begin_leaves_no_transaction(postgres_url: str) -> None:
    run(postgres_url)
    database = PostgresDatabase(postgres_url)
    tables = list(Library().entities())
    with open_target(parse(postgres_url)) as target, target.session("look", read_only=True) as session:
        before = session.inspect(tables)
        books = inspect(session, Library()).projections["books"]
        database.execute('alter table "books" rename to "away"')
        with pytest.raises(DatabaseFailure), session.transaction():
            session.read(books, [("genre", ["NOVEL"])])
        database.execute('alter table "away" rename to "books"')
        with session.transaction():
            assert session.inspect(tables) == before


def test_the_connection_that_is_made_beside_the_lock_is_the_next_session_s(postgres_url: str) -> None:
    target = PostgresTarget(parse(postgres_url))
    lock = target.lock(["tenant"], "run-1", "somebody")
    assert lock.take() is None
    until(lambda: connections(postgres_url) == 2, "both connections")
    with target.session("work") as session:
        session.ping()
        assert connections(postgres_url) == 2
    lock.release()
    target.close()
    until(lambda: connections(postgres_url) == 0, "both connections to end")


def test_a_lock_is_one_message(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    target = PostgresTarget(parse(postgres_url))
    sent: list[bytes] = []
    execute = psycopg.Cursor.execute

    def noting(self: psycopg.Cursor[Any], query: bytes, *rest: Any, **how: Any) -> psycopg.Cursor[Any]:
        sent.append(query)
        return execute(self, query, *rest, **how)

    monkeypatch.setattr(psycopg.Cursor, "execute", noting)
    for _ in range(2):
        lock = target.lock(["tenant", "another"], "run-1", "somebody")
        assert lock.take() is None
        lock.release()
    target.close()
    # And the one that gives it back.
    assert len(sent) == 4


def test_a_lock_has_the_key_that_other_versions_of_okrseed_give_it(postgres_url: str) -> None:
    target = PostgresTarget(parse(postgres_url))
    lock = target.lock(["tenant"], "run-1", "somebody")
    assert lock.take() is None
    digest = hashlib.sha256(b"okrseed tenant\npublic\ntenant").digest()
    high, low = (int.from_bytes(half) for half in (digest[:4], digest[4:8]))
    assert ask(postgres_url, HELD) == [(high, low)]
    lock.release()
    target.close()


def test_a_kept_connection_that_the_server_has_ended_is_not_used_again(postgres_url: str) -> None:
    target = PostgresTarget(parse(postgres_url))
    lock = target.lock(["tenant"], "run-1", "somebody")
    assert lock.take() is None
    lock.release()
    ask(postgres_url, END_ALL)
    until(lambda: connections(postgres_url) == 0, "the connections to end")
    again = target.lock(["tenant"], "run-1", "somebody")
    assert again.take() is None
    again.release()
    target.close()


def test_a_connection_that_nobody_took_is_closed(postgres_url: str) -> None:
    target = PostgresTarget(parse(postgres_url))
    target.lock(["tenant"], "run-1", "somebody")
    until(lambda: connections(postgres_url) == 1, "the connection")
    target.close()
    until(lambda: connections(postgres_url) == 0, "the connection to end")


def test_a_connection_is_not_kept_by_whoever_has_to_wait_for_the_lock(postgres_url: str) -> None:
    holder, waiting = (PostgresTarget(parse(postgres_url)) for _ in range(2))
    held = holder.lock(["tenant"], "run-1", "somebody")
    assert held.take() is None
    until(lambda: connections(postgres_url) == 2, "the holder's connections")
    assert waiting.lock(["tenant"], "run-2", "somebody else").take() is not None
    until(lambda: connections(postgres_url) == 2, "the waiting one's connections to end")
    held.release()
    for target in (holder, waiting):
        target.close()


def test_a_question_that_cannot_be_answered_leaves_the_transaction_and_the_terminal_alone(
    postgres_url: str, caplog: pytest.LogCaptureFixture
) -> None:
    run(postgres_url)
    library = Library()
    with (
        open_target(parse(postgres_url)) as target,
        target.session("look", read_only=True) as session,
        session.transaction(),
    ):
        books = inspect(session, library).projections["books"]
        for _ in range(50):
            assert session.at(books, ["no place"]) == []
        assert len(session.read(books, [("genre", ["NOVEL", "ESSAY", "ATLAS"])])) > 0
    assert caplog.records == []
