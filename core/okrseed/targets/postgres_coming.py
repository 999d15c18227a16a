"""A connection that is made while something else goes on: far away that takes as long as several questions."""

from __future__ import annotations

import contextlib
import threading
from concurrent.futures import Future
from typing import Any

import psycopg

from okrseed.errors import NoConnection
from okrseed.targets.address import Address
from okrseed.targets.postgres_connection import connect

Made = Future[psycopg.Connection[tuple[Any, ...]]]


class Coming:
    """At most one connection on its way; used by several threads."""

    def __init__(self, address: Address) -> None:
        self._address = address
        self._lock = threading.Lock()
        self._made: Made | None = None

    def begin(self) -> None:
        """Connect, if no connection is on its way."""
        with self._lock:
            if self._made is not None:
                return
            self._made = made = Made()
        threading.Thread(target=self._connect, args=(made,), name="okrseed connects", daemon=True).start()

    def take(self) -> psycopg.Connection[tuple[Any, ...]]:
        """The one that is on its way, or another one where there is none or it fails. Raises NoConnection."""
        made = self._taken()
        with contextlib.suppress(NoConnection):
            if made is not None:
                return made.result()
        return connect(self._address)

    def close(self) -> None:
        """Nobody wants it any more."""
        made = self._taken()
        if made is not None:
            made.add_done_callback(lambda done: None if done.exception() else done.result().close())

    def _taken(self) -> Made | None:
        with self._lock:
            made, self._made = self._made, None
            return made

    def _connect(self, made: Made) -> None:
        try:
            made.set_result(connect(self._address))
        except BaseException as error:
            # Whoever takes it is told.
            made.set_exception(error)
