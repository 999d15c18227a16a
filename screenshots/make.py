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
from collections.abc import Awaitable, Callable
from pathlib import Path

FOLDER = Path(__file__).parent
sys.path.insert(0, str(FOLDER.parent))

from tests.postgres import Server  # noqa: E402
from tests.tui.app_under_test import make_app, until_ended, until_planned  # noqa: E402
from textual.pilot import Pilot  # noqa: E402

from okrseed_tui.app import OkrseedApp  # noqa: E402

Script = Callable[[OkrseedApp, Pilot[int]], Awaitable[None]]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class Studio:
    """Takes the pictures on one server."""

    def __init__(self, server: Server, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._taken: list[Path] = []

    async def film(self, database: str, size: tuple[int, int], script: Script) -> None:
        """Play a script on the app, on an empty database or the one of an earlier script."""
        app = make_app(self._server.url(database), self._folder)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until_planned(pilot, app)
            await script(app, pilot)

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


async def shoot(studio: Studio) -> None:
    """The screens, in the order in which a person meets them."""

    async def wide(app: OkrseedApp, pilot: Pilot[int]) -> None:
        studio.take(app, "planned")
        await pilot.press("2")
        await pilot.pause()
        studio.take(app, "plan")
        await pilot.press("r", "enter")
        await until_ended(pilot, app)
        await pilot.pause(1)
        studio.take(app, "report")
        await pilot.press("enter")
        await pilot.pause(1)
        studio.take(app, "workbench")
        for key, name in zip("345678", ("timeline", "events", "data", "database", "checks", "history"), strict=True):
            await pilot.press(key)
            await pilot.pause(1)
            studio.take(app, name)

    async def narrow(app: OkrseedApp, pilot: Pilot[int]) -> None:
        await pilot.press("w")
        await pilot.pause(0.3)
        studio.take(app, "narrow-setup")
        await pilot.press("w", "g")
        await pilot.pause(0.3)
        studio.take(app, "narrow-graph")
        await pilot.press("1", "r")
        await until_ended(pilot, app)
        await pilot.pause(1)
        await pilot.press("enter")
        await pilot.pause(1)
        studio.take(app, "narrow")
        await pilot.press("p")
        await until_planned(pilot, app)
        await pilot.pause(6)
        studio.take(app, "purge")

    studio._server.create_database("shots")
    await studio.film("shots", (120, 36), wide)
    await studio.film("shots", (80, 24), narrow)


def main() -> None:
    """Take and develop every picture."""
    with Server() as server, tempfile.TemporaryDirectory() as folder:
        studio = Studio(server, Path(folder))
        asyncio.run(shoot(studio))
        studio.develop()


if __name__ == "__main__":
    main()
