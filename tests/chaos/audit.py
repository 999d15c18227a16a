"""Who wrote when: each writing transaction with its first write and its commit, kept by the server itself."""

from __future__ import annotations

import datetime
from itertools import pairwise
from typing import NamedTuple

import psycopg

from tests.end_to_end.database import TABLES, PostgresDatabase
from tests.postgres import Server

SET_UP = (
    "create schema audit",
    "create table audit.writes (who text, number xid, at timestamptz)",
    """
    create function audit.tell() returns trigger language plpgsql security definer as $$
    begin
        insert into audit.writes values (session_user, pg_current_xact_id()::xid, clock_timestamp());
        return null;
    end $$
    """,
    *(
        f"create trigger audited after insert or update or delete on {table} for each statement"
        " execute function audit.tell()"
        for table in TABLES
    ),
)


class Written(NamedTuple):
    """A transaction that was committed: its first write, its commit, the user."""

    began: datetime.datetime
    ended: datetime.datetime
    who: str


def keep_commit_times(server: Server) -> None:
    """From now on the server knows when each transaction was committed."""
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("alter system set track_commit_timestamp = on")
    server.restart()


def audit(database: PostgresDatabase) -> None:
    """From now on every write is kept."""
    database.execute(*SET_UP)


def written(database: PostgresDatabase) -> list[Written]:
    """The committed transactions in the order of their first writes."""
    return [
        Written(row["began"], row["ended"], row["who"])
        for row in database.rows(
            "select min(at) as began, pg_xact_commit_timestamp(number) as ended, who from audit.writes"
            " group by number, who order by began"
        )
    ]


def overlapping(transactions: list[Written]) -> list[tuple[Written, Written]]:
    """Transactions of different users that were open, having written, at the same moment."""
    found = []
    open_until: dict[str, Written] = {}
    for transaction in transactions:
        found += [
            (other, transaction)
            for who, other in open_until.items()
            if who != transaction.who and other.ended > transaction.began
        ]
        last = open_until.get(transaction.who)
        if last is None or transaction.ended > last.ended:
            open_until[transaction.who] = transaction
    return found


def turns(transactions: list[Written]) -> int:
    """How often writing went from one user to the other."""
    return sum(one.who != other.who for one, other in pairwise(transactions))
