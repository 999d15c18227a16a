"""What a purge deletes, what it would take along unseen, and what it keeps (specification: Purge and reset)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from okrseed.blueprint import Entity, Key, Stamp
from okrseed.errors import Refused
from okrseed.ownership import Ownership
from okrseed.reading import TenantReader
from okrseed.targets import Session
from okrseed.targets.schema import Catalogue

MOST_NAMED = 5
_FOREIGN = {
    "unknown": "the tenant carries no stamp of okrseed and not its canonical id",
    "adopted": "the tenant's own row was adopted: the application made it",
}


@dataclass(frozen=True)
class Removal:
    """The rows to delete, by table in foreign-key order; `unseeded` are among them only where that was asked for.

    outside: rows of other tables that refer to rows to be deleted, in words. kept: shared rows that another tenant
    uses, in words.
    """

    delete: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    unseeded: Mapping[str, frozenset[Key]] = field(default_factory=dict)
    outside: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    foreign_root: Literal["", "unknown", "adopted"] = ""

    @property
    def problems(self) -> list[str]:
        """Why this removal needs `--with-unseeded`; empty where it does not."""
        problems = [_FOREIGN[self.foreign_root]] if self.foreign_root else []
        problems += [
            f"{len(keys)} unseeded rows in {table} ({_named(keys)})" for table, keys in self.unseeded.items() if keys
        ]
        return [*problems, *self.outside]

    def check(self, *, with_unseeded: bool) -> None:
        """Raise Refused where rows would be deleted that okrseed did not create, unless that was asked for."""
        if self.problems and not with_unseeded:
            raise Refused(
                "the tenant holds more than okrseed created: " + "; ".join(self.problems),
                code="unseeded_rows",
                hint="Look at those rows; --with-unseeded deletes them too.",
            )


def survey_removal(
    session: Session,
    entities: Mapping[str, Entity],
    catalogue: Catalogue,
    reader: TenantReader,
    ownership: Ownership,
    stamp: Stamp | None,
) -> Removal:
    """Find everything under the tenant and everything of ours that a deleted tenant left behind."""
    delete: dict[str, set[Key]] = {}
    unseeded: dict[str, frozenset[Key]] = {}
    staying: dict[str, frozenset[Key]] = {}
    foreign_root: Literal["", "unknown", "adopted"] = ""
    for table, entity in entities.items():
        present = reader.rows(session, table, ownership.produced(table))
        ours = ownership.ours(session, reader, table, present.keys())
        strange = frozenset(present.keys() - ours)
        if entity.root is not None:
            foreign_root = "" if not strange else "adopted" if stamp is not None else "unknown"
            strange = frozenset()
            ours = set(present)
        if entity.shared:
            staying[table], strange = strange, frozenset()
        delete[table] = ours | strange
        unseeded[table] = strange
    elsewhere: dict[str, dict[Key, str]] = {}
    # A row that is kept is a row outside the removal, so what it refers to is kept as well.
    while used := _used_elsewhere(session, entities, reader, delete, staying):
        for table, found in used.items():
            delete[table] -= found.keys()
            elsewhere.setdefault(table, {}).update(found)
    outside = (*_other_tenants(session, entities, reader, delete), *_outside(session, entities, catalogue, delete))
    return Removal(
        delete={table: frozenset(keys) for table, keys in delete.items() if keys},
        unseeded={table: keys for table, keys in unseeded.items() if keys},
        outside=outside,
        kept=tuple(
            f"{table} {key} is kept: {where} of another tenant refers to it"
            for table, used in elsewhere.items()
            for key, where in sorted(used.items())
        ),
        foreign_root=foreign_root,
    )


def _used_elsewhere(
    session: Session,
    entities: Mapping[str, Entity],
    reader: TenantReader,
    delete: Mapping[str, Collection[Key]],
    staying: Mapping[str, Collection[Key]],
) -> dict[str, dict[Key, str]]:
    """Shared rows that rows outside this removal refer to, by table, with what refers to them.

    `staying` are the application's own people of this tenant: they lose their manager, say, and hold nobody here.
    """
    used: dict[str, dict[Key, str]] = {}
    for shared in (entity for entity in entities.values() if entity.shared):
        found: dict[Key, str] = {}
        for entity in entities.values():
            for reference in entity.refers:
                if reference.table != shared.name or reference.many:
                    continue
                position = entity.positions[reference.column]
                for row in reader.referring(session, entity.name, reference.column, delete[shared.name]):
                    key = entity.key(row)
                    if key not in delete[entity.name] and key not in staying.get(entity.name, ()):
                        found.setdefault(row[position], f"{entity.name}.{reference.column}")
        if found:
            used[shared.name] = found
    return used


def _other_tenants(
    session: Session,
    entities: Mapping[str, Entity],
    reader: TenantReader,
    delete: Mapping[str, Collection[Key]],
) -> tuple[str, ...]:
    """Rows of our own tables, but not of this removal, that a foreign key would change or delete along; in words."""
    problems: list[str] = []
    for entity in entities.values():
        for reference in entity.refers:
            # A table that this target lacks is not referred to.
            if reference.table not in entities or entities[reference.table].shared or not reference.enforced:
                continue
            rows = reader.referring(session, entity.name, reference.column, delete[reference.table])
            strange = [key for row in rows if (key := entity.key(row)) not in delete[entity.name]]
            if strange:
                problems.append(
                    f"{len(strange)} rows of {entity.name}.{reference.column} refer to it ({_named(strange)})"
                )
    return tuple(problems)


def _outside(
    session: Session,
    entities: Mapping[str, Entity],
    catalogue: Catalogue,
    delete: Mapping[str, Collection[Key]],
) -> tuple[str, ...]:
    """Rows of other tables that refer to rows to be deleted, in words, found through the catalogue."""
    found: defaultdict[tuple[str, str, str], list[Key]] = defaultdict(list)
    for foreign_key in catalogue.foreign_keys:
        if foreign_key.table in entities or not delete.get(foreign_key.referred):
            continue
        for row, _ in session.referring(foreign_key, list(delete[foreign_key.referred])):
            found[foreign_key.table, foreign_key.column, foreign_key.on_delete].append(row)
    return tuple(
        f"{len(rows)} rows of {table}.{column} refer to it (ON DELETE {action}: {_named(rows)})"
        for (table, column, action), rows in sorted(found.items())
    )


def _named(keys: Collection[Key]) -> str:
    names: Sequence[str] = sorted(map(str, keys))
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more
