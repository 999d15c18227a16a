"""The setup: what to seed, at which size, for which workspaces, and where. Every change is a message."""

from __future__ import annotations

import datetime
from dataclasses import replace
from typing import Any

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, VerticalScroll
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Input, Label

from okrseed.blueprint import Blueprint, stage_graph
from okrseed.errors import UsageError
from okrseed.selection import Mode
from okrseed_tui.choices import Choices
from okrseed_tui.scope_sizes import ScopeSizes, scope_lines, scopes_heading
from okrseed_tui.widgets.chooser import Chooser
from okrseed_tui.widgets.picker import Entry, Picker

MODE_WORDS = {
    Mode.FULL: "full         create and update",
    Mode.INCREMENTAL: "incremental  only create",
    Mode.DRY_RUN: "dry run      only look",
    Mode.RESET: "reset        purge, then full",
    Mode.PURGE: "purge        remove the tenant",
}
WIDTH = 38


class SetupPanel(VerticalScroll):
    """Mode, size, workspaces, stages, calendar, environment; and below them what `connection` is."""

    class Changed(Message):
        """The person chose something else."""

        def __init__(self, choices: Choices) -> None:
            super().__init__()
            self.choices = choices

    def __init__(self, blueprint: Blueprint, choices: Choices, connection: Widget) -> None:
        super().__init__(can_focus=False)
        self._blueprint = blueprint
        self._graph = stage_graph(blueprint)
        self._choices = choices
        self._connection = connection

    def compose(self) -> ComposeResult:
        choices, blueprint = self._choices, self._blueprint
        modes = [Entry(mode.value, words) for mode, words in MODE_WORDS.items()]
        yield Picker(modes, frozenset({choices.mode.value}), id="mode")
        yield Chooser("Size", blueprint.sizes, choices.size, id="size")
        yield Label(scopes_heading(blueprint, WIDTH), classes="heading", markup=False)
        lines = scope_lines(blueprint, None, frozenset(), WIDTH - 4)
        yield Picker([Entry(*line) for line in lines.items()], choices.scopes, many=True, id="scopes")
        with Horizontal(classes="field"):
            yield Label("Stages", classes="heading")
            yield Input(choices.selector(self._graph), placeholder="all of them", id="select", compact=True)
        yield Label("", id="selected", markup=False)
        with Horizontal(classes="field"):
            yield Label("As of", classes="heading")
            yield Input(choices.as_of.isoformat(), id="date", compact=True)
        options = [Entry(name, words) for name, words in blueprint.options.items()]
        yield Picker(options, choices.options, many=True, id="options")
        yield Chooser("Environment", list(blueprint.environments), choices.environment, id="environment")
        yield self._connection

    def on_mount(self) -> None:
        self._preview(self._choices)

    @property
    def choices(self) -> Choices:
        """What is chosen now."""
        return self._choices

    def show(self, choices: Choices) -> None:
        """Take over choices made elsewhere: a stage switched in the graph, a purge asked for by key."""
        self._choices = choices
        self.query_one("#mode", Picker).pick(frozenset({choices.mode.value}))
        self.query_one("#size", Chooser).choose(choices.size)
        self.query_one("#scopes", Picker).pick(choices.scopes)
        self.query_one("#options", Picker).pick(choices.options)
        self.query_one("#environment", Chooser).choose(choices.environment)
        with self.prevent(Input.Changed):
            self.query_one("#date", Input).value = choices.as_of.isoformat()
            self.query_one("#select", Input).value = choices.selector(self._graph)
        self._preview(choices)

    def show_sizes(self, sizes: ScopeSizes, stages: frozenset[str]) -> None:
        """Say for each workspace what ticking it brings."""
        self.query_one("#scopes", Picker).reword(scope_lines(self._blueprint, sizes, stages, WIDTH - 4))

    def focus_scopes(self) -> None:
        """Put the cursor on the workspaces."""
        picker = self.query_one("#scopes", Picker)
        # At once: focus() and its event wait their turn behind keys that were typed ahead.
        self.screen.set_focus(picker)
        picker.on_focus()

    @on(Picker.Picked)
    def _picked(self, event: Picker.Picked) -> None:
        event.stop()
        match event.picker.id:
            case "mode":
                self._change(mode=Mode(event.value))
            case "scopes":
                self._change(scopes=event.values)
            case "options":
                self._change(options=event.values)

    @on(Chooser.Chosen)
    def _chosen(self, event: Chooser.Chosen) -> None:
        event.stop()
        self._change(**{str(event.chooser.id): event.value})

    @on(Input.Changed, "#select")
    def _selector_typed(self, event: Input.Changed) -> None:
        """Each selector that means something is planned at once; one that does not yet says why."""
        event.stop()
        try:
            stages = self._graph.select(event.value) if event.value.strip() else frozenset(self._graph.needs)
        except UsageError as error:
            self._say(f"\N{MULTIPLICATION SIGN} {error.hint or error.message}")
            return
        if stages != self._choices.stages:
            self._change(stages=stages)
        self._preview(self._choices)

    @on(Input.Submitted, "#date")
    def _date_entered(self, event: Input.Submitted) -> None:
        event.stop()
        try:
            as_of = datetime.date.fromisoformat(event.value.strip())
        except ValueError:
            self.notify(f"{event.value!r} is not a date; write it as 2026-11-21.", severity="error", markup=False)
            return
        self._change(as_of=as_of)

    def _change(self, **chosen: Any) -> None:
        self._choices = replace(self._choices, **chosen)
        self.post_message(self.Changed(self._choices))

    def _preview(self, choices: Choices) -> None:
        """How many stages are chosen, and how many they bring along."""
        required = self._graph.closure(choices.stages) - choices.stages
        brings = f" · {len(required)} required by them" if required else ""
        self._say(f"{len(choices.stages)} of {len(self._graph.needs)} chosen{brings}")

    def _say(self, words: str) -> None:
        self.query_one("#selected", Label).update(words)
