"""How wide boxes and channels are: as comfortable as the room allows, cut short when nothing else helps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import NamedTuple

_LEAST_INSIDE = 8
_BORDERS = 2
_GLYPH = 3
"""A space, the state's glyph and a space stand before the title."""
_ARROW = 1


@dataclass(frozen=True, slots=True)
class Widths:
    """The widths of all columns and channels, in characters.

    The first track of a channel is `lead` cells into it, the others follow every `pitch` cells.
    """

    columns: tuple[int, ...]
    channels: tuple[int, ...]
    lead: int
    pitch: int

    @property
    def total(self) -> int:
        return sum(self.columns) + sum(self.channels)

    @property
    def column_starts(self) -> tuple[int, ...]:
        steps = [column + channel for column, channel in zip(self.columns, (*self.channels, 0), strict=True)]
        return (0, *accumulate(steps))[:-1]

    def channel(self, column: int) -> tuple[int, int]:
        """The first and the last x of the channel right of a column."""
        start = self.column_starts[column] + self.columns[column]
        return start, start + self.channels[column] - 1


class _Comfort(NamedTuple):
    """One step of comfort: a least width for boxes; empty cells beside titles, beside and between tracks."""

    box: int
    beside_title: int
    beside_tracks: int
    between_tracks: int


_STEPS = (
    _Comfort(10, 0, 0, 0),
    _Comfort(10, 0, 1, 0),
    _Comfort(10, 1, 1, 0),
    _Comfort(11, 1, 1, 0),
    _Comfort(12, 1, 1, 0),
    _Comfort(13, 1, 1, 0),
    _Comfort(13, 1, 1, 1),
    _Comfort(14, 1, 1, 1),
    _Comfort(14, 1, 2, 1),
    _Comfort(15, 1, 2, 1),
    _Comfort(16, 1, 2, 1),
    _Comfort(16, 1, 3, 1),
    _Comfort(18, 1, 3, 1),
    _Comfort(18, 1, 4, 1),
    _Comfort(20, 1, 4, 1),
    _Comfort(20, 1, 5, 1),
    _Comfort(22, 1, 6, 1),
)
_NATURAL = _Comfort(16, 1, 2, 1)


def fit(titles: Sequence[int], tracks: Sequence[int], width: int | None) -> Widths:
    """Choose widths: the most comfortable that fit, the same for all until titles must be cut.

    Args:
        titles: The length of the longest title in each column. tracks: How many tracks each channel needs.
        width: The room there is; None for a comfortable size. The result may be wider if all is as narrow as
        can be.
    """
    if width is None:
        return _comfortable(titles, tracks, _NATURAL)
    for step in reversed(_STEPS):
        widths = _comfortable(titles, tracks, step)
        if widths.total <= width:
            return widths
    narrow = _comfortable(titles, tracks, _STEPS[0])
    return replace(narrow, columns=_cut_short(titles, width - sum(narrow.channels)))


def _comfortable(titles: Sequence[int], tracks: Sequence[int], step: _Comfort) -> Widths:
    pitch = 1 + step.between_tracks
    columns = (max(step.box, length + _GLYPH + step.beside_title + _BORDERS) for length in titles)
    channels = (1 + pitch * (max(1, number) - 1) + step.beside_tracks + _ARROW for number in tracks)
    return Widths(tuple(columns), tuple(channels), lead=(step.beside_tracks + 1) // 2, pitch=pitch)


def _cut_short(titles: Sequence[int], room: int) -> tuple[int, ...]:
    """Widths for titles of which some must be cut: the longest first, until all are equally cut or fit."""
    columns = [max(_LEAST_INSIDE, length + _GLYPH) + _BORDERS for length in titles]
    while sum(columns) > room and max(columns) > _LEAST_INSIDE + _BORDERS:
        columns[columns.index(max(columns))] -= 1
    return tuple(columns)
