"""Whoever leads goes first; the others go on while it waits, and are never held for long."""

from __future__ import annotations

import datetime
import threading

import pytest

from okrseed.blueprints import load
from okrseed.courtesy import give_way
from okrseed.events import Silence
from okrseed.many import ManyRunner
from okrseed.once import Once
from okrseed.precedence import leading, waiting
from okrseed.selection import Request, resolve
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.core.leading import PATIENCE_S, Noting, patient

AS_OF = datetime.date(2026, 5, 15)


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    return patient(monkeypatch)


def follower() -> threading.Thread:
    """A thread that has come to a moment to give way."""
    thread = threading.Thread(target=give_way, daemon=True)
    thread.start()
    return thread


def passes(thread: threading.Thread) -> bool:
    thread.join(PATIENCE_S)
    return not thread.is_alive()


def test_where_nobody_leads_nobody_is_held(noting: Noting) -> None:
    with waiting():
        assert passes(follower())
    assert passes(follower())
    assert not noting.held.is_set()


def test_whoever_leads_goes_first_until_it_waits(noting: Noting) -> None:
    with leading():
        held = follower()
        assert noting.held.wait(PATIENCE_S)
        assert held.is_alive()
        with waiting():
            assert passes(held)
        again = follower()
        assert again.is_alive()
    assert passes(again)
    assert noting.in_vain == 0


def test_whoever_leads_is_not_held_by_itself(noting: Noting) -> None:
    with leading():
        give_way()
    assert not noting.held.is_set()


def test_of_two_that_lead_both_have_to_wait(noting: Noting) -> None:
    begun, end = threading.Event(), threading.Event()

    def lead() -> None:
        with leading():
            begun.set()
            end.wait(PATIENCE_S)

    other = threading.Thread(target=lead, daemon=True)
    other.start()
    assert begun.wait(PATIENCE_S)
    with leading(), waiting():
        held = follower()
        assert noting.held.wait(PATIENCE_S)
        assert held.is_alive()
        end.set()
        assert passes(held)
    assert passes(other)


def test_whoever_leads_lets_others_make_what_it_asks_for(noting: Noting) -> None:
    def make(name: str) -> str:
        give_way()
        return name

    values = Once(make)
    with leading():
        values.ahead(["book"], "ahead")
        assert noting.held.wait(PATIENCE_S)
        assert values.get("book") == "book"
    assert noting.in_vain == 0


def test_a_run_of_many_tenants_waits_wherever_rows_are_made_meanwhile(database_url: str, noting: Noting) -> None:
    blueprint = load("okr", {})
    selection = resolve(blueprint, Request(size="full"), today=AS_OF)
    with open_target(parse(database_url)) as target:
        settings = RunSettings(create_schema=True, verify=False, jobs=1)
        runner = ManyRunner(
            target, blueprint, selection, tenants_of(blueprint, 2), run_id="two", sink=Silence(), settings=settings
        )
        assert runner.run().status == "succeeded"
    assert noting.held.is_set()
    assert noting.in_vain == 0


def test_whoever_is_held_goes_on_all_the_same() -> None:
    with leading():
        assert passes(follower())
