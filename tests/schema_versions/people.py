"""Who of the demo tenant the app has made already, by e-mail."""

from __future__ import annotations

_WORKSPACES = ("sales", "support", "marketing", "product", "engineering", "people")
_DOMAIN = "puzzelcx.local"

FOUNDER = f"founder@{_DOMAIN}"
IN_TINY = (
    *(f"admin{number}@{_DOMAIN}" for number in range(1, 6)),
    *(f"workspace-lead-{workspace}-1@{_DOMAIN}" for workspace in _WORKSPACES),
    *(f"member-{workspace}-1@{_DOMAIN}" for workspace in _WORKSPACES),
)
"""People of the smallest size."""

ONLY_IN_LARGER = (
    f"workspace-lead-sales-2@{_DOMAIN}",
    *(f"member-{workspace}-{number}@{_DOMAIN}" for workspace in _WORKSPACES for number in (2, 3)),
)
"""People whom the smallest size does not have: it must leave them as they are."""

MEMBER_OF_SALES = f"member-sales-1@{_DOMAIN}"

MADE_BY_THE_APP = (FOUNDER, *IN_TINY, *ONLY_IN_LARGER)
"""The founder and thirty people."""
