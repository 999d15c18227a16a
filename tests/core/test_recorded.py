"""A selection that is kept as JSON makes the same selection again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okrseed.errors import UsageError
from okrseed.recorded import choices_document, request_of
from okrseed.selection import Mode, Selection, resolve
from tests.core.library import SECTIONS, STAGES, Library
from tests.core.seeding import TODAY, choose

STAGE_IDS = [stage.id for stage in STAGES]


def _again(selection: Selection, **narrowed: Any) -> Selection:
    document = json.loads(json.dumps(choices_document(selection)))
    return resolve(Library(), request_of(document, "a test", **narrowed), today=TODAY)


def _choices(selection: Selection) -> dict[str, str]:
    return {stage: choice.selected for stage, choice in selection.stages.items()}


@settings(max_examples=150)
@given(st.data())
def test_a_kept_selection_is_the_same_selection(data: st.DataObject) -> None:
    mode = data.draw(st.sampled_from(Mode))
    purge = mode is Mode.PURGE
    scopes = None if purge else data.draw(st.none() | st.sets(st.sampled_from(SECTIONS), min_size=1).map(tuple))
    select = None if purge else data.draw(st.none() | st.sets(st.sampled_from(STAGE_IDS), min_size=1).map(" ".join))
    exclude = None if purge else data.draw(st.none() | st.sampled_from(STAGE_IDS))
    try:
        selection = choose(
            mode=mode,
            scopes=scopes,
            select=select,
            exclude=exclude,
            size=data.draw(st.none() | st.sampled_from(["small", "large"])),
            environment=data.draw(st.sampled_from(["development", "test"])),
            seed=data.draw(st.none() | st.text(min_size=1)),
            with_unseeded=data.draw(st.booleans()),
        )
    except UsageError:
        return
    again = _again(selection)
    assert choices_document(again) == choices_document(selection)
    assert _choices(again) == _choices(selection)


def test_it_can_be_narrowed_to_some_of_its_stages() -> None:
    again = _again(choose(), only={"books", "loans"})
    assert _choices(again) == {
        "branch": "required",
        "shelves": "required",
        "authors": "required",
        "books": "chosen",
        "loans": "chosen",
    }


@pytest.mark.parametrize(
    "spoil",
    [
        {"mode": "sideways"},
        {"mode": 7},
        {"as_of": "yesterday"},
        {"stages": "books"},
        {"stages": [7]},
        {"with_unseeded": "yes"},
        {"seed": None},
        {"workspaces": {}},
    ],
    ids=str,
)
def test_what_nobody_kept_is_refused(spoil: dict[str, object]) -> None:
    with pytest.raises(UsageError, match="a test does not hold a selection") as caught:
        request_of({**choices_document(choose()), **spoil}, "a test")
    assert caught.value.code == "bad_plan_file"


@pytest.mark.parametrize("document", [None, [], "text", 7, {}], ids=repr)
def test_something_else_is_refused(document: object) -> None:
    with pytest.raises(UsageError, match="does not hold a selection"):
        request_of(document, "a test")
