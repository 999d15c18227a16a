"""Whatever a text holds, it is shown on a terminal and not obeyed by it, and a JSON document stays what it is."""

from __future__ import annotations

import datetime
import io
import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.clock import SystemClock
from okrseed.console import EventLines, LiveTable, PlainLines
from okrseed.errors import OkrseedError
from okrseed.events import RetryScheduled, RunStarted, StageStarted
from okrseed.printable import LONGEST_MESSAGE, json_text, printable, printable_lines, unprintable
from okrseed.progress import RunState, fold
from tests.core.properties import pure

HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b31m\u202egnp.exe\u200b\ud800\x7f[bold]:smile:"
"""Sets the title, clears the screen, turns the reading direction, hides, is no Unicode, and is somebody's markup."""

ANYTHING = st.text(st.characters() | st.sampled_from("\x1b\x9b\x7f\u202e\u200b\ufeff\ud800\u2028\U000e0001\n\t[]"))
FACTS = {"at": datetime.datetime(2025, 11, 21), "clock_s": 0.0, "run_id": "r", "stage": "people"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Zoë Núñez — 日本 ½ 🎉 ` [b] \\", "Zoë Núñez — 日本 ½ 🎉 ` [b] \\"),
        ("la relation «\xa0x\xa0» n’existe pas", "la relation «\xa0x\xa0» n’existe pas"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\nb\tc\rd", r"a\nb\tc\rd"),
        ("\x7f\x9b", r"\x7f\x9b"),
        ("\u202e\u2066\u200b\ufeff", r"\u202e\u2066\u200b\ufeff"),
        ("\u2028\u2029\x85", r"\u2028\u2029\x85"),
        ("\ud800\udcff", r"\ud800\udcff"),
        ("\U000e0001", r"\U000e0001"),
    ],
)
def test_what_does_not_print_is_written_out(text: str, shown: str) -> None:
    assert printable(text) == shown


def nothing_to_obey(text: str) -> bool:
    return not {unicodedata.category(character) for character in text} & {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


@given(ANYTHING)
@pure
def test_no_text_reaches_the_terminal_raw(text: str) -> None:
    assert nothing_to_obey(printable(text))
    assert printable(printable(text)) == printable(text)
    assert (unprintable(text) is None) == (printable(text) == text)


@given(st.recursive(ANYTHING | st.integers(), lambda inner: st.lists(inner) | st.dictionaries(ANYTHING, inner)))
@pure
def test_a_document_says_the_same_without_anything_to_obey(document: object) -> None:
    for indent in (None, 2):
        text = json_text(document, indent=indent)
        assert json.loads(text) == document
        assert nothing_to_obey(text.replace("\n", ""))
        text.encode()


def test_the_first_character_that_does_not_print_is_named() -> None:
    assert unprintable("Acme \u202e\x1b") == "U+202E"
    assert unprintable("Acme\x1b") == "U+001B"


def test_an_error_keeps_its_lines_and_shows_the_rest() -> None:
    error = OkrseedError(f"one\ntwo{HOSTILE}", hint="three", stage="\x1bs")

    assert len(error.lines()) == 3
    assert all(nothing_to_obey(line) for line in error.lines())
    assert r"\x1b]0;owned\x07" in error.lines()[1]


def test_a_message_does_not_repeat_megabytes() -> None:
    error = OkrseedError("x" * 10_000_000, hint="y" * 10_000_000)

    assert len(json.dumps(error.document())) < 3 * LONGEST_MESSAGE
    assert "characters more" in error.message


def test_narration_and_events_obey_nothing() -> None:
    plain, events = io.StringIO(), io.StringIO()
    for event in (
        RunStarted(target=HOSTILE, tenant=HOSTILE, mode="full", stages=("people",), **FACTS),
        RetryScheduled(attempt=1, attempts=3, wait_s=1.0, cause=HOSTILE, **FACTS),
    ):
        PlainLines(plain).emit(event, RunState())
        EventLines(events).emit(event, RunState())

    for shown in (plain, events):
        lines = shown.getvalue().splitlines()
        assert len(lines) == 2
        assert all(nothing_to_obey(line) for line in lines)
    assert json.loads(events.getvalue().splitlines()[1])["cause"] == HOSTILE


def test_the_live_table_obeys_nothing_and_takes_nothing_for_markup() -> None:
    stream = io.StringIO()
    with LiveTable(stream, SystemClock(), color=False) as table:
        state = RunState()
        for event in (
            RunStarted(target="t", tenant="t", mode="full", stages=("people",), **FACTS),
            StageStarted(**FACTS),
            RetryScheduled(attempt=1, attempts=3, wait_s=1.0, cause="\x1b\u202e[bold]:smile:", **FACTS),
        ):
            state = fold(state, event)
            table.emit(event, state)

    shown = "".join(stream.getvalue().split())
    assert nothing_to_obey(shown)
    assert r"\x1b\u202e[bold]:smile:" in shown


def test_lines_are_separated_by_newlines_alone() -> None:
    assert printable_lines("a\nb\x85c\u2028d\re") == ["a", r"b\x85c\u2028d\re"]
