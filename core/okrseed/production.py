"""The desired rows of one tenant, or of several: what each stage produces, made once, however often it is asked for.

A run asks when it surveys a stage, again after a retry, and once more when it verifies; making the rows is most of the
work of a run that finds nothing to do. While the database is at work on one stage, the next ones can be made.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from okrseed.blueprint import Entity, Family, Key, Row, Stage, World
from okrseed.courtesy import courteously
from okrseed.desired import Desired
from okrseed.meter import measured
from okrseed.once import Once


class Production:
    """What the stages produce from each world in turn; used by several threads.

    Rows of shared tables may be desired by several tenants: then the first one brings them.
    """

    def __init__(
        self,
        worlds: Sequence[World],
        entities: Mapping[str, Entity],
        made: Callable[[Stage], Sequence[Family] | None] = lambda stage: None,
    ) -> None:
        """`made` gives the families of a stage that somebody has made already."""
        self._worlds = worlds
        self._made = made
        # By their ids: who asks may have read the graph anew.
        self._stages: dict[str, Stage] = {}
        self._ends: dict[str, list[int]] = {}
        self._entities = entities
        self._shared = {name: entity.key for name, entity in entities.items() if entity.shared}
        self._desired: Once[str, Desired] = Once(lambda id: self._produce(self._stages[id]))

    @property
    def world(self) -> World:
        """The world of the first tenant; none after `close`."""
        return self._worlds[0]

    def desired(self, stage: Stage) -> Desired:
        """The rows of a stage, in the order it produces them."""
        with measured("generate"):
            return self._desired.get(self._named(stage))

    def alone(self, number: int) -> Production:
        """What the stages produce from one of the worlds, by its place: not made again where it can be told apart."""
        return Production([self._worlds[number]], self._entities, partial(self._share, number))

    def ahead(self, stages: Iterable[Stage]) -> None:
        """Produce these stages in this order, beside everything else; each is asked for when its turn comes."""
        self._desired.ahead(map(self._named, stages), "okrseed produces")

    def halt(self) -> None:
        """Produce nothing more ahead: nobody may ask for it."""
        self._desired.halt()

    def release(self, stage: Stage) -> None:
        """Let go of the rows of a stage; they are made anew where somebody asks all the same."""
        self._desired.release(stage.id)

    def close(self) -> None:
        """Let go of what was made, and of the worlds it was made from; nothing more is made."""
        self._desired.halt()
        self._desired.clear()
        self._worlds = ()

    def _named(self, stage: Stage) -> str:
        return self._stages.setdefault(stage.id, stage).id

    def _produce(self, stage: Stage) -> Desired:
        families = self._made(stage)
        if families is None:
            families = self._families(stage)
        return Desired(families, stage.tables, self._entities)

    def _families(self, stage: Stage) -> Sequence[Family]:
        families: list[Family] = []
        ends = self._ends[stage.id] = []
        for world in self._worlds:
            for family in courteously(stage.producer(world)):
                self._desired.check()
                families.append(family)
            ends.append(len(families))
        shared = self._common(stage)
        if len(self._worlds) > 1 and shared:
            seen: dict[str, set[Key]] = {table: set() for table in shared}
            families = [{table: self._new(table, rows, seen) for table, rows in family.items()} for family in families]
        return families

    def _common(self, stage: Stage) -> set[str]:
        """The tables of a stage whose rows several tenants may desire."""
        return self._shared.keys() & set(stage.tables)

    def _share(self, number: int, stage: Stage) -> Sequence[Family] | None:
        """The families of one world; None where the first tenant has brought rows for all."""
        if self._common(stage):
            return None
        families = self.desired(stage).families
        start, end = [0, *self._ends[stage.id]][number : number + 2]
        return families[start:end]

    def _new(self, table: str, rows: Sequence[Row], seen: Mapping[str, set[Key]]) -> Sequence[Row]:
        """Those of the rows that no tenant has brought before."""
        if table not in seen:
            return rows
        key, known = self._shared[table], seen[table]
        new = {id: row for row in rows if (id := key(row)) not in known}
        known.update(new)
        return list(new.values())
