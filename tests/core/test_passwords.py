"""Passwords are shown nowhere, however a URL is written or mangled."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.errors import NoConnection, OkrseedError, UsageError
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.properties import pure
from tests.core.seeding import plan

SECRET = "hunter2-correct-horse"


def shown(url: str) -> str:
    """Everything that may be shown of a URL, understood or not."""
    try:
        address = parse(url)
    except UsageError as error:
        return f"{error} {error!r} {error.document()} {error.lines()} {error.__cause__!r} {error.args}"
    return f"{address.label} {address.identity} {address} {address!r} {address.names_production}"


@given(st.text(min_size=6).filter(lambda text: text not in "postgresql://ada@db.example.com:5433/library"))
@pure
def test_a_quoted_password_is_not_shown(password: str) -> None:
    assert password not in shown(f"postgresql://ada:{quote(password, safe='')}@db.example.com:5433/library")


@pytest.mark.parametrize(
    "url",
    [
        f"postgresql://ada:{SECRET}@db.example.com/library",
        f"postgresql://ada@db.example.com/library?password={SECRET}",
        f"postgresql://ada@db.example.com/library?sslpassword={SECRET}",
        f"postgresql://ada:{SECRET}@db.example.com/library?colour=red",
        f"postgresql://ada:{SECRET}@db.example.com:port/library",
        f"postgresql://ada:{SECRET}@db.example.com/library?connection_limit=none",
        f"mysql://ada:{SECRET}@db.example.com/library",
        f"postgresql://ada:{SECRET}@[db.example.com/library",
        f"postgresql://:{SECRET}@db.example.com/library",
        f"ada:{SECRET}@db.example.com/library",
        f"sqlite://ada:{SECRET}@library.db",
    ],
)
def test_a_password_is_not_shown_wherever_it_stands(url: str) -> None:
    assert SECRET not in shown(url)


@pytest.mark.parametrize("character", "/?#@:&=%[]\\ ")
@pytest.mark.parametrize("before", ["", "12", "pass"])
def test_a_password_with_an_unquoted_character_in_it_is_not_shown_in_part(character: str, before: str) -> None:
    assert SECRET not in shown(f"postgresql://ada:{before}{character}{SECRET}@db.example.com/library")


@pytest.mark.parametrize("character", "/?#")
def test_a_password_with_an_unquoted_equals_sign_is_not_shown_as_a_parameter(character: str) -> None:
    assert SECRET not in shown(f"postgresql://ada:pass{character}{SECRET}=1@db.example.com/library")


def test_a_connection_that_is_refused_does_not_show_the_password() -> None:
    with pytest.raises(NoConnection) as caught:
        plan(f"postgresql://ada:{SECRET}@127.0.0.1:1/library")
    assert SECRET not in _told(caught.value)


def test_a_database_that_does_not_exist_does_not_show_the_password(postgres_url: str) -> None:
    url = postgres_url.replace("okrseed@", f"okrseed:{SECRET}@").rpartition("/")[0] + "/nowhere"
    with pytest.raises(NoConnection, match="nowhere") as caught:
        plan(url)
    assert SECRET not in _told(caught.value)


def test_a_parameter_that_libpq_does_not_take_does_not_show_the_password() -> None:
    with pytest.raises(OkrseedError) as caught:
        plan(f"postgresql://ada:{SECRET}@127.0.0.1:1/library?sslmode=sideways")
    assert SECRET not in _told(caught.value)


def test_a_plan_does_not_show_the_password(postgres_url: str) -> None:
    made = plan(postgres_url.replace("okrseed@", f"okrseed:{SECRET}@"))
    assert SECRET not in f"{made} {made.document()}"


def test_a_target_does_not_show_the_password() -> None:
    with open_target(parse(f"postgresql://ada:{SECRET}@127.0.0.1:1/library")) as target:
        assert SECRET not in f"{target} {target.address}"


def _told(error: OkrseedError) -> str:
    """All that a traceback and a document would show of an error, with its causes where they are shown."""
    import traceback

    return f"{''.join(traceback.format_exception(error))} {error.document()} {error.lines()}"
