"""The lists of names and the fragments of notes keep the rules of the content format."""

from __future__ import annotations

import string
from collections import Counter

import pytest

from tests.okr.written import document

FIELDS = {"measure", "Measure", "value", "before", "target", "initiative"}
ABOUT_A_KEY_RESULT = ("first", "moved", "flat", "slipped", "done", "blocked")
ABOUT_PEOPLE = ("what_moved", "what_blocked", "need_help")
KINDS = pytest.mark.parametrize("kind", [*ABOUT_A_KEY_RESULT, *ABOUT_PEOPLE])
LISTS = pytest.mark.parametrize("names", ["given", "family"])
SAMPLE = {
    "measure": "win rate",
    "Measure": "Win rate",
    "value": "25 %",
    "before": "24 %",
    "target": "30 %",
    "initiative": "Introduce a deal desk",
}


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def notes(kind: str) -> list[str]:
    templates: list[str] = document("notes")["notes"][kind]
    return templates


@LISTS
def test_no_name_is_listed_twice(names: str) -> None:
    assert [name for name, count in Counter(document("names")[names]).items() if count > 1] == []


@LISTS
def test_there_are_enough_names_for_the_largest_size_several_times_over(names: str) -> None:
    assert len(document("names")[names]) >= 100


@LISTS
def test_names_are_of_wide_origin(names: str) -> None:
    """Not only what a keyboard of one country writes."""
    listed = document("names")[names]

    assert sum(not name.isascii() for name in listed) / len(listed) > 0.2


@LISTS
def test_names_are_written_as_people_write_them(names: str) -> None:
    listed = document("names")[names]

    assert [
        name for name in listed if not name[0].isupper() or not name.replace("-", "").replace("'", "").isalpha()
    ] == []


def test_every_kind_of_note_is_written() -> None:
    assert set(document("notes")["notes"]) == {*ABOUT_A_KEY_RESULT, *ABOUT_PEOPLE}


@KINDS
def test_notes_are_not_all_alike(kind: str) -> None:
    assert len(set(notes(kind))) == len(notes(kind)) >= 8


@pytest.mark.parametrize("kind", ABOUT_A_KEY_RESULT)
def test_notes_use_only_the_allowed_fields(kind: str) -> None:
    assert {name for template in notes(kind) for name in fields(template)} <= FIELDS


@pytest.mark.parametrize("kind", ABOUT_PEOPLE)
def test_answers_to_requests_have_no_fields(kind: str) -> None:
    assert [template for template in notes(kind) if fields(template)] == []


@pytest.mark.parametrize("kind", ABOUT_A_KEY_RESULT)
def test_every_note_speaks_of_the_measure_or_an_initiative(kind: str) -> None:
    assert [template for template in notes(kind) if not fields(template) & {"measure", "Measure", "initiative"}] == []


@pytest.mark.parametrize("kind", ["first", "moved", "flat", "slipped", "done"])
def test_every_note_on_a_value_says_the_value(kind: str) -> None:
    assert [template for template in notes(kind) if "value" not in fields(template)] == []


@pytest.mark.parametrize("kind", ["first", "flat", "blocked"])
def test_what_has_no_value_before_it_does_not_speak_of_one(kind: str) -> None:
    assert [template for template in notes(kind) if "before" in fields(template)] == []


@KINDS
def test_a_formatted_note_has_no_braces(kind: str) -> None:
    formatted = [template.format(**SAMPLE) for template in notes(kind)]

    assert [text for text in formatted if "{" in text or "}" in text] == []


@KINDS
def test_notes_are_whole_sentences(kind: str) -> None:
    formatted = [template.format(**SAMPLE) for template in notes(kind)]

    assert [text for text in formatted if not (text[0].isupper() or text[0] == '"') or not text.endswith(".")] == []


@KINDS
def test_the_capitalised_measure_stands_at_the_beginning_of_a_sentence(kind: str) -> None:
    heads = [template.partition("{Measure}")[0] for template in notes(kind) if "{Measure}" in template]

    assert [head for head in heads if head and not head.endswith(". ")] == []
