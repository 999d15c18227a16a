"""Rows of the canonical schema laid onto another version, and ids as the app makes them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from psycopg import sql

from tests.end_to_end.database import Row
from tests.schema_versions.versions import Version, named

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def cuid(text: str) -> str:
    """An id like those of the app, the same for the same text."""
    number = int.from_bytes(hashlib.sha256(text.encode()).digest(), "big")
    digits = ""
    for _ in range(24):
        number, digit = divmod(number, 36)
        digits += _DIGITS[digit]
    return f"c{digits}"


def laid_out(version: Version, table: str, row: Row, organization: str) -> Row:
    """A row of V6 as this version's table takes it; what only later versions have keeps its default.

    organization: the id of the tenant, which some tables of later versions hold too.
    """
    target = named(version, table)
    known: dict[str, Any] = {"tenantId": organization, "period": "QUARTERLY", **row}
    needed = {column.name for column in target.columns if column.must_be_given and column.name in known}
    return {name: known[name] for name in target.names if name in row or name in needed}


def insert(table: str, row: Row) -> str:
    """The statement that inserts a row as it is; columns that it does not name get their default."""
    columns = sql.SQL(", ").join(map(sql.Identifier, row))
    return (
        sql.SQL("INSERT INTO {table} ({columns}) SELECT {columns} FROM jsonb_populate_record(NULL::{table}, {row})")
        .format(table=sql.Identifier(table), columns=columns, row=sql.Literal(json.dumps(row)))
        .as_string()
    )
