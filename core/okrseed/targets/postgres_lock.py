"""A tenant's lock on PostgreSQL: an advisory lock, in a transaction that stays open on a connection of its own.

The lock ends with its transaction, so it works behind a pooler that lends a server for one transaction, and frees
itself when its holder dies (PostgreSQL manual, "Advisory Locks"). A second lock, held shared by every writing
transaction, makes a lost lock harmless: a transaction that holds it and still sees the tenant's lock in `pg_locks` may
write, because whoever takes the tenant's lock next has to have that second lock to itself for a moment first.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Sequence
from typing import Any

import psycopg
from psycopg import sql

from okrseed.errors import DatabaseFailure, OkrseedError
from okrseed.targets import Holder
from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import beginning, connect, first_rows
from okrseed.targets.postgres_errors import translated
from okrseed.targets.postgres_remains import Remains
from okrseed.targets.postgres_spare import Spare

LEFT_OVER = "a transaction of a run that lost its lock"
_LABEL = "lock "

_HELD = """
    from pg_locks as held
    where held.locktype = 'advisory' and held.granted and held.objsubid = 1
        and held.database = (select oid from pg_database where datname = current_database())
        and held.classid = {high} and held.objid = {low}
"""
# A run may take longer than a session is allowed to idle (or, since PostgreSQL 17, than a transaction may take).
_WITHOUT_TIMEOUTS = """
    ; select set_config(name, '0', true) from pg_settings
    where name in ('idle_in_transaction_session_timeout', 'transaction_timeout', 'idle_session_timeout')
"""
# An advisory lock's key: the first 64 bits of a digest, as a bigint. Made by the server, which alone knows the schema.
_KEY = """
    ('x' || left(encode(sha256(convert_to(
        concat_ws(chr(10), {purpose}, coalesce(current_schema(), ''), tenant), 'UTF8'
    )), 'hex'), 16))::bit(64)::bigint
"""
# Everybody asks in one order, and nobody waits: the first that is taken tells who has it. A writing transaction that
# a lost lock has left is looked for after that, of the tenants whose locks are ours, by now if not before: nobody
# else looks for those. They are held by one transaction, so they are lost together: one of them tells of all.
_TAKE = """
    ; select coalesce(min(key) filter (where not pg_try_advisory_xact_lock(key)), 0), array_agg(key), array_agg(writing)
    from {keys}
    ; select bool_and(
        case when not pg_try_advisory_xact_lock(key) then false
        when pg_try_advisory_lock(writing) then pg_advisory_unlock(writing)
        else false end
    ) from {keys}
    ; select pg_backend_pid(), (
        select held.virtualtransaction from pg_locks as held
        where held.locktype = 'advisory' and held.granted and held.pid = pg_backend_pid() limit 1
    )
"""


class PostgresLock:
    """The lock of one tenant, or of several at once, in one schema of one database. Used by several threads."""

    def __init__(
        self,
        address: Address,
        tenants: Sequence[str],
        run_id: str,
        who: str,
        remains: Remains,
        spare: Spare,
        refused: Callable[[], None],
    ) -> None:
        """`remains`: what lost connections of the same run have left, which would stand in its own way.

        `refused` is told where somebody else has it.
        """
        self._refused = refused
        self._address = address
        self._remains = remains
        self._spare = spare
        self._tenants = tenants
        self._run_id = run_id
        self._label = f"{_LABEL}{run_id} {who}"
        self._connection: psycopg.Connection[tuple[Any, ...]] | None = None
        self._taking = threading.Lock()
        self.guard: tuple[str, ...] | None = None
        """What a writing transaction begins with, once the lock was taken: its last row is (process, start, held)."""

    def take(self) -> Holder | None:
        with self._taking:
            if self._is_held():
                return None
            self._close()
            connection = self._spare.take()
            try:
                with translated():
                    self._remains.end(connection)
                    holder = self._take(connection)
            except BaseException:
                connection.close()
                raise
            if holder is not None:
                connection.close()
                self._refused()
                return holder
            self._connection = connection
            return None

    def release(self) -> None:
        with self._taking:
            if not self._close():
                self._end_left_over()
            self.guard = None

    @property
    def _own_name(self) -> str:
        """What the application name of this run's lock begins with."""
        return f"okrseed/{_LABEL}{self._run_id}"

    def _is_held(self) -> bool:
        """Ask: a connection does not notice by itself that it is gone."""
        if self._connection is None:
            return False
        try:
            self._connection.execute("select 1")
        except psycopg.Error:
            return False
        return True

    def _close(self) -> bool:
        """End the transaction, and with it the lock. Returns False where the connection was gone already.

        Then both have ended, too, unless the server has not noticed: it would keep them for hours.
        """
        connection, self._connection = self._connection, None
        if connection is None:
            return True
        try:
            connection.execute("rollback")
        except psycopg.Error:
            connection.close()
            return False
        self._spare.keep(connection)
        return True

    def _end_left_over(self) -> None:
        """End our own lost connection where the server still has it, so that nobody is told of a run that is over."""
        with (
            contextlib.suppress(psycopg.Error, OkrseedError),
            contextlib.closing(connect(self._address)) as connection,
        ):
            connection.execute(
                "select pg_terminate_backend(pid) from pg_stat_activity"
                " where datname = current_database() and starts_with(application_name, %s)",
                [self._own_name],
            )

    def _take(self, connection: psycopg.Connection[tuple[Any, ...]]) -> Holder | None:
        begin = beginning(self._address, self._label, read_only=False)
        asked = sql.SQL(_TAKE).format(keys=self._keys()).as_string()
        *_, (taken, tenants, writing), (nobody_writes,), (process, own) = first_rows(
            connection, "; ".join(begin) + _WITHOUT_TIMEOUTS + asked
        )
        if taken:
            return self._holder(connection, taken)
        if not nobody_writes:
            return Holder(LEFT_OVER, passing=True)
        shared = sql.SQL("select count(pg_advisory_xact_lock_shared(key)) from unnest({}) as key")
        told = sql.SQL(
            "select pg_backend_pid(), now(), exists (select {held} and held.virtualtransaction = {own}"
            " and held.pid = {process})"
        ).format(held=_held(tenants[0]), own=sql.Literal(own), process=sql.Literal(process))
        self.guard = shared.format(sql.Literal(writing)).as_string(), told.as_string()
        return None

    def _keys(self) -> sql.Composed:
        """A table of each tenant's two keys, in the tenants' order."""
        key, writing = (sql.SQL(_KEY).format(purpose=f"okrseed {purpose}") for purpose in ("tenant", "writing"))
        return sql.SQL("(select {} as key, {} as writing from unnest({}::text[]) as tenant) as keys").format(
            key, writing, list(self._tenants)
        )

    def _holder(self, connection: psycopg.Connection[tuple[Any, ...]], tenants: int) -> Holder:
        found = connection.execute(
            sql.SQL(
                "select theirs.pid, theirs.application_name, theirs.usename,"
                " coalesce(theirs.client_hostname, host(theirs.client_addr)), theirs.xact_start at time zone 'UTC'"
                " from pg_stat_activity as theirs where theirs.pid in (select held.pid {held})"
                " and theirs.pid <> pg_backend_pid()"
            ).format(held=_held(tenants))
        ).fetchone()
        if found is None:
            return Holder("a run that is just ending", passing=True)
        process, name, user, host, since = found
        if (name or "").startswith(self._own_name):
            # The server has not noticed yet that our own connection is gone.
            connection.execute("select pg_terminate_backend(%s)", [process])
            return Holder("this run's own lost connection", passing=True)
        who = (name or "").removeprefix("okrseed/").removeprefix(_LABEL)
        where = f"database user {user}" + (f", from {host}" if host else "")
        return Holder(f"{who} ({where})" if who else where, since)


def lost() -> DatabaseFailure:
    """What a transaction fails with that finds its tenant's lock gone."""
    return DatabaseFailure("this run has lost the tenant's lock", transient=True, code="lock_lost")


def _held(key: int) -> sql.Composed:
    # pg_locks shows the two halves of a bigint key as unsigned numbers of 32 bits.
    unsigned = key & 0xFFFF_FFFF_FFFF_FFFF
    high, low = (sql.Literal(str(half)) for half in (unsigned >> 32, unsigned & 0xFFFF_FFFF))
    return sql.SQL(_HELD).format(high=high, low=low)
