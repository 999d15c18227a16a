"""Widgets whose lines are painted without Textual's machinery of styles, for what is painted often beside a run.

Whatever changes on the screen, Textual asks every widget that could lie below it for all of its lines, and what that
takes the seeder in the same process lacks. A backdrop answers with one blank line again and again, a plain line with
one piece of text; both without looking at borders, padding and selections, which they do not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

from rich.segment import Segment
from textual.containers import Container
from textual.filter import LineFilter
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget


def filtered(strip: Strip, widget: Widget) -> Strip:
    """The strip as the app's filters want it: no colours, ASCII, whatever is switched on."""
    background = widget.background_colors[1]
    filters: Sequence[LineFilter] = widget.get_line_filters()
    return reduce(lambda made, one: made.apply_filter(one, background), filters, strip)


def blank_lines(widget: Widget, crop: Region) -> list[Strip]:
    """The lines of a widget that has nothing but a background."""
    return [filtered(Strip.blank(crop.width, widget.visual_style.rich_style), widget)] * crop.height


class Backdrop(Container):
    """Holds other widgets and has nothing of its own: no border, no padding, no text."""

    def render_lines(self, crop: Region) -> list[Strip]:
        """One blank line, as often as it is wanted."""
        return blank_lines(self, crop)


class PlainLine(Widget):
    """One line of text in one style, a space before and after it; what does not fit is cut."""

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    @property
    def words(self) -> str:
        """What it says."""
        return self._words

    def say(self, words: str) -> None:
        """Say something else."""
        if words != self._words:
            self._words = words
            self.refresh()

    def render_lines(self, crop: Region) -> list[Strip]:
        """The words, then what is left of the width as spaces."""
        line = Strip([Segment(f" {self._words}", self.visual_style.rich_style)])
        line = line.adjust_cell_length(self.region.width, self.visual_style.rich_style)
        return [filtered(line, self).crop(crop.x, crop.right)] * crop.height
