"""Rows that were changed since a seal was made, where the rest of their table is known to be as it was.

The server tells which rows were written since, by the numbers of transactions; those may mean something else on a
copy of the database, so they prove nothing. But nothing was left to do when the seal was made: these rows stood there
as they should. Where the digest of the others and the digest of these as they should be make up the digest of the seal,
the others are what they were.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

from okrseed.blueprint import Entity, Family, Key, OnCreate, Row
from okrseed.desired import Desired, keyed
from okrseed.targets import Digest, Extent, Session
from okrseed.targets.schema import Projection

Sealed = Mapping[str, tuple[int, int]]
"""How many rows each table had, and their digest."""


class Amended(NamedTuple):
    """Rows of a table as they should be, in their order, which are not all so; `families` are those of their stage."""

    desired: Mapping[Key, Row]
    families: Sequence[Family]


def amended(
    session: Session,
    sealed: Sealed,
    told: Mapping[str, Digest],
    extents: Sequence[Extent],
    entities: Mapping[str, Entity],
    declared: Callable[[str], Desired | None],
) -> Mapping[str, Amended] | None:
    """The rows that have changed, by table; none where all are as they were. None where it takes a look at all rows.

    `declared`: what the stage of a table declares, if that is written as it is.
    """
    projections = [extent.projection for extent in extents]
    changed = [one for one in projections if told[one.table].whole != sealed[one.table]]
    for table in (projection.table for projection in changed):
        # Of one row more or less nobody knows whose it is; and from the tenant's own row follows what is ours.
        if told[table].rows != sealed[table][0] or not told[table].late or entities[table].root:
            return None
    found: dict[str, Amended] = {}
    for projection in changed:
        one = _amended(session, projection, entities[projection.table], sealed, told, declared)
        if one is None:
            return None
        found[projection.table] = one
    return found


def _amended(
    session: Session,
    projection: Projection,
    entity: Entity,
    sealed: Sealed,
    told: Mapping[str, Digest],
    declared: Callable[[str], Desired | None],
) -> Amended | None:
    table, now = projection.table, told[projection.table]
    actual = keyed(entity, session.at(projection, now.late))
    made = declared(table) if len(actual) == len(now.late) else None
    if made is None:
        return None
    desired = {key: row for key, row in zip(made.keys(table), made.rows(table), strict=True) if key in actual}
    if len(desired) != len(actual) or _refers_anew(entity, desired, actual):
        return None
    # What is preserved may have been as declared when the seal was made, or as it is now.
    for preserved in (frozenset[str](), entity.preserved):
        kept = frozenset(map(entity.positions.__getitem__, preserved))
        before = session.digest_of(projection, [_before(row, actual[key], kept) for key, row in desired.items()])
        if before is not None and now.sum - now.late_sum + before.sum == sealed[table][1]:
            return Amended(desired, made.families)
    return None


def _refers_anew(entity: Entity, desired: Mapping[Key, Row], actual: Mapping[Key, Row]) -> bool:
    """Whether a row refers to others than it should: then more rows than this one may lie elsewhere, or not be ours."""
    columns = {*(ref.column for ref in entity.refers), *(link.column for link in entity.within)}
    places = [entity.positions[column] for column in columns]
    return any(row[place] != actual[key][place] for key, row in desired.items() for place in places)


def _before(desired: Row, actual: Row, kept: frozenset[int]) -> Row:
    """A row as it should have stood there, but for places that are taken from the row as it stands there now.

    So is what is made only for a new row: nobody knows what it was.
    """
    if not kept and OnCreate.VALUE not in desired:
        return desired
    pairs = enumerate(zip(desired, actual, strict=True))
    return tuple(there if place in kept or ours is OnCreate.VALUE else ours for place, (ours, there) in pairs)
