"""The Checks tab: what verification expected and what it found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import DataTable, Label

from okrseed.blueprint import Finding
from okrseed_tui.graph_canvas import shorten

GLYPHS = {"pass": "✓", "warn": "!", "fail": "\N{MULTIPLICATION SIGN}"}
ORDER = ("fail", "warn", "pass")


SHARES = {"check": 0.5, "found": 0.3, "expected": 0.2}
"""How the columns share the width that the status leaves."""
STATUS_WIDTH = 6
PADDING = 2


class ChecksPane(Vertical):
    """Failures first, then warnings; what does not fit its column is opened by enter."""

    class Opened(Message):
        """A check is to be read whole."""

        def __init__(self, finding: Finding) -> None:
            super().__init__()
            self.finding = finding

    def __init__(self) -> None:
        super().__init__()
        self._findings: tuple[Finding, ...] = ()
        self._width = 0

    def compose(self) -> ComposeResult:
        yield Label(
            "Nothing was verified yet: v verifies, and every run ends with it.", id="checks-total", markup=False
        )
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True)
        yield table

    def show(self, findings: Sequence[Finding]) -> None:
        """Show these findings."""
        if tuple(findings) == self._findings or not findings:
            return
        self._findings = tuple(findings)
        counts = {status: sum(finding.status == status for finding in findings) for status in ORDER}
        self.query_one("#checks-total", Label).update(
            f"{counts['pass']} passed, {counts['warn']} warned, {counts['fail']} failed"
        )
        self._fill()

    def on_resize(self, event: events.Resize) -> None:
        """The columns share the width there is."""
        if event.size.width != self._width:
            self._width = event.size.width
            self._fill()

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter opens a check."""
        event.stop()
        self.post_message(self.Opened(self._sorted()[event.cursor_row]))

    def _sorted(self) -> list[Finding]:
        return sorted(self._findings, key=lambda finding: ORDER.index(finding.status))

    def _fill(self) -> None:
        table = self.query_one(DataTable)
        table.clear(columns=True)
        if not self._findings or not self._width:
            return
        free = self._width - STATUS_WIDTH - (len(SHARES) + 1) * PADDING - 1
        widths = {name: int(free * share) for name, share in SHARES.items()}
        table.add_column("", width=STATUS_WIDTH)
        for name, width in widths.items():
            table.add_column(name, width=width)
        for finding in self._sorted():
            cells = [f"{GLYPHS[finding.status]} {finding.status}"]
            words = (finding.title, finding.found, finding.expected)
            cells += [shorten(word, width) for word, width in zip(words, widths.values(), strict=True)]
            table.add_row(*(Text(cell, style="bold" if finding.status == "fail" else "") for cell in cells))


def check_text(finding: Finding) -> str:
    """A check whole, for reading."""
    return f"{finding.title}\n\nfound     {finding.found}\nexpected  {finding.expected}"
