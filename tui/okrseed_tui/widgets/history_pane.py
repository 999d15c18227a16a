"""The History tab: past runs, newest first, slower ones marked; two of them can be compared."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import DataTable, Label

from okrseed.history import PastRun, is_regression
from okrseed_tui.formats import rows, seconds, sparkline

COLUMNS = ("", "started (UTC)", "mode", "size", "status", "rows", "time", "retries")


class HistoryPane(Vertical):
    """Enter marks a run; enter on a second one compares the two."""

    class Compared(Message):
        """Two runs are to be compared, the earlier first."""

        def __init__(self, before: PastRun, after: PastRun) -> None:
            super().__init__()
            self.before = before
            self.after = after

    def __init__(self) -> None:
        super().__init__()
        self._runs: tuple[PastRun, ...] = ()
        self._marked: str | None = None

    def compose(self) -> ComposeResult:
        yield Label("No run has been recorded yet.", id="history-total", markup=False)
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True)
        table.add_columns(*COLUMNS)
        yield table

    def show(self, runs: Sequence[PastRun]) -> None:
        """Show these runs."""
        self._runs = tuple(runs)
        table = self.query_one(DataTable)
        table.clear()
        for run in runs:
            slower = is_regression(run, runs)
            mark = "→" if run.run_id == self._marked else "slower" if slower else ""
            cells = (
                mark,
                run.started_at.replace("T", " ")[:16],
                run.mode,
                run.size,
                run.status,
                rows(run.rows),
                seconds(run.duration_s),
                str(run.retries or ""),
            )
            table.add_row(*(Text(cell, style="bold" if slower else "") for cell in cells), key=run.run_id)
        if runs:
            trend = sparkline([run.duration_s for run in reversed(runs[:30])])
            self.query_one("#history-total", Label).update(
                f"{len(runs)} runs · times {trend} · enter marks a run, enter on another compares"
            )

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Mark the run, or compare it with the one marked before."""
        event.stop()
        chosen = str(event.row_key.value)
        if self._marked is None or self._marked == chosen:
            self._marked = None if self._marked == chosen else chosen
        else:
            pair = sorted(
                (run for run in self._runs if run.run_id in (self._marked, chosen)), key=lambda run: run.started_at
            )
            self._marked = None
            self.post_message(self.Compared(*pair))
        row = event.cursor_row
        self.show(self._runs)
        self.query_one(DataTable).move_cursor(row=row)


def comparison(before: PastRun, after: PastRun) -> str:
    """Two runs side by side, stage by stage."""
    lines = [f"{'':14}{before.started_at:>22}{after.started_at:>22}"]
    lines.append(f"{'tenant':14}{before.tenant:>22}{after.tenant:>22}")
    lines.append(f"{'rows':14}{rows(before.rows):>22}{rows(after.rows):>22}")
    lines.append(f"{'time':14}{seconds(before.duration_s):>22}{seconds(after.duration_s):>22}")
    lines.append(f"{'statements':14}{before.statements:>22}{after.statements:>22}")
    for stage in {**before.stages, **after.stages}:
        old, new = before.stages.get(stage), after.stages.get(stage)
        factor = f"  × {new[0] / old[0]:.2f}" if old and new and old[0] else ""
        cells = [seconds(found[0]) if found else "–" for found in (old, new)]
        lines.append(f"{stage:14}{cells[0]:>22}{cells[1]:>22}{factor}")
    return "\n".join(lines)
