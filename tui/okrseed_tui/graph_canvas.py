"""Boxes and lines as characters: a grid in which lines that meet become the right junction."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

_LEFT, _RIGHT, _UP, _DOWN = 1, 2, 4, 8

_LINES = {
    _LEFT: "─",
    _RIGHT: "─",
    _LEFT | _RIGHT: "─",
    _UP | _DOWN: "│",
    _LEFT | _DOWN: "╮",
    _RIGHT | _DOWN: "╭",
    _LEFT | _UP: "╯",
    _RIGHT | _UP: "╰",
    _LEFT | _RIGHT | _DOWN: "┬",
    _LEFT | _RIGHT | _UP: "┴",
    _RIGHT | _UP | _DOWN: "├",
    _LEFT | _UP | _DOWN: "┤",
    _LEFT | _RIGHT | _UP | _DOWN: "┼",
}


class Area(Protocol):
    """Where a box stands and how large it is."""

    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...


class _Shift(NamedTuple):
    x: int
    y: int


_ARMS = {_Shift(-1, 0): _LEFT, _Shift(1, 0): _RIGHT, _Shift(0, -1): _UP, _Shift(0, 1): _DOWN}


def shorten(text: str, room: int) -> str:
    """The text, or as much of it as fits before an ellipsis."""
    if len(text) <= room:
        return text
    return text[: max(0, room - 1)].rstrip() + "…" if room > 0 else ""


class Canvas:
    """A grid of characters to draw lines and boxes on."""

    def __init__(self, width: int, height: int) -> None:
        self._arms = [[0] * width for _ in range(height)]
        self._text: dict[tuple[int, int], str] = {}

    def line(self, cells: Sequence[tuple[int, int]]) -> None:
        """Draw a line from its first cell, entered from the left, to its last, which becomes an arrow."""
        (x, y), (end_x, end_y) = cells[0], cells[-1]
        path = [(x - 1, y), *cells, (end_x + 1, end_y)]
        for before, here, after in zip(path, path[1:], path[2:], strict=False):
            for other in (before, after):
                self._arms[here[1]][here[0]] |= _ARMS[_Shift(other[0] - here[0], other[1] - here[1])]
        self._text[end_x, end_y] = "▶"

    def box(self, area: Area, title: str, *, leaves: bool) -> None:
        """Draw a box with its title; a line that leaves it is joined to its right border."""
        inside = area.width - 2
        said = "│ " + shorten(title, inside - 2).ljust(inside - 1) + ("├" if leaves else "│")
        empty = ["│" + " " * inside + "│"] * (area.height - 3)
        lines = ["╭" + "─" * inside + "╮", said, *empty, "╰" + "─" * inside + "╯"]
        for row, line in enumerate(lines):
            for column, character in enumerate(line):
                self._text[area.x + column, area.y + row] = character

    def rows(self) -> tuple[str, ...]:
        """The picture, a string a row."""
        rows = (
            "".join(self._text.get((x, y)) or _LINES.get(arms, " ") for x, arms in enumerate(row))
            for y, row in enumerate(self._arms)
        )
        return tuple(rows)
