"""The first frame: it needs nothing heavy, it names the target, and what is typed at it is not lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from textual.geometry import Size

from okrseed.invocation import understand
from okrseed_tui.app import OkrseedApp
from okrseed_tui.main import parser
from okrseed_tui.opening import Curtain, Later, outlines
from tests.tui.app_under_test import open_tab, surroundings, until, until_planned

HEAVY = ("sqlalchemy", "psycopg", "tenacity", "bcrypt", "okrseed.planner", "okrseed_tui.screens.workbench")
PROGRAM = f"""
import sys
import okrseed_tui.app
from okrseed.configuration import system_surroundings
from okrseed.invocation import understand
from okrseed_tui.main import parser
options = parser().parse_args([])
options.command = "run"
okrseed_tui.app.OkrseedApp(okrseed_tui.opening.Later(understand(options, system_surroundings())))
print([name for name in {HEAVY!r} if name in sys.modules])
"""


def later(url: str, folder: Path, *options: str) -> Later:
    given = parser().parse_args(["--database", url, *options])
    given.command = "run"
    return Later(understand(given, surroundings(folder)))


def test_the_first_frame_needs_no_database_driver_and_no_workbench(tmp_path: Path) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("size", [Size(160, 48), Size(120, 36), Size(100, 18), Size(80, 24), Size(20, 3)])
def test_outlines_lie_inside_the_window_and_apart(size: Size) -> None:
    regions = [region for _, region in outlines(size)]
    assert all(size.region.contains_region(region) for region in regions)
    assert not any(one.overlaps(other) for one in regions for other in regions if one is not other)


@pytest.mark.asyncio
async def test_the_first_frame_names_the_target_and_keys_wait_for_the_workbench(
    sqlite_url: str, tmp_path: Path
) -> None:
    app = OkrseedApp(later(sqlite_url, tmp_path, "--size", "tiny"))
    async with app.run_test(size=(120, 36)) as pilot:
        if not app.is_open:
            assert "demo.db" in app.screen.query_one(Curtain).render_line(0).text
            app.simulate_key("2")
        else:  # A machine so quick that there was no time to type.
            await pilot.press("2")
        await until(pilot, lambda: app.is_open, "the workbench came")
        await until_planned(pilot, app)
        assert open_tab(app) == "plan"


@pytest.mark.asyncio
async def test_a_refusal_after_the_first_frame_ends_the_app_with_it(sqlite_url: str, tmp_path: Path) -> None:
    app = OkrseedApp(later(sqlite_url, tmp_path, "--as-of", "nonsense"))
    async with app.run_test() as pilot:
        await until(pilot, lambda: app.refusal is not None, "it was refused")
    assert app.refusal is not None
    assert app.return_value == int(app.refusal.exit)
