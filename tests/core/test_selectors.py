"""The selector grammar of --select and --exclude, and errors that point into the string."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.blueprint import stage_graph
from okrseed.errors import UsageError
from tests.core.library import Library
from tests.core.properties import pure

LIBRARY = stage_graph(Library())
EVERYTHING = {"branch", "shelves", "authors", "books", "loans"}


@pytest.mark.parametrize(
    ("selector", "stages"),
    [
        ("books", {"books"}),
        ("+books", {"branch", "shelves", "authors", "books"}),
        ("books+", {"books", "loans"}),
        ("+books+", EVERYTHING),
        ("1+books", {"shelves", "authors", "books"}),
        ("2+books", {"branch", "shelves", "authors", "books"}),
        ("1+loans", {"books", "loans"}),
        ("branch+1", {"branch", "shelves", "authors"}),
        ("1+books+1", {"shelves", "authors", "books", "loans"}),
        ("0+books", {"books"}),
        ("tag:people", {"authors", "loans"}),
        ("+tag:place", {"branch", "shelves"}),
        ("tag:place+", EVERYTHING),
        ("b*", {"branch", "books"}),
        ("*s", {"shelves", "authors", "books", "loans"}),
        ("?????", {"books", "loans"}),
        ("[ab]*", {"authors", "books", "branch"}),
        ("*", EVERYTHING),
        ("branch loans", {"branch", "loans"}),
        ("  branch   loans ", {"branch", "loans"}),
        ("tag:people,tag:media", {"loans"}),
        ("+books,tag:place", {"branch", "shelves"}),
        ("b*,*s branch", {"books", "branch"}),
    ],
)
def test_every_form_of_the_grammar_names_its_stages(selector: str, stages: set[str]) -> None:
    assert LIBRARY.select(selector) == stages


@pytest.mark.parametrize(
    ("selector", "unknown", "character", "offered"),
    [
        ("boks", "boks", 1, "books"),
        ("branch shelfs", "shelfs", 8, "shelves"),
        ("branch  autors", "autors", 9, "authors"),
        ("branch,lones", "lones", 8, "loans"),
        ("tag:people,tag:plce", "tag:plce", 12, "tag:place"),
        ("branch boks+", "boks", 8, "books"),
    ],
)
def test_an_unknown_name_is_told_with_its_place_and_the_nearest_name(
    selector: str, unknown: str, character: int, offered: str
) -> None:
    with pytest.raises(UsageError) as caught:
        LIBRARY.select(selector)
    assert f"{unknown!r} at character {character} of {selector!r}" in caught.value.message
    assert f"Did you mean {offered!r}?" in caught.value.hint


@pytest.mark.parametrize(("selector", "character"), [("+boks", 2), ("branch 12+boks", 11)])
def test_the_place_of_an_unknown_name_is_where_the_name_stands_not_its_plus(selector: str, character: int) -> None:
    with pytest.raises(UsageError, match=f"'boks' at character {character} of"):
        LIBRARY.select(selector)


def test_a_name_that_is_near_to_none_offers_all_that_are_known() -> None:
    with pytest.raises(UsageError) as caught:
        LIBRARY.select("zzz")
    assert "Did you mean" not in caught.value.hint
    assert all(stage in caught.value.hint for stage in EVERYTHING)


@pytest.mark.parametrize(
    ("selector", "term", "character"),
    [("+", "+", 1), ("books++", "books++", 1), ("branch ++books", "++books", 8), ("books,", "", 7), ("a+b", "a+b", 1)],
)
def test_what_is_no_term_of_the_grammar_is_told_with_its_place(selector: str, term: str, character: int) -> None:
    with pytest.raises(UsageError) as caught:
        LIBRARY.select(selector)
    assert f"cannot read {term!r} at character {character}" in caught.value.message


@pytest.mark.parametrize("selector", ["", "   ", "books,authors"])
def test_a_selector_that_names_no_stage_is_an_error(selector: str) -> None:
    with pytest.raises(UsageError, match="is empty"):
        LIBRARY.select(selector)


def test_a_number_of_steps_of_any_length_is_read() -> None:
    assert LIBRARY.select(f"{'9' * 5000}+books") == LIBRARY.select("+books")


@given(st.text(alphabet=st.one_of(st.sampled_from("+,: *?[]!-0123456789abcehkosrtg"), st.characters()), max_size=20))
@pure
def test_any_text_names_stages_or_is_a_usage_error(selector: str) -> None:
    chosen: frozenset[str] = frozenset()
    with contextlib.suppress(UsageError):
        chosen = LIBRARY.select(selector)
    assert chosen <= EVERYTHING
