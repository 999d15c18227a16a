"""How large each scope is, from the desired rows: what ticking a workspace brings. Pure functions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

from okrseed.blueprint import Blueprint, Tenant
from okrseed.selection import Selection
from okrseed_tui.graph_canvas import shorten

ROWS = "rows"
FIGURE_WIDTH = 5


@dataclass(frozen=True)
class ScopeSizes:
    """Rows that each scope adds, by stage and table; whichever other scopes are chosen, they are the same."""

    rows: Mapping[str, Mapping[tuple[str, str], int]]

    def figures(self, scope: str, tables: Collection[str], stages: Collection[str]) -> list[int]:
        """The rows of each of these tables, and of all together, as far as the stages take part."""
        added = [(table, count) for (stage, table), count in self.rows[scope].items() if stage in stages]
        counts = [sum(count for found, count in added if found == table) for table in tables]
        return [*counts, sum(count for _, count in added)]


def scope_sizes(blueprint: Blueprint, tenant: Tenant, selection: Selection) -> ScopeSizes:
    """What each scope adds to a selection without any; from desired rows alone."""
    without = _rows(blueprint, tenant, replace(selection, scopes=()))
    rows = {
        scope.id: _rows(blueprint, tenant, replace(selection, scopes=(scope.id,))) - without
        for scope in blueprint.scopes()
    }
    return ScopeSizes(rows)


def _rows(blueprint: Blueprint, tenant: Tenant, selection: Selection) -> Counter[tuple[str, str]]:
    world = blueprint.world(selection, tenant)
    written = {name for name, entity in blueprint.entities().items() if not entity.optional}
    counts: Counter[tuple[str, str]] = Counter()
    for stage in blueprint.stages():
        for family in stage.producer(world):
            counts.update({(stage.id, table): len(rows) for table, rows in family.items() if table in written})
    return counts


def scopes_heading(blueprint: Blueprint, width: int) -> str:
    """The heading over `scope_lines`, each word above its figures."""
    figures = "".join(word.rjust(_width(word)) for word in (*blueprint.scope_counts.values(), ROWS))
    return shorten("Workspaces", width - len(figures)).ljust(width - len(figures)) + figures


def scope_lines(
    blueprint: Blueprint, sizes: ScopeSizes | None, stages: Collection[str], width: int
) -> Mapping[str, str]:
    """A line for each scope by id: its title, and how many rows of the tables that describe it it adds."""
    words = (*blueprint.scope_counts.values(), ROWS)
    room = width - sum(map(_width, words))
    lines = {}
    for scope in blueprint.scopes():
        title = shorten(scope.title, room).ljust(room)
        if sizes is None:
            lines[scope.id] = title
            continue
        figures = sizes.figures(scope.id, blueprint.scope_counts, stages)
        lines[scope.id] = title + "".join(
            f"{figure:,}".rjust(_width(word)) for figure, word in zip(figures, words, strict=True)
        )
    return lines


def _width(word: str) -> int:
    return max(FIGURE_WIDTH, len(word) + 1)
