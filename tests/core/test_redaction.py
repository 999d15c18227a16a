"""Passwords in text: hidden wherever they are written, and nothing else."""

from __future__ import annotations

import pytest

from okrseed.errors import UsageError
from okrseed.redaction import passwords_in, redacted, without_urls_passwords
from okrseed.targets.url import parse


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("postgresql://okr:geheim@host:5432/okr", "postgresql://okr:***@host:5432/okr"),
        ("at postgres://okr:a/b@c@host/okr now", "at postgres://okr:***@host/okr now"),
        ("postgresql://:geheim@host/okr", "postgresql://:***@host/okr"),
        ("host=h password=geheim dbname=d", "host=h password=*** dbname=d"),
        ("password='two words' dbname=d", "password=*** dbname=d"),
        ("{'password': 'geheim', 'user': 'okr'}", "{'password': ***, 'user': 'okr'}"),
        ("PGPASSWORD=geheim psql", "PGPASSWORD=*** psql"),
        ("postgresql://host:5432/okr", "postgresql://host:5432/okr"),
        ("postgresql://okr:@host/okr", "postgresql://okr:***@host/okr"),
        ("x://a:b://c:geheim@host", "x://a:***@host"),
        ("see https://example.org/a?b=c", "see https://example.org/a?b=c"),
    ],
)
def test_what_looks_like_a_password_is_hidden(text: str, shown: str) -> None:
    assert redacted(text) == shown


def test_a_known_password_is_hidden_as_a_word_and_not_in_other_words() -> None:
    assert redacted("okr said 'okr' to okrseed", ["okr"]) == "*** said '***' to okrseed"
    assert redacted(repr("it's\\"), ["it's\\"]) == '"***"'


def test_what_this_process_was_started_with_is_known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGPASSWORD", "of-libpq")
    monkeypatch.setenv("DATABASE_URL", "postgresql://okr:quo%40ted@host/okr")
    assert redacted("of-libpq, quo%40ted and quo@ted") == "***, *** and ***"


def test_passwords_are_found_as_written_and_as_meant() -> None:
    assert passwords_in(["x", "postgresql://u:p%20q@h/d", "--database=postgresql://u:r@h/d"]) == {"p%20q", "p q", "r"}


def test_a_password_that_was_met_once_is_known_from_then_on() -> None:
    assert redacted("the word is met-in-a-profile") == "the word is met-in-a-profile"
    parse("postgresql://okr:met%2Din-a-profile@localhost/okr?sslpassword=met-too")
    assert redacted("the words are met-in-a-profile, met-too") == "the words are ***, ***"


def test_an_error_repeats_no_urls_password() -> None:
    error = UsageError("unknown size 'postgresql://okr:geheim@host/okr'", hint="not postgresql://okr:geheim@host/okr")
    assert "geheim" not in f"{error} {error!r} {error.lines()} {error.document()}"


def test_a_text_made_to_be_slow_is_looked_through_in_no_time() -> None:
    """Half a million beginnings of a URL without an end: a search that tries each to the end takes hours."""
    text = "://x:" * 500_000

    assert without_urls_passwords(text) == text
    assert passwords_in([text]) == frozenset()
