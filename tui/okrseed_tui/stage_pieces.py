"""What a picture of stages is made of: pieces of text, each with the name of the look it gets.

Pictures know no colours. They name a look; the widget finds its colour in the theme.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, NamedTuple, Protocol

from okrseed_tui.graph_layout import Direction, Rect
from okrseed_tui.stage_view import StageView, State

Look = (
    State
    | Literal[
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
    ]
)


class Piece(NamedTuple):
    """Text in one look."""

    text: str
    look: Look


Line = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Scene:
    """What a picture shows: the stages by id, in reading order, and which of them the cursor is on."""

    stages: Mapping[str, StageView] = field(default_factory=dict)
    cursor: str | None = None
    focused: bool = False
    """Whether keys go to the picture: only then the cursor's edges are lit."""


class Hit(NamedTuple):
    """A stage under the mouse, and whether the mouse is on its glyph."""

    stage: str
    on_glyph: bool


class Picture(Protocol):
    """A form in which stages can be shown, line by line."""

    @property
    def width(self) -> int: ...

    @property
    def height(self) -> int: ...

    def line(self, row: int, scene: Scene) -> Line:
        """The pieces of one line."""

    def area(self, stage: str) -> Rect:
        """Where a stage stands."""

    def redrawn(self, before: Scene, after: Scene) -> set[str] | None:
        """The stages whose areas look different in the second scene; None when it is more than that."""

    def hit(self, x: int, y: int) -> Hit | None:
        """The stage at a cell."""

    def is_lit(self, row: int, scene: Scene) -> bool:
        """Whether this whole line belongs to the cursor."""

    def step(self, stage: str, direction: Direction) -> str | None:
        """The stage one key press away."""
