"""The app as the tests and the screenshots start it: nothing of this machine's environment, a fixed date."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from pathlib import Path

from textual.pilot import Pilot

from okrseed.configuration import Surroundings
from okrseed.invocation import understand
from okrseed_tui.app import OkrseedApp
from okrseed_tui.desk import Desk
from okrseed_tui.main import parser

TODAY = datetime.date(2025, 11, 20)
PATIENCE_S = 30.0


def surroundings(folder: Path) -> Surroundings:
    """An empty home in a folder."""
    return Surroundings({}, folder, folder / "config", folder / "data", lambda: TODAY)


def make_app(url: str, folder: Path, *options: str) -> OkrseedApp:
    """The app on a database, as `okrseed-tui --database URL OPTIONS` starts it."""
    given = parser().parse_args(["--database", url, *options])
    given.command = "run"
    return OkrseedApp(Desk(understand(given, surroundings(folder))))


async def until(pilot: Pilot[int], holds: Callable[[], bool], what: str) -> None:
    """Let the app go on until something holds; fails with `what` after a long while."""
    import time

    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        assert time.monotonic() < deadline, f"waited in vain until {what}"
        await pilot.pause(0.02)


async def until_planned(pilot: Pilot[int], app: OkrseedApp) -> None:
    """Until there is a plan for the choices as they are."""
    await until(
        pilot,
        lambda: app.plan is not None and app.plan.selection == app.selection(),
        "the plan was made",
    )


async def until_ended(pilot: Pilot[int], app: OkrseedApp) -> None:
    """Until a run has ended."""
    await until(pilot, lambda: app.running.report is not None, "the run ended")
