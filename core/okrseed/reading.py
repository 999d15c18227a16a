"""The tenant's rows as they stand in the database, each table read once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import chain
from operator import itemgetter

from okrseed.blueprint import Entity, Key, Row, Tenant
from okrseed.desired import keyed
from okrseed.meter import measured
from okrseed.targets import Conditions, Extent, Member, Session
from okrseed.targets.schema import Projection

Condition = tuple[str, Collection[object]]
"""A column, and values of which a row has one there."""
Question = tuple[str, Sequence[Condition]]
"""A table, and conditions of which its rows meet one."""
NO_ROWS: Mapping[Key, Row] = {}


class TenantReader:
    """Reads one tenant, or several at once.

    A row is found because it lies within a tenant, or by its key, wherever it lies.

    What was found is remembered: children are found by the keys of their parents. Tables that do not exist yet
    (`projections` lacks them) hold nothing; and where a tenant is new, tables may be empty, which is asked once
    instead of looking for each key.
    """

    def __init__(self, entities: Mapping[str, Entity], projections: Mapping[str, Projection], *tenants: Tenant) -> None:
        self.entities = entities
        self._projections = projections
        self._tenants = tenants
        self._slugs = [tenant.slug for tenant in tenants]
        self._within: dict[str, dict[Key, Row]] = {}
        self._looked_up: dict[str, dict[Key, Row | None]] = {}
        self._empty: frozenset[str] | None = None
        self.lookups: Counter[bool] = Counter()
        """How often a table was asked for that was remembered (True), and that had to be read (False)."""

    def anew(self) -> TenantReader:
        """One that has read nothing yet, and presumes nothing."""
        return TenantReader(self.entities, self._projections, *self._tenants)

    @property
    def needs_nobody(self) -> bool:
        """Whether no session is asked for anything, as where all tables are known to be empty."""
        return not any(map(self.asks, self._projections))

    def asks(self, table: str) -> bool:
        """Whether a session is asked for rows of a table; not where it is known to hold none that count."""
        return table in self._projections and (self._empty is None or table not in self._empty)

    @property
    def presumes(self) -> bool:
        """Whether rows are taken not to be there without a look."""
        return False

    @property
    def hardly_asks(self) -> bool:
        """Whether next to nothing is asked: the tables are empty, or the tenants new."""
        return self.needs_nobody or self.presumes

    def within(self, session: Session, table: str) -> Mapping[Key, Row]:
        """The tenant's rows of a table, by key; those of its parents are read first."""
        if table not in self._projections:
            return NO_ROWS
        self.lookups[table in self._within] += 1
        if table not in self._within:
            rows = self._read(session, table, self._extent(session, table))
            self._within[table] = keyed(self.entities[table], rows)
        return self._within[table]

    def read_all(self, session: Session) -> None:
        """Read every table that lies within the tenants: those whose parents are known in one go.

        To a database that is far away, each question is a wait.
        """
        unread = [table for table in self._projections if table not in self._within]
        while unread:
            ready = [table for table in unread if self._parents(table).isdisjoint(unread)] or unread[:1]
            unread = [table for table in unread if table not in ready]
            asked = {table: self._extent(session, table) for table in ready if self.asks(table)}
            with measured("read"):
                found = dict(zip(asked, self._asked(session, list(asked.items())), strict=True))
            for table in ready:
                self.lookups[False] += 1
                self._within[table] = keyed(self.entities[table], found.get(table, []))

    def _parents(self, table: str) -> set[str]:
        return {link.table for link in self.entities[table].within} - {table}

    def _extent(self, session: Session, table: str) -> list[Condition]:
        """What the rows of a table that lie within the tenants meet."""
        entity = self.entities[table]
        conditions: list[Condition] = [] if entity.root is None else [(entity.root, self._slugs)]
        conditions += [(link.column, self._members(session, link.table, link.member)) for link in entity.within]
        return conditions

    def rows(self, session: Session, table: str, keys: Collection[Key]) -> Mapping[Key, Row]:
        """The tenant's rows, and those with the given keys that lie elsewhere or nowhere."""
        within = self.within(session, table)
        if not self.asks(table) or all(map(within.__contains__, keys)):
            return within
        absent = [key for key in keys if key not in within]
        looked_up = self._looked_up.setdefault(table, {})
        asked = [key for key in absent if key not in looked_up]
        if asked:
            looked_up.update({**dict.fromkeys(asked), **self.by_key(session, table, asked)})
        return {**within, **{key: row for key in absent if (row := looked_up[key]) is not None}}

    def by_key(self, session: Session, table: str, keys: Collection[Key]) -> Mapping[Key, Row]:
        """The rows with these keys, wherever they lie."""
        entity = self.entities[table]
        wanted = set(keys)
        single = len(entity.key_columns) == 1
        first = list(wanted) if single else sorted({key[0] for key in wanted})
        rows = self._read(session, table, [(entity.key_columns[0], first)])
        return {key: row for row in rows if (key := entity.key(row)) in wanted}

    def referring(self, session: Session, table: str, column: str, keys: Collection[Key]) -> list[Row]:
        """The rows whose column holds one of these keys, wherever they lie."""
        return self._read(session, table, [(column, keys)])

    def elsewhere(self) -> dict[str, list[object]]:
        """By what rows were found that lie in no tenant: values of the first key column, by table."""
        sought = {
            table: [key if len(self.entities[table].key_columns) == 1 else key[0] for key in found]
            for table, found in self._looked_up.items()
        }
        return {table: values for table, values in sought.items() if values}

    def extents(self, elsewhere: Mapping[str, Sequence[object]]) -> list[Extent]:
        """All that `rows` would find again of each table, those after whose rows they refer to."""
        extents: dict[str, Extent] = {}
        for table in self._projections:
            self._extend(extents, table, elsewhere)
        return list(extents.values())

    def _extend(self, extents: dict[str, Extent], table: str, elsewhere: Mapping[str, Sequence[object]]) -> None:
        if table in extents or table not in self._projections:
            return
        entity, projection = self.entities[table], self._projections[table]
        for link in entity.within:
            self._extend(extents, link.table, elsewhere)
        fields = projection.fields
        members = [
            Member(fields[link.column], link.table, self._projections[link.table].fields[link.member])
            for link in entity.within
            if link.column in fields and link.table in extents and self.has(link.table, link.member)
        ]
        sought = [(entity.root or "", self._slugs), (entity.key_columns[0], elsewhere.get(table, ()))]
        conditions = [(fields[column], values) for column, values in sought if column in fields and values]
        extents[table] = Extent(projection, conditions, members)

    def has(self, table: str, column: str) -> bool:
        """Whether the target has this column, under whatever name."""
        return table in self._projections and column in self._projections[table].fields

    def forget(self, tables: Iterable[str]) -> None:
        """Read these tables anew next time: someone else wrote to them."""
        self._empty = None
        for table in tables:
            self._within.pop(table, None)
            self._looked_up.pop(table, None)

    def _read(self, session: Session, table: str, conditions: Sequence[Condition]) -> list[Row]:
        """The rows that meet any condition; one on a column that the target lacks meets none."""
        if not self.asks(table):
            return []
        with measured("read"):
            (rows,) = self._asked(session, [(table, conditions)])
            if not rows and self._empty is None:
                self._empty = self._hollow(session, list(self._projections.values()))
            return rows

    def _asked(self, session: Session, questions: Sequence[Question]) -> list[list[Row]]:
        """What the database answers to each."""
        return session.read_each([self._translated(*question) for question in questions])

    def _translated(self, table: str, conditions: Sequence[Condition]) -> tuple[Projection, Conditions]:
        projection = self._projections[table]
        fields = projection.fields
        return projection, [(fields[name], list(values)) for name, values in conditions if name in fields]

    def _hollow(self, session: Session, projections: Sequence[Projection]) -> frozenset[str]:
        """The tables that hold no row at all."""
        return session.empty(projections)

    def _members(self, session: Session, table: str, column: str) -> Collection[object]:
        entity, within = self.entities[table], self.within(session, table)
        if entity.key_columns == (column,):
            return within.keys()
        held = list(map(itemgetter(entity.positions[column]), within.values()))
        try:
            members: set[object] = set(held)
        except TypeError:
            # Some hold a list of members.
            members = set(chain.from_iterable(value if type(value) is list else (value,) for value in held))
        return members - {None}


class Newcomers(TenantReader):
    """Takes it that tenants whose own rows are not there have no rows elsewhere, and looks for none of their keys.

    Where that is wrong the database refuses the row (SQLSTATE 23505), and whoever writes looks after `forget`. Looked
    for are rows that may stand there by rights (shared ones, and those that are unique over all tenants), and all of a
    table that lets a key stand there twice.
    """

    def __init__(self, entities: Mapping[str, Entity], projections: Mapping[str, Projection], *tenants: Tenant) -> None:
        super().__init__(entities, projections, *tenants)
        self._root = next((name for name, entity in entities.items() if entity.root is not None), None)

    def asks(self, table: str) -> bool:
        return super().asks(table) and not self._new(table)

    @property
    def presumes(self) -> bool:
        """Known as soon as the tenants' own rows were looked for."""
        return self._root is not None and not self._within.get(self._root, True)

    def forget(self, tables: Iterable[str]) -> None:
        super().forget(tables)
        self._root = None

    def _new(self, table: str) -> bool:
        """Whether all rows of a table are taken to be new."""
        entity = self.entities[table]
        sought = entity.shared or (entity.natural is not None and entity.natural.anywhere is not None)
        return self.presumes and not sought and self._projections[table].once


class LaterNewcomers(Newcomers):
    """Newcomers after others of the same run, whose rows stand in the tables: no use in asking which hold none."""

    def _hollow(self, session: Session, projections: Sequence[Projection]) -> frozenset[str]:
        return frozenset()


class NothingThere(TenantReader):
    """Reads tables that were made in this very transaction, and hold nothing of these tenants: asks nobody.

    But for shared rows, which a tenant before may have brought.
    """

    def within(self, session: Session, table: str) -> Mapping[Key, Row]:
        return NO_ROWS

    def asks(self, table: str) -> bool:
        return super().asks(table) and self.entities[table].shared
