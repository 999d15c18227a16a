"""Make every picture of this folder anew: `python screenshots/make.py`, from the top of the repository.

Runs the app for real (size full) on a PostgreSQL of its own, saves each screen as SVG and, where Chromium is installed,
as PNG. Look at them before you commit them.
"""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

import psycopg  # noqa: E402
from psycopg import sql  # noqa: E402
from tests.postgres import Server  # noqa: E402
from tests.tui.app_under_test import make_app, objectives_locked, screen_text, until, until_ended, until_planned  # noqa: E402
from textual.pilot import Pilot  # noqa: E402
from textual.widgets import Input  # noqa: E402

from okrseed.blueprints import load  # noqa: E402
from okrseed.prepare import create_schema  # noqa: E402
from okrseed.targets import open_target  # noqa: E402
from okrseed.targets.url import parse  # noqa: E402
from okrseed_tui.app import OkrseedApp  # noqa: E402
from okrseed_tui.screens.dialogs import Question, TypedConfirmation  # noqa: E402

Script = Callable[["Studio", OkrseedApp, Pilot[int]], Awaitable[None]]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Studio:
    """Takes the pictures on one server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._taken: list[Path] = []

    async def film(self, database: str, size: tuple[int, int], script: Script, *, locked: bool = False) -> None:
        """Play a script on the app; `locked`: it gives up waiting for locks soon."""
        options = "?options=-c%20lock_timeout%3D300ms" if locked else ""
        app = make_app(self._server.url(database) + options, self._folder)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until_planned(pilot, app)
            await script(self, app, pilot)

    def lock(self, database: str) -> AbstractContextManager[None]:
        """Another session changes objectives and keeps them locked."""
        return objectives_locked(self._server.url(database))

    @contextmanager
    def held(self, database: str, table: str) -> Iterator[None]:
        """Another session lets nobody write to a table."""
        with psycopg.connect(self._server.url(database)) as other:
            other.execute(sql.SQL("lock table {} in exclusive mode").format(sql.Identifier(table)))
            yield

    def with_tables(self, database: str) -> None:
        """A database with the tables, and no rows."""
        with open_target(parse(self._server.create_database(database))) as target, target.session("schema") as session:
            create_schema(session, load("okr", {}))

    def take(self, app: OkrseedApp, name: str) -> None:
        """Save the screen as it is now."""
        path = FOLDER / f"{name}.svg"
        path.write_text(portable(app.export_screenshot(title="okrseed-tui")), encoding="utf-8")
        self._taken.append(path)

    def develop(self) -> None:
        """Make a PNG of every SVG, with the browser that is there."""
        browser = next((found for name in BROWSERS if (found := shutil.which(name))), None)
        if browser is None:
            print("no Chromium here: the PNG pictures were not made")
            return
        for path in self._taken:
            width, height = re.findall(r'viewBox="0 0 (\d+)[\d.]* (\d+)', path.read_text(encoding="utf-8"))[0]
            options = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run"]
            command = [browser, *options, f"--window-size={width},{height}"]
            command += [f"--screenshot={path.with_suffix('.png')}", path.resolve().as_uri()]
            subprocess.run(command, check=True, capture_output=True)  # noqa: S603 - our own files
            print(path.with_suffix(".png").name)


def portable(svg: str) -> str:
    """Without fonts from elsewhere: the reader's own monospaced font is used."""
    svg = re.sub(r"@font-face \{.*?\}", "", svg, flags=re.DOTALL)
    return svg.replace("Fira Code", "DejaVu Sans Mono")


TABS = ("timeline", "events", "data", "database", "checks", "history")


async def shoot(studio: Studio) -> None:
    """The screens, in the order in which a person meets them."""
    await studio.film("shots", (120, 36), first_run)
    await studio.film("midway", (120, 36), live)
    await studio.film("shots", (120, 36), retry, locked=True)
    await studio.film("shots", (160, 48), roomy)
    await studio.film("shots", (120, 36), choosing)
    await studio.film("shots", (80, 24), narrow)


async def first_run(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """An empty database: planned, read, run, looked at from every side."""
    await until(pilot, lambda: "677" in screen_text(app), "the sizes of the workspaces came")
    studio.take(app, "planned")
    await pilot.press("2")
    await pilot.pause(0.5)
    studio.take(app, "plan")
    await pilot.press("r")
    await until(pilot, lambda: isinstance(app.screen, Question), "the app asked for tables")
    studio.take(app, "question")
    await pilot.press("enter")
    await until_ended(pilot, app)
    await pilot.pause(1)
    studio.take(app, "report")
    await pilot.press("escape")
    await pilot.pause(1)
    studio.take(app, "workbench")
    for number, name in enumerate(TABS, 3):
        await pilot.press(str(number))
        await pilot.pause(2)
        studio.take(app, name)


async def live(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """In the middle of a run, which takes less than a second: another session has it wait for the check-ins."""

    def near_its_end() -> bool:
        state = app.running.state
        return state is not None and all(
            stage.progress == ("running" if stage.id == "check-ins" else "done") for stage in state.stages.values()
        )

    await until(pilot, lambda: "677" in screen_text(app), "the sizes of the workspaces came")
    with studio.held("midway", "check_ins"):
        await pilot.press("r")
        await until(pilot, near_its_end, "all but the check-ins is there")
        await pilot.pause(1)
        studio.take(app, "running")
    await until_ended(pilot, app)


def waits_to_retry(app: OkrseedApp) -> bool:
    """Whether a stage waits for its next attempt, and not for the first time."""
    state = app.running.state
    return state is not None and len(state.retries) > 1 and state.stages["okrs"].progress == "retrying"


async def retry(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """Another session holds a lock on what has to be written."""
    with studio.lock("shots"):
        await pilot.press("d")
        await until(pilot, lambda: bool(app.plan and app.plan.changes), "there is something to write")
        await pilot.pause(6)
        await pilot.press("r")
        await until(pilot, lambda: waits_to_retry(app), "a retry")
        await pilot.pause(0.5)
        studio.take(app, "retry")
    await until_ended(pilot, app)


async def roomy(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """The same in a large terminal, in the light."""
    await until(pilot, lambda: "677" in screen_text(app), "the sizes of the workspaces came")
    await pilot.press("t", "5")
    await pilot.pause(6)
    studio.take(app, "light")


async def choosing(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """Some workspaces and stages, the palette, another database, help."""
    await until(pilot, lambda: "677" in screen_text(app), "the sizes of the workspaces came")
    await pilot.press("w", "down", "down", "space", "down", "space", "down", "space", "down", "space")
    app.screen.query_one("#select", Input).focus()
    await pilot.press(*"+check-ins")
    await until_planned(pilot, app)
    await pilot.pause(1)
    studio.take(app, "choosing")
    await pilot.press("escape", "ctrl+p")
    await pilot.pause(1)
    studio.take(app, "palette")
    await pilot.press("escape", "o")
    await pilot.press(*"sqlite:///demo.db")
    await pilot.pause(2)
    studio.take(app, "connection")
    await pilot.press("escape", "question_mark")
    await pilot.pause(0.5)
    studio.take(app, "help")


async def narrow(studio: Studio, app: OkrseedApp, pilot: Pilot[int]) -> None:
    """At 80 × 24: a drawer, the graph as a list, one tab at a time; then a purge."""
    await until(pilot, lambda: bool(app.plan), "there is a plan")
    await pilot.pause(2)
    await pilot.press("w")
    await pilot.pause(0.5)
    studio.take(app, "narrow-setup")
    await pilot.press("w", "r")
    await until_ended(pilot, app)
    await pilot.pause(1)
    await pilot.press("escape")
    await pilot.pause(1)
    studio.take(app, "narrow")
    await pilot.press("g")
    await pilot.pause(0.5)
    studio.take(app, "narrow-graph")
    await pilot.press("1", "p")
    await until_planned(pilot, app)
    await pilot.pause(6)
    await pilot.press("r")
    await until(pilot, lambda: isinstance(app.screen, TypedConfirmation), "the slug was asked for")
    studio.take(app, "purge")


def main() -> None:
    """Take and develop every picture."""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        studio = Studio(server, Path(folder))
        server.create_database("shots")
        studio.with_tables("midway")
        asyncio.run(shoot(studio))
        studio.develop()


if __name__ == "__main__":
    main()
