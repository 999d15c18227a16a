"""Nothing that the app shows is obeyed by the terminal, whatever widget it stands in."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.segment import Segment
from rich.text import Text
from textual.app import App, ComposeResult
from textual.color import Color
from textual.filter import LineFilter
from textual.widgets import DataTable, Input, Label, Static, Tree

from okrseed_tui.app import OkrseedApp
from okrseed_tui.visible import VisibleFilter
from tests.tui.app_under_test import make_app, until

HOSTILE = "A\x1b]0;xB\x9bC\u202eD\u200bE\x7fF\tG\u2028H\ud800I"
SHOWN = r"A\x1b]0;xB\x9bC\u202eD\u200bE\x7fF"
OBEYED = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200b\u202e\u2028\ud800-\udfff]")
_OWN_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class Showing(App[None]):
    """Every kind of widget that the app shows texts of others in."""

    def get_line_filters(self) -> Sequence[LineFilter]:
        return [*super().get_line_filters(), VisibleFilter()]

    def compose(self) -> ComposeResult:
        yield Static(HOSTILE, markup=False)
        yield Label(Text(HOSTILE))
        yield Input(HOSTILE)
        table: DataTable[object] = DataTable()
        table.add_column(Text(HOSTILE))
        table.add_row(Text(HOSTILE))
        yield table
        tree: Tree[None] = Tree(Text(HOSTILE))
        tree.root.add_leaf(Text(HOSTILE))
        tree.root.expand()
        yield tree

    def on_mount(self) -> None:
        self.notify(HOSTILE, title=HOSTILE, markup=False)


def painted(app: App[object]) -> str:
    """What the terminal gets, but for the app's own colours."""
    strips = app.screen._compositor.render_strips()
    return "\n".join(_OWN_COLOURS.sub("", strip.render(app.console)) for strip in strips)


@pytest.mark.asyncio
async def test_no_widget_paints_what_a_terminal_obeys() -> None:
    """The label is as wide as its text seemed to be, so its escapes are cut; the eight others have room."""
    app = Showing()
    async with app.run_test(size=(160, 48), notifications=True) as pilot:
        await until(pilot, lambda: painted(app).count(SHOWN) == 8, "all was painted, the notification last")
        shown = painted(app)
        widths = {strip.cell_length for strip in app.screen._compositor.render_strips()}

    assert not OBEYED.search(shown)
    assert widths == {160}


@pytest.mark.asyncio
async def test_the_app_paints_nothing_that_a_terminal_obeys(sqlite_url: str, tmp_path: Path) -> None:
    app: OkrseedApp = make_app(sqlite_url, tmp_path, "--size", "tiny")
    async with app.run_test(size=(120, 36), notifications=True) as pilot:
        await until(pilot, lambda: app.is_open, "the workbench was there")
        app.notify(HOSTILE, markup=False, timeout=60)
        await until(pilot, lambda: r"A\x1b]0;x" in painted(app), "the notification was painted")

        assert not OBEYED.search(painted(app))


@pytest.mark.parametrize(
    ("line", "shown"),
    [
        (["plain ", "│"], "plain │"),
        (["a\x1bb      ", "│"], r"a\x1bb  │"),
        (["a\u202eb  c          d"], r"a\u202eb c     d"),
        (["ab\x1bcd"], r"ab\x"),
        (["日本\u200b    "], r"日本\u20"),
        (["a\xa0b"], "a\xa0b"),
    ],
)
def test_an_escape_takes_its_room_from_the_padding_behind_it(line: list[str], shown: str) -> None:
    segments = [Segment(text) for text in line]
    made = VisibleFilter().apply(segments, Color(0, 0, 0))

    assert "".join(segment.text for segment in made) == shown
    assert sum(segment.cell_length for segment in made) == sum(cell_len(text) for text in line)
