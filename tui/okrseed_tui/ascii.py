"""The whole screen in ASCII, for terminals that do not speak UTF-8: one filter on everything that is painted.

Every character keeps its width, so nothing moves: lines, blocks and the glyphs of the stages have likes of their own,
letters lose their accents, and what has no like at all becomes "?".
"""

from __future__ import annotations

import unicodedata
from functools import lru_cache

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

_LIKES = {
    # States of stages: no two share one (stage_view).
    **dict(zip("○●◐✓×–■", "o*>+x-#", strict=True)),
    # Dashes of borders tell chosen, required and off apart (stage_box).
    **dict(zip("─│╌┈━┃╍┅╸╺", "-|~.=#=:==", strict=True)),
    **dict(zip("▁▂▃▄▅▆▇█", "_.-:=+*#", strict=True)),
    **dict(zip("░▒▓▎▊▔", ".:%|| ", strict=True)),
    **dict(zip("▶▸►▼▾▲◀→←↑↓", ">>>vv^<><^v", strict=True)),
    **dict(zip("…·−‘’“”↵⏎", ".--''\"\"<<", strict=True)),
}
_BOX_DRAWING = range(0x2500, 0x2580)
_BLOCKS = range(0x2580, 0x25A0)


class AsciiFilter(LineFilter):
    """Paints every line in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, as wide, in ASCII; control sequences are left alone."""
        return [
            segment if segment.control else Segment(ascii_text(segment.text), segment.style) for segment in segments
        ]


@lru_cache(4096)
def ascii_text(text: str) -> str:
    """The text in ASCII, as wide as it was."""
    return text if text.isascii() else "".join(map(_like, text))


def _like(character: str) -> str:
    if character.isascii():
        return character
    if character in _LIKES:
        return _LIKES[character]
    if ord(character) in _BOX_DRAWING:
        return "+"
    if ord(character) in _BLOCKS:
        return "#"
    base = "".join(part for part in unicodedata.normalize("NFKD", character) if part.isascii())
    width = cell_len(character)
    return base if base and len(base) == width else "?" * width
