"""One question for the digest of many tables' rows: the server looks at every value, and sends a line for each table.

`hash_record_extended` adds up the hashes of a row's values, each times a power of 31, so values that change places
between two rows would cancel out in the sum over all rows; hashed once more, they do not. It takes values as equal that
compare as equal: whatever may be written in two ways (`citext`, `numeric`, `jsonb`, arrays) is hashed as the text that
it is written as, and texts by their bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg import sql

from okrseed.targets import Extent, Member
from okrseed.targets.postgres_columns import any_of
from okrseed.targets.schema import ProjectedColumn

SINCE = 14_00_00
"""The first version with `hash_record_extended`."""

MOMENT = """
    select pg_current_snapshot()::text,
           version() ~ '-YB-|Greenplum|Cloudberry' or exists (select from pg_extension where extname = 'citus')
"""
"""Equal snapshots see equal rows (PostgreSQL manual, "Transaction ID and Snapshot Information Functions"), but not
where other servers hold some of them, which have transactions of their own."""

_EXACT = frozenset(
    {"bool", "int2", "int4", "int8", "float4", "float8", "date", "time", "timestamp", "timestamptz", "uuid", "bytea"}
)
_BYTES = frozenset({"text", "varchar"})


def question(extents: Sequence[Extent]) -> tuple[sql.Composed, list[Any]]:
    """The query, which answers (rows, sum of their hashes) for each extent in turn, and its parameters."""
    held: dict[str, set[str]] = {extent.projection.table: set() for extent in extents}
    for extent in extents:
        for member in extent.members:
            held[member.table].add(member.member)
    types = {
        (extent.projection.table, column.name): column for extent in extents for column in extent.projection.columns
    }
    parameters: list[Any] = []
    rows, sums = [], []
    for extent in extents:
        table = extent.projection.table
        values = sql.SQL(", ").join(map(_hashed, extent.projection.columns))
        wanted = sql.SQL(", ").join(
            [
                sql.SQL("hashint8extended(hash_record_extended(row({}), 0), 0) as hashed").format(values),
                *map(sql.Identifier, sorted(held[table])),
            ]
        )
        rows.append(
            sql.SQL("{} as materialized (select {} from {} where {})").format(
                _rows_of(table), wanted, sql.Identifier(table), _condition(extent, types)
            )
        )
        parameters += [any_of(values) for _, values in extent.conditions]
        sums.append(sql.SQL("select {}, count(*), sum(hashed) from {}").format(sql.Literal(table), _rows_of(table)))
    query = sql.SQL("with {} {} order by 1").format(sql.SQL(", ").join(rows), sql.SQL(" union all ").join(sums))
    return query, parameters


def _rows_of(table: str) -> sql.Composable:
    return sql.Identifier(f"rows of {table}")


def _hashed(column: ProjectedColumn) -> sql.Composable:
    name = sql.Identifier(column.name)
    if column.type in _EXACT:
        return name
    if column.type in _BYTES and not column.enum:
        return sql.SQL('{} collate "C"').format(name)
    return sql.SQL('{}::text collate "C"').format(name)


def _condition(extent: Extent, columns: dict[tuple[str, str], ProjectedColumn]) -> sql.Composable:
    """Each member's values once: joined by OR, a query for each row would be planned."""
    conditions: list[sql.Composable] = [
        sql.SQL("{} = any(%s)").format(sql.Identifier(column)) for column, _ in extent.conditions
    ]
    members: dict[str, list[Member]] = {}
    for member in extent.members:
        members.setdefault(member.column, []).append(member)
    for name, those in members.items():
        own = columns[extent.projection.table, name]
        column: sql.Composable = sql.Identifier(name)
        held = [columns[member.table, member.member] for member in those]
        as_text = any(one.type != own.type for one in held)
        if as_text:
            column = sql.SQL("{}::text").format(column)
        listed = [_held(member, one, as_text=as_text) for member, one in zip(those, held, strict=True)]
        conditions.append(sql.SQL("{} in ({})").format(column, sql.SQL(" union ").join(listed)))
    return sql.SQL(" or ").join(conditions) if conditions else sql.SQL("false")


def _held(member: Member, column: ProjectedColumn, *, as_text: bool) -> sql.Composable:
    """The values that rows hold in a column; of lists, what is in them."""
    name: sql.Composable = sql.Identifier(member.member)
    if column.kind == "json":
        name = sql.SQL(
            "jsonb_array_elements_text(case jsonb_typeof({0}::jsonb) when 'array' then {0}::jsonb"
            " else jsonb_build_array({0}) end)"
        ).format(name)
    elif column.type.startswith("_"):
        name = sql.SQL("unnest({})::text").format(name)
    elif as_text:
        name = sql.SQL("{}::text").format(name)
    return sql.SQL("select {} from {}").format(name, _rows_of(member.table))
