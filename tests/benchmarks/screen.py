"""What stands on a terminal's screen after some output: as little of a terminal as reading Textual's output needs."""

from __future__ import annotations

import codecs
import re

_TOKEN = re.compile(
    r"\x1b\[(?P<numbers>[0-?]*)[ -/]*(?P<final>[@-~])"  # a control sequence
    r"|\x1b[P\]X^_].*?(?:\x1b\\|\x07)"  # a string for the terminal itself
    r"|\x1b[()][A-Z0-9]|\x1b[0-Z\\^-~]"  # an escape of one or two characters
    r"|(?P<control>[\x00-\x1a\x1c-\x1f])"
    r"|(?P<text>[^\x00-\x1f]+)",
    re.DOTALL,
)


class Screen:
    """Lines of characters without colours. Knows moves, clearing and text; every character is one cell wide."""

    def __init__(self, columns: int, rows: int) -> None:
        self._columns = columns
        self._cells = [[" "] * columns for _ in range(rows)]
        self._x = self._y = 0
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._rest = ""

    def feed(self, data: bytes) -> None:
        """Take output; a sequence that is not whole yet waits for the rest."""
        text = self._rest + self._decoder.decode(data)
        place = 0
        while (token := _TOKEN.match(text, place)) is not None:
            place = token.end()
            if token["text"]:
                self._write(token["text"])
            elif token["final"]:
                self._control(token["final"], token["numbers"])
            elif token["control"] == "\r":
                self._x = 0
            elif token["control"] == "\n":
                self._y += 1
        self._rest = text[place:]

    @property
    def lines(self) -> list[str]:
        """The lines, top to bottom."""
        return ["".join(line) for line in self._cells]

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(self.lines)

    def find(self, character: str) -> tuple[int, int] | None:
        """Row and column of a character's first place; None where there is none."""
        for row, line in enumerate(self.lines):
            if (column := line.find(character)) >= 0:
                return row, column
        return None

    def _control(self, final: str, numbers: str) -> None:
        if final in "Hf":
            row, _, column = numbers.partition(";")
            self._y, self._x = int(row or 1) - 1, int(column or 1) - 1
        elif final == "J":
            self._cells = [[" "] * self._columns for _ in self._cells]

    def _write(self, text: str) -> None:
        if 0 <= self._y < len(self._cells):
            room = text[: max(0, self._columns - self._x)]
            self._cells[self._y][self._x : self._x + len(room)] = room
        self._x += len(text)
