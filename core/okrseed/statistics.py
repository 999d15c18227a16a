"""The planner's statistics of tables that have grown: enough for the queries by which rows of tenants are found.

Only of the columns that such queries name, and coarse: a tenth of what ANALYZE of whole tables takes. PostgreSQL counts
that as nothing done, so its autovacuum looks at the whole tables within minutes, as after any load.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from okrseed.blueprint import Entity
from okrseed.targets.schema import Projection

ROWS_WORTH_ANALYZING = 50_000
"""Up to so many, a query planned without statistics reads a table as a whole in milliseconds."""


def worth_refreshing(
    entities: Mapping[str, Entity], projections: Mapping[str, Projection], created: Mapping[str, int]
) -> Mapping[str, Sequence[str]]:
    """Of the tables that so many rows were created in, those worth it: the columns by which their rows are found."""
    grown = [table for table, rows in created.items() if rows > ROWS_WORTH_ANALYZING]
    return {table: _sought(entities[table], projections.get(table)) for table in grown}


def _sought(entity: Entity, projection: Projection | None) -> list[str]:
    """The target's names of the columns by which rows of a tenant are found, or of another one of its rows.

    Without a projection the table was made with the canonical ones.
    """
    names = [*entity.key_columns, *(ref.column for ref in entity.refers), *(link.column for link in entity.within)]
    names += [entity.root] if entity.root else []
    fields = projection.fields if projection else {name: name for name in entity.columns}
    return [fields[name] for name in dict.fromkeys(names) if name in fields]
