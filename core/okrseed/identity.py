"""Names become ids: slugs, and UUIDv5 under fixed namespaces (RFC 9562, section 5.5)."""

from __future__ import annotations

import hashlib
import re
import uuid

_OUTSIDE_SLUG = re.compile(r"[^a-z0-9]+")
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def slug(name: str) -> str:
    """Lower-case; each run of characters outside a–z and 0–9 becomes one hyphen, none at the ends."""
    return _OUTSIDE_SLUG.sub("-", name.lower()).strip("-")


class Namespace:
    """A UUIDv5 namespace that remembers its hashed prefix.

    Copying the sha1 state costs a fifth of `uuid.uuid5`; every row of every run has its id made here.
    """

    __slots__ = ("_prefix", "uuid")

    def __init__(self, namespace: str) -> None:
        self.uuid = uuid.UUID(namespace)
        self._prefix = hashlib.sha1(self.uuid.bytes, usedforsecurity=False)

    def id(self, name: str) -> str:
        """The UUIDv5 of `name`, as its 36 characters; equal to `str(uuid.uuid5(namespace, name))`."""
        state = self._prefix.copy()
        state.update(name.encode())
        digest = state.hexdigest()
        return f"{digest[:8]}-{digest[8:12]}-5{digest[13:16]}-{_VARIANT[digest[16]]}{digest[17:20]}-{digest[20:32]}"
