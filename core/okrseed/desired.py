"""The rows that a stage declares: as families, by table, and by key; each form is made once, as several ask for it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from okrseed.blueprint import Entity, Family, Key, Row


def by_table(families: Iterable[Family], tables: Iterable[str]) -> dict[str, list[Row]]:
    """The rows of these tables over all families, in order; other tables are passed over."""
    rows: dict[str, list[Row]] = {table: [] for table in tables}
    for family in families:
        for table, found in family.items():
            if table in rows:
                rows[table] += found
    return rows


class Desired:
    """The families of a stage, which may hold rows of more tables than its own, and the rows of its own tables."""

    def __init__(self, families: Sequence[Family], tables: Sequence[str], entities: Mapping[str, Entity]) -> None:
        self.families = families
        self._rows = by_table(families, tables)
        self._entities = entities
        self._by_key: dict[str, Mapping[Key, Row]] = {}

    def rows(self, table: str) -> Sequence[Row]:
        """The rows of a table, in the families' order."""
        return self._rows[table]

    def by_key(self, table: str) -> Mapping[Key, Row]:
        """The rows of a table by their keys, in the families' order."""
        if table not in self._by_key:
            self._by_key[table] = keyed(self._entities[table], self._rows[table])
        return self._by_key[table]


def keyed(entity: Entity, rows: Sequence[Row]) -> dict[Key, Row]:
    """Rows of a table by their keys."""
    return dict(zip(map(entity.key, rows), rows, strict=True))
