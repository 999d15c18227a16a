"""What SQLite's driver raises, as errors a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from okrseed.errors import DatabaseFailure

_BUSY = ("database is locked", "database table is locked", "database schema is locked")

CODES = {
    "locked": "Another program is writing to the file; close it or wait, then run again.",
    "disk_full": "Free some space (or raise max_page_count), then run again.",
    "disk": "Check the free space and the largest file size that is allowed, then run again.",
    "read_only": "Make the file and its folder writable.",
    "not_a_database": "Check the path: the file holds something else.",
}
"""What to do, by our code of the error."""

_MEANINGS = {
    **dict.fromkeys(_BUSY, "locked"),
    "database or disk is full": "disk_full",
    "disk I/O error": "disk",
    "attempt to write a readonly database": "read_only",
    "file is not a database": "not_a_database",
}


@contextmanager
def translated(table: str | None = None) -> Iterator[None]:
    """Driver errors as `DatabaseFailure`: which file problem it is, and whether a retry may help."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        code = _MEANINGS.get(text, "database")
        raise DatabaseFailure(
            f"SQLite said: {text}",
            transient=text in _BUSY,
            conflict=text.startswith("UNIQUE constraint failed"),
            interrupted=text == "interrupted",
            code=code,
            hint=CODES.get(code, ""),
            table=table,
        ) from error
