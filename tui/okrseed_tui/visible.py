r"""What does not print is painted as its escape (`\x1b`, `\u202e`): one filter on everything that reaches the terminal.

Textual hands control characters, bidi and zero-width ones on as they are, and they take no room in its layout. So the
escape takes its room from the padding that follows it on the line, or, where there is none, from the line's end.
"""

from __future__ import annotations

from rich.cells import cell_len
from rich.segment import Segment
from textual.color import Color
from textual.filter import LineFilter

from okrseed.printable import printable


class VisibleFilter(LineFilter):
    """Paints every line without anything that a terminal would obey."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        """The same segments, together as wide; control sequences are Textual's own."""
        if all(segment.control or segment.text.isprintable() for segment in segments):
            return segments
        room = sum(segment.cell_length for segment in segments)
        painted: list[Segment] = []
        owed = 0
        for segment in segments:
            if segment.control:
                painted.append(segment)
                continue
            text, owed = _visible(segment.text, owed)
            painted.append(Segment(text, segment.style))
        return Segment.adjust_line_length(painted, room) if owed else painted


def _visible(text: str, owed: int) -> tuple[str, int]:
    """The text without what does not print, and how many cells wider than it was it has become so far."""
    made = ""
    for character in text:
        shown = printable(character)
        if owed and character == " " and made.endswith(" "):
            owed -= 1
            continue
        made += shown
        owed += cell_len(shown) - cell_len(character)
    return made, owed
