"""The workbench as a person uses it: the app for real, on a real database, by keys and mouse."""

from __future__ import annotations

import sqlite3
from functools import partial
from pathlib import Path

import pytest
from textual.widgets import DataTable, Label

from okrseed.selection import Mode
from okrseed_tui.actions import ACTIONS, keys_markdown
from okrseed_tui.app import OkrseedApp
from okrseed_tui.screens.dialogs import Page, Question, TypedConfirmation
from okrseed_tui.screens.report import ReportScreen
from okrseed_tui.widgets.event_log import EventLog
from okrseed_tui.widgets.picker import Picker
from okrseed_tui.widgets.stage_graph import StageGraph
from tests.tui.app_under_test import (
    make_app,
    objectives_locked,
    open_tab,
    screen_text,
    seed,
    until,
    until_ended,
    until_planned,
)

WIDE, MIDDLE, NARROW = (160, 48), (120, 36), (80, 24)
README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.asyncio


def rows_of(path: Path, table: str) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute(f'select count(*) from "{table}"').fetchone()[0])


@pytest.mark.parametrize("size", [WIDE, MIDDLE, NARROW])
async def test_two_keys_seed_a_whole_tenant_at_every_size(
    database_url: str, tmp_path: Path, size: tuple[int, int]
) -> None:
    app = make_app(database_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=size) as pilot:
        await seed(app, pilot)
        report = app.running.report
        assert report is not None
        assert (report.status, report.error) == ("succeeded", None)
        assert report.state.done == report.plan.total("create") > 500


async def test_the_graph_shows_every_stage_done_after_a_run(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        await pilot.pause(0.2)
        graph = app.screen.query_one(StageGraph)
        text = "\n".join(graph.render_line(y).text for y in range(graph.size.height))
        assert text.count("done") == 11
        assert not graph.is_list


async def test_under_a_hundred_columns_the_graph_is_a_list_in_place_of_the_tabs(
    sqlite_url: str, tmp_path: Path
) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=NARROW) as pilot:
        await until_planned(pilot, app)
        graph = app.screen.query_one(StageGraph)
        assert not graph.display
        await pilot.press("g")
        await pilot.pause()
        assert graph.display
        assert graph.is_list
        assert not app.screen.query_one("#tabs").display
        await pilot.press("2")
        await pilot.pause()
        assert open_tab(app) == "plan"


async def test_workspaces_are_chosen_in_three_keys_and_planned_anew(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=NARROW) as pilot:
        await until_planned(pilot, app)
        assert app.plan is not None
        before = app.plan.total("create")
        await pilot.press("w", "down", "space")
        assert app.choices.scopes == {"sales", "marketing", "product", "engineering", "people"}
        await until_planned(pilot, app)
        assert app.plan.total("create") < before


async def test_a_stage_switched_off_that_others_need_becomes_required(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await until_planned(pilot, app)
        app.screen.query_one(StageGraph).move_to("teams")
        await pilot.press("space")
        await until_planned(pilot, app)
        assert app.plan is not None
        selected = {stage.id: stage.selected for stage in app.plan.stages}
        assert selected["teams"] == "required"
        assert selected["okrs"] == "chosen"


async def test_a_purge_runs_only_after_its_slug_was_typed(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    path = tmp_path / "demo.db"
    async with app.run_test(size=MIDDLE) as pilot:
        await seed(app, pilot)
        assert rows_of(path, "users") == 25
        await pilot.press("p")
        assert app.choices.mode is Mode.PURGE
        await until_planned(pilot, app)
        await pilot.press("r")
        await pilot.pause()
        assert isinstance(app.screen, TypedConfirmation)
        await pilot.press(*"puzzel", "enter")
        await pilot.pause()
        assert isinstance(app.screen, TypedConfirmation)
        assert rows_of(path, "users") == 25
        await pilot.press(*"-cx-demo", "enter")
        await until(pilot, lambda: app.running.report is not None and rows_of(path, "users") == 0, "the purge ended")
        assert rows_of(path, "organizations") == 0


async def test_a_retry_is_seen_while_another_session_holds_a_lock(postgres_url: str, tmp_path: Path) -> None:
    separator = "&" if "?" in postgres_url else "?"
    url = f"{postgres_url}{separator}options=-c%20lock_timeout%3D300ms"
    app = make_app(url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        with objectives_locked(postgres_url):
            await until_planned(pilot, app)
            app.running.report = None
            await pilot.press("r")
            await until(pilot, lambda: bool(app.running.state and app.running.state.retries), "a retry was seen")
            await until(
                pilot,
                lambda: "55P03" in app.screen.query_one("#log", EventLog).text(),
                "the log told the cause",
            )
        await until_ended(pilot, app)
        assert app.running.report is not None
        assert app.running.report.status == "succeeded"


async def test_cancelling_twice_stops_a_run_that_waits_for_a_lock(postgres_url: str, tmp_path: Path) -> None:
    app = make_app(postgres_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        with objectives_locked(postgres_url):
            app.running.report = None
            await until_planned(pilot, app)
            await pilot.press("r")
            await until(
                pilot,
                lambda: bool(app.running.state and app.running.state.stages["okrs"].progress == "running"),
                "the stage began",
            )
            await pilot.press("c", "c")
            await until_ended(pilot, app)
        assert app.running.report is not None
        assert app.running.report.status == "cancelled"
        await until(pilot, lambda: isinstance(app.screen, ReportScreen), "the outcome was told")


def _has_focus(app: OkrseedApp, name: str) -> bool:
    return app.focused is not None and app.focused.name == name


async def test_quitting_during_a_run_asks_first(postgres_url: str, tmp_path: Path) -> None:
    app = make_app(postgres_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        with objectives_locked(postgres_url):
            await until_planned(pilot, app)
            await pilot.press("r")
            await until(pilot, lambda: app.running.going_on, "the run began")
            await pilot.press("q")
            await until(pilot, lambda: isinstance(app.screen, Question), "the question was asked")
            # On a machine that is busy, the first answer has its focus a moment later.
            for answer in ("stay", "chunk", "now"):
                await until(pilot, partial(_has_focus, app, answer), f"{answer} had the focus")
                await pilot.press("enter" if answer == "now" else "tab")
            await until(pilot, lambda: app.return_value is not None, "the app was left")
    assert app.return_value == 130


async def test_no_database_behind_the_url_is_told_and_the_app_stays_usable(tmp_path: Path) -> None:
    app = make_app("postgresql://nobody:secret-word@127.0.0.1:1/none", tmp_path)
    async with app.run_test(size=MIDDLE) as pilot:
        connection = app.screen.query_one("#connection", Label)
        await until(pilot, lambda: "no connection" in str(connection.render()), "the failure was told")
        assert "No plan" in str(app.screen.query_one("#totals").render())
        assert "secret-word" not in app.export_screenshot()
        await pilot.press("r", "2")
        assert open_tab(app) == "plan"


async def test_enter_on_a_table_of_the_plan_opens_its_sample_rows(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        await pilot.press("2")
        app.screen.query_one(DataTable).focus()
        await pilot.press("enter")
        await pilot.pause()
        assert isinstance(app.screen, Page)
        assert "puzzel-cx-demo" in str(app.screen.query_one("Label").render())


async def test_a_window_too_small_says_what_is_needed_and_keeps_focus_and_run(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await seed(app, pilot)
        report = app.running.report
        app.screen.query_one("#scopes", Picker).focus()
        await pilot.resize_terminal(50, 15)
        await pilot.pause()
        assert app.screen.query_one("#too-small").display
        await pilot.resize_terminal(*MIDDLE)
        await pilot.pause()
        assert not app.screen.query_one("#too-small").display
        assert app.focused is not None
        assert app.focused.id == "scopes"
        assert app.running.report is report


async def test_the_readme_lists_exactly_the_keys_of_the_registry() -> None:
    text = README.read_text(encoding="utf-8")
    listed = text.split("<!-- keys -->")[1].split("<!-- end -->")[0].strip()
    assert listed == keys_markdown()
    assert len({action.key for action in ACTIONS}) == len(ACTIONS)


async def test_the_database_tab_shows_what_the_doctor_finds(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        with sqlite3.connect(tmp_path / "demo.db") as connection:
            connection.execute('drop index "teams_workspaceId_idx"')
        connection.close()
        await pilot.press("6")
        await until(pilot, lambda: "missing: teams (workspaceId)" in screen_text(app), "the finding was shown")
        assert 'to do: CREATE INDEX ON "teams" ("workspaceId")' in screen_text(app)


async def test_a_run_that_nobody_watches_any_more_ends_after_its_chunk(postgres_url: str, tmp_path: Path) -> None:
    app = make_app(postgres_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=WIDE) as pilot:
        await seed(app, pilot)
        with objectives_locked(postgres_url):
            await until_planned(pilot, app)
            await pilot.press("r")
            await until(pilot, lambda: app.running.going_on and app.running.state is not None, "the run began")
            cancellation = app.running.cancellation
            app.exit()
            await until(pilot, lambda: bool(cancellation and cancellation.requested.is_set()), "the run was stopped")
