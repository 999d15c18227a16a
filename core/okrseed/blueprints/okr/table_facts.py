"""What a run has to know of the tables, and the statements that make them, kept as Python keeps modules.

Loading the tables takes half of a start.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from okrseed import definition as definitions
from okrseed import described
from okrseed.compiled import kept
from okrseed.definition import Definition, Dialect, defined

HERE = Path(__file__).parent
OURS = (HERE / "column_types.py", HERE / "tables.py", Path(__file__))
SOURCES = (*OURS, Path(described.__file__), Path(definitions.__file__))


@cache
def table_facts() -> Mapping[str, described.TableFacts]:
    """Every table that is written, by name: the canonical ones, then those of older versions."""
    documents = kept(HERE / "__pycache__" / "tables.json", SOURCES, _documents)
    return {name: described.TableFacts.of(document) for name, document in documents.items()}


@cache
def definition(dialect: Dialect) -> Definition:
    """The statements that make the canonical tables."""

    def documents() -> dict[str, Any]:
        from okrseed.blueprints.okr import tables

        return defined(tables.metadata, dialect)._asdict()

    # They follow from SQLAlchemy, too; found without being loaded.
    library = find_spec("sqlalchemy")
    sources = (*SOURCES, Path(library.origin)) if library and library.origin else SOURCES
    return Definition.of(kept(HERE / "__pycache__" / f"{dialect}.json", sources, documents))


def _documents() -> dict[str, Any]:
    from okrseed.blueprints.okr import tables

    found = [*tables.metadata.tables.values(), *tables.older.tables.values()]
    return {table.name: described.described(table)._asdict() for table in found}
