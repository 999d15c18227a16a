"""The app in a browser: everything but what deletes (specification: `okrseed-tui`, Bounds)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, ClassVar

from textual.app import App
from textual.binding import BindingType

from okrseed.cancellation import Cancellation
from okrseed.errors import Refused
from okrseed.events import EventSink
from okrseed.report import RunReport
from okrseed.safeguards import Permissions
from okrseed.selection import Mode
from okrseed_tui.actions import ACTIONS
from okrseed_tui.app import OkrseedApp
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk
from okrseed_tui.screens.dialogs import Page

OFF = frozenset({"purge"})
"""The actions of the registry that delete."""


def refusal(mode: Mode) -> Refused:
    """Why a mode that deletes does not run in the browser."""
    return Refused(
        f"{mode.value.capitalize()} is off in the browser",
        code="served",
        hint="Start okrseed-tui --serve with --allow-purge to allow it, or use okrseed-tui in a terminal.",
    )


class ServedDesk(Desk):
    """Refuses every mode that deletes, whatever is confirmed."""

    # Everybody who uses this machine may be at the page; the configuration is that of who serves it.
    remembers = False

    def allow(self, choices: Choices, permissions: Permissions) -> None:
        """Raise Refused where a run of these choices deletes, or needs a confirmation that `permissions` lack."""
        _check(choices)
        super().allow(choices, permissions)

    def run(self, choices: Choices, sink: EventSink, cancellation: Cancellation, *, create_schema: bool) -> RunReport:
        """Run to the end. Raises Refused where that would delete, OkrseedError for what stops it before a row."""
        _check(choices)
        return super().run(choices, sink, cancellation, create_schema=create_schema)


class ServedApp(OkrseedApp, inherit_bindings=False):
    """Offers nothing that deletes; a key that would says why it does not."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *App.BINDINGS,
        *(replace(action, footer=action.footer and action.name not in OFF).binding() for action in ACTIONS),
    ]

    def action_purge(self) -> None:
        """Say that it is off."""
        self.push_screen(Page("This cannot run", "\n\n".join(refusal(Mode.PURGE).lines())))

    def get_system_commands(self, screen: Any) -> Iterator[Any]:
        """The palette without what deletes."""
        hidden = {action.label for action in ACTIONS if action.name in OFF}
        return (command for command in super().get_system_commands(screen) if command.title not in hidden)


def _check(choices: Choices) -> None:
    if choices.mode.deletes:
        raise refusal(choices.mode)
