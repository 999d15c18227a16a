"""What SQLite's driver raises, as errors a person can act on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from okrseed.errors import DatabaseFailure

_BUSY = ("database is locked", "database table is locked", "database schema is locked")


@contextmanager
def translated(table: str | None = None) -> Iterator[None]:
    """Driver errors as `DatabaseFailure`: which file problem it is, and whether a retry may help."""
    try:
        yield
    except sqlite3.Error as error:
        text = str(error)
        code, hint = _explained(text)
        raise DatabaseFailure(
            f"SQLite said: {text}",
            transient=text in _BUSY,
            conflict=text.startswith("UNIQUE constraint failed"),
            interrupted=text == "interrupted",
            code=code,
            hint=hint,
            table=table,
        ) from error


def _explained(text: str) -> tuple[str, str]:
    if text in _BUSY:
        return "locked", "Another program is writing to the file; close it or wait, then run again."
    if text == "database or disk is full":
        return "disk_full", "Free some space (or raise max_page_count), then run again."
    if text == "disk I/O error":
        return "disk", "Check the free space and the largest file size that is allowed, then run again."
    if text == "attempt to write a readonly database":
        return "read_only", "Make the file and its folder writable."
    if text == "file is not a database":
        return "not_a_database", "Check the path: the file holds something else."
    return "database", ""
