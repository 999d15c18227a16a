"""Rows that the application made under ids of its own: recognised by their natural key, and used as they are.

A desired row is matched by its id first. Where no row has that id, and one has its natural key, that row is adopted:
every reference to the canonical id becomes one to the adopted id (specification: okr, section 2).
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from okrseed.blueprint import Entity, Key, Natural, Row, Stage
from okrseed.desired import Desired
from okrseed.production import Production
from okrseed.reading import TenantReader
from okrseed.targets import Session

Ids = Mapping[Key, Key]
"""Canonical id → the id that the row has in the database; only those that differ."""

NOTHING: Ids = {}


class Adoption:
    """Learns stage by stage which ids stand under others, and rewrites families accordingly; used by several threads.

    Where nothing is adopted, nothing is rewritten.
    """

    def __init__(
        self,
        entities: Mapping[str, Entity],
        stages: Mapping[str, Stage],
        production: Production,
        reader: TenantReader,
        filled: Collection[str],
        produced: Callable[[str], Collection[Key]],
    ) -> None:
        """`filled` are the tables that have rows here; references to others of ours become None.

        `produced` gives the ids of a table that the blueprint makes at any size: such a row is never adopted.
        """
        self._produced = produced
        self._entities = entities
        self._production = production
        self._reader = reader
        self._empty = {table for stage in stages.values() for table in stage.tables if table not in filled}
        self._stage_of = {table: stage for stage in stages.values() for table in stage.tables if table in entities}
        self._ids: dict[str, Ids] = {}
        self._lock = threading.RLock()

    def desired(self, session: Session, stage: Stage, removed: Mapping[str, Collection[Key]]) -> Desired:
        """The rows of a stage as this target takes them: its columns, and the ids that rows have here."""
        made = self._production.desired(stage)
        with self._lock:
            self._learn(session, stage, removed)
            rewrite = {table: self._rewriter(session, self._entities[table], removed) for table in stage.tables}
        if not any(rewrite.values()):
            return made
        families = [
            {table: _rewritten(rows, rewrite[table]) for table, rows in family.items() if table in rewrite}
            for family in made.families
        ]
        return Desired(families, stage.tables, self._entities)

    def declared(self, table: str) -> Desired | None:
        """What the stage of a table produces, if it is written as it is wherever nothing is adopted."""
        stage = self._stage_of.get(table)
        if stage is None:
            return None
        entities = [self._entities[one] for one in stage.tables]
        changed = any(
            entity.added or any(self._nowhere(entity, ref.column) for ref in entity.refers) for entity in entities
        )
        return None if changed else self._production.desired(stage)

    def ids(self, table: str) -> Ids:
        """What was adopted of a table, as far as it was learned."""
        return self._ids.get(table, NOTHING)

    @property
    def adopts(self) -> bool:
        """Whether anything was adopted, as far as it was learned."""
        return any(self._ids.values())

    def reverter(self, table: str) -> Callable[[Row], Row]:
        """Turns the ids of a row of the database back into canonical ones; for those who know only these."""
        entity = self._entities[table]
        back = {
            column: {there: canonical for ref in refs for canonical, there in self.ids(ref.table).items()}
            for column in dict.fromkeys(ref.column for ref in entity.refers)
            if (refs := [ref for ref in entity.refers if ref.column == column])
        }
        back[entity.key_columns[0]] = {there: canonical for canonical, there in self.ids(table).items()}
        changes = [(entity.positions[column], ids) for column, ids in back.items() if ids]

        def revert(row: Row) -> Row:
            values = list(row)
            for place, ids in changes:
                value = values[place]
                values[place] = (
                    [ids.get(item, item) for item in value] if type(value) is list else ids.get(value, value)
                )
            return tuple(values)

        return revert if changes else _same

    def forget(self, tables: Iterable[str]) -> None:
        """Learn these tables anew: someone else wrote to them."""
        with self._lock:
            for table in tables:
                self._ids.pop(table, None)

    def _learn(self, session: Session, stage: Stage, removed: Mapping[str, Collection[Key]]) -> None:
        for table in stage.tables:
            if table in self._ids:
                continue
            self._ids[table] = NOTHING
            natural = self._entities[table].natural
            # Where nobody is asked for rows, none is there to be adopted: so none has to be made to compare it with.
            if natural is None or not self._reader.asks(table):
                continue
            desired = self._production.desired(stage)
            if desired.rows(table):
                self._ids[table] = self._match(session, self._entities[table], natural, desired, removed)

    def _match(
        self,
        session: Session,
        entity: Entity,
        natural: Natural,
        desired: Desired,
        removed: Mapping[str, Collection[Key]],
    ) -> Ids:
        """The rows present under another id, by natural key. Each is adopted once; of several the first by id."""
        table = entity.name
        keys = desired.keys(table)
        present = self._reader.rows(session, table, keys)
        if all(map(present.__contains__, keys)):
            return NOTHING
        wanted = desired.by_key(table)
        absent = [row for key, row in wanted.items() if key not in present]
        strange = {key: row for key, row in present.items() if key not in wanted}
        if natural.anywhere is not None:
            place = entity.positions[natural.anywhere]
            found = self._reader.referring(session, table, natural.anywhere, {row[place] for row in absent})
            strange |= {key: row for row in found if (key := entity.key(row)) not in wanted}
        gone = removed.get(table, ())
        strange = {key: row for key, row in strange.items() if key not in gone}
        if not strange:
            return NOTHING
        ours = self._produced(table)
        strange = {key: row for key, row in strange.items() if key not in ours}
        columns = [name for name in natural.columns if self._reader.has(table, name)]
        places = [entity.positions[name] for name in columns]
        actual_parent, desired_parent = self._parents(session, entity, natural, desired)
        translate = [self._translator(session, entity, name, removed) for name in columns]
        waiting: defaultdict[tuple[Any, ...], list[Row]] = defaultdict(list)
        for row in absent:
            values = (change(row[place]) for place, change in zip(places, translate, strict=True))
            waiting[*values, desired_parent.get(entity.key(row))].append(row)
        adopted: dict[Key, Key] = {}
        for key, standing in sorted(strange.items(), key=lambda pair: str(pair[0])):
            alike = waiting.get((*(standing[place] for place in places), actual_parent.get(key)))
            if alike:
                chosen = _closest(alike, standing, entity.positions.get(natural.prefer or ""))
                alike.remove(chosen)
                adopted[entity.key(chosen)] = key
        return adopted

    def _parents(
        self, session: Session, entity: Entity, natural: Natural, desired: Desired
    ) -> tuple[Mapping[Key, Key], Mapping[Key, Key]]:
        """The parent of every row by the linking table: of those present, and of the desired ones as it stands here."""
        if natural.via is None:
            return {}, {}
        table, own, other = natural.via
        places = self._entities[table].positions
        parent_table = next(ref.table for ref in self._entities[table].refers if ref.column == other)
        ids = self.ids(parent_table)
        actual = {row[places[own]]: row[places[other]] for row in self._reader.within(session, table).values()}
        linked = {row[places[own]]: ids.get(row[places[other]], row[places[other]]) for row in desired.rows(table)}
        return actual, linked

    def _translator(
        self, session: Session, entity: Entity, column: str, removed: Mapping[str, Collection[Key]]
    ) -> Callable[[Any], Any]:
        """From what a desired row holds in a column to what stands for it here."""
        tables = [ref.table for ref in entity.refers if ref.column == column]
        maps = [ids for table in tables if (ids := self._known(session, table, removed))]

        def one(value: Any) -> Any:
            return next((ids[value] for ids in maps if value in ids), value)

        if self._nowhere(entity, column):
            return lambda value: None
        if not maps:
            return _same
        if any(ref.many for ref in entity.refers if ref.column == column):
            return lambda value: [one(item) for item in value] if value is not None else None
        return one

    def _nowhere(self, entity: Entity, column: str) -> bool:
        """Whether a column refers to rows that are not written here."""
        tables = [ref.table for ref in entity.refers if ref.column == column]
        return bool(tables) and all(table in self._empty for table in tables)

    def _known(self, session: Session, table: str, removed: Mapping[str, Collection[Key]]) -> Ids:
        """What is adopted of a table; its stage is made for that where it has to be."""
        if table not in self._ids and table in self._stage_of:
            self._learn(session, self._stage_of[table], removed)
        return self.ids(table)

    def _rewriter(
        self, session: Session, entity: Entity, removed: Mapping[str, Collection[Key]]
    ) -> Callable[[Row], Row] | None:
        """Rewrites a desired row of a table; None where rows stay as they are."""
        changes = [
            (entity.positions[column], change)
            for column in dict.fromkeys(ref.column for ref in entity.refers)
            if (change := self._translator(session, entity, column, removed)) is not _same
        ]
        own = self.ids(entity.name)
        if own:
            place = entity.positions[entity.key_columns[0]]
            changes.append((place, lambda key: own.get(key, key)))
        added = [
            (known.value, self._known(session, known.refers, removed) if known.refers else NOTHING)
            for known in entity.added
        ]
        if not changes and not added:
            return None

        def rewrite(row: Row) -> Row:
            values = list(row)
            for place, change in changes:
                values[place] = change(values[place])
            for make, ids in added:
                value = make(self._production.world, row)
                values.append(ids.get(value, value))
            return tuple(values)

        return rewrite


def _closest(alike: Sequence[Row], found: Row, place: int | None) -> Row:
    """The row that agrees with the one found in the preferred column, else the first."""
    if place is None:
        return alike[0]
    return next((row for row in alike if row[place] == found[place]), alike[0])


def _same(value: Any) -> Any:
    return value


def _rewritten(rows: Sequence[Row], rewrite: Callable[[Row], Row] | None) -> Sequence[Row]:
    return rows if rewrite is None else [rewrite(row) for row in rows]
