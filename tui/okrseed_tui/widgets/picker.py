"""Lists to pick from: one of several, or any of several. A mark, not a colour, says what is picked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from textual import on
from textual.binding import Binding
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

ONE_MARKS = ("( )", "(●)")
MANY_MARKS = ("[ ]", "[x]")


class Entry(NamedTuple):
    """Something to pick: what it stands for, and its words."""

    value: str
    words: str


class Picker(OptionList):
    """Space or enter picks what the cursor is on; with `many`, picks it or puts it back."""

    BINDINGS = [Binding("space", "select", "Pick", show=False)]

    class Picked(Message):
        """What is picked has changed."""

        def __init__(self, picker: Picker, values: frozenset[str]) -> None:
            super().__init__()
            self.picker = picker
            self.values = values

        @property
        def control(self) -> Picker:
            return self.picker

        @property
        def value(self) -> str:
            """The one value that is picked."""
            (only,) = self.values
            return only

    def __init__(
        self, entries: Sequence[Entry], picked: frozenset[str], *, many: bool = False, id: str | None = None
    ) -> None:
        super().__init__(id=id, markup=False, compact=True)
        self._entries = tuple(entries)
        self._picked = picked
        self._many = many
        self._words: Mapping[str, str] = {entry.value: entry.words for entry in entries}
        self.add_options([Option(self._prompt(entry.value), id=entry.value) for entry in entries])

    @property
    def picked(self) -> frozenset[str]:
        return self._picked

    def pick(self, values: frozenset[str]) -> None:
        """Pick these, without telling anyone."""
        if values != self._picked:
            self._picked = values
            self._refresh_prompts()

    def reword(self, words: Mapping[str, str]) -> None:
        """Show other words for some of the entries."""
        self._words = {**self._words, **words}
        self._refresh_prompts()

    def on_focus(self) -> None:
        """Put the cursor on the first entry, if it is nowhere yet."""
        if self.highlighted is None:
            self.highlighted = 0

    @on(OptionList.OptionSelected)
    def _selected(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        value = str(event.option_id)
        values = self._picked ^ {value} if self._many else frozenset({value})
        if values != self._picked:
            self.pick(values)
            self.post_message(self.Picked(self, values))

    def _refresh_prompts(self) -> None:
        for place, entry in enumerate(self._entries):
            self.replace_option_prompt_at_index(place, self._prompt(entry.value))

    def _prompt(self, value: str) -> str:
        marks = MANY_MARKS if self._many else ONE_MARKS
        return f"{marks[value in self._picked]} {self._words[value]}"
