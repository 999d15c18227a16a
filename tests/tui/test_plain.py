"""Widgets that paint themselves: what Textual would do for any other, where it can be seen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from okrseed_tui.widgets import status_line
from okrseed_tui.widgets.plain import Backdrop, PlainLine
from okrseed_tui.widgets.status_line import MEMORY_EVERY_S, Memory
from tests.tui.app_under_test import make_app, until_planned

pytestmark = pytest.mark.asyncio


class Lines(App[None]):
    CSS = "PlainLine { height: 1; background: red; color: white; } Backdrop { height: 3; background: blue; }"

    def compose(self) -> ComposeResult:
        yield PlainLine()
        yield Backdrop()


async def test_a_plain_line_shows_its_words_and_cuts_what_does_not_fit() -> None:
    app = Lines()
    async with app.run_test(size=(10, 6)) as pilot:
        line = app.query_one(PlainLine)
        for words, shown in (("one", " one      "), ("日本語日本語", " 日本語日 "), ("[b]", " [b]      ")):
            line.say(words)
            await pilot.pause()
            (strip,) = line.render_lines(Region(0, 0, 10, 1))
            assert strip.text == shown
        (part,) = line.render_lines(Region(2, 0, 3, 1))
        assert (part.text, part.cell_length) == ("b] ", 3)


async def test_words_that_stay_are_not_painted_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Lines()
    async with app.run_test(size=(10, 6)) as pilot:
        line = app.query_one(PlainLine)
        line.say("one")
        await pilot.pause()
        asked: list[bool] = []
        monkeypatch.setattr(line, "refresh", lambda: asked.append(True))
        line.say("one")
        assert not asked
        line.say("two")
        assert asked


async def test_no_colour_is_for_plain_widgets_too(monkeypatch: pytest.MonkeyPatch) -> None:
    colours = []
    for environ in ({}, {"NO_COLOR": "1"}):
        monkeypatch.delenv("NO_COLOR", raising=False)
        for name, value in environ.items():
            monkeypatch.setenv(name, value)
        app = Lines()
        async with app.run_test(size=(10, 6)):
            widgets = (app.query_one(PlainLine), app.query_one(Backdrop))
            strips = [widget.render_lines(Region(0, 0, 10, 1))[0] for widget in widgets]
            styles = [next(iter(strip)).style for strip in strips]
            colours.append([style.bgcolor.get_truecolor() for style in styles if style and style.bgcolor])
    coloured, grey = colours
    assert all(len(set(colour)) > 1 for colour in coloured)
    assert grey
    assert all(len(set(colour)) == 1 for colour in grey)


async def test_the_status_line_keeps_to_the_terminal(tmp_path: Path) -> None:
    app = make_app(f"sqlite:///{tmp_path}/demo.db", tmp_path, ascii_only=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until_planned(pilot, app)
        await pilot.pause(0.2)
        line = app.screen.query_one(status_line.StatusLine)
        (strip,) = line.render_lines(Region(0, 0, 80, 1))
        assert strip.text.startswith(" ready: +4,866 ~0 =0 ")
        assert strip.text.isascii()


async def test_memory_is_asked_for_once_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    answers = iter([64.0, 65.0, 66.0])
    monkeypatch.setattr(status_line, "peak_memory_mb", lambda: next(answers))
    memory = Memory()
    moments = (10.0, 10.5, 10.0 + MEMORY_EVERY_S, 10.2 + MEMORY_EVERY_S)
    assert [memory.held_mb(now_s) for now_s in moments] == [64.0, 64.0, 65.0, 65.0]
