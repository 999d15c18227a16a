"""The Database tab: sessions of ours and who blocks them, cache, sizes, unused indexes, slow statements."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from okrseed.targets.observations import Observation


class DatabasePane(VerticalScroll):
    """Shows what the database said last; it is asked while this tab is open."""

    def __init__(self) -> None:
        super().__init__()
        self._observations: tuple[Observation, ...] = ()
        self._findings: Observation | None = None

    def text(self) -> str:
        """The tables as text, tabs between their cells."""
        blocks = [
            "\n".join([seen.title, "\t".join(seen.columns), *("\t".join(row) for row in seen.rows)])
            for seen in self._all()
        ]
        return "\n\n".join(blocks)

    def compose(self) -> ComposeResult:
        yield Static("The database is asked …", id="observations")

    def show(self, observations: Sequence[Observation]) -> None:
        """Show these observations."""
        self._observations = tuple(observations)
        self._paint()

    def diagnose(self, findings: Observation) -> None:
        """Show what the doctor found, above the rest."""
        self._findings = findings
        self._paint()

    def _all(self) -> tuple[Observation, ...]:
        return (*((self._findings,) if self._findings is not None else ()), *self._observations)

    def _paint(self) -> None:
        parts: list[RenderableType] = []
        for observation in self._all():
            parts += [Text(observation.title, style="bold"), _table(observation), Text()]
        self.query_one("#observations", Static).update(Group(*parts))

    def show_error(self, lines: Sequence[str]) -> None:
        """Say why there is nothing to show."""
        self.query_one("#observations", Static).update(Text("\n".join(lines)))


def _table(observation: Observation) -> RenderableType:
    if not observation.rows:
        return Text(f"  {observation.empty}", style="dim")
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for column in observation.columns:
        table.add_column(column, header_style="dim", overflow="fold")
    for row in observation.rows:
        table.add_row(*(Text(cell) for cell in row))
    return table
