"""Text that may hold anything, for a terminal, a page or a JSON document: nothing in it is obeyed, everything is seen.

Control characters, escape sequences, bidi and zero-width characters, lone surrogates: a server's message, a row, a path
or another session's name may have them. Configuration may not: there they are refused, by name.
"""

from __future__ import annotations

from typing import Any

LONGEST_MESSAGE = 10_000


def printable(text: str) -> str:
    r"""The text on one line, with `\x1b`, `\n`, `\u202e` for what does not print; lines are the caller's matter."""
    if text.isprintable():
        return text
    return "".join(one if is_printable(one) else one.encode("unicode_escape").decode() for one in text)


def printable_lines(text: str) -> list[str]:
    """The lines of a text, each printable."""
    return [printable(line) for line in text.split("\n")]


def is_printable(character: str) -> bool:
    """Whether a character shows, or is a space of some width (French messages are full of them)."""
    if character.isprintable():
        return True
    # Imported late, as json below: help and version need neither.
    import unicodedata

    return unicodedata.category(character) == "Zs"


def unprintable(text: str) -> str | None:
    """The first character that does not print, as `U+202E`; None where each does."""
    found = None if text.isprintable() else next((one for one in text if not is_printable(one)), None)
    return None if found is None else f"U+{ord(found):04X}"


def json_text(document: Any, *, indent: int | None = None) -> str:
    r"""A document as JSON with letters as they are, and `\u202e` for what does not print: it is the same document."""
    import json

    text = json.dumps(document, indent=indent, ensure_ascii=False, default=str)
    return "\n".join(
        line if line.isprintable() else "".join(one if is_printable(one) else json.dumps(one)[1:-1] for one in line)
        for line in text.split("\n")
    )


def shortened(text: str) -> str:
    """The text, or its beginning and how much more there is: what was given is repeated, but not megabytes of it."""
    left_out = len(text) - LONGEST_MESSAGE
    return text if left_out <= 0 else f"{text[:LONGEST_MESSAGE]}… ({left_out} characters more)"


def write_anything(stream: object) -> None:
    r"""What the encoding of a stream has no byte for is written as `\u00b7` from now on, which JSON understands too."""
    import codecs
    import io

    if isinstance(stream, io.TextIOWrapper):
        codecs.register_error("okrseed.escape", _escaped)
        stream.reconfigure(errors="okrseed.escape")


def _escaped(error: UnicodeError) -> tuple[str, int]:
    import json

    assert isinstance(error, UnicodeEncodeError)
    return json.dumps(error.object[error.start : error.end])[1:-1], error.end
