"""Desired rows × actual rows → what to create and what to update. Pure; the planner and the runner share it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import NamedTuple

from okrseed.blueprint import Entity, Key, Row


class Update(NamedTuple):
    """A row that differs: as it stands, as it will stand, and the columns that made the difference."""

    before: Row
    after: Row
    columns: tuple[str, ...]


@dataclass(frozen=True)
class TableDiff:
    """The difference of one table, by key. Rows that are not desired have no part in it."""

    create: Mapping[Key, Row] = field(default_factory=dict)
    update: Mapping[Key, Update] = field(default_factory=dict)
    unchanged: int = 0


def difference(
    entity: Entity, present: Collection[str], desired: Iterable[Row], actual: Mapping[Key, Row]
) -> TableDiff:
    """Compare the columns that the target has (`present`), row by row.

    Keys, preserved and touched columns are not compared; merged ones are compared after the merge.
    """
    compared = [
        position
        for name, position in entity.positions.items()
        if name in present
        and name not in entity.key_columns
        and name not in entity.preserved
        and name not in entity.touched
        and name not in entity.merges
    ]
    same = itemgetter(*compared) if compared else _nothing
    merged = tuple((entity.positions[name], merge) for name, merge in entity.merges.items() if name in present)
    create: dict[Key, Row] = {}
    update: dict[Key, Update] = {}
    unchanged = 0
    key_of = entity.key
    for row in desired:
        key = key_of(row)
        found = actual.get(key)
        if found is None:
            create[key] = row
            continue
        # Most rows stand there to the last value: one comparison instead of picking columns out of both.
        if row == found and not merged:
            unchanged += 1
            continue
        if same(row) == same(found) and all(
            merge(found[position], row[position]) == found[position] for position, merge in merged
        ):
            unchanged += 1
            continue
        update[key] = _update(entity, present, row, found)
    return TableDiff(create, update, unchanged)


def _nothing(row: Row) -> Row:
    return ()


def _update(entity: Entity, present: Collection[str], row: Row, found: Row) -> Update:
    after = list(row)
    for name, position in entity.positions.items():
        if name in entity.preserved:
            after[position] = found[position]
        elif name in entity.merges:
            after[position] = entity.merges[name](found[position], row[position])
    changed = tuple(
        name
        for name, position in entity.positions.items()
        if name in present and name not in entity.touched and after[position] != found[position]
    )
    return Update(found, tuple(after), changed)
