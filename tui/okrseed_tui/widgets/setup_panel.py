"""The setup: what to seed, at which size, for which workspaces. Every change is a message."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import replace

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.message import Message
from textual.widgets import Button, Input, Label

from okrseed.blueprint import Blueprint, Scope
from okrseed.selection import Mode
from okrseed_tui.choices import Choices
from okrseed_tui.widgets.picker import Entry, Picker

MODE_WORDS = {
    Mode.FULL: "full · create and update",
    Mode.INCREMENTAL: "incremental · create only",
    Mode.DRY_RUN: "dry run · only look",
    Mode.RESET: "reset · purge, then full",
    Mode.PURGE: "purge · remove the tenant",
}


class SetupPanel(VerticalScroll):
    """Mode, size, workspaces and calendar."""

    class Changed(Message):
        """The person chose something else."""

        def __init__(self, choices: Choices) -> None:
            super().__init__()
            self.choices = choices

    class ConnectionWanted(Message):
        """The person wants another database."""

    def __init__(self, blueprint: Blueprint, choices: Choices) -> None:
        super().__init__(can_focus=False)
        self._blueprint = blueprint
        self._choices = choices

    def compose(self) -> ComposeResult:
        choices, blueprint = self._choices, self._blueprint
        yield Label("Mode", classes="heading")
        modes = [Entry(mode.value, words) for mode, words in MODE_WORDS.items()]
        yield Picker(modes, frozenset({choices.mode.value}), id="mode")
        yield Label("Size", classes="heading")
        sizes = [Entry(size, size) for size in blueprint.sizes]
        yield Picker(sizes, frozenset({choices.size}), id="size")
        yield Label("Workspaces", classes="heading")
        scopes = [Entry(scope.id, _scope_words(scope, None)) for scope in blueprint.scopes()]
        yield Picker(scopes, choices.scopes, many=True, id="scopes")
        yield Label("As of (a date; enter takes it)", classes="heading")
        yield Input(choices.as_of.isoformat(), id="date", compact=True)
        options = [Entry(name, words) for name, words in blueprint.options.items()]
        yield Picker(options, choices.options, many=True, id="options")
        yield Label("Environment", classes="heading")
        environments = [Entry(name, name) for name in blueprint.environments]
        yield Picker(environments, frozenset({choices.environment}), id="environment")
        yield Button("Connection (o)", id="connect", compact=True)

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return self._choices

    def show(self, choices: Choices) -> None:
        """Take over choices made elsewhere: a stage switched in the graph, a purge asked for by key."""
        self._choices = choices
        self.query_one("#mode", Picker).pick(frozenset({choices.mode.value}))
        self.query_one("#size", Picker).pick(frozenset({choices.size}))
        self.query_one("#scopes", Picker).pick(choices.scopes)
        self.query_one("#options", Picker).pick(choices.options)
        self.query_one("#environment", Picker).pick(frozenset({choices.environment}))
        self.query_one("#date", Input).value = choices.as_of.isoformat()

    def show_rows(self, rows: Mapping[str, int]) -> None:
        """Say for each workspace how many rows ticking it brings."""
        words = {scope.id: _scope_words(scope, rows.get(scope.id)) for scope in self._blueprint.scopes()}
        self.query_one("#scopes", Picker).reword(words)

    def focus_scopes(self) -> None:
        """Put the cursor on the workspaces."""
        self.query_one("#scopes").focus()

    @on(Picker.Picked)
    def _picked(self, event: Picker.Picked) -> None:
        event.stop()
        choices = self._choices
        match event.picker.id:
            case "mode":
                choices = replace(choices, mode=Mode(event.value))
            case "size":
                choices = replace(choices, size=event.value)
            case "scopes":
                choices = replace(choices, scopes=event.values)
            case "environment":
                choices = replace(choices, environment=event.value)
            case "options":
                choices = replace(choices, options=event.values)
        self._choices = choices
        self.post_message(self.Changed(choices))

    @on(Input.Submitted, "#date")
    def _date_entered(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            as_of = datetime.date.fromisoformat(event.value.strip())
        except ValueError:
            self.notify(f"{event.value!r} is not a date; write it as 2026-11-21.", severity="error", markup=False)
            return
        self.show(replace(self._choices, as_of=as_of))
        self.post_message(self.Changed(self._choices))

    @on(Button.Pressed, "#connect")
    def _connect(self, event: Button.Pressed) -> None:
        event.stop()
        self.post_message(self.ConnectionWanted())


def _scope_words(scope: Scope, rows: int | None) -> str:
    """`Sales  3 teams  29 users`, and the rows it brings once they are known."""
    facts = " ".join(f"{count} {name}" for name, count in list(scope.facts.items())[:2])
    return f"{scope.title:11} {facts}" if rows is None else f"{scope.title:11} {rows:>5,} rows"
