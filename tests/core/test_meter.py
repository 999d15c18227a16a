"""The meter counts exclusive times by kind and name, over threads, and nothing where nobody measures."""

from __future__ import annotations

import threading
from contextvars import copy_context

import pytest

from okrseed.meter import Account, Meter, accounted, measured, metering


class Ticks:
    """A clock that says what it is told."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now

    def pass_(self, seconds: float) -> None:
        self.now += seconds


def test_a_piece_inside_another_is_not_counted_twice() -> None:
    clock = Ticks()
    with metering(Meter(clock)) as meter, accounted("okrs"):
        clock.pass_(1)
        with measured("diff"):
            clock.pass_(2)
            with measured("read"):
                clock.pass_(4)
            clock.pass_(8)
    assert meter.seconds() == {"okrs": {"other": 1, "diff": 10, "read": 4}}


def test_times_of_one_name_add_up() -> None:
    clock = Ticks()
    with metering(Meter(clock)) as meter:
        for _ in range(3):
            with accounted("okrs"), measured("write"):
                clock.pass_(2)
    assert meter.seconds() == {"okrs": {"other": 0, "write": 6}}


def test_a_thread_that_was_given_the_context_is_measured_on_an_account_of_its_own() -> None:
    clock = Ticks()

    def work() -> None:
        with accounted("beside"), measured("read"):
            clock.pass_(5)

    with metering(Meter(clock)) as meter, accounted("here"):
        thread = threading.Thread(target=copy_context().run, args=[work])
        thread.start()
        thread.join()
        clock.pass_(1)
    assert meter.seconds()["beside"]["read"] == 5
    assert meter.seconds()["here"] == {"other": 6}


def test_what_fails_is_counted_too() -> None:
    clock = Ticks()

    @accounted("okrs")
    @measured("write")
    def breaks() -> None:
        clock.pass_(3)
        raise ValueError("it broke")

    with metering(Meter(clock)) as meter, pytest.raises(ValueError, match="broke"):
        breaks()
    assert meter.seconds()["okrs"]["write"] == 3


def test_where_nobody_measures_nothing_is_kept() -> None:
    with accounted("okrs"), measured("read"):
        assert metering
    with metering(Meter()) as meter:
        assert meter.seconds() == {}


def test_an_account_charges_what_is_open_when_it_is_closed() -> None:
    clock = Ticks()
    account = Account(clock)
    account.begin("read")
    clock.pass_(2)
    account.close()
    assert account.seconds["read"] == 2
