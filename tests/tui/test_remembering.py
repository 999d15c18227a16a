"""In the app another host is typed, and then asked for again or not, as one likes; going back runs nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot

from okrseed.confirmed import Confirmed
from okrseed.targets.url import parse
from okrseed_tui.app import OkrseedApp
from okrseed_tui.screens.dialogs import Question, TypedConfirmation
from tests.tui.app_under_test import make_app, surroundings, until, until_ended, until_planned

pytestmark = pytest.mark.asyncio

SIZE = (120, 36)


@pytest.fixture
def remote(postgres_url: str) -> str:
    """A URL whose host is not known to be this machine, though it leads here."""
    return postgres_url.replace("@127.0.0.1", "@127.1")


async def type_the_target(app: OkrseedApp, pilot: Pilot[int], identity: str) -> None:
    """Ask for a run and type what is asked for."""
    await until_planned(pilot, app)
    await pilot.press("r")
    await until(pilot, lambda: isinstance(app.screen, TypedConfirmation), "the target was asked for")
    await pilot.press(*identity, "enter")
    await until(pilot, lambda: isinstance(app.screen, Question), "it was asked whether to remember it")


@pytest.mark.parametrize("remember", [True, False])
async def test_a_target_is_remembered_if_one_says_so(remote: str, tmp_path: Path, remember: bool) -> None:
    confirmed, identity = Confirmed(surroundings(tmp_path).config_directory), parse(remote).identity
    app = make_app(remote, tmp_path, "--size", "tiny", "--create-schema")
    async with app.run_test(size=SIZE) as pilot:
        await type_the_target(app, pilot, identity)
        assert not confirmed.path.exists()
        await pilot.press(*(["tab"] if remember else []), "enter")
        # What the run asks for next, as the tables are missing.
        await until(pilot, lambda: isinstance(app.screen, Question), "it was asked whether to create the tables")
        await pilot.press("enter")
        await until_ended(pilot, app)
        assert confirmed.identities() == (frozenset({identity}) if remember else frozenset())


async def test_going_back_from_the_question_runs_and_remembers_nothing(remote: str, tmp_path: Path) -> None:
    app = make_app(remote, tmp_path, "--size", "tiny")
    async with app.run_test(size=SIZE) as pilot:
        await type_the_target(app, pilot, parse(remote).identity)
        await pilot.press("escape")
        await pilot.pause(0.1)
        assert app.running.report is None
        assert not isinstance(app.screen, (Question, TypedConfirmation))
    assert not Confirmed(surroundings(tmp_path).config_directory).path.exists()


async def test_a_remembered_target_is_not_typed_again(remote: str, tmp_path: Path) -> None:
    app = make_app(remote, tmp_path, "--size", "tiny")
    Confirmed(surroundings(tmp_path).config_directory).remember(parse(remote).identity)
    async with app.run_test(size=SIZE) as pilot:
        await until_planned(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Question), "it was asked whether to create the tables")
        await pilot.press("enter")
        await until_ended(pilot, app)
        assert app.running.report is not None
        assert app.running.report.status == "succeeded"
