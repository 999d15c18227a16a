"""What a run has to know of the tables, kept as Python keeps modules: loading the tables takes half of a start."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from okrseed import described
from okrseed.compiled import kept

HERE = Path(__file__).parent
SOURCES = (HERE / "column_types.py", HERE / "tables.py", Path(__file__), Path(described.__file__))


@cache
def table_facts() -> Mapping[str, described.TableFacts]:
    """Every table that is written, by name: the canonical ones, then those of older versions."""
    documents = kept(HERE / "__pycache__" / "tables.json", SOURCES, _documents)
    return {name: described.TableFacts.of(document) for name, document in documents.items()}


def _documents() -> dict[str, Any]:
    from okrseed.blueprints.okr import tables

    found = [*tables.metadata.tables.values(), *tables.older.tables.values()]
    return {table.name: described.described(table)._asdict() for table in found}
