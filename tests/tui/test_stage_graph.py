"""The stage graph on a screen: what it says, how it moves, what it asks for, and what it paints."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import get_args

import pytest
from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot

from okrseed_tui.stage_picture import GraphPicture
from okrseed_tui.stage_pieces import Line, Scene
from okrseed_tui.widgets.stage_graph import StageGraph, StageView, State
from tests.tui.test_graph_layout import OKR

pytestmark = pytest.mark.asyncio

WIDE = (120, 36)
NARROW = (80, 24)

GLYPHS: dict[State, str] = {
    "off": "○",
    "planned": "●",
    "waiting": "…",
    "running": "◐",
    "retrying": "!",
    "done": "✓",
    "unchanged": "=",
    "failed": "×",
    "skipped": "–",
    "cancelled": "■",
}


def okr(**changed: StageView) -> list[StageView]:
    """The stages of the okr graph, planned, but for some by id (with _ for -)."""
    plain = [StageView(n.id, n.title, n.depends_on, "chosen", "planned", planned=40) for n in OKR]
    return [changed.get(view.id.replace("-", "_"), view) for view in plain]


def stage(id: str, **facts: object) -> StageView:
    (view,) = (view for view in okr() if view.id == id)
    return replace(view, **facts)  # type: ignore[arg-type]


class GraphApp(App[None]):
    """Nothing but the graph, keeping the messages it posts."""

    def __init__(self, stages: Sequence[StageView], **options: object) -> None:
        super().__init__()
        self.graph = StageGraph(stages, **options)  # type: ignore[arg-type]
        self.said: list[tuple[str, str]] = []

    def compose(self) -> ComposeResult:
        yield self.graph

    def on_mount(self) -> None:
        self.graph.focus()

    def _keep(self, message: Message) -> None:
        assert isinstance(message, StageGraph.StageMessage)
        self.said.append((type(message).__name__, message.stage_id))

    on_stage_graph_toggled = _keep
    on_stage_graph_toggled_with_needs = _keep
    on_stage_graph_opened = _keep
    on_stage_graph_highlighted = _keep


def lines(graph: StageGraph) -> list[str]:
    return [graph.render_line(y).text for y in range(graph.size.height)]


def text(graph: StageGraph) -> str:
    return "\n".join(lines(graph))


def place(graph: StageGraph, title: str) -> tuple[int, int]:
    """The cell of a title's first letter."""
    return next((line.index(title), y) for y, line in enumerate(lines(graph)) if title in line)


def box(graph: StageGraph, title: str) -> list[str]:
    """The four lines of a box, cut out of the screen from its left border to past its right one."""
    x, y = place(graph, title)
    shown = lines(graph)
    end = min(shown[y].index(border, x) for border in "├│┠┃╎┊╏" if border in shown[y][x:])
    return [line[x - 4 : end + 1] for line in shown[y - 1 : y + 3]]


async def press(pilot: Pilot[None], keys: Iterable[str]) -> None:
    for key in keys:
        await pilot.press(key)


@pytest.mark.parametrize("state", get_args(State))
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["boxes", "list"])
async def test_every_state_is_a_glyph_and_a_word(state: State, size: tuple[int, int]) -> None:
    app = GraphApp(okr(users=stage("users", state=state)))
    async with app.run_test(size=size):
        shown = text(app.graph)
        assert f"{GLYPHS[state]} users" in shown
        assert state in (box(app.graph, "users")[0] if size == WIDE else lines(app.graph)[place(app.graph, "users")[1]])


async def test_no_two_states_share_a_glyph() -> None:
    assert len(set(GLYPHS.values())) == len(get_args(State))


async def test_a_box_says_title_rows_and_time() -> None:
    done = stage("users", state="done", done=40, planned=40, seconds=1.44)
    app = GraphApp(okr(users=done))
    async with app.run_test(size=WIDE):
        assert box(app.graph, "users") == [
            "╭ done ─────╮",
            "│ ✓ users   ├",
            "│ 40/40     │",
            "╰──── 1.4 s ╯",
        ]


async def test_a_running_stage_has_a_bar() -> None:
    running = stage("users", state="running", done=620, planned=1240, seconds=1.4)
    app = GraphApp(okr(users=running))
    async with app.run_test(size=WIDE):
        assert box(app.graph, "users") == [
            "╭ running ──╮",
            "│ ◐ users   ├",
            "│ 620/1,240 │",
            "╰━━── 1.4 s ╯",
        ]


async def test_a_retrying_stage_has_attempt_and_countdown() -> None:
    retrying = stage("users", state="retrying", note="attempt 2/3 · 1.4 s")
    app = GraphApp(okr(users=retrying))
    async with app.run_test(size=WIDE) as pilot:
        assert "2/3·1.4 s" in box(app.graph, "users")[2]
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert "attempt 2/3 · 1.4 s" in text(app.graph)


async def test_a_skipped_stage_says_because_of_which() -> None:
    app = GraphApp(okr(okrs=stage("okrs", state="skipped", note="because of users")))
    async with app.run_test(size=WIDE):
        assert "by users" in box(app.graph, "okrs")[2]


async def test_chosen_and_required_and_off_look_different() -> None:
    app = GraphApp(
        okr(
            teams=stage("teams", selected="required"),
            users=stage("users", selected="chosen"),
            roles=stage("roles", selected="off", state="off"),
        )
    )
    async with app.run_test(size=WIDE):
        assert box(app.graph, "teams")[0] == "╭ planned ╌╌╮"
        assert box(app.graph, "teams")[3] == "╰ required ╌╯"
        assert box(app.graph, "users")[0] == "╭ planned ──╮"
        assert "┈" in box(app.graph, "roles")[0]


async def test_the_cursor_is_a_heavy_border() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.move_to("users")
        await pilot.pause()
        assert box(app.graph, "users") == [
            "┏ planned ━━┓",
            "┃ ● users   ┠",
            "┃ 40 rows   ┃",
            "┗━━━━━━━━━━━┛",
        ]
        assert text(app.graph).count("┏") == 1


async def test_the_edges_of_the_cursor_are_lit() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.move_to("users")
        await pilot.pause()
        lit = app.graph.get_component_rich_style("stage-graph--edge-cursor")
        plain = app.graph.get_component_rich_style("stage-graph--edge")
        _, y = place(app.graph, "users")
        lines_between = [(s.text, s.style) for s in app.graph.render_line(y) if "─" in s.text or "▶" in s.text]
        assert lines_between == [("╭▶", plain), ("──▶", plain), ("──▶", lit), ("─┬──▶", lit), ("─╮", plain)]


@pytest.mark.parametrize(
    ("keys", "reached"),
    [
        (["right"], "cycles"),
        (["l", "k"], "workspaces"),
        (["right", "up", "right", "right"], "users"),
        (["l", "k", "l", "l", "l", "j", "j"], "okrs"),
        (["right", "down", "right", "h"], "pillars"),
        (["left"], "tenant"),
    ],
)
async def test_keys_move_along_edges(keys: list[str], reached: str) -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, keys)
        assert app.graph.cursor == reached


async def test_each_move_is_told() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, ["right", "right", "left", "left", "left"])
        moves = ["cycles", "okrs", "pillars", "tenant"]
        assert app.said == [("Highlighted", stage_id) for stage_id in moves]


@pytest.mark.parametrize(("key", "message"), [("space", "Toggled"), ("plus", "ToggledWithNeeds"), ("enter", "Opened")])
@pytest.mark.parametrize("size", [WIDE, NARROW], ids=["boxes", "list"])
async def test_keys_ask_for_something_to_be_done_to_the_stage(key: str, message: str, size: tuple[int, int]) -> None:
    app = GraphApp(okr())
    async with app.run_test(size=size) as pilot:
        await press(pilot, ["right", key])
        assert app.said == [("Highlighted", "cycles"), (message, "cycles")]


async def test_a_click_moves_the_cursor() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click(StageGraph, offset=place(app.graph, "users"))
        assert app.said == [("Highlighted", "users")]


async def test_a_click_on_the_glyph_switches_the_stage() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click(StageGraph, offset=place(app.graph, "● users"))
        assert app.said == [("Highlighted", "users"), ("Toggled", "users")]


async def test_a_double_click_opens_the_stage() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click(StageGraph, offset=place(app.graph, "users"), times=2)
        assert app.said == [("Highlighted", "users"), ("Opened", "users")]


async def test_a_click_beside_the_boxes_does_nothing() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.click(StageGraph, offset=(0, 0))
        assert app.said == []


async def test_below_a_hundred_columns_stages_stand_in_a_list() -> None:
    app = GraphApp(okr(users=stage("users", state="running", done=10, selected="required", seconds=0.5)))
    async with app.run_test(size=NARROW):
        assert app.graph.is_list
        shown = [line.rstrip() for line in lines(app.graph) if line.strip()]
        assert shown == [
            "▶ ● tenant               planned        40 rows",
            "  ├─● cycles             planned        40 rows",
            "  ├─● pillars            planned        40 rows",
            "  └─● workspaces         planned        40 rows",
            "    └─● teams            planned        40 rows",
            "      └╌◐ users          running          10/40   0.5 s  ━━━───────── 25%",
            "        ├─● roles        planned        40 rows",
            "        ├─● requests     planned        40 rows",
            "        └─● okrs         planned        40 rows",
            "          └─● check-ins  planned        40 rows",
            "            └─● verify   planned        40 rows",
        ]


async def test_in_the_list_up_and_down_go_line_by_line() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=NARROW) as pilot:
        await press(pilot, ["down", "j", "down", "up"])
        assert app.graph.cursor == "pillars"


async def test_resizing_changes_the_form_and_keeps_the_cursor() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.move_to("users")
        await pilot.resize_terminal(*NARROW)
        await pilot.pause()
        assert (app.graph.is_list, app.graph.cursor) == (True, "users")
        await pilot.resize_terminal(*WIDE)
        await pilot.pause()
        assert (app.graph.is_list, app.graph.cursor) == (False, "users")


async def test_a_graph_too_wide_for_its_room_is_a_list() -> None:
    chain = [StageView(f"s{n}", f"stage {n}", (f"s{n - 1}",) if n else (), "chosen", "planned") for n in range(12)]
    app = GraphApp(chain)
    async with app.run_test(size=WIDE):
        assert app.graph.is_list


async def test_in_little_height_boxes_are_compact() -> None:
    app = GraphApp(okr(users=stage("users", state="done", done=40, seconds=0.1)))
    async with app.run_test(size=(120, 10)):
        assert box(app.graph, "users")[:3] == ["╭ done 0.1 s╮", "│ ✓ users   ├", "╰ 40/40 ────╯"]


async def test_the_cursor_is_scrolled_into_view() -> None:
    app = GraphApp(okr(), compact=False)
    async with app.run_test(size=(120, 8)) as pilot:
        assert "pillars" not in text(app.graph)
        await press(pilot, ["right", "down"])
        await pilot.pause()
        assert "pillars" in text(app.graph)


async def test_a_click_meets_the_right_stage_when_scrolled() -> None:
    app = GraphApp(okr(), compact=False)
    async with app.run_test(size=(120, 8)) as pilot:
        app.graph.move_to("pillars")
        await pilot.pause()
        await pilot.click(StageGraph, offset=place(app.graph, "okrs"))
        assert app.graph.cursor == "okrs"


async def test_only_what_changed_is_painted(monkeypatch: pytest.MonkeyPatch) -> None:
    painted: list[int] = []
    line = GraphPicture.line

    def noted(self: GraphPicture, row: int, scene: Scene) -> Line:
        painted.append(row)
        return line(self, row, scene)

    monkeypatch.setattr(GraphPicture, "line", noted)
    app = GraphApp(okr(users=stage("users", state="running")))
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()
        painted.clear()
        app.graph.show(okr(users=stage("users", state="running", done=10)))
        await pilot.pause()
        assert sorted(painted) == [0, 1, 2, 3]  # the rows of its box


async def test_showing_the_same_again_paints_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        await pilot.pause()

        def never(self: GraphPicture, row: int, scene: Scene) -> Line:
            raise AssertionError(f"row {row} is painted again")

        monkeypatch.setattr(GraphPicture, "line", never)
        app.graph.show(okr())
        await pilot.pause()
        lines(app.graph)


async def test_edges_tell_that_a_stage_is_done() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.show(okr(teams=stage("teams", state="done")))
        await pilot.pause()
        met = app.graph.get_component_rich_style("stage-graph--edge-met")
        plain = app.graph.get_component_rich_style("stage-graph--edge")
        _, y = place(app.graph, "teams")
        assert [s.style for s in app.graph.render_line(y) if s.text == "──▶"] == [plain, met]


async def test_other_stages_are_laid_out_anew_and_the_cursor_stays() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.move_to("users")
        app.graph.show([view for view in okr() if view.id != "pillars"])
        await pilot.pause()
        assert "pillars" not in text(app.graph)
        assert app.graph.cursor == "users"


async def test_a_cursor_without_its_stage_goes_to_the_first() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        app.graph.move_to("users")
        app.graph.show(okr()[:2])
        await pilot.pause()
        assert app.graph.cursor == "tenant"


async def test_without_stages_there_is_nothing_and_keys_do_no_harm() -> None:
    app = GraphApp([])
    async with app.run_test(size=WIDE) as pilot:
        await press(pilot, ["right", "space", "plus", "enter"])
        assert app.said == []
        assert not text(app.graph).strip()


async def test_moving_to_an_unknown_stage_is_refused() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE):
        with pytest.raises(KeyError):
            app.graph.move_to("nothing")


async def test_a_theme_recolours_what_was_painted() -> None:
    app = GraphApp(okr())
    async with app.run_test(size=WIDE) as pilot:
        before = [segment.style for segment in app.graph.render_line(10)]
        app.theme = "textual-light"
        await pilot.pause()
        assert [segment.style for segment in app.graph.render_line(10)] != before
