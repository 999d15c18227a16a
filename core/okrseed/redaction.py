"""Text without passwords (specification: Commands: they are shown nowhere, tracebacks included)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable

HIDDEN = "***"

# user:password@ of any URL; a password may hold everything but white space, and its @ and / are often left unquoted.
_WORD = re.compile(r"\S+")
_USER = re.compile(r"://[^\s:/@]*:")
# password=…, PGPASSWORD: '…', in libpq's notation, JSON or a repr.
_NAMED = re.compile(r"(?i)(passw(?:or)?d['\"]?\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;)&]+)")


_met: set[str] = set()


def meet(passwords: Iterable[str]) -> None:
    """Know these passwords from now on: those of a URL, wherever it was written, a profile or a service file."""
    _met.update(passwords)


def without_urls_passwords(text: str) -> str:
    """The text without what stands as a password in a URL; everything else is as it was."""
    return _WORD.sub(_without_password, text) if "://" in text else text


def passwords_in(texts: Iterable[str]) -> frozenset[str]:
    """The passwords of the URLs among some texts, as written and as meant."""
    from urllib.parse import unquote

    words = (word for text in texts if "://" in text for word in _WORD.findall(text))
    written = {word[place] for word in words if (place := _password(word)) is not None}
    return frozenset(written | {unquote(password) for password in written}) - {""}


def redacted(text: str, passwords: Iterable[str] = ()) -> str:
    """The text without these passwords, those that this process was started with or met, nor what looks like one.

    A known password is hidden where it stands as a word of its own: one that is also a part of other words ("okr")
    would make the text unreadable.
    """
    known = {*passwords, *_given(), *_met} - {""}
    # The longest first: an escaped one begins as the plain one does.
    for form in sorted(known | {repr(password)[1:-1] for password in known}, key=len, reverse=True):
        text = re.sub(rf"(?<!\w){re.escape(form)}(?!\w)", HIDDEN, text)
    return _NAMED.sub(rf"\1{HIDDEN}", without_urls_passwords(text))


def _given() -> frozenset[str]:
    """The passwords among the options and the environment variables of this process."""
    libpq = os.environ.get("PGPASSWORD")
    return passwords_in([*sys.argv, *os.environ.values()]) | ({libpq} if libpq else set())


def _without_password(word: re.Match[str]) -> str:
    place = _password(word[0])
    return word[0] if place is None else f"{word[0][: place.start]}{HIDDEN}{word[0][place.stop :]}"


def _password(word: str) -> slice | None:
    """Where the password of a URL stands in a word: from the user's colon to the last @. Linear, however long it is."""
    user = _USER.search(word)
    at = word.rfind("@")
    return slice(user.end(), at) if user is not None and at >= user.end() else None
