"""Small questions: confirm, type a word, choose one of several. Each returns its answer when dismissed."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.screen import ModalScreen
from textual.widgets import Button, Footer, Input, Label


class Question(ModalScreen[str | None]):
    """A question with several answers; escape answers None. The first answer has the focus."""

    BINDINGS = [Binding("escape", "dismiss(None)", "Back")]

    def __init__(self, title: str, text: str, answers: Sequence[tuple[str, str]], *, grave: bool = False) -> None:
        """`answers` are (value, words) pairs; `grave` marks a question about something destructive."""
        super().__init__()
        self._title = title
        self._text = text
        self._answers = answers
        self._grave = grave

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog" + (" -grave" if self._grave else ""), can_focus=False) as dialog:
            dialog.border_title = self._title
            yield Label(self._text, markup=False)
            with Horizontal(classes="answers"):
                for value, words in self._answers:
                    yield Button(words, name=value, compact=True)
        yield Footer(compact=True, show_command_palette=False)

    @on(Button.Pressed)
    def _answered(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.name)


class TypedConfirmation(ModalScreen[bool]):
    """Asks to type a word exactly; only then it is confirmed."""

    BINDINGS = [Binding("escape", "dismiss(False)", "Back")]

    def __init__(self, title: str, text: str, expected: str) -> None:
        super().__init__()
        self._title = title
        self._text = text
        self._expected = expected

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -grave", can_focus=False) as dialog:
            dialog.border_title = self._title
            yield Label(self._text, markup=False)
            yield Label(f"Type {self._expected} and press enter; escape goes back.", markup=False, classes="ask")
            yield Input(placeholder=self._expected, compact=True)
            yield Label("", id="mismatch", markup=False)
        yield Footer(compact=True, show_command_palette=False)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        if event.value.strip() == self._expected:
            self.dismiss(True)
        else:
            self.query_one("#mismatch", Label).update("That is something else; nothing was done.")


class Page(ModalScreen[None]):
    """Text to read; escape, enter or q closes it."""

    BINDINGS = [Binding("escape,enter,q", "dismiss(None)", "Close")]

    def __init__(self, title: str, text: str) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        with VerticalScroll(classes="dialog -wide") as dialog:
            dialog.border_title = self._title
            yield Label(self._text, markup=False)
        yield Footer(compact=True, show_command_palette=False)
