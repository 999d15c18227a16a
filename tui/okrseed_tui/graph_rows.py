"""Which row each item stands on: as flat as the tallest column allows, lines straight where they can be."""

from __future__ import annotations

from dataclasses import dataclass

from okrseed_tui.graph_columns import ColumnGraph
from okrseed_tui.graph_order import Order

_BEND = 5
"""What a bend costs, in rows of line: better a line two rows longer than one more corner."""
_PASSING = 4
_CHAIN = 2
"""How much more it counts that a passing line, or a chain of single stages, is straight."""
_ROUNDS = 6


@dataclass(frozen=True, slots=True)
class Measure:
    """How tall a box is, and how many rows stay empty between two boxes."""

    box_height: int
    gap: int


@dataclass(frozen=True, slots=True)
class _Neighbour:
    item: int
    weight: int


def assign_rows(graph: ColumnGraph, order: Order, measure: Measure) -> tuple[dict[int, int], int]:
    """Give each item the row its lines come and go on; a box's border is one row above.

    Each column in turn takes the rows that cost least, with its neighbours where they are: bends first, then
    rows of line. This is repeated from the left and from the right, and the better result kept.

    Returns:
        The row of each item, and the height of the whole drawing.
    """
    columns = [_Column.pack(graph, items, measure) for items in order]
    height = max((column.height for column in columns), default=0)
    into = [_weighted(graph, item, incoming=True) for item in range(len(graph.items))]
    out_of = [_weighted(graph, item, incoming=False) for item in range(len(graph.items))]
    both = [before + after for before, after in zip(into, out_of, strict=True)]
    candidates = []
    for forward in (True, False):
        rows = {item: row for column in columns for item, row in column.middle(height).items()}
        towards = columns if forward else columns[::-1]
        for column in towards:
            rows.update(column.settle(into if forward else out_of, rows, height))
        for column in towards[::-1]:
            rows.update(column.settle(both, rows, height))
        candidates.append(_refine(columns, both, rows, height))
    return min(candidates, key=lambda rows: _total(out_of, rows)), height


def _refine(
    columns: list[_Column], neighbours: list[list[_Neighbour]], rows: dict[int, int], height: int
) -> dict[int, int]:
    for _ in range(_ROUNDS):
        before = dict(rows)
        for column in (*columns, *columns[::-1]):
            rows.update(column.settle(neighbours, rows, height))
        if rows == before:
            break
    return rows


def _weighted(graph: ColumnGraph, item: int, *, incoming: bool) -> list[_Neighbour]:
    others = graph.predecessors[item] if incoming else graph.successors[item]
    links = [(other, item) if incoming else (item, other) for other in others]
    return [_Neighbour(other, _weight(graph, *link)) for other, link in zip(others, links, strict=True)]


def _weight(graph: ColumnGraph, source: int, target: int) -> int:
    weight = graph.links[source, target]
    if not graph.is_box(source) and not graph.is_box(target):
        weight *= _PASSING
    if len(graph.successors[source]) == len(graph.predecessors[target]) == 1:
        weight *= _CHAIN
    return weight


def _cost(row: int, neighbours: list[_Neighbour], rows: dict[int, int]) -> int:
    cost = 0
    for neighbour in neighbours:
        distance = abs(row - rows[neighbour.item])
        if distance:
            cost += neighbour.weight * (distance + _BEND)
    return cost


def _total(out_of: list[list[_Neighbour]], rows: dict[int, int]) -> int:
    return sum(_cost(rows[item], neighbours, rows) for item, neighbours in enumerate(out_of))


@dataclass(frozen=True, slots=True)
class _Column:
    """The items of one column and the highest row each can stand on with all above it packed tight."""

    items: tuple[int, ...]
    highest: tuple[int, ...]
    height: int

    @classmethod
    def pack(cls, graph: ColumnGraph, items: tuple[int, ...], measure: Measure) -> _Column:
        highest = []
        free, above_is_box = 0, False
        for item in items:
            is_box = graph.is_box(item)
            if is_box and above_is_box:
                free += measure.gap
            highest.append(free + 1 if is_box else free)
            free += measure.box_height if is_box else 1
            above_is_box = is_box
        return cls(items, tuple(highest), free)

    def middle(self, height: int) -> dict[int, int]:
        down = (height - self.height) // 2
        return {item: row + down for item, row in zip(self.items, self.highest, strict=True)}

    def settle(self, neighbours: list[list[_Neighbour]], rows: dict[int, int], height: int) -> dict[int, int]:
        """The best rows for this column while all others stay.

        Every item may move down by as much as the column has room; one that stands lower moves at least as
        far as the one above it. So the best rows follow item by item from the best of those above.
        """
        room = range(height - self.height + 1)
        middle = len(room) // 2
        best_above = [0] * len(room)
        steps: list[list[int]] = []
        for item, top in zip(self.items, self.highest, strict=True):
            beside = neighbours[item]
            # Scaled, so that being near the middle decides only between equals.
            costs = [
                above + 64 * _cost(top + down, beside, rows) + abs(down - middle)
                for down, above in zip(room, best_above, strict=True)
            ]
            best_above, step = _running_minimum(costs)
            steps.append(step)
        down = len(room) - 1
        settled: dict[int, int] = {}
        for item, top, step in zip(self.items[::-1], self.highest[::-1], steps[::-1], strict=True):
            down = step[down]
            settled[item] = top + down
        return settled


def _running_minimum(costs: list[int]) -> tuple[list[int], list[int]]:
    """For each place the least cost up to there, and where it is."""
    least, where = [], []
    place = 0
    for index, cost in enumerate(costs):
        if cost < costs[place]:
            place = index
        least.append(costs[place])
        where.append(place)
    return least, where
