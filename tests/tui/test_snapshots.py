"""Whole screens, as text, with clock, ids and memory frozen: what a person sees at three moments.

The header is left out, as it names a file of this machine. `pytest tests/tui/test_snapshots.py --snapshot-update`
takes them anew; read the difference before you commit it.
"""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from syrupy.assertion import SnapshotAssertion

from okrseed_tui.app import OkrseedApp
from okrseed_tui.widgets import status_line
from tests.tui.app_under_test import make_app, screen_text, seed, until, until_planned

MIDDLE, NARROW = (120, 36), (80, 24)

pytestmark = pytest.mark.asyncio


class StoppedClock:
    """It is always the same moment."""

    def now(self) -> datetime.datetime:
        return datetime.datetime(2025, 11, 20, 12, 0, 0)

    def monotonic(self) -> float:
        return 1_000.0


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """As much memory on every machine."""
    monkeypatch.setattr(status_line, "peak_memory_mb", lambda: 64.0)


def frozen_app(url: str, folder: Path) -> OkrseedApp:
    return make_app(url, folder, "--size", "tiny", clock=StoppedClock(), new_id=lambda: "0123456789ab")


def seen(app: OkrseedApp) -> str:
    """The screen below the header, without spaces at the ends of its lines."""
    return "\n".join(line.rstrip() for line in screen_text(app).splitlines()[1:])


@pytest.mark.parametrize("size", [MIDDLE, NARROW], ids=["120x36", "80x24"])
async def test_planned(sqlite_url: str, tmp_path: Path, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    app = frozen_app(sqlite_url, tmp_path)
    async with app.run_test(size=size) as pilot:
        await until_planned(pilot, app)
        await pilot.press("2")
        if size == MIDDLE:
            await until(pilot, lambda: "[x] Sales            3" in screen_text(app), "the sizes came")
        await pilot.pause(0.3)
        assert seen(app) == snapshot


@pytest.mark.parametrize("size", [MIDDLE, NARROW], ids=["120x36", "80x24"])
async def test_done(sqlite_url: str, tmp_path: Path, snapshot: SnapshotAssertion, size: tuple[int, int]) -> None:
    app = frozen_app(sqlite_url, tmp_path)
    async with app.run_test(size=size) as pilot:
        await seed(app, pilot)
        await until_planned(pilot, app)
        await pilot.press("7")
        await pilot.pause(0.3)
        assert seen(app) == snapshot


async def test_the_help_of_a_pane(sqlite_url: str, tmp_path: Path, snapshot: SnapshotAssertion) -> None:
    app = frozen_app(sqlite_url, tmp_path)
    async with app.run_test(size=(100, 48)) as pilot:
        await until_planned(pilot, app)
        await pilot.press("w")
        await until(pilot, lambda: "[x] Sales            3" in screen_text(app), "the sizes came")
        await pilot.press("question_mark")
        await pilot.pause(0.3)
        assert seen(app) == snapshot
