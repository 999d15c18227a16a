"""Writes the batches of a survey; the only place where rows are sent to a target."""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from concurrent.futures import Future
from threading import Thread
from typing import Any

from okrseed.blueprint import Key, OnCreate, Row
from okrseed.courtesy import give_way
from okrseed.errors import DatabaseFailure
from okrseed.prepare import Prepared
from okrseed.survey import Batch
from okrseed.targets import Session


class Writer:
    """Writes into whatever transaction is open on the session; used by several threads."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._made: dict[tuple[str, str], Future[Any]] = {}
        self._lock = threading.Lock()

    def make_ahead(self, tables: Iterable[str]) -> None:
        """Begin to make the values that new rows of these tables will need, beside everything else.

        A password hash takes as long as half of a run. Only where new rows are certain to come.
        """
        for table in filter(self._prepared.projections.__contains__, tables):
            for column in self._prepared.entities[table].made:
                value = self._future(table, column)
                Thread(target=self._make, args=(value, table, column), name="okrseed made", daemon=True).start()

    def write(self, session: Session, batch: Batch) -> None:
        """Create, then update, parents first. Raises DatabaseFailure (a conflict) where rows to update are gone."""
        projections = self._prepared.projections
        for table, rows in batch.create.items():
            if rows:
                give_way()
                session.insert(projections[table], self._complete(table, rows))
        for table, rows in batch.update.items():
            if rows and session.update(projections[table], rows) != len(rows):
                raise DatabaseFailure(
                    "rows were deleted by someone else while they were being updated",
                    conflict=True,
                    code="rows_gone",
                    table=table,
                )

    def delete(self, session: Session, keys: Mapping[str, Collection[Key]]) -> None:
        """Delete the rows with these keys, children first."""
        for table in reversed(list(self._prepared.entities)):
            if keys.get(table):
                session.delete(self._prepared.projections[table], sorted(keys[table], key=str))

    def _complete(self, table: str, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows with every `OnCreate` value made; each value is made once in a run, and only here."""
        entity = self._prepared.entities[table]
        if not entity.made:
            return rows
        made = {entity.positions[column]: self._value(table, column) for column in entity.made}
        return [
            tuple(made[place] if value is OnCreate.VALUE else value for place, value in enumerate(row)) for row in rows
        ]

    def _value(self, table: str, column: str) -> Any:
        value = self._future(table, column)
        self._make(value, table, column)
        return value.result()

    def _future(self, table: str, column: str) -> Future[Any]:
        with self._lock:
            return self._made.setdefault((table, column), Future())

    def _make(self, value: Future[Any], table: str, column: str) -> None:
        """Make a value, unless somebody has begun to."""
        with self._lock:
            if value.running() or value.done():
                return
            value.set_running_or_notify_cancel()
        try:
            value.set_result(self._prepared.entities[table].made[column](self._prepared.world))
        except BaseException as error:
            value.set_exception(error)
