"""The engine's threads hold on while somebody waits, and never for long."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from okrseed import courtesy

PATIENCE_S = 30.0


@pytest.fixture(autouse=True)
def unasked() -> Iterator[None]:
    """Leave nobody waiting."""
    yield
    courtesy.thank()


def passes() -> bool:
    """Whether a thread gets past a moment to give way."""
    passed = threading.Thread(target=courtesy.give_way, daemon=True)
    passed.start()
    passed.join(PATIENCE_S)
    return not passed.is_alive()


def test_who_is_not_asked_goes_on() -> None:
    assert not courtesy.asked()
    assert passes()


def test_who_is_asked_holds_on_until_thanked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(courtesy, "MOST_S", PATIENCE_S)
    reached: list[int] = []
    at_the_second = threading.Event()

    def pieces() -> Iterator[int]:
        yield 1
        at_the_second.set()
        yield 2

    def work() -> None:
        for piece in courtesy.courteously(pieces()):
            reached.append(piece)
            if piece == 1:
                courtesy.ask()

    worker = threading.Thread(target=work, daemon=True)
    worker.start()
    assert at_the_second.wait(PATIENCE_S)
    assert reached == [1]
    courtesy.thank()
    worker.join(PATIENCE_S)
    assert reached == [1, 2]


def test_who_is_never_thanked_goes_on_all_the_same() -> None:
    courtesy.ask()
    assert passes()


def test_pieces_come_as_they_are() -> None:
    assert list(courtesy.courteously(range(3))) == [0, 1, 2]
