"""Stages as boxes and arrows: the drawing of the graph with every box saying how its stage is."""

from __future__ import annotations

from collections import defaultdict
from itertools import groupby

from okrseed_tui.graph_columns import Edge
from okrseed_tui.graph_layout import Cell, Direction, Drawing, Rect
from okrseed_tui.stage_box import Shape, box_lines
from okrseed_tui.stage_pieces import Hit, Line, Look, Picture, Piece, Scene
from okrseed_tui.stage_view import StageView

_GLYPH_AREA = 3
"""The glyph and a cell on each side of it answer to a click: one cell is hard to meet."""
_EDGE_LOOKS: tuple[Look, ...] = ("edge-cursor", "edge-broken", "edge", "edge-met", "edge-off")
"""From strong to weak: a cell that several edges share gets the strongest of their looks."""


class GraphPicture(Picture):
    """A drawing, filled with what is known of the stages."""

    def __init__(self, drawing: Drawing, *, compact: bool) -> None:
        self.drawing = drawing
        self._shapes = {
            stage: Shape(box.width, compact, any(source == stage for source, _ in drawing.edges))
            for stage, box in drawing.boxes.items()
        }
        self._edges_at: dict[Cell, list[Edge]] = defaultdict(list)
        for edge, cells in drawing.edges.items():
            for cell in cells:
                self._edges_at[cell].append(edge)
        boxes = sorted(drawing.boxes.items(), key=lambda pair: pair[1].x)
        self._boxes_in_row: list[list[tuple[str, Rect]]] = [[] for _ in range(drawing.height)]
        for stage, box in boxes:
            for row in range(box.y, box.y + box.height):
                self._boxes_in_row[row].append((stage, box))
        self._box_lines: dict[tuple[StageView, bool], tuple[Line, ...]] = {}
        self._edge_lines: dict[tuple[int, int], Line] = {}
        self._edge_looks: dict[Edge, Look] = {}

    @property
    def width(self) -> int:
        return self.drawing.width

    @property
    def height(self) -> int:
        return self.drawing.height

    def area(self, stage: str) -> Rect:
        return self.drawing.boxes[stage]

    def hit(self, x: int, y: int) -> Hit | None:
        for stage, box in self.drawing.boxes.items():
            if box.contains(x, y):
                return Hit(stage, y == box.line_row and 0 < x - box.x <= _GLYPH_AREA)
        return None

    def step(self, stage: str, direction: Direction) -> str | None:
        return self.drawing.neighbour(stage, direction)

    def is_lit(self, row: int, scene: Scene) -> bool:
        return False

    def redrawn(self, before: Scene, after: Scene) -> set[str] | None:
        if any(self._edge_look(edge, before) != self._edge_look(edge, after) for edge in self.drawing.edges):
            return None
        changed = {stage for stage, view in after.stages.items() if before.stages[stage] != view}
        if before.cursor != after.cursor:
            changed |= {stage for stage in (before.cursor, after.cursor) if stage is not None}
        return changed

    def line(self, row: int, scene: Scene) -> Line:
        self._recolour(scene)
        pieces: list[Piece] = []
        x = 0
        for stage, box in self._boxes_in_row[row]:
            pieces += self._edge_line(row, x, box.x)
            pieces += self._box(scene.stages[stage], cursor=stage == scene.cursor)[row - box.y]
            x = box.x + box.width
        return *pieces, *self._edge_line(row, x, self.width)

    def _box(self, view: StageView, *, cursor: bool) -> tuple[Line, ...]:
        key = (view, cursor)
        if key not in self._box_lines:
            # What a stage looked like before is not asked for again: the newest few are enough.
            if len(self._box_lines) > 4 * len(self._shapes):
                self._box_lines.clear()
            self._box_lines[key] = box_lines(view, self._shapes[view.id], cursor=cursor)
        return self._box_lines[key]

    def _recolour(self, scene: Scene) -> None:
        looks = {edge: self._edge_look(edge, scene) for edge in self.drawing.edges}
        if looks != self._edge_looks:
            self._edge_looks = looks
            self._edge_lines.clear()

    def _edge_look(self, edge: Edge, scene: Scene) -> Look:
        source, target = (scene.stages[stage] for stage in edge)
        if scene.focused and scene.cursor in edge:
            return "edge-cursor"
        if source.is_off or target.is_off:
            return "edge-off"
        if source.is_broken:
            return "edge-broken"
        return "edge-met" if source.is_settled else "edge"

    def _edge_line(self, row: int, start: int, end: int) -> Line:
        """The lines of the graph in one row between two boxes."""
        if (row, start) not in self._edge_lines:
            looks = (self._look_at((x, row)) for x in range(start, end))
            text = self.drawing.cells[row]
            runs = groupby(enumerate(looks, start), key=lambda pair: pair[1])
            pieces = (Piece("".join(text[x] for x, _ in run), look) for look, run in runs)
            self._edge_lines[row, start] = tuple(pieces)
        return self._edge_lines[row, start]

    def _look_at(self, cell: Cell) -> Look:
        if cell not in self._edges_at:
            return "blank"
        looks = {self._edge_looks[edge] for edge in self._edges_at[cell]}
        return next(look for look in _EDGE_LOOKS if look in looks)
