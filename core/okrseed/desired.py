"""The rows that a stage declares, as families and by table, and their keys, which several ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain

from okrseed.blueprint import Entity, Family, Key, Row


class Desired:
    """The families of a stage, which may hold rows of more tables than its own, and the rows of its own tables."""

    def __init__(self, families: Sequence[Family], tables: Sequence[str], entities: Mapping[str, Entity]) -> None:
        self.families = families
        self._entities = entities
        self._rows: dict[str, list[Row]] = {table: [] for table in tables}
        self._keys: dict[str, Sequence[Key]] = {}
        for table, rows in chain.from_iterable(family.items() for family in families):
            if table in self._rows:
                self._rows[table] += rows

    def rows(self, table: str) -> Sequence[Row]:
        """The rows of a table, in the families' order."""
        return self._rows[table]

    def keys(self, table: str) -> Sequence[Key]:
        """The keys of a table's rows, in their order."""
        if table not in self._keys:
            self._keys[table] = list(map(self._entities[table].key, self._rows[table]))
        return self._keys[table]

    def by_key(self, table: str) -> dict[Key, Row]:
        """The rows of a table by their keys, in their order."""
        return dict(zip(self.keys(table), self._rows[table], strict=True))


def keyed(entity: Entity, rows: Sequence[Row]) -> dict[Key, Row]:
    """Rows of a table by their keys."""
    return dict(zip(map(entity.key, rows), rows, strict=True))
