"""The Stages tab: the live view, a line for each stage."""

from __future__ import annotations

from collections.abc import Sequence

from rich.table import Table
from rich.text import Text
from textual.widgets import Static

from okrseed_tui.stage_view import glyph
from okrseed_tui.views import StageLine

WIDE = 60


class StagesPane(Static):
    """Repaints only when a line has changed."""

    def __init__(self) -> None:
        super().__init__("")
        self._lines: tuple[StageLine, ...] = ()
        self._wide = True

    def show(self, lines: Sequence[StageLine]) -> None:
        """Show these lines."""
        wide = self.size.width >= WIDE
        if tuple(lines) != self._lines or wide != self._wide:
            same_height = len(lines) == len(self._lines)
            self._lines, self._wide = tuple(lines), wide
            self.update(self._table(), layout=not same_height)

    def text(self) -> str:
        """The lines as text."""
        return "\n".join(
            "\t".join((line.title, line.state, line.rows, line.rate, line.time, line.last, line.note))
            for line in self._lines
        )

    def notify_style_update(self) -> None:
        """Paint again in the colours of another theme."""
        super().notify_style_update()
        if self._lines:
            self.update(self._table())

    def on_resize(self) -> None:
        """The columns that fit depend on the width."""
        self.show(self._lines)

    def _table(self) -> Table:
        table = Table(box=None, pad_edge=False, expand=True, show_header=True, header_style="bold")
        table.add_column("", width=1)
        table.add_column("stage", min_width=10, no_wrap=True)
        table.add_column("state", min_width=9, no_wrap=True)
        table.add_column("rows", justify="right", no_wrap=True)
        if self._wide:
            table.add_column("rows/s", justify="right", no_wrap=True)
        table.add_column("time", justify="right", no_wrap=True)
        if self._wide:
            table.add_column("usual", justify="right", no_wrap=True)
        table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
        for line in self._lines:
            cells = [line.title, line.state, line.rows, line.time, line.note]
            if self._wide:
                cells = [line.title, line.state, line.rows, line.rate, line.time, line.last, line.note]
            style = self._style(line)
            table.add_row(
                Text(glyph(line.state), style=style),
                *(Text(cell, style=style) for cell in cells),
            )
        return table

    def _style(self, line: StageLine) -> str:
        variables = self.app.theme_variables
        name = {
            "running": "text-primary",
            "retrying": "text-warning",
            "done": "text-success",
            "unchanged": "text-success",
            "failed": "text-error",
            "skipped": "text-warning",
            "cancelled": "text-warning",
        }.get(line.state, "foreground")
        color = variables.get(name, "")
        bold = "bold " if line.state in ("running", "retrying", "failed") else ""
        dim = "dim" if line.state == "off" else ""
        return f"{bold}{dim}{color if color.startswith('#') else ''}".strip()
