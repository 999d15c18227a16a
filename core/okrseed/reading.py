"""The tenant's rows as they stand in the database, each table read once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from okrseed.blueprint import Entity, Key, Row, Tenant
from okrseed.targets import Session
from okrseed.targets.schema import Projection

NO_ROWS: Mapping[Key, Row] = {}


class TenantReader:
    """Reads one tenant. A row is found because it lies within the tenant, or by its key, wherever it lies.

    What lies within is remembered: children are found by the keys of their parents. Tables that do not exist yet
    (`projections` lacks them) hold nothing.
    """

    def __init__(self, entities: Mapping[str, Entity], projections: Mapping[str, Projection], tenant: Tenant) -> None:
        self._entities = entities
        self._projections = projections
        self._tenant = tenant
        self._within: dict[str, dict[Key, Row]] = {}

    def within(self, session: Session, table: str) -> Mapping[Key, Row]:
        """The tenant's rows of a table, by key; those of its parents are read first."""
        if table not in self._projections:
            return NO_ROWS
        if table not in self._within:
            entity = self._entities[table]
            conditions: list[tuple[str, Collection[object]]] = []
            if entity.root is not None:
                conditions.append((entity.root, [self._tenant.slug]))
            for link in entity.within:
                conditions.append((link.column, self._members(session, link.table, link.member)))
            rows = session.read(self._projections[table], [(name, list(values)) for name, values in conditions])
            self._within[table] = {entity.key(row): row for row in rows}
        return self._within[table]

    def rows(self, session: Session, table: str, keys: Iterable[Key]) -> Mapping[Key, Row]:
        """The tenant's rows, and those with the given keys that lie elsewhere or nowhere."""
        within = self.within(session, table)
        absent = [key for key in keys if key not in within]
        if not absent or table not in self._projections:
            return within
        return {**within, **self.by_key(session, table, absent)}

    def by_key(self, session: Session, table: str, keys: Collection[Key]) -> Mapping[Key, Row]:
        """The rows with these keys, wherever they lie."""
        entity = self._entities[table]
        wanted = set(keys)
        single = len(entity.key_columns) == 1
        first = list(wanted) if single else sorted({key[0] for key in wanted})
        rows = session.read(self._projections[table], [(entity.key_columns[0], first)])
        return {key: row for row in rows if (key := entity.key(row)) in wanted}

    def referring(self, session: Session, table: str, column: str, keys: Collection[Key]) -> list[Row]:
        """The rows whose column holds one of these keys, wherever they lie."""
        projection = self._projections.get(table)
        if projection is None or all(found.name != column for found in projection.columns):
            return []
        return session.read(projection, [(column, list(keys))])

    def forget(self, tables: Iterable[str]) -> None:
        """Read these tables anew next time: someone else wrote to them."""
        for table in tables:
            self._within.pop(table, None)

    def _members(self, session: Session, table: str, column: str) -> set[object]:
        position = self._entities[table].positions[column]
        return {row[position] for row in self.within(session, table).values() if row[position] is not None}
