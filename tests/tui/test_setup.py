"""The setup as a person uses it: every choice is planned at once, and what cannot be meant says why."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.widgets import Input, Label

from okrseed_tui.widgets.chooser import Chooser
from okrseed_tui.widgets.picker import Picker
from okrseed_tui.widgets.url_field import HIDDEN, UrlField, secrets_in
from tests.tui.app_under_test import make_app, open_tab, screen_text, seed, until, until_planned

MIDDLE = (120, 36)

pytestmark = pytest.mark.asyncio


async def test_a_size_is_chosen_with_the_arrows_and_planned_anew(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        assert app.plan is not None
        tiny = app.plan.total("create")
        app.screen.query_one("#size", Chooser).focus()
        await pilot.press("right")
        assert app.choices.size == "demo"
        await until_planned(pilot, app)
        assert app.plan.total("create") > tiny
        await pilot.press("left", "left")
        assert app.choices.size == "full"


async def test_a_click_chooses_the_size_it_meets(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        line = str(app.screen.query_one("#size", Chooser).render())
        await pilot.click("#size", offset=(line.index("demo"), 0))
        assert app.choices.size == "demo"


async def test_each_workspace_says_what_ticking_it_brings(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "full")
    async with app.run_test(size=MIDDLE) as pilot:
        await until(pilot, lambda: "[x] Sales" in screen_text(app) and "677" in screen_text(app), "the sizes came")
        scopes = app.screen.query_one("#scopes", Picker)
        before = app.plan.total("create") if app.plan else 0
        assert str(scopes.get_option_at_index(0).prompt).split() == ["[x]", "Sales", "3", "29", "36", "677"]
        await pilot.press("w", "space")
        await until_planned(pilot, app)
        assert app.plan is not None
        assert before - app.plan.total("create") == 677


async def test_a_stage_selector_is_planned_while_it_is_typed(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        app.screen.query_one("#select", Input).focus()
        preview = app.screen.query_one("#selected", Label)
        await pilot.press(*"user")
        assert "Did you mean 'users'?" in str(preview.render())
        assert len(app.choices.stages) == 10
        await pilot.press("s")
        assert app.choices.stages == {"users"}
        assert str(preview.render()) == "1 of 10 chosen · 3 required by them"
        await until_planned(pilot, app)
        assert app.plan is not None
        assert {stage.id: stage.selected for stage in app.plan.stages}["teams"] == "required"
        await pilot.press(*["backspace"] * 5)
        assert len(app.choices.stages) == 10


async def test_what_is_switched_in_the_graph_stands_in_the_selector(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny", "--select", "tenant cycles")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        select = app.screen.query_one("#select", Input)
        assert select.value == "tenant cycles"
        await pilot.press("g", "space")
        await until_planned(pilot, app)
        assert select.value == "cycles"


async def test_a_date_outside_the_active_quarters_is_answered_by_one_key(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny", "--as-of", "2026-11-20")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        await pilot.press("2")
        await pilot.pause()
        assert "a: roll the cycles to this date" in screen_text(app)
        await pilot.press("a")
        assert app.choices.options == {"roll_cycles"}
        await until_planned(pilot, app)
        await pilot.pause(0.2)
        assert "a: roll" not in screen_text(app)
        assert not app.check_action("suggested", ())


async def test_another_database_is_taken_from_the_url_field(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await seed(app, pilot)
        field = app.screen.query_one(UrlField)
        field.focus()
        other = tmp_path / "other.db"
        field.value = f"sqlite:///{other}"
        await until(pilot, lambda: "0 known tables" in screen_text(app), "the URL was tested")
        await pilot.press("enter")
        await until(pilot, lambda: bool(app.plan and "other.db" in app.plan.target), "it was planned")
        assert app.plan is not None
        assert app.plan.total("create") > 500
        assert not other.exists()


async def test_a_change_of_the_database_under_a_plan_is_told(sqlite_url: str, tmp_path: Path) -> None:
    import sqlite3

    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE, notifications=True) as pilot:
        await seed(app, pilot)
        await until(pilot, lambda: bool(app.plan and app.plan.total("create") == 0), "nothing is left to do")
        with sqlite3.connect(tmp_path / "demo.db") as connection:
            connection.execute("delete from check_ins where id in (select id from check_ins limit 3)")
        connection.close()
        await pilot.press("d")
        await until(pilot, lambda: "create 0 → 3" in screen_text(app), "the change was told")


@pytest.mark.parametrize(
    ("url", "hidden"),
    [
        ("postgresql://me:s3cret@host/db", ["s3cret"]),
        ("postgresql://me:half-typed", ["half-typed"]),
        ("postgresql://me@host:5432/db", []),
        ("postgresql://host/db?user=a&password=b%20c&sslmode=require", ["b%20c"]),
        ("sqlite:///some/file.db", []),
    ],
)
async def test_the_password_of_a_url_is_found_while_it_is_typed(url: str, hidden: list[str]) -> None:
    found = [url[start:end] for start, end in secrets_in(url)]
    assert [secret for secret in found if not secret.isdecimal()] == hidden


class Form(App[None]):
    """A URL field alone."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url = url

    def compose(self) -> ComposeResult:
        yield UrlField(self.url, compact=True)


@pytest.mark.parametrize("width", [80, 24])
async def test_a_password_is_never_painted(width: int) -> None:
    app = Form("postgresql://me:s3cret-word@host.example/db?sslmode=require")
    async with app.run_test(size=(width, 5)) as pilot:
        for _ in range(60):
            assert "cret" not in app.export_screenshot()
            assert "word" not in app.export_screenshot()
            await pilot.press("left")
        field = app.query_one(UrlField)
        assert field.render_line(0).text.startswith("postgresql://me:" + HIDDEN * min(11, width - 16))


async def test_profiles_are_shown_by_name_alone(sqlite_url: str, tmp_path: Path) -> None:
    profiles: Mapping[str, str] = {"local": sqlite_url, "staging": "postgresql://me:hush-hush@staging/db"}
    text = "\n".join(f'[profiles.{name}]\ndatabase = "{url}"' for name, url in profiles.items())
    (tmp_path / "okrseed.toml").write_text(text, encoding="utf-8")
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(120, 48)) as pilot:
        await until_planned(pilot, app)
        assert "( ) staging" in screen_text(app)
        assert "hush" not in app.export_screenshot()


async def test_escape_leaves_a_field_and_single_keys_mean_actions_again(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        app.screen.query_one("#date", Input).focus()
        await pilot.press("2")
        assert app.screen.query_one("#date", Input).value.endswith("2")
        await until(pilot, lambda: "esc Leave the field" in screen_text(app), "the footer tells how")
        await pilot.press("escape", "2")
        assert open_tab(app) == "plan"


async def test_the_connection_screen_shows_the_url_as_it_is_typed(sqlite_url: str, tmp_path: Path) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=MIDDLE) as pilot:
        await until_planned(pilot, app)
        await pilot.press("o", *"sqlite:///x.db")
        await until(pilot, lambda: "sqlite:///x.db" in screen_text(app), "the URL was shown")
        await until(pilot, lambda: "0 known tables" in screen_text(app), "it was tested")
