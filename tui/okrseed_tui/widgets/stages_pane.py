"""The Stages tab: the live view, a line for each stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from okrseed_tui.graph_canvas import shorten
from okrseed_tui.stage_view import State, glyph
from okrseed_tui.views import StageLine

WIDE = 60
GAP = "  "
HEADINGS = ("", "stage", "state", "rows", "rows/s", "time", "usual")
LEAST = (1, 10, 9, 0, 0, 0, 0)
NUMBERS = ("rows", "rows/s", "time", "usual")
ONLY_WIDE = ("rows/s", "usual")
TELLING: tuple[State, ...] = ("retrying", "failed", "skipped", "cancelled")
BELOW = "   "
_COLORS: dict[State, str] = {
    "running": "text-primary",
    "retrying": "text-warning",
    "done": "text-success",
    "unchanged": "text-success",
    "failed": "text-error",
    "skipped": "text-warning",
    "cancelled": "text-warning",
}


class _Painted(NamedTuple):
    """One row of the screen, and the state whose colours it has; None for the heading."""

    words: str
    state: State | None


class StagesPane(ScrollView, can_focus=False):
    """Paints lines as strips and keeps them, so that a frame costs what has changed and no more."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: tuple[StageLine, ...] = ()
        self._rows: list[_Painted] = []
        self._strips: dict[int, Strip] = {}
        self._styles: dict[State | None, Style] = {}

    def show(self, lines: Sequence[StageLine]) -> None:
        """Show these lines; what looks as before is not painted again."""
        before = self._rows
        if tuple(lines) == self._lines and before:
            return
        self._lines = tuple(lines)
        self._rows = self._words()
        if len(self._rows) != len(before):
            self._strips.clear()
            self.virtual_size = Size(self.scrollable_content_region.width, len(self._rows))
            self.refresh()
            return
        changed = [y for y, row in enumerate(self._rows) if row != before[y]]
        for y in changed:
            self._strips.pop(y, None)
        if changed:
            width, top = self.size.width, self.scroll_offset.y
            self.refresh(*(Region(0, y - top, width, 1) for y in changed))

    def text(self) -> str:
        """The lines as text."""
        return "\n".join(
            "\t".join((line.title, line.state, line.rows, line.rate, line.time, line.last, line.note))
            for line in self._lines
        )

    def notify_style_update(self) -> None:
        """Forget what was painted in the colours of another theme."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def on_resize(self) -> None:
        """The columns that fit depend on the width."""
        self._rows = self._words()
        self._strips.clear()
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line, from what was painted before where nothing has changed."""
        row = y + self.scroll_offset.y
        if row not in self._strips:
            width, base = self.scrollable_content_region.width, self.rich_style
            words, state = self._rows[row] if row < len(self._rows) else ("", None)
            self._strips[row] = Strip([Segment(words, self._style(state))]).adjust_cell_length(width, base)
        return self._strips[row]

    def _words(self) -> list[_Painted]:
        """Heading and lines as they stand on the screen.

        A note takes what the columns leave; one that matters and does not fit there has a line of its own below.
        """
        width = self.scrollable_content_region.width
        cells: list[tuple[Sequence[str], str, State | None]] = [(HEADINGS, "", None)]
        for line in self._lines:
            marked = (glyph(line.state), line.title, line.state, line.rows, line.rate, line.time, line.last)
            cells.append((marked, line.note, line.state))
        columns = [
            (place, max(LEAST[place], *(len(row[place]) for row, _, _ in cells)), name in NUMBERS)
            for place, name in enumerate(HEADINGS)
            if width >= WIDE or name not in ONLY_WIDE
        ]
        rows = []
        for row, note, state in cells:
            words = GAP.join(
                row[place].rjust(room) if right else row[place].ljust(room) for place, room, right in columns
            )
            free = width - len(words) - len(GAP)
            below = state in TELLING and len(note) > free
            rows.append(
                _Painted(f"{words}{GAP}{shorten(note, free)}".rstrip() if not below and free > 0 else words, state)
            )
            if below:
                rows.append(_Painted(shorten(f"{BELOW}{note}", width), state))
        return rows

    def _style(self, state: State | None) -> Style:
        """How a line in this state looks; None: the heading."""
        if state not in self._styles:
            color = "" if state is None else self.app.theme_variables.get(_COLORS.get(state, "foreground"), "")
            own = Style(
                color=color if color.startswith("#") else None,
                bold=True if state in (None, "running", "retrying", "failed") else None,
                dim=True if state == "off" else None,
            )
            self._styles[state] = self.rich_style + own
        return self._styles[state]
