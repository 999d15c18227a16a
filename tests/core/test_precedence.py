"""Whoever leads goes first; the others go on while it waits, and are never held for long."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Callable

import pytest

from okrseed import precedence
from okrseed.blueprints import load
from okrseed.claim import TenantClaim
from okrseed.courtesy import give_way
from okrseed.events import Silence
from okrseed.many import ManyRunner
from okrseed.once import Once
from okrseed.precedence import leading, waiting
from okrseed.prepare import create_schema
from okrseed.report import RunReport
from okrseed.selection import Request, resolve
from okrseed.settings import RunSettings
from okrseed.targets import Holder, open_target
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.core.seeding import execute

AS_OF = datetime.date(2026, 5, 15)
PATIENCE_S = 30.0


class Noting(threading.Event):
    """Notes that somebody was held, and how many were until their patience was over."""

    def __init__(self) -> None:
        super().__init__()
        self.set()
        self.held = threading.Event()
        self.in_vain = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.held.set()
        # Once is enough to be told.
        found = super().wait(0 if self.in_vain else timeout)
        self.in_vain += not found
        return found


@pytest.fixture
def noting(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """From here on whoever is held is held until it may go on."""
    noting = Noting()
    monkeypatch.setattr(precedence, "MOST_S", PATIENCE_S)
    monkeypatch.setattr(precedence, "_nobody_at_work", noting)
    return noting


@pytest.fixture
def one_is_held(noting: Noting, monkeypatch: pytest.MonkeyPatch) -> Noting:
    """A run of many tenants goes on with its lock as soon as somebody was held."""
    take = TenantClaim.take

    def taken(self: TenantClaim, wait_s: float, waiting: Callable[[Holder], None]) -> None:
        assert noting.held.wait(PATIENCE_S)
        take(self, wait_s, waiting)

    monkeypatch.setattr(TenantClaim, "take", taken)
    return noting


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


def test_a_run_of_many_tenants_waits_wherever_rows_are_made_meanwhile(database_url: str, one_is_held: Noting) -> None:
    assert seed_two(database_url).status == "succeeded"
    assert one_is_held.held.is_set()
    assert one_is_held.in_vain == 0


def test_a_run_that_fails_waits_for_what_is_being_made(postgres_url: str, one_is_held: Noting) -> None:
    with open_target(parse(postgres_url)) as target, target.session("schema") as session:
        create_schema(session, load("okr", {}))
    execute(postgres_url, 'alter table "organizations" add constraint "nobody" check (false)')
    assert seed_two(postgres_url).status == "failed"
    assert one_is_held.held.is_set()
    assert one_is_held.in_vain == 0


def seed_two(url: str) -> RunReport:
    blueprint = load("okr", {})
    selection = resolve(blueprint, Request(size="full"), today=AS_OF)
    settings = RunSettings(create_schema=True, verify=False, jobs=1)
    tenants = tenants_of(blueprint, 2)
    with open_target(parse(url)) as target:
        return ManyRunner(target, blueprint, selection, tenants, run_id="two", sink=Silence(), settings=settings).run()


def test_whoever_is_held_goes_on_all_the_same() -> None:
    with leading():
        assert passes(follower())


def test_whoever_leads_for_long_holds_nobody_any_more(noting: Noting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(precedence, "MOST_S", 0.0)
    with leading():
        assert passes(follower())
    assert not noting.held.is_set()
