"""The stage graph: what will be seeded and how far it is, as boxes and arrows or, in little room, a list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from okrseed_tui.graph_layout import Direction, Node, layout
from okrseed_tui.stage_list import ListPicture
from okrseed_tui.stage_picture import GraphPicture
from okrseed_tui.stage_pieces import Look, Scene
from okrseed_tui.stage_view import Selected, StageView, State

__all__ = ["Selected", "StageGraph", "StageView", "State"]

_PREFIX = "stage-graph--"
_LOOKS: tuple[Look, ...] = (
    "off",
    "planned",
    "waiting",
    "running",
    "retrying",
    "done",
    "unchanged",
    "failed",
    "skipped",
    "cancelled",
    "title",
    "title-cursor",
    "detail",
    "required",
    "bar-rest",
    "cursor",
    "cursor-line",
    "edge",
    "edge-off",
    "edge-met",
    "edge-broken",
    "edge-cursor",
    "blank",
)


class StageGraph(ScrollView, can_focus=True, inherit_bindings=False):
    """Shows stages and what they wait for; a cursor moves along the edges.

    Call `show` as often as wanted: only what changed is painted. With fewer than `list_below` columns, or
    where the drawing does not fit, the same stages stand in an indented list with the same keys.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"{_PREFIX}{look}" for look in _LOOKS}

    DEFAULT_CSS = """
    StageGraph {
        height: 1fr;
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-gutter: stable;
        scrollbar-size: 0 1;

        & > .stage-graph--off { color: $text-disabled; }
        & > .stage-graph--planned { color: $text-primary; }
        & > .stage-graph--waiting { color: $text-muted; }
        & > .stage-graph--running { color: $text-primary; text-style: bold; }
        & > .stage-graph--retrying { color: $text-warning; text-style: bold; }
        & > .stage-graph--done { color: $text-success; }
        & > .stage-graph--unchanged { color: $text-success; }
        & > .stage-graph--failed { color: $text-error; text-style: bold; }
        & > .stage-graph--skipped { color: $text-warning; }
        & > .stage-graph--cancelled { color: $text-warning; }
        & > .stage-graph--title { color: $foreground; text-style: bold; }
        & > .stage-graph--title-cursor { color: $foreground; text-style: bold; }
        & > .stage-graph--detail { color: $foreground; }
        & > .stage-graph--required { color: $text-secondary; text-style: italic; }
        & > .stage-graph--bar-rest { color: $text-disabled; }
        & > .stage-graph--cursor { color: $foreground; text-style: bold; }
        & > .stage-graph--cursor-line { background: $boost; }
        & > .stage-graph--edge { color: $text-muted; }
        & > .stage-graph--edge-off { color: $text-disabled; }
        & > .stage-graph--edge-met { color: $text-success; }
        & > .stage-graph--edge-broken { color: $text-error; }
        & > .stage-graph--edge-cursor { color: $foreground; text-style: bold; }
    }
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "step('left')", "To what it waits for", show=False),
        Binding("down,j", "step('down')", "Stage below", show=False),
        Binding("up,k", "step('up')", "Stage above", show=False),
        Binding("right,l", "step('right')", "To what waits for it", show=False),
        Binding("space", "switch", "Switch"),
        Binding("plus", "switch_with_needs", "With needs", key_display="+"),
        Binding("enter", "open", "Open"),
        Binding("pageup", "page_up", "Scroll up", show=False),
        Binding("pagedown", "page_down", "Scroll down", show=False),
    ]

    compact: reactive[bool | None] = reactive[bool | None](None)
    """Boxes of three rows instead of four; None: where four do not fit the height."""

    class StageMessage(Message):
        """Something a person did to a stage."""

        def __init__(self, stage_id: str, graph: StageGraph) -> None:
            super().__init__()
            self.stage_id = stage_id
            self.graph = graph

        @property
        def control(self) -> StageGraph:
            """The graph it was done in."""
            return self.graph

    class Toggled(StageMessage):
        """The stage is to be switched on or off."""

    class ToggledWithNeeds(StageMessage):
        """The stage is to be switched on or off together with what it needs."""

    class Opened(StageMessage):
        """The stage is to be shown in detail."""

    class Highlighted(StageMessage):
        """The cursor has moved to this stage."""

    def __init__(
        self,
        stages: Sequence[StageView] = (),
        *,
        compact: bool | None = None,
        list_below: int = 100,
        name: str | None = None,
        id: str | None = None,
        classes: str | None = None,
    ) -> None:
        """Create a stage graph.

        Args:
            stages: What to show at first, in reading order.
            compact: Boxes of three rows instead of four; None: where four do not fit the height.
            list_below: With fewer columns than this the stages stand in a list.
            name: The name of the widget.
            id: The id of the widget in the DOM.
            classes: The CSS classes of the widget.
        """
        super().__init__(name=name, id=id, classes=classes)
        self._list_below = list_below
        self._scene = Scene()
        self._picture: GraphPicture | ListPicture | None = None
        self._room = Size(0, 0)
        self._origin = Offset(0, 0)
        self._strips: dict[int, Strip] = {}
        self._styles_of_looks: dict[Look, Style] = {}
        self.set_reactive(StageGraph.compact, compact)
        self.show(stages)

    @property
    def cursor(self) -> str | None:
        """The id of the stage the cursor is on; None while there are no stages."""
        return self._scene.cursor

    @property
    def is_list(self) -> bool:
        """Whether the stages stand in a list for want of room."""
        return isinstance(self._picture, ListPicture)

    def show(self, stages: Sequence[StageView]) -> None:
        """Show the stages as they are now. The graph is laid out anew only if stages or edges are others."""
        before = self._scene
        by_id = {view.id: view for view in stages}
        cursor = before.cursor if before.cursor in by_id else next(iter(by_id), None)
        self._scene = replace(before, stages=by_id, cursor=cursor)
        if _nodes(before.stages.values()) != _nodes(stages):
            self._arrange()
        else:
            self._repaint(before)

    def move_to(self, stage_id: str) -> None:
        """Put the cursor on a stage and bring it into view.

        Raises:
            KeyError: no such stage is shown.
        """
        if stage_id not in self._scene.stages:
            raise KeyError(stage_id)
        if stage_id == self._scene.cursor:
            return
        before = self._scene
        self._scene = replace(before, cursor=stage_id)
        self._repaint(before)
        self._bring_into_view()
        self.post_message(self.Highlighted(stage_id, self))

    def action_step(self, direction: Direction) -> None:
        """Move the cursor one stage."""
        if self._picture is None or self.cursor is None:
            return
        neighbour = self._picture.step(self.cursor, direction)
        if neighbour is not None:
            self.move_to(neighbour)

    def action_switch(self) -> None:
        """Ask for the cursor's stage to be switched."""
        if self.cursor is not None:
            self.post_message(self.Toggled(self.cursor, self))

    def action_switch_with_needs(self) -> None:
        """Ask for the cursor's stage to be switched with what it needs."""
        if self.cursor is not None:
            self.post_message(self.ToggledWithNeeds(self.cursor, self))

    def action_open(self) -> None:
        """Ask for the cursor's stage to be shown in detail."""
        if self.cursor is not None:
            self.post_message(self.Opened(self.cursor, self))

    def on_click(self, event: events.Click) -> None:
        """A click moves the cursor, on a glyph it switches the stage; a double click opens it."""
        offset = event.get_content_offset(self)
        if self._picture is None or offset is None:
            return
        cell = offset + self.scroll_offset - self._origin
        hit = self._picture.hit(cell.x, cell.y)
        if hit is None:
            return
        event.stop()
        self.move_to(hit.stage)
        if hit.on_glyph:
            self.action_switch()
        elif event.chain == 2:
            self.action_open()

    def on_focus(self) -> None:
        """Light the cursor's edges."""
        self._set_focused(True)

    def on_blur(self) -> None:
        """Let the cursor's edges be as the others."""
        self._set_focused(False)

    def on_resize(self) -> None:
        """Choose the form that fits the new size."""
        self._arrange()

    def watch_compact(self) -> None:
        """Draw again with other boxes."""
        self._arrange()

    def notify_style_update(self) -> None:
        """Forget what was painted in the colours of the theme before."""
        super().notify_style_update()
        self._styles_of_looks.clear()
        self._strips.clear()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the stages need, for `height: auto`."""
        room = Size(width - self.scrollbar_size_vertical, 0)
        return self._choose(room, any_height=True).height if self._scene.stages and room.width > 0 else 0

    def render_line(self, y: int) -> Strip:
        """One line of the widget, from what was painted before where nothing has changed."""
        row = y + self.scroll_offset.y
        if row not in self._strips:
            self._strips[row] = self._paint(row)
        return self._strips[row]

    def _set_focused(self, focused: bool) -> None:
        before = self._scene
        self._scene = replace(before, focused=focused)
        self._repaint(before)

    def _arrange(self) -> None:
        """Choose the form, lay it out in the middle of the room there is, and paint all of it."""
        self._strips.clear()
        self._room = self.scrollable_content_region.size
        self._picture = self._choose(self._room) if self._scene.stages and self._room else None
        self._origin = self._place(self._picture)
        self.virtual_size = Size(self._room.width, self._picture.height if self._picture else 0)
        self.refresh(layout=self.is_mounted and self.styles.is_auto_height)
        if self.is_mounted:
            self.call_after_refresh(self._bring_into_view)

    def _choose(self, room: Size, *, any_height: bool = False) -> GraphPicture | ListPicture:
        """The largest form that fits; the height only decides between tall and compact boxes."""
        nodes = _nodes(self._scene.stages.values())
        compact = bool(self.compact)
        drawing = layout(nodes, width=room.width, compact=compact)
        if room.width + self.scrollbar_size_vertical < self._list_below or not drawing.fits:
            return ListPicture(drawing, room.width)
        if self.compact is None and not any_height and drawing.height > room.height:
            compact = True
            drawing = layout(nodes, width=room.width, compact=True)
        return GraphPicture(drawing, compact=compact)

    def _place(self, picture: GraphPicture | ListPicture | None) -> Offset:
        """Where a picture begins: a graph stands in the middle, a list at the top."""
        if not isinstance(picture, GraphPicture):
            return Offset(0, 0)
        free = self._room - Size(picture.width, picture.height)
        return Offset(free.width // 2, free.height // 2)

    def _repaint(self, before: Scene) -> None:
        """Paint the stages that look different from before, and nothing else."""
        if self._picture is None:
            return
        stages = self._picture.redrawn(before, self._scene)
        if stages is None:
            self._strips.clear()
            self.refresh()
            return
        shift = self._origin - self.scroll_offset
        areas = [Region(*self._picture.area(stage)).translate(shift) for stage in stages]
        for area in areas:
            for y in range(area.y, area.bottom):
                self._strips.pop(y + self.scroll_offset.y, None)
        if areas:
            self.refresh(*areas)

    def _bring_into_view(self) -> None:
        if self._picture is not None and self.cursor is not None:
            area = Region(*self._picture.area(self.cursor)).translate(self._origin)
            # Forced: before the first frame Textual does not know yet that there is something to scroll.
            self.scroll_to_region(area, animate=False, x_axis=False, force=True)

    def _paint(self, y: int) -> Strip:
        width, blank = self._room.width, self._style("blank")
        row = y - self._origin.y
        if self._picture is None or not 0 <= row < self._picture.height:
            return Strip.blank(width, blank)
        pieces = self._picture.line(row, self._scene)
        segments = [Segment(" " * self._origin.x, blank)]
        segments += [Segment(piece.text, self._style(piece.look)) for piece in pieces]
        strip = Strip(segments).adjust_cell_length(width, blank)
        if not self._picture.is_lit(row, self._scene):
            return strip
        lit = Style(bgcolor=self._style("cursor-line").bgcolor)
        return Strip(Segment.apply_style(strip, post_style=lit), strip.cell_length)

    def _style(self, look: Look) -> Style:
        # Textual forgets these at every refresh; here they last until the theme changes.
        if look not in self._styles_of_looks:
            self._styles_of_looks[look] = self.get_component_rich_style(f"{_PREFIX}{look}")
        return self._styles_of_looks[look]


def _nodes(stages: Iterable[StageView]) -> list[Node]:
    return [Node(view.id, view.title, view.depends_on) for view in stages]
