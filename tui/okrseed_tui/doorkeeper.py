"""Between the wish to run and the run: what the safeguards want confirmed, tables to create."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from okrseed.errors import OkrseedError, Refused
from okrseed.plan import Plan
from okrseed.safeguards import Permissions
from okrseed_tui.choices import Choices
from okrseed_tui.confirming import confirmation
from okrseed_tui.desk import Desk
from okrseed_tui.screens.dialogs import Page, Question, TypedConfirmation

if TYPE_CHECKING:
    from okrseed_tui.app import OkrseedApp


class Doorkeeper:
    """Asks what has to be asked, then calls `go(create_schema=…)`; asks nothing where nothing is at stake."""

    def __init__(self, app: OkrseedApp, desk: Desk, choices: Choices, plan: Plan, go: Callable[[bool], None]) -> None:
        self._app = app
        self._desk = desk
        self._choices = choices
        self._plan = plan
        self._go = go

    def ask(self, permissions: Permissions) -> None:
        """Start the run if the safeguards let it; else ask for what they name."""
        try:
            self._desk.allow(self._choices, permissions)
        except Refused as refusal:
            self._confirm(refusal, permissions)
        except OkrseedError as error:
            self._refuse(error)
        else:
            self._create_tables()

    def _confirm(self, refusal: Refused, permissions: Permissions) -> None:
        asked = confirmation(
            refusal,
            permissions,
            identity=self._desk.address.identity,
            slug=self._desk.tenant.slug,
            deletes=self._plan.total("delete"),
        )
        if asked is None:
            self._refuse(refusal)
            return
        granted = asked.grants
        then = self._offer_to_remember if asked.may_be_remembered and self._desk.remembers else self.ask
        self._app.push_screen(
            TypedConfirmation("Are you sure?", asked.text, asked.expected),
            lambda confirmed: then(granted) if confirmed else None,
        )

    def _offer_to_remember(self, granted: Permissions) -> None:
        """Whether to ask for this target again; whoever goes back here runs nothing."""

        def answered(answer: str | None) -> None:
            try:
                if answer == "always":
                    self._desk.remember()
            except OkrseedError as error:
                self._refuse(error)
                return
            if answer is not None:
                self.ask(granted)

        question = Question(
            "Ask again next time?",
            f"{self._desk.address.identity} can be remembered in your own configuration, never in a project's.",
            (("once", "Ask again"), ("always", "Remember it")),
        )
        self._app.push_screen(question, answered)

    def _create_tables(self) -> None:
        """Tables are created without asking only in the embedded default, which is ours alone."""
        missing = self._plan.missing_tables
        if not missing or self._desk.address.embedded:
            self._go(bool(missing))
            return
        question = Question(
            "Create the tables?",
            f"{self._desk.address.label} lacks {len(missing)} tables: {', '.join(missing)}.",
            (("create", "Create them and run"), ("back", "Back")),
        )
        self._app.push_screen(question, lambda answer: self._go(True) if answer == "create" else None)

    def _refuse(self, error: OkrseedError) -> None:
        self._app.push_screen(Page("This cannot run", "\n\n".join(error.lines())))
