"""A connection that outlives the lock it was made for."""

from __future__ import annotations

import selectors
import threading
from typing import Any

import psycopg

from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import connect


class Spare:
    """A connection whose lock was given back, for the next lock: of many tenants each group has one of its own."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._idle: psycopg.Connection[tuple[Any, ...]] | None = None

    def take(self) -> psycopg.Connection[tuple[Any, ...]]:
        """One outside a transaction. Raises NoConnection."""
        connection = self._swap(None)
        if connection is not None:
            if not _ended(connection):
                return connection
            connection.close()
        return connect(self._address)

    def keep(self, connection: psycopg.Connection[tuple[Any, ...]]) -> None:
        """Keep one whose transaction has ended, if there is none."""
        before = self._swap(connection)
        if before is not None:
            before.close()

    def close(self) -> None:
        """Close what is kept."""
        connection = self._swap(None)
        if connection is not None:
            connection.close()

    def _swap(
        self, connection: psycopg.Connection[tuple[Any, ...]] | None
    ) -> psycopg.Connection[tuple[Any, ...]] | None:
        with self._lock:
            before, self._idle = self._idle, connection
            return before


def _ended(connection: psycopg.Connection[tuple[Any, ...]]) -> bool:
    """Whether the server has ended it, or says something else unasked, which is rare. Nothing is sent."""
    if connection.closed:
        return True
    with selectors.DefaultSelector() as selector:
        selector.register(connection, selectors.EVENT_READ)
        return bool(selector.select(0))
