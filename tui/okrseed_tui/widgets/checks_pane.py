"""The Checks tab: what verification expected and what it found."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable, Label

from okrseed.blueprint import Finding

GLYPHS = {"pass": "✓", "warn": "!", "fail": "\N{MULTIPLICATION SIGN}"}
ORDER = ("fail", "warn", "pass")


class ChecksPane(Vertical):
    """Failures first, then warnings."""

    def __init__(self) -> None:
        super().__init__()
        self._findings: tuple[Finding, ...] = ()

    def compose(self) -> ComposeResult:
        yield Label(
            "Nothing was verified yet: v verifies, and every run ends with it.", id="checks-total", markup=False
        )
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True)
        table.add_columns("", "check", "found", "expected")
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
        table = self.query_one(DataTable)
        table.clear()
        for finding in sorted(findings, key=lambda finding: ORDER.index(finding.status)):
            cells = (f"{GLYPHS[finding.status]} {finding.status}", finding.title, finding.found, finding.expected)
            table.add_row(*(Text(cell, style="bold" if finding.status == "fail" else "") for cell in cells))
