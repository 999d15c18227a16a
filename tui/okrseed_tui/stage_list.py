"""Stages as an indented list, one line a stage, for where there is no room for boxes.

    ▶ ✓ tenant         done               1/1    0.1 s
      ├╌✓ cycles       done               4/4    0.1 s  required
      └─◐ workspaces   running            2/8    0.3 s  ━━━───────── 25%

A stage hangs under the one it waits for that stands furthest right in the drawing, so the indentation is its
column.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from okrseed_tui.graph_canvas import shorten
from okrseed_tui.graph_layout import Direction, Drawing, Rect
from okrseed_tui.stage_pieces import Hit, Line, Look, Picture, Piece, Scene
from okrseed_tui.stage_view import Selected, StageView, bar, glyph, note_text, rows_text, time_text

_CURSOR = 2
_WORD = len("unchanged")
_ROWS = 13
_TIME = 7
_GAP = 2
_LONGEST_BAR = 12
_LONGEST_NAME = 32
"""Of guides and title together."""
_SHORTEST_TITLE = 8
_GUIDE: dict[Selected, str] = {"chosen": "─", "required": "╌", "off": "┈"}
"""As the borders of the boxes: a person who knows one form can read the other."""


@dataclass(frozen=True, slots=True)
class _Branch:
    """A stage's place in the tree: what is drawn before its glyph."""

    stage: str
    guides: str


class ListPicture(Picture):
    """Stages under each other, drawn as a tree."""

    def __init__(self, drawing: Drawing, width: int) -> None:
        self.drawing = drawing
        self._width = width
        self._branches = _tree(drawing)
        self._row_of = {branch.stage: row for row, branch in enumerate(self._branches)}

    @property
    def width(self) -> int:
        return self._width

    @property
    def height(self) -> int:
        return len(self._branches)

    def area(self, stage: str) -> Rect:
        return Rect(0, self._row_of[stage], self._width, 1)

    def hit(self, x: int, y: int) -> Hit | None:
        if not 0 <= y < len(self._branches):
            return None
        branch = self._branches[y]
        return Hit(branch.stage, abs(x - _CURSOR - len(branch.guides)) <= 1)

    def step(self, stage: str, direction: Direction) -> str | None:
        if direction in ("left", "right"):
            return self.drawing.neighbour(stage, direction)
        row = self._row_of[stage] + (1 if direction == "down" else -1)
        return self._branches[row].stage if 0 <= row < len(self._branches) else None

    def is_lit(self, row: int, scene: Scene) -> bool:
        return self._branches[row].stage == scene.cursor

    def redrawn(self, before: Scene, after: Scene) -> set[str] | None:
        changed = {stage for stage, view in after.stages.items() if before.stages[stage] != view}
        if (before.cursor, before.focused) != (after.cursor, after.focused):
            changed |= {stage for stage in (before.cursor, after.cursor) if stage is not None}
        return changed

    def line(self, row: int, scene: Scene) -> Line:
        branch = self._branches[row]
        view = scene.stages[branch.stage]
        known = (*self._name(branch, view, scene), *self._figures(view))
        room = self._width - sum(len(piece.text) for piece in known)
        return _cut((*known, *self._remark(view, room)), self._width)

    def _name(self, branch: _Branch, view: StageView, scene: Scene) -> Line:
        at_cursor = branch.stage == scene.cursor
        title_look: Look = "title-cursor" if at_cursor else "off" if view.is_off else "title"
        room = self._names(scene) - len(branch.guides)
        return (
            Piece("▶ " if at_cursor else "  ", "cursor"),
            Piece(branch.guides.replace("─", _GUIDE[view.selected]), "edge"),
            Piece(f"{glyph(view.state)} ", view.state),
            Piece(shorten(view.title, room).ljust(room + _GAP), title_look),
        )

    def _names(self, scene: Scene) -> int:
        """How wide guides and titles are together: short enough, and so that every title keeps some cells."""
        ends = (len(branch.guides) + len(scene.stages[branch.stage].title) for branch in self._branches)
        deepest = max(len(branch.guides) for branch in self._branches)
        return min(max(ends), max(_LONGEST_NAME, deepest + _SHORTEST_TITLE))

    def _figures(self, view: StageView) -> Line:
        look: Look = "off" if view.is_off else "detail"
        rows = rows_text(view, _ROWS).rjust(_ROWS)
        return Piece(view.state.ljust(_WORD), view.state), Piece(f"{rows} {time_text(view):>{_TIME}}  ", look)

    def _remark(self, view: StageView, room: int) -> Line:
        """Progress while running, else the note; and that a stage was pulled in, if there is room."""
        required = "  required" if view.selected == "required" else ""
        if view.state == "running":
            percent = f" {view.fraction:.0%}"
            length = min(_LONGEST_BAR, room - len(percent))
            done, rest = bar(view.fraction, max(0, length))
            said: Line = (Piece(done, "running"), Piece(rest, "bar-rest"), Piece(percent, "detail"))
        elif view.note:
            said = (Piece(note_text(view.note, room), view.state),)
        else:
            said, required = (), required.strip()
        used = sum(len(piece.text) for piece in said)
        return (*said, Piece(required, "required")) if used + len(required) <= room else said


def _tree(drawing: Drawing) -> list[_Branch]:
    """The stages as they are listed, small branches first: what a stage waits for is then mostly above it."""
    children: dict[str | None, list[str]] = defaultdict(list)
    for stage in drawing.columns:
        children[_parent(drawing, stage)].append(stage)

    def depth(stage: str) -> int:
        return 1 + max((depth(child) for child in children[stage]), default=0)

    def grow(parent: str | None, before: str) -> Iterator[_Branch]:
        stages = sorted(children[parent], key=lambda stage: (depth(stage), drawing.boxes[stage].y))
        for stage in stages:
            last = stage == stages[-1]
            if parent is None:
                yield _Branch(stage, "")
                yield from grow(stage, "")
            else:
                yield _Branch(stage, before + ("└─" if last else "├─"))
                yield from grow(stage, before + ("  " if last else "│ "))

    return list(grow(None, ""))


def _parent(drawing: Drawing, stage: str) -> str | None:
    """Of the stages it waits for the first in the column before; only those at the start have none."""
    beside = drawing.columns[stage] - 1
    needs = (source for source, target in drawing.edges if target == stage)
    parents = [source for source in needs if drawing.columns[source] == beside]
    return min(parents, key=lambda parent: drawing.boxes[parent].y, default=None)


def _cut(pieces: Line, width: int) -> Line:
    """As much of a line as fits; the piece that does not is shortened."""
    kept: list[Piece] = []
    room = width
    for piece in pieces:
        if len(piece.text) > room:
            text = piece.text.rstrip()
            kept.append(piece._replace(text=shorten(text, room).ljust(room)))
            return tuple(kept)
        kept.append(piece)
        room -= len(piece.text)
    return *kept, Piece(" " * room, "blank")
