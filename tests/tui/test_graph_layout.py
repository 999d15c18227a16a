"""The drawing of the stage graph: what every picture must obey, and how the ones people see look."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from graphlib import CycleError
from itertools import combinations, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okrseed_tui.graph_columns import transitive_reduction
from okrseed_tui.graph_layout import Direction, Drawing, Node, Rect, layout

Cell = tuple[int, int]


def nodes(depends_on: Mapping[str, Sequence[str]]) -> tuple[Node, ...]:
    return tuple(Node(stage, stage, tuple(needs)) for stage, needs in depends_on.items())


_OKR_STAGES: dict[str, tuple[str, ...]] = {
    "tenant": (),
    "workspaces": ("tenant",),
    "teams": ("workspaces",),
    "cycles": ("tenant",),
    "pillars": ("tenant",),
    "users": ("teams",),
    "roles": ("users",),
    "okrs": ("teams", "users", "cycles", "pillars"),
    "check-ins": ("okrs",),
    "requests": ("users",),
}
OKR = nodes({**_OKR_STAGES, "verify": tuple(_OKR_STAGES)})

_COURSES = ("courses-a", "courses-b")
SCHOOL = nodes(
    {
        "translations": (),
        "institutions": ("translations",),
        "disciplines": ("institutions",),
        "courses-a": ("disciplines",),
        "courses-b": ("disciplines",),
        "degrees-general": _COURSES,
        "degrees-cs": _COURSES,
        "degrees-economics": _COURSES,
        "modules-general": _COURSES,
        "modules-physics": _COURSES,
        "questions": ("modules-general", "modules-physics"),
    }
)

OKR_COMPACT = """\
                ╭──────────────╮   ╭───────────╮   ╭───────────╮     ╭────────────╮
              ╭▶│ workspaces   ├──▶│ teams     ├──▶│ users     ├─┬──▶│ roles      ├─╮
              │ ╰──────────────╯   ╰───────────╯   ╰───────────╯ │   ╰────────────╯ │
╭───────────╮ │ ╭──────────────╮                                 │   ╭────────────╮ │                   ╭───────────╮
│ tenant    ├─┼▶│ cycles       ├─╮                               ├──▶│ requests   ├─┴─────────────────┬▶│ verify    │
╰───────────╯ │ ╰──────────────╯ │                               │   ╰────────────╯                   │ ╰───────────╯
              │ ╭──────────────╮ │                               ╰─╮ ╭────────────╮   ╭─────────────╮ │
              ╰▶│ pillars      ├─┴─────────────────────────────────┴▶│ okrs       ├──▶│ check-ins   ├─╯
                ╰──────────────╯                                     ╰────────────╯   ╰─────────────╯
"""


def reduced(stages: Sequence[Node]) -> set[tuple[str, str]]:
    return set(transitive_reduction({node.id: node.depends_on for node in stages}))


def cells_of(box: Rect) -> set[Cell]:
    return {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}


def assert_well_drawn(drawing: Drawing, stages: Sequence[Node]) -> None:
    """What holds of every picture, whatever the graph."""
    assert len(drawing.cells) == drawing.height
    assert {len(row) for row in drawing.cells} <= {drawing.width}
    assert set(drawing.edges) == reduced(stages)
    boxes = {stage: cells_of(box) for stage, box in drawing.boxes.items()}
    for one, other in combinations(boxes.values(), 2):
        assert not one & other, "two boxes overlap"
    inside = {(x, y) for x in range(drawing.width) for y in range(drawing.height)}
    occupied = set().union(*boxes.values())
    assert occupied <= inside, "a box leaves the picture"
    for (source, target), cells in drawing.edges.items():
        start, end = drawing.boxes[source], drawing.boxes[target]
        assert cells[0] == (start.x + start.width, start.line_row), "an edge does not start beside its source"
        assert cells[-1] == (end.x - 1, end.line_row), "an edge does not end beside its target"
        assert drawing.cells[cells[-1][1]][cells[-1][0]] in "▶>"
        assert not occupied & set(cells), "an edge runs through a box"
        assert set(cells) <= inside, "an edge leaves the picture"
        assert all(abs(x - to_x) + abs(y - to_y) == 1 for (x, y), (to_x, to_y) in pairwise(cells))


def reached_by_eye(drawing: Drawing) -> dict[str, set[str]]:
    """Where somebody arrives who follows the lines out of each box and turns wherever a line turns."""
    onward: dict[tuple[Cell, Cell], set[Cell]] = defaultdict(set)
    heads: dict[Cell, str] = {}
    for (_, target), cells in drawing.edges.items():
        heads[cells[-1]] = target
        (x, y), *_ = cells
        for before, here, after in zip([(x - 1, y), *cells], cells, cells[1:], strict=False):
            onward[before, here].add(after)
    arrived: dict[str, set[str]] = {}
    for stage, box in drawing.boxes.items():
        border = (box.x + box.width - 1, box.line_row)
        seen: set[tuple[Cell, Cell]] = set()
        waiting = [(border, (border[0] + 1, border[1]))]
        while waiting:
            step = waiting.pop()
            if step not in seen:
                seen.add(step)
                waiting += [(step[1], after) for after in onward[step]]
        arrived[stage] = {heads[here] for _, here in seen if here in heads}
    return arrived


@st.composite
def graphs(draw: st.DrawFn) -> tuple[Node, ...]:
    """Graphs of up to fourteen stages, from loose to crowded."""
    size = draw(st.integers(1, 14))
    titles = draw(st.lists(st.integers(1, 24), min_size=size, max_size=size))
    needs = [draw(st.sets(st.integers(0, index - 1), max_size=4)) if index else set() for index in range(size)]
    return tuple(
        Node(f"s{index}", "x" * titles[index], tuple(f"s{need}" for need in sorted(needs[index])))
        for index in range(size)
    )


@pytest.mark.parametrize("stages", [OKR, SCHOOL], ids=["okr", "school"])
@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("width", [None, 80, 100, 118, 160, 240])
def test_known_graphs_are_well_drawn(stages: tuple[Node, ...], compact: bool, width: int | None) -> None:
    assert_well_drawn(layout(stages, width=width, compact=compact), stages)


@settings(deadline=None)
@given(graphs(), st.one_of(st.none(), st.integers(10, 240)), st.booleans())
def test_any_graph_is_well_drawn(stages: tuple[Node, ...], width: int | None, compact: bool) -> None:
    assert_well_drawn(layout(stages, width=width, compact=compact), stages)


@settings(deadline=None)
@given(graphs())
def test_following_a_line_leads_only_where_an_edge_leads(stages: tuple[Node, ...]) -> None:
    drawing = layout(stages)
    edges = reduced(stages)
    for stage, arrived in reached_by_eye(drawing).items():
        assert arrived == {target for source, target in edges if source == stage}


@settings(deadline=None)
@given(graphs(), st.integers(40, 160))
def test_the_same_graph_gives_the_same_picture(stages: tuple[Node, ...], width: int) -> None:
    assert layout(stages, width=width) == layout(stages, width=width)


@settings(deadline=None)
@given(graphs())
def test_stages_stand_right_of_all_they_wait_for(stages: tuple[Node, ...]) -> None:
    boxes = layout(stages).boxes
    for node in stages:
        for need in node.depends_on:
            assert boxes[need].x + boxes[need].width < boxes[node.id].x


def test_the_okr_graph_looks_like_this() -> None:
    drawn = layout(OKR, width=118, compact=True)
    assert [row.rstrip() for row in drawn.cells] == OKR_COMPACT.splitlines()


def test_the_okr_graph_fits_a_wide_terminal() -> None:
    drawn = layout(OKR, width=118)
    assert drawn.fits
    assert drawn.width <= 118
    assert drawn.height <= 16


@pytest.mark.parametrize("stages", [OKR, SCHOOL], ids=["okr", "school"])
def test_known_graphs_need_no_crossing(stages: tuple[Node, ...]) -> None:
    assert layout(stages).crossings == 0


def test_a_crossing_that_cannot_be_avoided_is_counted() -> None:
    # Three sources, each with two of the same three targets: no drawing in two columns goes without.
    drawn = layout(nodes({"a": (), "b": (), "c": (), "ab": ("a", "b"), "bc": ("b", "c"), "ca": ("c", "a")}))
    assert drawn.crossings >= 1


def test_edges_that_others_imply_are_not_drawn() -> None:
    edges = layout(OKR).edges
    assert ("teams", "okrs") not in edges
    assert ("tenant", "verify") not in edges
    assert len(edges) == 14


def test_a_chain_is_one_straight_line() -> None:
    boxes = layout(OKR).boxes
    assert len({boxes[stage].y for stage in ("workspaces", "teams", "users", "roles")}) == 1
    assert boxes["okrs"].y == boxes["check-ins"].y == boxes["pillars"].y


def test_sources_with_the_same_targets_share_one_trunk() -> None:
    drawn = layout(SCHOOL)
    turns = {x for edge, cells in drawn.edges.items() if edge[0] in _COURSES for x, _ in _vertical(cells)}
    assert len(turns) == 1


def _vertical(cells: Sequence[Cell]) -> list[Cell]:
    return [here for here, after in pairwise(cells) if here[0] == after[0]]


def test_a_dependency_outside_the_list_is_left_out() -> None:
    drawn = layout([Node("a", "A", ("elsewhere",)), Node("b", "B", ("a", "elsewhere"))])
    assert set(drawn.edges) == {("a", "b")}


def test_no_stages_give_an_empty_picture() -> None:
    drawn = layout([], width=80)
    assert (drawn.width, drawn.height, drawn.cells) == (0, 0, ())


def test_titles_are_cut_only_when_nothing_else_helps() -> None:
    assert not any("…" in row for row in layout(OKR, width=103).cells)
    cut = layout(OKR, width=90)
    assert cut.fits
    assert any("…" in row for row in cut.cells)


def test_boxes_keep_eight_characters_however_narrow_the_room() -> None:
    drawn = layout(OKR, width=40)
    assert not drawn.fits
    assert min(box.width for box in drawn.boxes.values()) == 8 + 2


def test_all_boxes_of_a_column_are_equally_wide() -> None:
    drawn = layout(SCHOOL, width=118)
    widths = defaultdict(set)
    for box in drawn.boxes.values():
        widths[box.x].add(box.width)
    assert all(len(of_column) == 1 for of_column in widths.values())


def test_compact_boxes_are_three_rows_high() -> None:
    assert {box.height for box in layout(OKR, compact=True).boxes.values()} == {3}
    assert {box.height for box in layout(OKR).boxes.values()} == {4}


@pytest.mark.parametrize("stages", [OKR, SCHOOL], ids=["okr", "school"])
def test_steps_left_and_right_follow_edges(stages: tuple[Node, ...]) -> None:
    drawn = layout(stages)
    for node in stages:
        right = drawn.neighbour(node.id, "right")
        assert (right is not None) == any(source == node.id for source, _ in drawn.edges)
        if right is not None:
            assert (node.id, right) in drawn.edges
            back = drawn.neighbour(right, "left")
            assert back is not None
            assert (back, right) in drawn.edges


@settings(deadline=None)
@given(graphs())
def test_a_step_up_or_down_goes_up_or_down(stages: tuple[Node, ...]) -> None:
    drawn = layout(stages)
    for stage, box in drawn.boxes.items():
        above, below = drawn.neighbour(stage, "up"), drawn.neighbour(stage, "down")
        assert above is None or drawn.boxes[above].y < box.y
        assert below is None or drawn.boxes[below].y > box.y


@pytest.mark.parametrize(
    ("stage", "direction", "other"),
    [
        ("tenant", "right", "cycles"),
        ("users", "right", "roles"),
        ("okrs", "left", "pillars"),
        ("cycles", "up", "workspaces"),
        ("cycles", "down", "pillars"),
        ("teams", "down", "cycles"),
        ("tenant", "left", None),
        ("verify", "right", None),
    ],
)
def test_steps_in_the_okr_graph(stage: str, direction: Direction, other: str | None) -> None:
    assert layout(OKR).neighbour(stage, direction) == other


def test_a_step_from_an_unknown_stage_is_refused() -> None:
    with pytest.raises(KeyError):
        layout(OKR).neighbour("nothing", "up")


def test_stages_with_one_id_are_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'a'"):
        layout([Node("a", "A"), Node("a", "B")])


def test_a_circle_is_refused() -> None:
    with pytest.raises(CycleError):
        layout(nodes({"a": ("b",), "b": ("a",)}))


def test_a_drawing_takes_no_longer_than_a_key_press_may() -> None:
    durations = []
    for _ in range(10):
        start = time.perf_counter()
        layout(OKR, width=118)
        durations.append(time.perf_counter() - start)
    assert min(durations) < 0.02
