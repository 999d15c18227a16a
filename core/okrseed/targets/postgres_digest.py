"""One question for the digest of many tables' rows: the server looks at every value, and sends a line for each table.

`hash_record_extended` adds up the hashes of a row's values, each times a power of 31, so values that change places
between two rows would cancel out in the sum over all rows; hashed once more, they do not. It takes values as equal that
compare as equal: whatever may be written in two ways (`citext`, `numeric`, `jsonb`, arrays) is hashed as the text that
it is written as, texts by their bytes, and 64-bit numbers, whose own hash has half of that, by theirs.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from psycopg import sql

from okrseed.targets import Digest, Extent, Member
from okrseed.targets.postgres_columns import any_of, array
from okrseed.targets.schema import ProjectedColumn, Projection

SINCE = 14_00_00
"""The first version with `hash_record_extended`."""

MOMENT = """
    select pg_current_snapshot()::text,
           version() ~ '-YB-|Greenplum|Cloudberry' or pg_is_in_recovery() or exists (select from pg_foreign_table)
           or exists (select from pg_extension where extname = 'citus')
"""
"""Equal snapshots see equal rows (PostgreSQL manual, "Transaction ID and Snapshot Information Functions"), but not
where other servers hold some of them, which have transactions of their own, nor on a standby, whose snapshots do not
tell of what is running."""

_EXACT = frozenset({"bool", "int2", "int4", "float4", "float8", "date", "uuid", "bytea"})
_SENT = {"int8": "int8send", "timestamp": "timestamp_send", "timestamptz": "timestamptz_send", "bpchar": "bpcharsend"}
_BYTES = frozenset({"text", "varchar"})


MOST_LATE = 2_000
"""Rows of a table; where more have been written since, it is looked at as a whole."""

_HASH = 'hashtextextended(hash_record_extended(row({}), 0)::text collate "C", 0)'
# Through its text, as the hash of a 64-bit number has half of that.


def question(extents: Sequence[Extent], since: str | None) -> tuple[sql.Composed, list[Any]]:
    """The query and its parameters; it answers a line for each extent in turn.

    That is (place, rows, sum of their hashes, where those stand that were written since, the sum of their hashes). A
    row that was written since a moment has the number of a transaction that it did not see the end of.
    """
    return _Question(extents, None if since is None else int(since.partition(":")[0])).written()


def answer(
    rows: int, total: Decimal | None, late: Sequence[str] | None = None, late_total: Decimal | None = None
) -> Digest:
    """The digest that a line of an answer tells."""
    late = late if late and len(late) <= MOST_LATE else ()
    return Digest(rows, int(total or 0), tuple(late), int(late_total or 0))


def question_of(projection: Projection) -> sql.Composed | None:
    """The query for the digest of rows that are given, an array for each column; None where that cannot be."""
    if any(column.type.startswith("_") for column in projection.columns):
        # An array of arrays is taken apart to the last value.
        return None
    return sql.SQL("select count(*), sum({}) from unnest({}) as staged({})").format(
        _hash(projection),
        sql.SQL(", ").join(map(array, projection.columns)),
        sql.SQL(", ").join(sql.Identifier(column.name) for column in projection.columns),
    )


class _Question:
    """Names tables and the columns that others refer to by their places: an identifier has 63 bytes at most."""

    def __init__(self, extents: Sequence[Extent], since: int | None) -> None:
        self._extents = extents
        self._since = since
        self._rows = {extent.projection.table: sql.Identifier(f"rows {place}") for place, extent in enumerate(extents)}
        self._columns = {
            (extent.projection.table, column.name): column for extent in extents for column in extent.projection.columns
        }
        held = [(member.table, member.member) for extent in extents for member in extent.members]
        self._held = {one: sql.Identifier(f"held {place}") for place, one in enumerate(dict.fromkeys(held))}

    def written(self) -> tuple[sql.Composed, list[Any]]:
        rows = sql.SQL(", ").join(map(self._listed, self._extents))
        late: sql.Composable = sql.SQL("null, null")
        if self._since is not None:
            late = sql.SQL(
                "(array_agg(late::text) filter (where late is not null))[:{}],"
                " sum(hashed) filter (where late is not null)"
            ).format(sql.Literal(MOST_LATE + 1))
        sums = [
            sql.SQL("select {}, count(*), sum(hashed), {} from {}").format(sql.Literal(place), late, found)
            for place, found in enumerate(self._rows.values())
        ]
        parameters = [any_of(values) for extent in self._extents for _, values in extent.conditions]
        return sql.SQL("with {} {} order by 1").format(rows, sql.SQL(" union all ").join(sums)), parameters

    def _listed(self, extent: Extent) -> sql.Composable:
        """The hash of each row of an extent, and the columns that others refer to."""
        table = extent.projection.table
        held = [
            sql.SQL(", {} as {}").format(sql.Identifier(column), name)
            for (owner, column), name in self._held.items()
            if owner == table
        ]
        if self._since is not None:
            # The numbers of transactions go round; an age tells which of two was first.
            began = sql.Literal(str(self._since))
            held.append(sql.SQL(", case when age(xmin) <= age({}::xid8::xid) then ctid end as late").format(began))
        return sql.SQL("{} as materialized (select {} as hashed{} from {} where {})").format(
            self._rows[table],
            _hash(extent.projection),
            sql.SQL("").join(held),
            sql.Identifier(table),
            self._condition(extent),
        )

    def _condition(self, extent: Extent) -> sql.Composable:
        """Members of one column as one list: by OR, the server would look through each list for every row."""
        conditions: list[sql.Composable] = [
            sql.SQL("{} = any(%s)").format(sql.Identifier(column)) for column, _ in extent.conditions
        ]
        members: dict[str, list[Member]] = {}
        for member in extent.members:
            members.setdefault(member.column, []).append(member)
        for name, those in members.items():
            type = self._columns[extent.projection.table, name].type
            listed = sql.SQL(" union ").join(self._values(member, type) for member in those)
            conditions.append(sql.SQL("{} in ({})").format(sql.Identifier(name), listed))
        return sql.SQL(" or ").join(conditions) if conditions else sql.SQL("false")

    def _values(self, member: Member, type: str) -> sql.Composable:
        """The values that rows hold in a column, or what is in their lists, as the type that they are looked for in."""
        column = self._columns[member.table, member.member]
        name: sql.Composable = self._held[member.table, member.member]
        if column.kind == "json":
            name = sql.SQL(
                "jsonb_array_elements_text(case jsonb_typeof({0}::jsonb) when 'array' then {0}::jsonb"
                " else jsonb_build_array({0}) end)"
            ).format(name)
        elif column.type.startswith("_"):
            name = sql.SQL("unnest({})").format(name)
        if column.type != type:
            name = sql.SQL("{}::text::{}").format(name, sql.Identifier(type))
        return sql.SQL("select {} from {}").format(name, self._rows[member.table])


def _hash(projection: Projection) -> sql.Composed:
    return sql.SQL(_HASH).format(sql.SQL(", ").join(map(_hashed, projection.columns)))


def _hashed(column: ProjectedColumn) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.type in _EXACT:
        return name
    if column.type in _SENT:
        return sql.SQL("{}({})").format(sql.SQL(_SENT[column.type]), name)
    if column.type in _BYTES and not column.enum:
        return sql.SQL('{} collate "C"').format(name)
    return sql.SQL('{}::text collate "C"').format(name)
