"""Another database: the profiles of the configuration, and a URL that is tested as it is typed."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Input, Label
from textual.worker import Worker, WorkerState

from okrseed.errors import OkrseedError
from okrseed_tui.widgets.picker import Entry, Picker
from okrseed_tui.widgets.url_field import UrlField

TEST_AFTER_S = 0.4
Test = Callable[[str], str]
"""URL → what the database said in words. Raises OkrseedError; called in a thread."""


class ConnectionForm(Vertical):
    """Picking a profile, or enter in the URL field, asks for that database."""

    class Wanted(Message):
        """The person wants this database; `profile` is None for a URL of their own."""

        def __init__(self, profile: str | None, url: str) -> None:
            super().__init__()
            self.profile = profile
            self.url = url

    def __init__(self, profiles: Mapping[str, str], test: Test) -> None:
        """`profiles` maps names to URLs; they are shown by name, as a URL may hold a password."""
        super().__init__()
        self._profiles = profiles
        self._test = test
        self._waiting: Timer | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(classes="field"):
            yield Label("Connection", classes="heading")
            yield UrlField(placeholder="a URL; enter takes it", classes="url", compact=True)
        yield Label("", classes="outcome", markup=False)
        if self._profiles:
            yield Picker([Entry(name, name) for name in self._profiles], frozenset())

    @on(Picker.Picked)
    def _profile_picked(self, event: Picker.Picked) -> None:
        event.stop()
        self.post_message(self.Wanted(event.value, self._profiles[event.value]))

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        if self._waiting is not None:
            self._waiting.stop()
        self._say("")
        self._waiting = self.set_timer(TEST_AFTER_S, lambda: self._try(event.value)) if event.value else None

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        if event.value:
            self.post_message(self.Wanted(None, event.value))
            event.input.value = ""

    def _try(self, url: str) -> None:
        self._say("testing …")
        self.run_worker(
            lambda: self._test(url), name="test", group="test", thread=True, exclusive=True, exit_on_error=False
        )

    @on(Worker.StateChanged)
    def _tested(self, event: Worker.StateChanged) -> None:
        event.stop()
        worker = event.worker
        if worker.state is WorkerState.SUCCESS:
            self._say(f"✓ {worker.result}")
        elif worker.state is WorkerState.ERROR:
            error = worker.error
            lines = error.lines() if isinstance(error, OkrseedError) else [str(error)]
            self._say("\N{MULTIPLICATION SIGN} " + "\n".join(lines))

    def _say(self, words: str) -> None:
        outcome = self.query_one(".outcome", Label)
        outcome.update(words)
        outcome.display = bool(words)
