"""Which item stands above which: few crossings, found by sweeping barycentres, and always the same answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from okrseed_tui.graph_columns import ColumnGraph

Order = tuple[tuple[int, ...], ...]
"""The items of each column from top to bottom."""

Neighbours = tuple[tuple[int, ...], ...]
"""What each item is joined to in the column before or in the one after."""

_SWEEPS = 6


def reduce_crossings(graph: ColumnGraph) -> Order:
    """Order every column so that few lines cross.

    Starts from the given order and from its reverse, sweeps both ways, swaps neighbours while that helps, and
    keeps the best order seen; among equals the first, so the given order shows wherever it is as good as any
    other.
    """
    best = graph.columns
    fewest = count_crossings(graph, best)
    for start in (graph.columns, tuple(column[::-1] for column in graph.columns)):
        order = [list(column) for column in start]
        for sweep in range(_SWEEPS):
            if fewest == 0:
                return best
            _sweep(graph, order, forward=sweep % 2 == 0)
            _swap_neighbours(graph, order)
            crossings = count_crossings(graph, order)
            if crossings < fewest:
                best, fewest = tuple(tuple(column) for column in order), crossings
    return best


def count_crossings(graph: ColumnGraph, order: Sequence[Sequence[int]]) -> int:
    """Pairs of lines that must cross in this order; lines that share one trunk never do."""
    return sum(_crossings_between(graph, left, right) for left, right in pairwise(order))


def _crossings_between(graph: ColumnGraph, left: Sequence[int], right: Sequence[int]) -> int:
    below = _places(right)
    total = 0
    for index, upper in enumerate(left):
        for lower in left[index + 1 :]:
            total += _crossings_of(graph.successors[upper], graph.successors[lower], below)
    return total


def _crossings_of(upper: tuple[int, ...], lower: tuple[int, ...], place: Mapping[int, int]) -> int:
    """Crossings between the lines of two items, the first of which stands above the second."""
    if upper == lower:  # the same ends: they share one trunk
        return 0
    return sum(place[above] > place[beneath] for above in upper for beneath in lower)


def _places(column: Sequence[int]) -> dict[int, int]:
    return {item: place for place, item in enumerate(column)}


def _sweep(graph: ColumnGraph, order: list[list[int]], *, forward: bool) -> None:
    """Sort each column by where its neighbours in the column just passed stand on average."""
    columns = range(1, len(order)) if forward else range(len(order) - 2, -1, -1)
    neighbours = graph.predecessors if forward else graph.successors
    for index in columns:
        beside = order[index - 1 if forward else index + 1]
        place = _places(beside)
        here = _places(order[index])
        # Columns differ in size: compare relative heights. An item without neighbours stays where it is.
        barycentre = {
            item: sum(place[n] + 0.5 for n in neighbours[item]) / len(neighbours[item]) / len(beside)
            if neighbours[item]
            else (here[item] + 0.5) / len(here)
            for item in order[index]
        }
        order[index].sort(key=barycentre.__getitem__)


def _swap_neighbours(graph: ColumnGraph, order: list[list[int]]) -> None:
    """Swap items that stand next to each other while a swap removes crossings."""
    for _ in range(_SWEEPS):
        improved = False
        for index, column in enumerate(order):
            before = _places(order[index - 1]) if index else {}
            after = _places(order[index + 1]) if index + 1 < len(order) else {}
            for place in range(len(column) - 1):
                upper, lower = column[place], column[place + 1]
                gain = _gain(graph.predecessors, upper, lower, before)
                gain += _gain(graph.successors, upper, lower, after)
                if gain > 0:
                    column[place], column[place + 1] = lower, upper
                    improved = True
        if not improved:
            return


def _gain(neighbours: Neighbours, upper: int, lower: int, place: Mapping[int, int]) -> int:
    """How many crossings on one side go away when these two change places."""
    above, beneath = neighbours[upper], neighbours[lower]
    return _crossings_of(above, beneath, place) - _crossings_of(beneath, above, place)
