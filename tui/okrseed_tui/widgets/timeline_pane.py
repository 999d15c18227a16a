"""The Timeline tab: when each stage ran, what waited, and which chain made the run as long as it was."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.text import Text
from textual.widgets import Static

from okrseed.blueprint import Stage
from okrseed.progress import RunState
from okrseed_tui.formats import seconds
from okrseed_tui.timeline import Bar, chart

NAME_WIDTH, TIME_WIDTH = 14, 12
_GLYPHS = {"blank": " ", "work": "█", "wait": "░", "retry": "!", "budget": "│"}
_COLORS = {"work": "text-primary", "wait": "text-muted", "retry": "text-warning", "budget": "text-error"}


class TimelinePane(Static):
    """Repaints only when the chart has changed."""

    def __init__(self) -> None:
        super().__init__("No run yet: r starts one.")
        self._glyphs = _GLYPHS
        self._bars: list[Bar] = []

    def show(self, state: RunState | None, stages: Sequence[Stage], now_s: float, room: int) -> None:
        """Show the run as it is, in so many columns; also before the pane is laid out."""
        width = room - NAME_WIDTH - TIME_WIDTH - 2
        bars = chart(state, stages, now_s, width) if state is not None else []
        if bars != self._bars and width > 0:
            same_height = len(bars) == len(self._bars)
            self._bars = bars
            self.update(self._text(bars), layout=not same_height)

    def notify_style_update(self) -> None:
        """Paint again in the colours of another theme."""
        super().notify_style_update()
        if self._bars:
            self.update(self._text(self._bars))

    def text(self) -> str:
        """The chart as text."""
        return self._text(self._bars).plain

    def _text(self, bars: Sequence[Bar]) -> Text:
        if not bars:
            return Text("No run yet: r starts one.")
        text = Text()
        for bar in bars:
            mark = "*" if bar.critical else " "
            text.append(f"{mark} {bar.stage[: NAME_WIDTH - 3]:{NAME_WIDTH - 2}}", "bold" if bar.critical else "")
            for kind, cells in groupby(bar.cells):
                color = self.app.theme_variables.get(_COLORS.get(kind, ""), "")
                style = color if color.startswith("#") else ""
                text.append(self._glyphs[kind] * len(list(cells)), style)
            over = " over" if bar.over_budget else ""
            tries = f" ×{bar.attempts}" if bar.attempts > 1 else ""
            text.append(f" {seconds(bar.lasts_s):>7}{tries}{over}\n")
        path = " → ".join(bar.stage for bar in bars if bar.critical)
        text.append(f"\n* critical path: {path}\n", "bold")
        legend = (
            f"{self._glyphs['work']} works  {self._glyphs['wait']} waits  ! retries  {self._glyphs['budget']} budget"
        )
        text.append(legend)
        return text
