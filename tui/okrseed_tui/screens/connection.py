"""Another database: the profiles of the configuration, and a URL that is tested as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Input, Label
from textual.worker import Worker, WorkerState

from okrseed.errors import OkrseedError
from okrseed_tui.widgets.picker import Entry, Picker

TEST_AFTER_S = 0.4
Test = Callable[[str], str]
"""URL → what the database said in words. Raises OkrseedError; called in a thread."""


class ConnectionScreen(ModalScreen[tuple[str | None, str] | None]):
    """Answers (profile name or None, URL), or None for staying where one is."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, profiles: Mapping[str, str], test: Test) -> None:
        """`profiles` maps names to URLs; they are shown by name, as a URL may hold a password."""
        super().__init__()
        self._profiles = profiles
        self._test = test
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Connection"
            dialog.border_subtitle = "enter takes it · esc stays"
            if self._profiles:
                yield Label("Profiles", classes="heading")
                yield Picker([Entry(name, name) for name in self._profiles], frozenset(), id="profiles")
            yield Label("URL: postgresql://user@host:5432/database or sqlite:///file.db", markup=False)
            yield Input(id="url", compact=True, password=False)
            yield Label("", id="outcome", markup=False)

    def on_mount(self) -> None:
        self.query_one("#url").focus()

    @on(Picker.Picked, "#profiles")
    def _profile_picked(self, event: Picker.Picked) -> None:
        event.stop()
        self.dismiss((event.value, self._profiles[event.value]))

    @on(Input.Changed, "#url")
    def _typed(self, event: Input.Changed) -> None:
        if self._waiting is not None:
            self._waiting.stop()
        self._waiting = self.set_timer(TEST_AFTER_S, lambda: self._try(event.value)) if event.value else None

    def _try(self, url: str) -> None:
        self.query_one("#outcome", Label).update("testing …")
        self.run_worker(
            lambda: self._test(url), name="test", group="test", thread=True, exclusive=True, exit_on_error=False
        )

    @on(Worker.StateChanged)
    def _tested(self, event: Worker.StateChanged) -> None:
        event.stop()
        worker = event.worker
        if worker.state is WorkerState.SUCCESS:
            self.query_one("#outcome", Label).update(f"✓ {worker.result}")
        elif worker.state is WorkerState.ERROR:
            error = worker.error
            lines = error.lines() if isinstance(error, OkrseedError) else [str(error)]
            self.query_one("#outcome", Label).update("\N{MULTIPLICATION SIGN} " + "\n".join(lines))

    @on(Input.Submitted, "#url")
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value:
            self.dismiss((None, event.value))
