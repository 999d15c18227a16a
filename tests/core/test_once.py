"""A value is made once: by whoever asks first, or ahead; the others wait, and share what making raised."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from okrseed.once import Once


def test_a_value_is_made_when_it_is_first_asked_for() -> None:
    made: list[str] = []
    values: Once[str, int] = Once(lambda name: made.append(name) or len(name))  # type: ignore[func-returns-value]
    assert made == []
    assert [values.get("book"), values.get("book"), values.get("shelf")] == [4, 4, 5]
    assert made == ["book", "shelf"]


def test_whoever_asks_while_it_is_being_made_waits() -> None:
    begun, may_end, calls = threading.Event(), threading.Event(), []

    def make(name: str) -> str:
        calls.append(name)
        begun.set()
        may_end.wait(10)
        return name.upper()

    values: Once[str, str] = Once(make)
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(values.get, "book")
        begun.wait(10)
        second = pool.submit(values.get, "book")
        assert not second.done()
        may_end.set()
        assert (first.result(10), second.result(10)) == ("BOOK", "BOOK")
    assert calls == ["book"]


def test_what_is_made_ahead_is_made_in_order_and_once() -> None:
    made: list[str] = []
    values: Once[str, str] = Once(lambda name: made.append(name) or name)  # type: ignore[func-returns-value]
    values.ahead(["branch", "shelves", "books"], "ahead")
    assert [values.get(name) for name in ("books", "shelves", "branch")] == ["books", "shelves", "branch"]
    assert sorted(made) == ["books", "branch", "shelves"]


def test_two_that_make_ahead_do_not_overtake_each_other() -> None:
    taken_up, may_end = threading.Event(), threading.Event()
    overtook: list[bool] = []

    def make(name: str) -> str:
        assert may_end.wait(10)
        return name

    def names() -> Iterator[str]:
        taken_up.set()
        yield "branch"
        overtook.append(not may_end.is_set())
        yield "shelves"

    values: Once[str, str] = Once(make)
    values.ahead(["branch", "books"], "ahead")
    values.ahead(names(), "ahead, too")
    assert taken_up.wait(10)
    may_end.set()
    assert values.get("shelves") == "shelves"
    assert overtook in ([], [False])


def test_everybody_is_told_what_making_raised() -> None:
    def breaks(name: str) -> str:
        raise ValueError(f"no {name}")

    values: Once[str, str] = Once(breaks)
    for _ in range(2):
        with pytest.raises(ValueError, match="no book"):
            values.get("book")


def test_what_nobody_wants_any_more_is_not_made_on_and_made_anew_for_whoever_asks() -> None:
    begun, halted = threading.Event(), threading.Event()
    made: list[str] = []

    def make(name: str) -> str:
        begun.set()
        assert halted.wait(10)
        values.check()
        made.append(name)
        return name.upper()

    values: Once[str, str] = Once(make)
    values.ahead(["book", "shelf"], "ahead")
    assert begun.wait(10)
    with ThreadPoolExecutor(1) as pool:
        waits = pool.submit(values.get, "book")
        values.halt()
        halted.set()
        assert waits.result(10) == "BOOK"
    assert made == ["book"]
    assert values.get("shelf") == "SHELF"
