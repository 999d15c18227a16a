"""The header: which database, which environment, how the connection is. Never a password."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.widgets import Label

from okrseed_tui.widgets.plain import Backdrop


class TargetBar(Backdrop):
    """One line of facts; a production target turns it into a banner."""

    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def compose(self) -> ComposeResult:
        yield Label(" okrseed ", id="brand")
        yield Label(self._target, id="target", markup=False)
        yield Label("", id="facts", markup=False)
        yield Label("", id="connection", markup=False)

    def show_facts(self, target: str, tenant: str, size: str, environment: str, production: str | None) -> None:
        """Where, which tenant, how large, which environment; `production` says why this counts as production."""
        self.query_one("#target", Label).update(target)
        word = "PRODUCTION" if production else environment
        self.query_one("#facts", Label).update(f"{word} · {tenant} · {size}")
        self.set_class(production is not None, "-production")
        self.tooltip = production

    def show_connection(self, words: str, *, good: bool | None) -> None:
        """How the connection is: good, bad, or not known yet (None)."""
        glyph = {True: "●", False: "\N{MULTIPLICATION SIGN}", None: "…"}[good]
        label = self.query_one("#connection", Label)
        label.update(f"{glyph} {words}")
        label.set_class(good is True, "-good")
        label.set_class(good is False, "-bad")
