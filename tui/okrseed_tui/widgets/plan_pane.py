"""The Plan tab: what will change, totals first, then every table."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import DataTable, Label

from okrseed_tui.desk import Planned
from okrseed_tui.formats import counts, rows, seconds

COLUMNS = ("stage", "table", "create", "update", "unchanged", "delete", "kept")


class PlanPane(Vertical):
    """Shows one plan; what will be deleted stands first."""

    class TableOpened(Message):
        """Sample rows of a table are wanted."""

        def __init__(self, stage: str, table: str) -> None:
            super().__init__()
            self.stage = stage
            self.table = table

    def compose(self) -> ComposeResult:
        yield Label("The plan is being made …", id="totals", markup=False)
        table: DataTable[Text] = DataTable(cursor_type="row", zebra_stripes=True)
        yield table
        yield Label("", id="remarks", markup=False)

    def show(self, planned: Planned, suggestions: Sequence[str]) -> None:
        """Show this plan; `suggestions` are the words of options that would answer its notes."""
        plan = planned.plan
        totals = counts(*(plan.total(name) for name in ("create", "update", "unchanged", "delete")))
        kept = f" · {rows(plan.total('kept'))} kept" if plan.total("kept") else ""
        expected = f"about {seconds(plan.estimate_s)}" if plan.estimate_s is not None else "unknown"
        self.query_one("#totals", Label).update(
            f"{totals}{kept} · time expected {expected} · planned in {seconds(planned.took_s)}"
        )
        table = self.query_one(DataTable)
        table.clear(columns=True)
        table.add_columns(*(COLUMNS if plan.total("kept") else COLUMNS[:-1]))
        entries = [(stage, entry) for stage in plan.stages if stage.selected != "off" for entry in stage.tables]
        for stage, entry in sorted(entries, key=lambda pair: pair[1].delete == 0):
            word = stage.id if stage.selected == "chosen" else f"{stage.id} (required)"
            table.add_row(
                Text(word),
                Text(entry.table),
                *(
                    Text(f"{sign}{rows(count)}" if count else "", justify="right", style="bold" if sign != "=" else "")
                    for sign, count in (
                        ("+", entry.create),
                        ("~", entry.update),
                        ("=", entry.unchanged),
                        ("−", entry.delete),
                        *((("", entry.kept),) if plan.total("kept") else ()),
                    )
                ),
                key=f"{stage.id}/{entry.table}",
            )
        remarks = [*(f"! {warning}" for warning in plan.warnings), *plan.adaptations, *plan.notes]
        remarks += [f"a: {words}" for words in suggestions]
        remarks += [f"{count} differences of {name} are left as they are" for name, count in plan.left.items()]
        self.query_one("#remarks", Label).update("\n".join(remarks))

    def go_to(self, stage: str) -> None:
        """Put the cursor on a stage's first table."""
        table = self.query_one(DataTable)
        for place, key in enumerate(table.rows):
            if str(key.value).partition("/")[0] == stage:
                table.move_cursor(row=place)
                table.focus()
                return

    def show_error(self, lines: list[str]) -> None:
        """Say why there is no plan."""
        self.query_one(DataTable).clear()
        self.query_one("#totals", Label).update("No plan: " + lines[0])
        self.query_one("#remarks", Label).update("\n".join(lines[1:]))

    def on_data_table_row_selected(self, event: DataTable.RowSelected) -> None:
        """Enter on a table asks for its samples."""
        stage, _, table = str(event.row_key.value).partition("/")
        self.post_message(self.TableOpened(stage, table))
