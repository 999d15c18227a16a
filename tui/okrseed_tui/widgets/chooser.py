"""One of a few, on one line: `Size  ( ) tiny  ( ) demo  (●) full`; where that is too long, `‹ full ›`."""

from __future__ import annotations

from collections.abc import Sequence

from rich.text import Text
from textual import events
from textual.binding import Binding
from textual.message import Message
from textual.widget import Widget

MARKS = ("( )", "(●)")
LABEL_WIDTH = 12


class Chooser(Widget, can_focus=True):
    """Left and right choose the neighbour, space the next one, a click what it meets."""

    COMPONENT_CLASSES = {"chooser--chosen"}
    DEFAULT_CSS = """
    Chooser {
        height: 1;
        width: 1fr;
        & > .chooser--chosen { text-style: bold; }
        &:focus > .chooser--chosen { color: $block-cursor-foreground; background: $block-cursor-background; }
    }
    """
    BINDINGS = [
        Binding("left,h", "step(-1)", "Previous", show=False),
        Binding("right,l,space,enter", "step(1)", "Next", show=False),
    ]

    class Chosen(Message):
        """Something else is chosen."""

        def __init__(self, chooser: Chooser, value: str) -> None:
            super().__init__()
            self.chooser = chooser
            self.value = value

        @property
        def control(self) -> Chooser:
            return self.chooser

    def __init__(self, label: str, values: Sequence[str], chosen: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._label = label
        self._values = tuple(values)
        self._chosen = chosen
        self._spans: list[tuple[int, int, str]] = []

    def choose(self, value: str) -> None:
        """Choose this, without telling anyone."""
        if value != self._chosen:
            self._chosen = value
            self.refresh()

    def action_step(self, step: int) -> None:
        """Choose the next one, or the one before; from the last to the first."""
        place = self._values.index(self._chosen) if self._chosen in self._values else 0
        self._take(self._values[(place + step) % len(self._values)])

    def on_click(self, event: events.Click) -> None:
        """Choose what was clicked; on the short form that is the next one."""
        met = next((value for start, end, value in self._spans if start <= event.x < end), None)
        if met is not None:
            self._take(met)
        elif not self._spans:
            self.action_step(1)

    def render(self) -> Text:
        """The long form where it fits, else the short one."""
        long = self._long()
        return long if long.cell_len <= self.size.width else self._short()

    def _take(self, value: str) -> None:
        if value != self._chosen:
            self.choose(value)
            self.post_message(self.Chosen(self, value))

    def _long(self) -> Text:
        text = Text(self._label.ljust(LABEL_WIDTH - 1), style="bold", no_wrap=True)
        self._spans = []
        for value in self._values:
            start = text.cell_len + 1
            chosen = value == self._chosen
            style = self.get_component_rich_style("chooser--chosen", partial=True) if chosen else "not bold"
            text.append(" ", "not bold")
            text.append(f"{MARKS[chosen]} {value}", style)
            self._spans.append((start, text.cell_len, value))
        return text

    def _short(self) -> Text:
        self._spans = []
        text = Text(self._label.ljust(LABEL_WIDTH), style="bold", no_wrap=True)
        text.append(f"‹ {self._chosen} ›", self.get_component_rich_style("chooser--chosen", partial=True))
        return text
