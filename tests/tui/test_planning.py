"""What is run is what was planned last: a run waits for the plan in the making, or is called off."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import NamedTuple

import pytest
from textual import events
from textual.pilot import Pilot

from okrseed.selection import Mode
from okrseed_tui.app import OkrseedApp
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk, Planned
from okrseed_tui.screens.dialogs import Page, Question, TypedConfirmation
from okrseed_tui.screens.report import ReportScreen
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.widgets.picker import Picker
from tests.tui.app_under_test import PATIENCE_S, is_planned, make_app, screen_text, seed, until, until_planned

pytestmark = pytest.mark.asyncio


class Gate:
    """Plans wait in front of it while it is shut; `Desk.plan` as it is behind it."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self._open = threading.Event()
        self._open.set()
        self.waiting = 0
        really = Desk.plan

        def plan(desk: Desk, choices: Choices, cancelled: Callable[[], bool]) -> Planned:
            self.waiting += 1
            assert self._open.wait(PATIENCE_S)
            self.waiting -= 1
            return really(desk, choices, cancelled)

        patch.setattr(Desk, "plan", plan)

    def shut(self) -> None:
        self._open.clear()

    def open(self) -> None:
        self._open.set()


class Opened(NamedTuple):
    app: OkrseedApp
    pilot: Pilot[int]
    gate: Gate


@pytest.fixture
def opened(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], Opened]:
    @asynccontextmanager
    async def open_app(*, seeded: bool = True, shut: bool = False) -> AsyncIterator[Opened]:
        gate = Gate(monkeypatch)
        if shut:
            gate.shut()
        app = make_app(sqlite_url, tmp_path, "--size", "tiny")
        async with app.run_test(size=(120, 36)) as pilot:
            if seeded:
                await seed(app, pilot)
                await until_planned(pilot, app)
            yield Opened(app, pilot, gate)
            gate.open()

    return open_app


async def typed_ahead(app: OkrseedApp, pilot: Pilot[int], *keys: str) -> None:
    """Keys that come all at once, as from a slow line, or pasted."""
    for key in keys:
        app.post_message(events.Key(key, key if len(key) == 1 else None))
    await pilot.pause()


async def test_after_a_run_the_next_one_waits_for_the_plan_of_what_is_there_now(opened) -> None:
    async with opened(seeded=False) as (app, pilot, gate):
        await until_planned(pilot, app)
        gate.shut()
        await seed(app, pilot)
        # What was planned last would make tables, which the run has made: nobody is to be asked for that.
        await pilot.press("r")
        await pilot.pause()
        assert not isinstance(app.screen, Question)
        assert not app.running.going_on
        gate.open()
        await until(pilot, lambda: isinstance(app.screen, ReportScreen), "the run that was asked for ended")
        assert app.running.report is not None
        assert app.running.report.plan.changes == 0


async def test_the_first_plan_is_waited_for_too(opened) -> None:
    async with opened(seeded=False, shut=True) as (app, pilot, gate):
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        gate.open()
        await until(pilot, lambda: isinstance(app.screen, Question), "it was asked whether to make the tables")


async def test_what_a_purge_deletes_is_counted_before_it_is_confirmed(opened) -> None:
    async with opened() as (app, pilot, gate):
        gate.shut()
        await pilot.press("p", "r")
        gate.open()
        await until(pilot, lambda: isinstance(app.screen, TypedConfirmation), "a confirmation was asked for")
        assert app.plan is not None
        deleted = app.plan.total("delete")
        assert deleted > 500
        await until(pilot, lambda: f"{deleted:,} rows will be deleted" in screen_text(app), "the rows were counted")


@pytest.mark.parametrize("key", ["p", "d", "c"], ids=["other choices", "a look first", "cancel"])
async def test_a_run_that_waits_for_its_plan_is_called_off(opened, key: str) -> None:
    async with opened() as (app, pilot, gate):
        last = app.running.report
        gate.shut()
        await pilot.press("d", "r", key)
        gate.open()
        await until_planned(pilot, app)
        await pilot.pause()
        assert isinstance(app.screen, Workbench)
        assert app.running.report is last


async def test_no_run_begins_behind_what_was_opened_meanwhile(opened) -> None:
    async with opened() as (app, pilot, gate):
        last = app.running.report
        gate.shut()
        await pilot.press("d", "r", "question_mark")
        gate.open()
        await until_planned(pilot, app)
        await pilot.pause()
        assert isinstance(app.screen, Page)
        await pilot.press("escape")
        assert app.running.report is last


async def test_keys_typed_ahead_run_what_they_have_chosen(opened) -> None:
    async with opened() as (app, pilot, _):
        app.screen.query_one("#mode", Picker).focus()
        await pilot.pause()
        await typed_ahead(app, pilot, "down", "enter", "r")
        await until(pilot, lambda: isinstance(app.screen, ReportScreen), "the run ended")
        assert app.choices.mode is Mode.INCREMENTAL
        assert app.running.choices == app.choices


async def test_what_comes_of_a_plan_that_was_overtaken_counts_for_nothing(opened) -> None:
    """Its outcome may have been on its way when the newer one was begun, of another database, say."""
    async with opened() as (app, pilot, gate):
        backstage = app._backstage
        older, last = backstage._planner, app.running.report
        assert older is not None
        gate.shut()
        await pilot.press("d", "r")
        assert backstage._planner is not older
        backstage.ended(older)
        await pilot.pause()
        assert not is_planned(app)
        assert app.running.report is last
