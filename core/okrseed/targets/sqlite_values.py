"""Values and statements of SQLite, which stores them as SQLAlchemy does."""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Sequence
from typing import Any

from okrseed.blueprint import Row
from okrseed.described import Kind
from okrseed.targets.schema import ProjectedColumn, Projection

_TIMESTAMP = "%Y-%m-%d %H:%M:%S.%f"


def _load_timestamp(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text)


LOADERS: dict[Kind, Callable[[Any], Any]] = {
    "bool": bool,
    "float": float,
    "timestamp": _load_timestamp,
    "json": json.loads,
}
_DUMPERS: dict[Kind, Callable[[Any], Any]] = {
    "timestamp": lambda moment: moment.strftime(_TIMESTAMP),
    "json": lambda document: json.dumps(document, ensure_ascii=False),
}


def kind(type_name: str) -> Kind | None:
    """The kind of a declared SQLite type, by the words that SQLAlchemy and people use."""
    name = type_name.upper()
    for words, kind in (
        (("BOOL",), "bool"),
        (("JSON",), "json"),
        (("DATE", "TIME"), "timestamp"),
        (("FLOA", "REAL", "DOUB"), "float"),
        (("INT",), "int"),
        (("CHAR", "TEXT", "CLOB"), "text"),
    ):
        if any(word in name for word in words):
            return kind  # type: ignore[return-value]
    return None


def names(columns: Sequence[ProjectedColumn]) -> str:
    return ", ".join(f'"{column.name}"' for column in columns)


def match(projection: Projection) -> str:
    return " and ".join(f'"{column.name}" = ?' for column in projection.key)


def dumped(projection: Projection, columns: Sequence[ProjectedColumn], rows: Sequence[Row]) -> list[Sequence[Any]]:
    pick = projection.picker(columns)
    dumpers = [(index, dump) for index, column in enumerate(columns) if (dump := _DUMPERS.get(column.kind)) is not None]
    rows_dumped: list[Sequence[Any]] = []
    for row in rows:
        values = list(pick(row))
        for index, dump in dumpers:
            if values[index] is not None:
                values[index] = dump(values[index])
        rows_dumped.append(values)
    return rows_dumped
