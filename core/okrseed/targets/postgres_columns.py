"""Columns and rows of a projection in PostgreSQL's words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from psycopg import sql
from psycopg.types.json import Jsonb

from okrseed.targets.schema import ProjectedColumn, Projection

if TYPE_CHECKING:
    from okrseed.blueprint import Row


def selected(column: ProjectedColumn) -> sql.Composable:
    identifier = sql.Identifier(column.name)
    # An enum has no binary loader of its own; its label as text has.
    return sql.SQL("{}::text").format(identifier) if column.enum else identifier


def selection(projection: Projection, condition: sql.Composable) -> sql.Composed:
    """The query for the rows that meet a condition."""
    return sql.SQL("select {columns} from {table} where {condition}").format(
        columns=sql.SQL(", ").join(map(selected, projection.columns)),
        table=sql.Identifier(projection.table),
        condition=condition,
    )


def array(column: ProjectedColumn) -> sql.Composable:
    return sql.SQL("%s::{}[]").format(sql.SQL("text" if column.enum else column.type))


def staged(column: ProjectedColumn) -> sql.Composable:
    cast_to = sql.SQL("::{}").format(sql.Identifier(column.type)) if column.enum else sql.SQL("")
    return sql.SQL("staged.{name}{cast}").format(name=sql.Identifier(column.name), cast=cast_to)


def assignment(column: ProjectedColumn) -> sql.Composable:
    return sql.SQL("{name} = {staged}").format(name=sql.Identifier(column.name), staged=staged(column))


def match(projection: Projection) -> sql.Composable:
    return sql.SQL(" and ").join(
        sql.SQL("kept.{name} = staged.{name}").format(name=sql.Identifier(column.name)) for column in projection.key
    )


def values(projection: Projection, columns: Sequence[ProjectedColumn]) -> Any:
    """Takes the columns' values from a row, JSON wrapped for the driver."""
    pick = projection.picker(columns)
    documents = tuple(index for index, column in enumerate(columns) if column.kind == "json")
    if not documents:
        return pick

    def wrapped(row: Row) -> list[Any]:
        values = list(pick(row))
        for index in documents:
            if values[index] is not None:
                values[index] = Jsonb(values[index])
        return values

    return wrapped


def arrays(projection: Projection, columns: Sequence[ProjectedColumn], rows: Sequence[Row]) -> list[Any]:
    """The values of rows, an array for each column."""
    pick = values(projection, columns)
    return [any_of(column) for column in zip(*map(pick, rows), strict=True)]


def any_of(values: Sequence[Any]) -> Any:
    """The values as an array, as for `= any(%s)`.

    The driver looks at every text for itself, seven microseconds each, so that asking for a table's rows by ten
    thousand keys took longer than reading them. An array of texts is one text (PostgreSQL manual, "Array Input").
    """
    try:
        text = '","'.join(values)
    except TypeError:
        # Not all of them are texts.
        return _array(values) if None in values else list(values)
    if "\\" in text or text.count('"') != 2 * (len(values) - 1):
        text = '","'.join(map(_escaped, values))
    return f'{{"{text}"}}'


def _array(values: Sequence[Any]) -> Any:
    """Texts of which some are missing, as one text; other values as they are."""
    if not all(value is None or type(value) is str for value in values):
        return list(values)
    return "{" + ",".join("NULL" if value is None else f'"{_escaped(value)}"' for value in values) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def spread_all(projection: Projection, rows: list[tuple[Any, ...]]) -> list[Row]:
    """Rows of the entity from the columns that the target has; the others are None."""
    if len(projection.columns) == projection.width:
        return rows
    return [_spread(projection, row) for row in rows]


def _spread(projection: Projection, values: tuple[Any, ...]) -> Row:
    row: list[Any] = [None] * projection.width
    for column, value in zip(projection.columns, values, strict=True):
        row[column.position] = value
    return tuple(row)
