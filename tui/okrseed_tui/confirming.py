"""From a refusal of the safeguards to the question that may lift it. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from okrseed.errors import Refused
from okrseed.safeguards import Permissions


@dataclass(frozen=True)
class Confirmation:
    """Something to type before a run may go on: the word expected, and the permission it gives."""

    text: str
    expected: str
    grants: Permissions
    may_be_remembered: bool = False
    """Of another host (specification: Where a run is allowed); what deletes and what is production is asked anew."""


def confirmation(
    refusal: Refused, permissions: Permissions, *, identity: str, slug: str, deletes: int
) -> Confirmation | None:
    """What has to be typed to lift this refusal; None where nothing lifts it."""
    match refusal.code:
        case "not_confirmed":
            text = f"{refusal.message}. {deletes:,} rows will be deleted."
            return Confirmation(text, slug, replace(permissions, deletion=True))
        case "remote_target":
            return Confirmation(
                f"{refusal.message}.", identity, replace(permissions, remote=identity), may_be_remembered=True
            )
        case "production_unconfirmed":
            return Confirmation(f"{refusal.message}.", identity, replace(permissions, production=identity))
    return None
