"""The user's own tenant, from the table `[okr]` of okrseed.toml."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.tenant import TenantConfig, WorkspaceConfig
from okrseed.errors import UsageError
from okrseed.graph import nearest
from okrseed.printable import unprintable

_TEXTS = ("name", "slug", "domain")
_COUNTS = ("leads", "team_leads", "members")
LONGEST_TEXT = 200
MOST_ENTRIES = 1_000


def blueprint(table: Mapping[str, Any]) -> OkrBlueprint:
    """The blueprint for a configuration table; empty means the default tenant. Raises UsageError naming the key."""
    _known(table, (*_TEXTS, "pillars", "workspaces"), "okr")
    facts: dict[str, Any] = {key: _text(table[key], f"okr.{key}") for key in _TEXTS if key in table}
    if "pillars" in table:
        facts["pillars"] = tuple(_texts(table["pillars"], "okr.pillars"))
    if "workspaces" in table:
        facts["workspaces"] = tuple(
            _workspace(entry, f"okr.workspaces[{place}]")
            for place, entry in enumerate(_list(table["workspaces"], "okr.workspaces"))
        )
    return OkrBlueprint(TenantConfig(**facts))


def _workspace(entry: Any, key: str) -> WorkspaceConfig:
    if not isinstance(entry, Mapping):
        raise _bad(key, "is not a table")
    _known(entry, ("name", "teams", *_COUNTS), key)
    if "name" not in entry or "teams" not in entry:
        raise _bad(key, "needs a name and teams")
    teams = tuple(_texts(entry["teams"], f"{key}.teams"))
    counts: dict[str, int] = {"team_leads": len(teams)}
    for name in _COUNTS:
        if name in entry:
            value = entry[name]
            if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= 10_000:
                raise _bad(f"{key}.{name}", "is not a whole number from 1 to 10000")
            counts[name] = value
    return WorkspaceConfig(_text(entry["name"], f"{key}.name"), teams, **counts)


def _known(table: Mapping[str, Any], names: tuple[str, ...], key: str) -> None:
    for name in table:
        if name not in names:
            raise UsageError(
                f"unknown key {f'{key}.{name}'!r} in the configuration", code="bad_config", hint=nearest(name, names)
            )


def _list(value: Any, key: str) -> list[Any]:
    if not isinstance(value, list) or not value:
        raise _bad(key, "is not a list with at least one entry")
    if len(value) > MOST_ENTRIES:
        raise _bad(key, f"has more than {MOST_ENTRIES} entries")
    return value


def _texts(value: Any, key: str) -> list[str]:
    return [_text(entry, f"{key}[{place}]") for place, entry in enumerate(_list(value, key))]


def _text(value: Any, key: str) -> str:
    if not isinstance(value, str) or not value.strip():
        raise _bad(key, "is not a text, or empty")
    if len(value) > LONGEST_TEXT:
        raise _bad(key, f"is longer than {LONGEST_TEXT} characters")
    character = unprintable(value)
    if character is not None:
        raise _bad(key, f"contains the character {character}, which cannot be shown")
    return value


def _bad(key: str, reason: str) -> UsageError:
    return UsageError(f"{key} in the configuration {reason}", code="bad_config")
