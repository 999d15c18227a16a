"""The first frame: what the app works on, and the outline of what comes, painted before anything heavy is loaded."""

from __future__ import annotations

import gc
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from okrseed.invocation import Invocation

if TYPE_CHECKING:
    from okrseed_tui.desk import Desk

NARROW, WIDE = 100, 150
SETUP_WIDTH, GRAPH_HEIGHT = 43, 11
BRAND, KEYS = " okrseed ", "q Quit"
HEADER_HEIGHT, FOOTER_HEIGHT = 1, 2


@dataclass(frozen=True)
class Later:
    """A desk that is made after the first frame, with the modules that the workbench needs."""

    invocation: Invocation
    guarded: bool = False

    @property
    def target(self) -> str:
        """The database, in words."""
        return self.invocation.address.label

    def prepare(self) -> Desk:
        """Load what the workbench needs, and make the desk; in a thread, so that keys are answered meanwhile."""
        from okrseed_tui import backstage  # noqa: F401
        from okrseed_tui.desk import Desk
        from okrseed_tui.served import ServedDesk

        desk = (ServedDesk if self.guarded else Desk)(self.invocation)
        desk.first_choices()
        # Modules and tables stay for good; what collects garbage need not look at them ever again.
        gc.freeze()
        gc.enable()
        return desk


class Curtain(Widget):
    """Header, outlines and the way out, where the workbench will have them; one widget without children."""

    COMPONENT_CLASSES = {"curtain--brand", "curtain--header", "curtain--frame", "curtain--title", "curtain--key"}

    DEFAULT_CSS = """
    Curtain {
        width: 1fr;
        height: 1fr;
        & > .curtain--brand { background: $primary; color: $text; text-style: bold; }
        & > .curtain--header { background: $panel; }
        & > .curtain--frame { color: $foreground 30%; }
        & > .curtain--title { color: $foreground; }
        & > .curtain--key { color: $footer-key-foreground; text-style: bold; }
    }
    """

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def render_line(self, y: int) -> Strip:
        """The header, a line of the outlines, or the footer."""
        width, height = self.size
        base = self.rich_style
        if y == 0:
            header = self._style("header")
            segments = [Segment(BRAND, self._style("brand")), Segment(f" {self._target}", header)]
            return Strip(segments).adjust_cell_length(width, header)
        if y == height - 1:
            return Strip([Segment(KEYS, self._style("key"))]).adjust_cell_length(width, base)
        if y == height - FOOTER_HEIGHT:
            return Strip([Segment(" opening …", self._style("header"))]).adjust_cell_length(
                width, self._style("header")
            )
        segments, x = [], 0
        for title, region in outlines(self.size):
            if region.y <= y < region.bottom:
                segments.append(Segment(" " * (region.x - x), base))
                segments += self._edge(title, region, y)
                x = region.right
        return Strip(segments).adjust_cell_length(width, base)

    def _edge(self, title: str, region: Region, y: int) -> list[Segment]:
        frame, inside = self._style("frame"), region.width - 2
        if y == region.y:
            rest = "─" * (inside - len(title) - 3)
            return [Segment("╭─ ", frame), Segment(title, self._style("title")), Segment(f" {rest}╮", frame)]
        if y == region.bottom - 1:
            return [Segment(f"╰{'─' * inside}╯", frame)]
        return [Segment(f"│{' ' * inside}│", frame)]

    def _style(self, part: str) -> Style:
        return self.get_component_rich_style(f"curtain--{part}")


def outlines(size: Size) -> list[tuple[str, Region]]:
    """Where setup and stages will be, from left to right; on a narrow screen there are only tabs."""
    body = Region(0, HEADER_HEIGHT, size.width, max(0, size.height - HEADER_HEIGHT - FOOTER_HEIGHT))
    if size.width < NARROW or body.height <= GRAPH_HEIGHT:
        return []
    if size.width < WIDE:
        graph, setup = body.split_horizontal(GRAPH_HEIGHT)
        return [("Stages", graph), ("Setup", Region(0, setup.y, SETUP_WIDTH, setup.height))]
    setup, right = body.split_vertical(SETUP_WIDTH)
    graph, _ = right.split_horizontal(round(body.height / 2.3))
    return [("Setup", setup), ("Stages", graph)]
