"""The bar of tabs: their titles on one line, a rule below them that marks the open one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding
from textual.geometry import Size
from textual.message import Message
from textual.strip import Strip
from textual.widget import Widget

RULE, RULE_ENDS, RULE_BEGINS = "━", "╸", "╺"
GAPS = (2, 1)
"""Cells between two titles: as many as fit; with too little room for one, the titles scroll."""


class _Span(NamedTuple):
    """Where a title stands in the line, from its first cell to before its end."""

    name: str
    title: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.title)


class TabBar(Widget, can_focus=True):
    """Looks like Textual's tabs, but is one widget that paints two lines.

    Textual's is thirteen widgets, each of which is styled, laid out and painted at every change of the tab.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {f"tab-bar--{part}" for part in ("title", "hover", "open", "rule", "mark")}
    DEFAULT_CSS = """
    TabBar {
        width: 1fr;
        height: 2;
        & > .tab-bar--title { color: $foreground 50%; }
        & > .tab-bar--hover { color: $foreground; }
        & > .tab-bar--open { color: $foreground; }
        & > .tab-bar--rule { color: $foreground 10%; }
        & > .tab-bar--mark { color: $block-cursor-background; }
        &:focus > .tab-bar--open {
            color: $block-cursor-foreground;
            background: $block-cursor-background;
            text-style: $block-cursor-text-style;
        }
        &:focus > .tab-bar--rule { color: $foreground 30%; }
    }
    """
    BINDINGS = [
        Binding("left", "step(-1)", "Previous tab", show=False),
        Binding("right", "step(1)", "Next tab", show=False),
    ]

    class Chosen(Message):
        """Another tab is wanted."""

        def __init__(self, name: str) -> None:
            super().__init__()
            self.name = name

    def __init__(self, titles: Mapping[str, str], first: str) -> None:
        """`titles` by name, in order; `first` is open."""
        super().__init__()
        self._titles = dict(titles)
        self._open = first
        self._hovered: str | None = None

    def mark(self, name: str) -> None:
        """Show this tab as the open one."""
        if name != self._open:
            self._open = name
            self.refresh()

    def action_step(self, step: int) -> None:
        """Ask for the neighbour; from the last to the first."""
        names = list(self._titles)
        self.post_message(self.Chosen(names[(names.index(self._open) + step) % len(names)]))

    def on_click(self, event: events.Click) -> None:
        """A click on a title, or below it, opens it."""
        name = self._name_at(event.x)
        if name is not None:
            self.post_message(self.Chosen(name))

    def on_mouse_move(self, event: events.MouseMove) -> None:
        self._hover(self._name_at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 2

    def render_line(self, y: int) -> Strip:
        """The titles, or the rule below them."""
        spans, left = self._spans()
        segments = self._title_line(spans) if y == 0 else self._rule_line(spans, left + self.size.width)
        return Strip(segments).crop_extend(left, left + self.size.width, self.rich_style)

    def _spans(self) -> tuple[list[_Span], int]:
        """The titles in their places, and how far they are scrolled so that the open one is in view."""
        width = self.size.width
        titles, between = sum(map(len, self._titles.values())), len(self._titles) - 1
        gap = next((gap for gap in GAPS if titles + gap * between <= width), GAPS[-1])
        spans: list[_Span] = []
        place = max(0, min(gap // 2, width - titles - gap * between))
        for name, title in self._titles.items():
            spans.append(_Span(name, title, place))
            place = spans[-1].end + gap
        end = next(span.end for span in spans if span.name == self._open)
        return spans, max(0, end - width)

    def _title_line(self, spans: list[_Span]) -> list[Segment]:
        segments: list[Segment] = []
        place = 0
        for span in spans:
            look = "open" if span.name == self._open else "hover" if span.name == self._hovered else "title"
            segments += [Segment(" " * (span.start - place), self.rich_style), Segment(span.title, self._style(look))]
            place = span.end
        return segments

    def _rule_line(self, spans: list[_Span], width: int) -> list[Segment]:
        marked = next(span for span in spans if span.name == self._open)
        rule = self._style("rule")
        before = RULE * (marked.start - 1) + RULE_ENDS if marked.start else ""
        after = RULE_BEGINS + RULE * (width - marked.end - 1) if marked.end < width else ""
        return [Segment(before, rule), Segment(RULE * len(marked.title), self._style("mark")), Segment(after, rule)]

    def _style(self, look: str) -> Style:
        return self.get_component_rich_style(f"tab-bar--{look}")

    def _name_at(self, x: int) -> str | None:
        spans, left = self._spans()
        return next((span.name for span in spans if span.start <= x + left < span.end), None)

    def _hover(self, name: str | None) -> None:
        if name != self._hovered:
            self._hovered = name
            self.refresh()
