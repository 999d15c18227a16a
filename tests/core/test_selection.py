"""What was asked for becomes a selection: validated once, with a reason for every stage."""

from __future__ import annotations

import datetime
from typing import Any

import pytest

from okrseed.errors import UsageError
from okrseed.selection import Mode
from tests.core.seeding import TODAY, choose, execute, plan, run


def selected(**request: Any) -> dict[str, str]:
    """How each stage takes part."""
    return {stage: choice.selected for stage, choice in choose(**request).stages.items()}


def test_without_a_choice_everything_is_chosen() -> None:
    selection = choose()
    assert set(selected().values()) == {"chosen"}
    assert (selection.size, selection.scopes) == ("large", ("fiction", "history", "science"))
    assert (selection.as_of, selection.seed) == (TODAY, "library-seed")


@pytest.mark.parametrize(("environment", "size"), [("development", "large"), ("test", "small")])
def test_an_environment_has_its_size(environment: str, size: str) -> None:
    assert choose(environment=environment).size == size


def test_a_size_that_is_given_beats_that_of_the_environment() -> None:
    assert choose(environment="test", size="large").size == "large"


def test_stages_that_a_chosen_one_needs_are_required_and_the_others_off() -> None:
    assert selected(select="books") == {
        "branch": "required",
        "authors": "required",
        "shelves": "required",
        "books": "chosen",
        "loans": "off",
    }


def test_a_required_stage_says_what_needs_it() -> None:
    assert choose(select="books").stages["shelves"].reason == "needed by books"


def test_a_plus_makes_the_stages_that_are_needed_chosen() -> None:
    assert selected(select="+books")["shelves"] == "chosen"


def test_an_excluded_stage_is_off_and_says_so() -> None:
    choice = choose(exclude="loans").stages["loans"]
    assert (choice.selected, choice.reason) == ("off", "excluded")


def test_excluding_a_stage_that_is_needed_is_an_error_that_names_both_while_its_rows_are_missing(
    database_url: str,
) -> None:
    run(database_url)
    execute(database_url, "delete from authors")
    with pytest.raises(UsageError, match="'authors' is excluded, but 'books' needs it and 9 rows of authors"):
        plan(database_url, choose(exclude="authors"))


def test_excluding_a_stage_that_is_needed_is_fine_where_its_rows_are_there(database_url: str) -> None:
    run(database_url)
    assert run(database_url, choose(exclude="authors")).status == "succeeded"


@pytest.mark.parametrize(
    ("request_", "wrong", "offered"),
    [
        ({"size": "larg"}, "'larg'", "'large'"),
        ({"environment": "produktion"}, "'produktion'", "'production'"),
        ({"scopes": ("sience",)}, "'sience'", "'science'"),
        ({"select": "bok"}, "'bok'", "'books'"),
        ({"exclude": "loan"}, "'loan'", "'loans'"),
    ],
)
def test_an_unknown_name_is_an_error_that_offers_the_nearest(
    request_: dict[str, Any], wrong: str, offered: str
) -> None:
    with pytest.raises(UsageError) as caught:
        choose(**request_)
    assert wrong in caught.value.message
    assert f"Did you mean {offered}?" in caught.value.hint


@pytest.mark.parametrize(
    "request_",
    [{"scopes": ()}, {"seed": ""}, {"options": frozenset({"roll_cycles"})}, {"select": "loans", "exclude": "loans"}],
)
def test_what_leaves_nothing_or_is_not_known_is_an_error(request_: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        choose(**request_)


@pytest.mark.parametrize("request_", [{"scopes": ("fiction",)}, {"select": "books"}, {"exclude": "books"}])
def test_a_purge_cannot_be_limited(request_: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="whole tenant"):
        choose(mode=Mode.PURGE, **request_)


def test_scopes_are_sorted_and_named_once() -> None:
    assert choose(scopes=("science", "fiction", "science")).scopes == ("fiction", "science")


def test_a_date_that_is_given_beats_today() -> None:
    day = datetime.date(2026, 2, 3)
    assert choose(as_of=day).as_of == day


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL, Mode.DRY_RUN])
def test_a_tenant_seeded_with_another_seed_string_is_refused(database_url: str, mode: Mode) -> None:
    from okrseed.errors import Refused

    run(database_url, choose(seed="first"))
    with pytest.raises(Refused, match="'first', not 'second'"):
        run(database_url, choose(mode=mode, seed="second"))


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_another_seed_string_is_no_obstacle_to_starting_again(database_url: str, mode: Mode) -> None:
    run(database_url, choose(seed="first"))
    assert run(database_url, choose(mode=mode, seed="second")).status == "succeeded"
