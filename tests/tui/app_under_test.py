"""The app as the tests and the screenshots start it: nothing of this machine's environment, a fixed date."""

from __future__ import annotations

import contextlib
import datetime
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
from textual.pilot import Pilot

from okrseed.configuration import Surroundings
from okrseed.invocation import understand
from okrseed_tui.app import OkrseedApp
from okrseed_tui.desk import Desk
from okrseed_tui.main import parser
from okrseed_tui.screens.dialogs import Question
from okrseed_tui.screens.report import ReportScreen
from okrseed_tui.screens.workbench import Workbench

TODAY = datetime.date(2025, 11, 20)
PATIENCE_S = 30.0


def surroundings(folder: Path) -> Surroundings:
    """An empty home in a folder."""
    return Surroundings({}, folder, folder / "config", folder / "data", folder / "cache", lambda: TODAY)


def make_app(url: str, folder: Path, *options: str, ascii_only: bool = False, **frozen: Any) -> OkrseedApp:
    """The app on a database, as `okrseed-tui --database URL OPTIONS` starts it, with the clock and ids of `frozen`."""
    given = parser().parse_args(["--database", url, *options])
    given.command = "run"
    return OkrseedApp(Desk(understand(given, surroundings(folder)), **frozen), ascii_only=ascii_only)


def screen_text(app: OkrseedApp) -> str:
    """What stands on the screen, line by line, as it is painted."""
    lines = app.screen._compositor.render_strips()
    return "\n".join(strip.text for strip in lines)


def open_tab(app: OkrseedApp) -> str:
    """The name of the tab that is open."""
    (workbench,) = (screen for screen in app.screen_stack if isinstance(screen, Workbench))
    return workbench.tab


async def until(pilot: Pilot[int], holds: Callable[[], bool], what: str) -> None:
    """Let the app go on until something holds; fails with `what` after a long while."""
    import time

    deadline = time.monotonic() + PATIENCE_S
    while not holds():
        shown = f"{pilot.app.screen!r}, {pilot.app.focused!r}"
        assert time.monotonic() < deadline, f"waited in vain until {what}; shown: {shown}"
        await pilot.pause(0.02)


def is_planned(app: OkrseedApp) -> bool:
    """Whether the plan is what a run would do: none is in the making, no run has ended since."""
    return app.plan is not None and not app._backstage.planning.pending


async def until_planned(pilot: Pilot[int], app: OkrseedApp) -> None:
    """Until there is a plan for the choices as they are, of the database as the last run left it."""
    await until(pilot, lambda: is_planned(app), "the plan was made")


async def until_ended(pilot: Pilot[int], app: OkrseedApp) -> None:
    """Until a run has ended."""
    await until(pilot, lambda: app.running.report is not None, "the run ended")


async def seed(app: OkrseedApp, pilot: Pilot[int]) -> None:
    """Press r, agree to create tables, wait for the end."""
    await until_planned(pilot, app)
    await pilot.press("r")
    await pilot.pause()
    if isinstance(app.screen, Question):
        await pilot.press("enter")
    await until_ended(pilot, app)
    await close_report(app, pilot)


async def close_report(app: OkrseedApp, pilot: Pilot[int]) -> None:
    """Read the report, and close it."""
    await until(pilot, lambda: isinstance(app.screen, ReportScreen), "the report was shown")
    await pilot.press("escape")
    await until(pilot, lambda: not isinstance(app.screen, ReportScreen), "the report was closed")


@contextlib.contextmanager
def objectives_locked(url: str) -> Iterator[None]:
    """Another session changes every objective, and keeps the rows locked: a run has to wait there."""
    with psycopg.connect(url) as hostile:
        hostile.execute("update objectives set title = title || '!'")
        hostile.commit()
        hostile.execute("select id from objectives for update")
        yield
