"""A picture of a graph of stages: boxes in columns, joined by lines, in the characters of a terminal.

`layout` is pure: the same stages give the same picture, cell by cell, and the cells of every box and every
line are known, so that whoever shows it can colour and replace them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal, NamedTuple

from okrseed_tui.graph_canvas import Canvas
from okrseed_tui.graph_columns import ColumnGraph, Edge, build, transitive_reduction
from okrseed_tui.graph_order import Order, count_crossings, reduce_crossings
from okrseed_tui.graph_routing import Channel, route
from okrseed_tui.graph_rows import Measure, assign_rows
from okrseed_tui.graph_widths import Widths, fit

Direction = Literal["left", "right", "up", "down"]
Cell = tuple[int, int]
"""Column and row of one character, both from 0."""


@dataclass(frozen=True, slots=True)
class Node:
    """A stage to draw: its id, what its box says, and the ids of the stages it waits for."""

    id: str
    title: str
    depends_on: tuple[str, ...] = ()


class Rect(NamedTuple):
    """A box: its top left cell and its size, borders included."""

    x: int
    y: int
    width: int
    height: int

    @property
    def line_row(self) -> int:
        """The row on which lines come and go: that of the title."""
        return self.y + 1

    def contains(self, x: int, y: int) -> bool:
        return self.x <= x < self.x + self.width and self.y <= y < self.y + self.height


@dataclass(frozen=True, slots=True)
class Drawing:
    """A finished picture and everything needed to show it with other contents or colours."""

    width: int
    height: int
    cells: tuple[str, ...]
    """The picture, a string a row, all `width` characters long."""
    boxes: Mapping[str, Rect]
    edges: Mapping[Edge, tuple[Cell, ...]]
    """The cells of each edge drawn, in order, from beside its source to the arrow head beside its target."""
    columns: Mapping[str, int]
    """The column each stage stands in: 0 for those that wait for nothing."""
    fits: bool
    """Whether the picture is no wider than was asked for."""
    crossings: int
    """How often a line runs across another it has nothing to do with."""
    _neighbours: Mapping[tuple[str, Direction], str] = field(repr=False, compare=False)

    def neighbour(self, node_id: str, direction: Direction) -> str | None:
        """The stage one step from another: left and right along an edge, up and down in its column.

        Where several edges lead, the one to the nearest row is followed. At the end of a column the other
        columns are tried: the box nearest in columns, then in rows, that stands wholly above or below.

        Raises:
            KeyError: no such stage is drawn.
        """
        if node_id not in self.boxes:
            raise KeyError(node_id)
        return self._neighbours.get((node_id, direction))


def layout(nodes: Sequence[Node], *, width: int | None = None, compact: bool = False) -> Drawing:
    """Draw a graph of stages.

    Args:
        nodes: The stages, in reading order. What they wait for outside this list is not drawn.
        width: The room there is, in characters; boxes and channels shrink or grow with it, and titles are cut
            as the last resort. None draws at a comfortable size.
        compact: Boxes of three rows, without the second line of content, and without rows between them.

    Raises:
        ValueError: two stages have the same id.
        graphlib.CycleError: stages wait for each other in a circle.
    """
    stages = tuple(node.id for node in nodes)
    if len(set(stages)) < len(stages):
        raise ValueError(f"Two stages have the same id: {next(s for s in stages if stages.count(s) > 1)!r}")
    edges = transitive_reduction({node.id: node.depends_on for node in nodes})
    measure = Measure(box_height=3, gap=0) if compact else Measure(box_height=4, gap=1)
    graph, order = _ordered(stages, edges)
    rows, height = assign_rows(graph, order, measure)
    channels = [_channel(graph, left, rows) for left in order[:-1]]
    titles = {node.id: node.title for node in nodes}
    widths = fit(_longest_titles(graph, order, titles), [channel.tracks for channel in channels], width)
    return _Picture(graph, order, rows, height, channels, widths, measure).drawing(titles, width)


def _ordered(stages: Sequence[str], edges: Sequence[Edge]) -> tuple[ColumnGraph, Order]:
    """Lines run in bundles, unless keeping them apart saves crossings."""
    best: tuple[int, ColumnGraph, Order] | None = None
    for bundled in (True, False):
        graph = build(stages, edges, bundled=bundled)
        order = reduce_crossings(graph)
        crossings = count_crossings(graph, order)
        if best is None or crossings < best[0]:
            best = crossings, graph, order
        if best[0] == 0:
            break
    assert best is not None
    return best[1], best[2]


def _channel(graph: ColumnGraph, left: Sequence[int], rows: Mapping[int, int]) -> Channel:
    return route([(source, target) for source in left for target in graph.successors[source]], rows)


def _longest_titles(graph: ColumnGraph, order: Order, titles: Mapping[str, str]) -> list[int]:
    stages = [[graph.items[item].stage for item in column] for column in order]
    return [max(len(titles[stage]) for stage in column if stage is not None) for column in stages]


@dataclass(frozen=True, slots=True)
class _Picture:
    """Everything decided, and the drawing of it."""

    graph: ColumnGraph
    order: Order
    rows: Mapping[int, int]
    height: int
    channels: Sequence[Channel]
    widths: Widths
    measure: Measure

    def drawing(self, titles: Mapping[str, str], width: int | None) -> Drawing:
        boxes = self._boxes()
        edges = {edge: self._cells(path) for edge, path in self.graph.paths.items()}
        height = max([self.height, *(y + 1 for cells in edges.values() for _, y in cells)])
        canvas = Canvas(self.widths.total, height)
        for cells in edges.values():
            canvas.line(cells)
        for stage, box in boxes.items():
            canvas.box(box, titles[stage], leaves=any(source == stage for source, _ in edges))
        columns = {item.stage: item.column for item in self.graph.items if item.stage is not None}
        return Drawing(
            width=self.widths.total,
            height=height,
            cells=canvas.rows(),
            boxes=boxes,
            edges=edges,
            columns=columns,
            fits=width is None or self.widths.total <= width,
            crossings=sum(channel.crossings for channel in self.channels),
            _neighbours=_neighbours(boxes, columns, tuple(edges)),
        )

    def _boxes(self) -> dict[str, Rect]:
        places = [(item, self.rows[index]) for index, item in enumerate(self.graph.items)]
        return {
            item.stage: Rect(
                self.widths.column_starts[item.column],
                row - 1,
                self.widths.columns[item.column],
                self.measure.box_height,
            )
            for item, row in places
            if item.stage is not None
        }

    def _cells(self, path: Sequence[int]) -> tuple[Cell, ...]:
        """The cells of one edge: channel by channel, and through the columns it passes."""
        corners: list[Cell] = []
        for source, target in pairwise(path):
            column = self.graph.items[source].column
            start, end = self.widths.channel(column)
            row = self.rows[source]
            corners.append((start, row))
            for turn in self.channels[column].turns[source, target]:
                x = start + self.widths.lead + turn.track * self.widths.pitch
                corners += [(x, row), (x, turn.row)]
                row = turn.row
            corners.append((end, row))
        return _between(corners)


def _between(corners: Sequence[Cell]) -> tuple[Cell, ...]:
    """All cells from corner to corner, each once."""
    cells = [corners[0]]
    for (x, y), (to_x, to_y) in pairwise(corners):
        step_x, step_y = (to_x > x) - (to_x < x), (to_y > y) - (to_y < y)
        steps = range(1, max(abs(to_x - x), abs(to_y - y)) + 1)
        cells += [(x + step * step_x, y + step * step_y) for step in steps]
    return tuple(cells)


def _neighbours(
    boxes: Mapping[str, Rect], columns: Mapping[str, int], edges: Sequence[Edge]
) -> dict[tuple[str, Direction], str]:
    found: dict[tuple[str, Direction], str] = {}
    for stage, box in boxes.items():
        along: dict[Direction, list[str]] = {
            "left": [source for source, target in edges if target == stage],
            "right": [target for source, target in edges if source == stage],
        }
        across: dict[Direction, list[str]] = {
            "up": [other for other, place in boxes.items() if place.y + place.height <= box.y],
            "down": [other for other, place in boxes.items() if box.y + box.height <= place.y],
        }
        rows = {other: (abs(place.y - box.y), place.y) for other, place in boxes.items()}
        apart = {other: (abs(columns[other] - columns[stage]), *rows[other]) for other in boxes}
        for direction, stages in along.items():
            if stages:
                found[stage, direction] = min(stages, key=rows.__getitem__)
        for direction, stages in across.items():
            if stages:
                found[stage, direction] = min(stages, key=apart.__getitem__)
    return found
