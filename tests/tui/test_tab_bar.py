"""The bar of tabs: what it paints in how much room, and what opens a tab."""

from __future__ import annotations

from pathlib import Path

import pytest

from okrseed import courtesy
from okrseed_tui.widgets.tab_bar import TabBar
from tests.tui.app_under_test import make_app, open_tab, until, until_planned

pytestmark = pytest.mark.asyncio


@pytest.mark.parametrize(
    ("width", "titles"),
    [
        (120, "1 Stages 2 Plan 3 Timeline 4 Events 5 Data 6 Database 7 Checks 8 History"),
        (80, " 1 Stages  2 Plan  3 Timeline  4 Events  5 Data  6 Database  7 Checks  8 History"),
        (60, "3 Timeline 4 Events 5 Data 6 Database 7 Checks 8 History"),
    ],
)
async def test_the_open_tab_is_in_view_and_marked_in_any_room(
    sqlite_url: str, tmp_path: Path, width: int, titles: str
) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(width, 36)) as pilot:
        await until_planned(pilot, app)
        await pilot.press("8")
        await pilot.pause()
        bar = app.screen.query_one(TabBar)
        line, rule = (bar.render_line(y) for y in range(2))
        assert line.text.rstrip().endswith(titles.lstrip() if width == 60 else titles)
        assert line.cell_length == rule.cell_length == bar.size.width
        place = line.text.index("8 History")
        assert rule.text[place - 1 : place + 9] == "╸" + "━" * 9


async def test_the_mouse_and_the_arrow_keys_open_tabs(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(120, 36)) as pilot:
        await until_planned(pilot, app)
        bar = app.screen.query_one(TabBar)
        await pilot.click(bar, offset=(bar.render_line(0).text.index("4 Events"), 0))
        await until(pilot, lambda: open_tab(app) == "events", "the click opened the tab")
        assert app.screen.focused is bar
        await pilot.press("left")
        await until(pilot, lambda: open_tab(app) == "timeline", "the tab before")
        await pilot.press("right", "right")
        await until(pilot, lambda: open_tab(app) == "data", "two tabs on")


async def test_the_bar_goes_round(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(80, 24)) as pilot:
        await until_planned(pilot, app)
        await pilot.press("left")
        await until(pilot, lambda: open_tab(app) == "history", "from the first to the last")


async def test_an_answered_key_asks_the_engine_no_longer(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(120, 36)) as pilot:
        await until_planned(pilot, app)
        for key in ("2", "right", "question_mark", "escape"):
            await pilot.press(key)
            await until(pilot, lambda: not courtesy.asked(), f"{key} was answered")
