"""Text without passwords (specification: Commands: they are shown nowhere, tracebacks included)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable

HIDDEN = "***"

# user:password@ of any URL; a password may hold everything but white space, and its @ and / are often left unquoted.
_IN_URL = re.compile(r"(://[^\s:/@]*:)([^\s]*)(@)")
# password=…, PGPASSWORD: '…', in libpq's notation, JSON or a repr.
_NAMED = re.compile(r"(?i)(passw(?:or)?d['\"]?\s*[=:]\s*)('[^']*'|\"[^\"]*\"|[^\s,;)&]+)")


_met: set[str] = set()


def meet(passwords: Iterable[str]) -> None:
    """Know these passwords from now on: those of a URL, wherever it was written, a profile or a service file."""
    _met.update(passwords)


def without_urls_passwords(text: str) -> str:
    """The text without what stands as a password in a URL; everything else is as it was."""
    return _IN_URL.sub(rf"\1{HIDDEN}\3", text)


def passwords_in(texts: Iterable[str]) -> frozenset[str]:
    """The passwords of the URLs among some texts, as written and as meant."""
    from urllib.parse import unquote

    written = {found[2] for text in texts for found in _IN_URL.finditer(text)}
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
