"""The facts of `Health` from SQLite's pragmas (https://www.sqlite.org/pragma.html)."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from typing import Any

from okrseed.targets.health import FoundIndex, Health

_SETTINGS = ("journal_mode", "synchronous", "foreign_keys")


def health(query: Callable[[str], list[tuple[Any, ...]]], tables: Sequence[str]) -> Health:
    """The facts; SQLite counts no scans and knows no sessions."""
    existing = {name for (name,) in query("select name from sqlite_master where type = 'table'")}
    indexes = [
        FoundIndex(
            table,
            name,
            tuple(column or "" for _, _, column in query(f'pragma index_info("{name}")')),
            bool(unique),
        )
        for table in tables
        if table in existing
        for _, name, unique, _, partial in query(f'pragma index_list("{table}")')
        if not partial
    ]
    return Health(
        server=f"SQLite {sqlite3.sqlite_version}",
        version=sqlite3.sqlite_version_info,
        encoding=str(query("pragma encoding")[0][0]),
        settings={name: str(query(f"pragma {name}")[0][0]) for name in _SETTINGS},
        indexes=tuple(indexes),
    )
