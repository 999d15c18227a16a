"""Which rows of tenants are ours: those the blueprint produces, or that are named by their own natural key."""

from __future__ import annotations

import dataclasses
import datetime
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import cached_property
from itertools import chain

from okrseed.blueprint import Blueprint, Key, Stamp, Tenant
from okrseed.reading import TenantReader
from okrseed.selection import Mode, Selection
from okrseed.targets import Session


class Ownership:
    """Tells rows of ours from unseeded ones. Costs a generation of the largest size, so asked only when needed."""

    def __init__(
        self, blueprint: Blueprint, selection: Selection, tenants: Sequence[Tenant], stamps: Mapping[str, Stamp]
    ) -> None:
        """`stamps` by slug, of the tenants that have one."""
        self._blueprint = blueprint
        self._selection = selection
        self._tenants = tenants
        self._stamps = stamps
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
        for tenant in self._tenants:
            for variant in self._variants(self._stamps.get(tenant.slug)):
                world = self._blueprint.world(variant, tenant)
                families = chain.from_iterable(stage.producer(world) for stage in self._blueprint.stages())
                for table, rows in chain.from_iterable(family.items() for family in families):
                    produced[table].update(map(entities[table].key, rows))
        return {table: frozenset(keys) for table, keys in produced.items()}

    def _variants(self, stamp: Stamp | None) -> list[Selection]:
        whole = dataclasses.replace(
            self._selection,
            mode=Mode.FULL,
            size=self._blueprint.sizes[-1],
            environment=next(iter(self._blueprint.environments)),
            scopes=tuple(sorted(scope.id for scope in self._blueprint.scopes())),
        )
        variants = [whole]
        if stamp is not None:
            stamped = dataclasses.replace(
                whole,
                seed=stamp.seed,
                as_of=datetime.date.fromisoformat(stamp.as_of),
                options=stamp.options,
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
            recognised: defaultdict[str, frozenset[Key]] = defaultdict(frozenset)
            for tenant in self._tenants:
                for table, keys in self._blueprint.recognise(tenant, present).items():
                    recognised[table] |= keys
            self._recognised = recognised
        return self._recognised
