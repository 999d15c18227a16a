"""The screen in ASCII, where the terminal does not speak UTF-8."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import pytest
from rich.cells import cell_len

from okrseed_tui.ascii import ascii_text
from okrseed_tui.main import _is_utf8
from okrseed_tui.stage_view import State, glyph
from tests.tui.app_under_test import make_app, screen_text, seed


def test_states_keep_glyphs_of_their_own() -> None:
    glyphs = [ascii_text(glyph(state)) for state in get_args(State)]
    assert len(set(glyphs)) == len(glyphs)


@pytest.mark.parametrize("text", ["╭─ Zoë Núñez ▶", "日本 ½ ﬁ", "┏━┓┃ 50 % ━━━───", "e\u0301"])
def test_every_text_keeps_its_width(text: str) -> None:
    assert ascii_text(text).isascii()
    assert len(ascii_text(text)) == cell_len(text)


def test_letters_lose_their_accents_and_nothing_else() -> None:
    assert ascii_text("Zoë Núñez — São") == "Zoe Nunez ? Sao"


@pytest.mark.parametrize(
    ("environ", "speaks"),
    [
        ({"LC_ALL": "C"}, False),
        ({"LANG": "en_GB.UTF-8"}, True),
        ({"LANG": "de_DE.utf8@euro"}, True),
        ({"LANG": "de_DE.ISO-8859-1"}, False),
        ({"LC_ALL": "C", "LANG": "C.UTF-8"}, False),
        ({"LC_ALL": "", "LC_CTYPE": "C.UTF-8", "LANG": "C"}, True),
    ],
)
def test_the_locale_says_whether_the_terminal_speaks_utf8(environ: dict[str, str], speaks: bool) -> None:
    assert _is_utf8(environ) is speaks


@pytest.mark.asyncio
@pytest.mark.parametrize("size", [(160, 48), (120, 36), (80, 24)])
async def test_the_whole_app_is_ascii(sqlite_url: str, tmp_path: Path, size: tuple[int, int]) -> None:
    app = make_app(sqlite_url, tmp_path, "--size", "tiny", ascii_only=True)
    async with app.run_test(size=size) as pilot:
        await seed(app, pilot)
        for key in ("g", *"12345678", "w"):
            await pilot.press(key)
            await pilot.pause(0.1)
            assert screen_text(app).isascii(), key
