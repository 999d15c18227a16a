"""One stage as a box: its state's word in the upper border, its time or bar in the lower one.

╭ running ────╮
│ ◐ users     ├
│ 412/1,240   │
╰━━━╸── 1.2 s ╯
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from okrseed_tui.graph_canvas import shorten
from okrseed_tui.stage_pieces import Line, Look, Piece
from okrseed_tui.stage_view import StageView, bar, detail_text, glyph, note_text, rows_text, time_text


class Frame(NamedTuple):
    """The characters of a box's border."""

    top_left: str
    top_right: str
    bottom_left: str
    bottom_right: str
    across: str
    down: str
    leaving: str


_CHOSEN = Frame(*"╭╮╰╯─│├")
_REQUIRED = Frame(*"╭╮╰╯╌╎├")
_OFF = Frame(*"╭╮╰╯┈┊├")
_CURSOR = Frame(*"┏┓┗┛━┃┠")
_CURSOR_REQUIRED = Frame(*"┏┓┗┛╍╏┠")
_CURSOR_OFF = Frame(*"┏┓┗┛┉┋┠")


class Shape(NamedTuple):
    """How a box is to be drawn, apart from what it says."""

    width: int
    compact: bool
    leaves: bool


def box_lines(view: StageView, shape: Shape, *, cursor: bool) -> tuple[Line, ...]:
    """The lines of a stage's box, from the upper border to the lower one."""
    return _Box(view, shape, _frame(view, cursor=cursor), cursor).lines()


def _frame(view: StageView, *, cursor: bool) -> Frame:
    if cursor:
        return {"chosen": _CURSOR, "required": _CURSOR_REQUIRED, "off": _CURSOR_OFF}[view.selected]
    return {"chosen": _CHOSEN, "required": _REQUIRED, "off": _OFF}[view.selected]


@dataclass(frozen=True, slots=True)
class _Box:
    view: StageView
    shape: Shape
    frame: Frame
    cursor: bool

    @property
    def inside(self) -> int:
        return self.shape.width - 2

    @property
    def border(self) -> Look:
        return "cursor" if self.cursor else self.view.state

    @property
    def detail(self) -> Look:
        return "off" if self.view.is_off else "detail"

    def lines(self) -> tuple[Line, ...]:
        frame, border = self.frame, self.border
        upper = (Piece(frame.top_left, border), *self.upper(), Piece(frame.top_right, border))
        lower = (Piece(frame.bottom_left, border), *self.lower(), Piece(frame.bottom_right, border))
        left, right = Piece(frame.down, border), Piece(frame.down, border)
        leaving = Piece(frame.leaving, border) if self.shape.leaves else right
        title = (left, *self.title(), leaving)
        if self.shape.compact:
            return upper, title, lower
        return upper, title, (left, self.second(), right), lower

    def upper(self) -> Line:
        """The state's word; in a compact box also the time, whose place is taken by the rows."""
        word, time = self.view.state, time_text(self.view)
        free = self.inside - len(word) - len(time) - 2
        if not self.shape.compact or not time or word == "running" or free < 0:
            return self.label(word, word)
        # Spaces first where the box is narrow: the border is seen well enough at its corners.
        after, between = " " * (free > 0), " " * (free > 1)
        across = Piece(self.frame.across * (free - len(after + between)), self.border)
        return Piece(f" {word}{between}", word), across, Piece(f" {time}{after}", "detail")

    def title(self) -> Line:
        room = self.inside - 3
        look: Look = "title-cursor" if self.cursor else "off" if self.view.is_off else "title"
        return (
            Piece(f" {glyph(self.view.state)} ", self.view.state),
            Piece(shorten(self.view.title, room).ljust(room), look),
        )

    def second(self) -> Piece:
        """The second line: rows or the note."""
        text = detail_text(self.view, self.inside - 2) or detail_text(self.view, self.inside - 1)
        look: Look = self.view.state if self.view.has_telling_note else self.detail
        return Piece(f" {text}".ljust(self.inside), look)

    def lower(self) -> Line:
        """Progress while running, then time; before that, that the stage was pulled in.

        A compact box has no second line: what would stand there comes first here.
        """
        view = self.view
        if view.state == "running":
            return self.progress()
        if self.shape.compact and view.has_telling_note:
            spaced, tight = note_text(view.note, self.inside - 2), note_text(view.note, self.inside)
            return self.label(tight if spaced.endswith("…") else spaced, view.state)
        if view.seconds is not None:
            return self.rows() or self.label(time_text(view), "detail", at_end=True)
        if view.selected == "required":
            return self.label("required", "required")
        return self.rows() or self.label("", self.border)

    def rows(self) -> Line | None:
        """The rows in the border of a compact box; None where they do not stand there."""
        if not self.shape.compact:
            return None
        text = rows_text(self.view, self.inside - 2) or rows_text(self.view, self.inside)
        return self.label(text, self.detail) if text else None

    def progress(self) -> Line:
        percent = f"{self.view.fraction:.0%}"
        text = percent if self.shape.compact else time_text(self.view) or percent
        length = self.inside - len(text) - 2
        done, rest = bar(self.view.fraction, length)
        return Piece(done, "running"), Piece(rest, "bar-rest"), Piece(f" {text} ", "detail")

    def label(self, text: str, look: Look, *, at_end: bool = False) -> Line:
        """A border with words on it, set off by spaces where there is room for them."""
        label = shorten(text, self.inside)
        if label and len(label) < self.inside:
            label = f" {label} "[: self.inside]
        rest = Piece(self.frame.across * (self.inside - len(label)), self.border)
        return (rest, Piece(label, look)) if at_end else (Piece(label, look), rest)
