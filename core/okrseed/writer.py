"""Writes the batches of a survey; the only place where rows are sent to a target."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

from okrseed.blueprint import Key, OnCreate, Row
from okrseed.courtesy import give_way
from okrseed.errors import DatabaseFailure
from okrseed.once import Once
from okrseed.prepare import Prepared
from okrseed.survey import Batch
from okrseed.targets import Session


class Writer:
    """Writes into whatever transaction is open on the session; used by several threads."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._made: Once[tuple[str, str], Any] = Once(self._make)

    def make_ahead(self, tables: Iterable[str]) -> None:
        """Begin to make the values that new rows of these tables will need, beside everything else.

        A password hash takes as long as half of a run. Only where new rows are certain to come.
        """
        entities = self._prepared.entities
        here = filter(self._prepared.projections.__contains__, tables)
        made = [(table, column) for table in here for column in entities[table].made]
        if made:
            self._made.ahead(made, "okrseed makes")

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
        made = {entity.positions[column]: self._made.get((table, column)) for column in entity.made}
        return [_completed(row, made) for row in rows]

    def _make(self, place: tuple[str, str]) -> Any:
        table, column = place
        return self._prepared.entities[table].made[column](self._prepared.world)


def _completed(row: Row, made: Mapping[int, Any]) -> Row:
    values = list(row)
    for place, value in made.items():
        if values[place] is OnCreate.VALUE:
            values[place] = value
    return tuple(values)
