"""Which rows of a tenant are ours: those the blueprint produces, or that are named by their own natural key."""

from __future__ import annotations

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import cached_property

from okrseed.blueprint import Blueprint, Key, Stamp, Tenant
from okrseed.reading import TenantReader
from okrseed.selection import Mode, Selection
from okrseed.targets import Session


class Ownership:
    """Tells rows of ours from unseeded ones. Costs a generation of the largest size, so asked only when needed."""

    def __init__(self, blueprint: Blueprint, selection: Selection, tenant: Tenant, stamp: Stamp | None) -> None:
        self._blueprint = blueprint
        self._selection = selection
        self._tenant = tenant
        self._stamp = stamp
        self._recognised: Mapping[str, frozenset[Key]] | None = None

    def produced(self, table: str) -> frozenset[Key]:
        """The keys that the blueprint produces at any size, for the current and the stamped seed string and options."""
        return self._produced.get(table, frozenset())

    def ours(self, session: Session, reader: TenantReader, table: str, keys: Collection[Key]) -> set[Key]:
        """Those of the keys whose rows are ours; the rest is unseeded."""
        ours = self.produced(table) & set(keys)
        if len(ours) == len(keys):
            return set(ours)
        return set(ours) | (self._by_natural_key(session, reader).get(table, frozenset()) & set(keys))

    @cached_property
    def _produced(self) -> dict[str, frozenset[Key]]:
        produced: defaultdict[str, set[Key]] = defaultdict(set)
        entities = self._blueprint.entities()
        for variant in self._variants():
            world = self._blueprint.world(variant, self._tenant)
            for stage in self._blueprint.stages():
                for family in stage.producer(world):
                    for table, rows in family.items():
                        produced[table].update(map(entities[table].key, rows))
        return {table: frozenset(keys) for table, keys in produced.items()}

    def _variants(self) -> list[Selection]:
        whole = dataclasses.replace(
            self._selection,
            mode=Mode.FULL,
            size=self._blueprint.sizes[-1],
            environment=next(iter(self._blueprint.environments)),
            scopes=tuple(sorted(scope.id for scope in self._blueprint.scopes())),
        )
        variants = [whole]
        if self._stamp is not None:
            stamped = dataclasses.replace(
                whole,
                seed=self._stamp.seed,
                as_of=datetime.date.fromisoformat(self._stamp.as_of),
                options=self._stamp.options,
            )
            if stamped != whole:
                variants.append(stamped)
        return variants

    def _by_natural_key(self, session: Session, reader: TenantReader) -> Mapping[str, frozenset[Key]]:
        if self._recognised is None:
            present = {
                table: [entity.typed(row) for row in reader.within(session, table).values()]
                for table, entity in self._blueprint.entities().items()
            }
            self._recognised = self._blueprint.recognise(self._tenant, present)
        return self._recognised
