"""Another database, with room to read what it says."""

from __future__ import annotations

from collections.abc import Mapping

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Footer, Input, Label

from okrseed_tui.widgets.connection_form import ConnectionForm, Test


class ConnectionScreen(ModalScreen[tuple[str | None, str] | None]):
    """Answers (profile name or None, URL), or None for staying where one is."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Stay here")]

    def __init__(self, profiles: Mapping[str, str], test: Test) -> None:
        super().__init__()
        self._profiles = profiles
        self._test = test

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog", can_focus=False) as dialog:
            dialog.border_title = "Connection"
            yield Label("postgresql://user@host:5432/database or sqlite:///file.db, or a profile.", markup=False)
            yield ConnectionForm(self._profiles, self._test)
        yield Footer(compact=True, show_command_palette=False)

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    @on(ConnectionForm.Wanted)
    def _wanted(self, event: ConnectionForm.Wanted) -> None:
        event.stop()
        self.dismiss((event.profile, event.url))
