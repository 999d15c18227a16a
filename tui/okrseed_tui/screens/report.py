"""The report at the end of a run: what was done, what went wrong, what to do; it can be exported and copied."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Label

from okrseed.errors import OkrseedError
from okrseed.report import RunReport, report_markdown
from okrseed_tui.texts import report_text


class ReportScreen(ModalScreen[str | None]):
    """Answers "retry" where the person wants the failed stages tried again, else None."""

    BINDINGS = [
        Binding("escape,enter", "dismiss(None)", "Close"),
        Binding("e", "export", "Export"),
        Binding("y", "copy", "Copy"),
        Binding("r", "retry", "Retry what failed"),
        Binding("q", "app.leave", "Quit"),
    ]

    def __init__(self, report: RunReport, folder: Path, drift: str = "") -> None:
        """`drift` says how the database had changed since the plan that the person saw."""
        super().__init__()
        self._text = report_text(report, drift)
        self._report = report
        self._folder = folder

    def compose(self) -> ComposeResult:
        failed = self._report.error is not None
        with VerticalScroll(classes="dialog -wide" + (" -grave" if failed else "")) as dialog:
            dialog.border_title = f"Run {self._report.status}"
            yield Label(self._text, markup=False)
        yield Footer(compact=True, show_command_palette=False)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Only what failed can be tried again."""
        return action != "retry" or self._report.error is not None

    def action_export(self) -> None:
        """Write the report as Markdown into the working directory."""
        try:
            self.notify(f"Written to {export(self._report, self._folder)}", markup=False)
        except OkrseedError as error:
            self.notify("\n".join(error.lines()), severity="error", markup=False)

    def action_copy(self) -> None:
        """Copy the report's text."""
        self.app.copy_to_clipboard(self._text)
        self.notify("Copied.")

    def action_retry(self) -> None:
        """Try again what failed or was skipped."""
        self.dismiss("retry")


def export(report: RunReport, folder: Path) -> Path:
    """Write the report as Markdown; never over another file. Raises OkrseedError where it cannot be written."""
    path = folder / f"okrseed-report-{report.run_id}.md"
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(report_markdown(report))
    except FileExistsError:
        return path
    except OSError as error:
        raise OkrseedError(f"cannot write {path}: {error.strerror}", code="bad_report") from None
    return path
