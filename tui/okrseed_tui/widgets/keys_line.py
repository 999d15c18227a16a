"""The footer: the keys of the app first, then those of what has the focus; in little room the latter are cut."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Footer

from okrseed_tui.actions import ACTIONS

_OF_THE_APP = frozenset(action.name for action in ACTIONS)


class KeysLine(Footer):
    """Textual's footer in another order: whoever needs help or wants to leave must see how."""

    def __init__(self) -> None:
        super().__init__(compact=True, show_command_palette=False)

    def compose(self) -> ComposeResult:
        """The keys that make sense now."""
        keys = list(super().compose())
        yield from sorted(keys, key=lambda key: getattr(key, "action", "").removeprefix("app.") not in _OF_THE_APP)
