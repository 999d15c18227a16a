"""Stages to columns: which column a stage stands in, and the lines that pass other stages on their way.

A column is a wave: everything in it may start once the columns to its left are done. A line that passes a
column takes a row of its own there. Long lines with one target run together as soon as they can, so that
fewer lines have to be followed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from graphlib import TopologicalSorter
from itertools import pairwise

Edge = tuple[str, str]
"""Source and target: the target depends on the source."""

Link = tuple[int, int]
"""Two items in neighbouring columns that a line joins."""


@dataclass(frozen=True, slots=True)
class Item:
    """What takes a place in a column: a stage's box, or one row of a line passing by (`stage` is None)."""

    column: int
    stage: str | None


@dataclass(frozen=True, slots=True)
class ColumnGraph:
    """Items by column, joined only to the next column. Items are known by their number."""

    items: tuple[Item, ...]
    columns: tuple[tuple[int, ...], ...]
    links: Mapping[Link, int]
    """How many edges each link carries."""
    paths: Mapping[Edge, tuple[int, ...]]
    """The items each edge of the reduced graph runs through, its source and target included."""
    successors: tuple[tuple[int, ...], ...]
    predecessors: tuple[tuple[int, ...], ...]

    def is_box(self, item: int) -> bool:
        return self.items[item].stage is not None


def transitive_reduction(depends_on: Mapping[str, Sequence[str]]) -> tuple[Edge, ...]:
    """The edges that say everything: a dependency is left out when another one already brings it.

    Dependencies on stages that are not in the mapping are left out too: nothing can be drawn for them.

    Raises:
        graphlib.CycleError: the stages wait for each other in a circle.
    """
    needs = {stage: _drawn(given, depends_on) for stage, given in depends_on.items()}
    everything_before: dict[str, set[str]] = {}
    for stage in TopologicalSorter(needs).static_order():
        earlier = (everything_before[need] for need in needs[stage])
        everything_before[stage] = set(needs[stage]).union(*earlier)
    return tuple(
        (need, stage)
        for stage, given in needs.items()
        for need in given
        if not any(need in everything_before[other] for other in given)
    )


def _drawn(given: Sequence[str], stages: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """The dependencies that are stages of the drawing, each once."""
    return tuple(dict.fromkeys(need for need in given if need in stages))


def columns_of(stages: Sequence[str], edges: Sequence[Edge]) -> dict[str, int]:
    """The column of each stage: one past the furthest of those it needs."""
    needs: dict[str, list[str]] = {stage: [] for stage in stages}
    for source, target in edges:
        needs[target].append(source)
    columns: dict[str, int] = {}
    for stage in TopologicalSorter(needs).static_order():
        columns[stage] = 1 + max((columns[need] for need in needs[stage]), default=-1)
    return columns


def build(stages: Sequence[str], edges: Sequence[Edge], *, bundled: bool = True) -> ColumnGraph:
    """Put stages and passing lines into columns.

    Args:
        stages: All stages, in reading order; items keep it within a column.
        edges: The edges to draw, already reduced.
        bundled: Let long lines with the same end run as one. False keeps every long line apart.
    """
    column = columns_of(stages, edges)
    items = [Item(column[stage], stage) for stage in stages]
    number = {stage: index for index, stage in enumerate(stages)}
    bundles = _bundles([e for e in edges if column[e[1]] - column[e[0]] > 1]) if bundled else {}
    passing: dict[tuple[object, int], int] = {}
    paths: dict[Edge, tuple[int, ...]] = {}
    for edge in edges:
        source, target = edge
        path = [number[source]]
        for passed in range(column[source] + 1, column[target]):
            place = (bundles.get(edge, edge), passed)
            if place not in passing:
                passing[place] = len(items)
                items.append(Item(passed, None))
            path.append(passing[place])
        paths[edge] = (*path, number[target])
    return _assemble(items, paths)


def _bundles(long_edges: Sequence[Edge]) -> dict[Edge, tuple[str, str]]:
    """The bundle each long edge runs in: with those that share its target, or those that share its source."""
    into = Counter(target for _, target in long_edges)
    out_of = Counter(source for source, _ in long_edges)
    return {
        (source, target): ("into", target) if into[target] >= out_of[source] else ("out of", source)
        for source, target in long_edges
    }


def _assemble(items: Sequence[Item], paths: Mapping[Edge, tuple[int, ...]]) -> ColumnGraph:
    links = Counter(link for path in paths.values() for link in pairwise(path))
    successors: dict[int, list[int]] = defaultdict(list)
    predecessors: dict[int, list[int]] = defaultdict(list)
    for source, target in sorted(links):
        successors[source].append(target)
        predecessors[target].append(source)
    width = 1 + max((item.column for item in items), default=-1)
    columns: list[list[int]] = [[] for _ in range(width)]
    for index, item in enumerate(items):
        columns[item.column].append(index)
    return ColumnGraph(
        items=tuple(items),
        columns=tuple(tuple(column) for column in columns),
        links=dict(links),
        paths=paths,
        successors=tuple(tuple(successors[index]) for index in range(len(items))),
        predecessors=tuple(tuple(predecessors[index]) for index in range(len(items))),
    )
