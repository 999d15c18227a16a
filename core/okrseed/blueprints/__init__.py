"""Finding blueprints: built in or installed, all through the entry-point group `okrseed.blueprints`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from importlib.metadata import entry_points
from typing import Any

from okrseed.blueprint import Blueprint
from okrseed.errors import UsageError
from okrseed.graph import nearest

GROUP = "okrseed.blueprints"
DEFAULT = "okr"

Factory = Callable[[Mapping[str, Any]], Blueprint]
"""Makes a blueprint from its own table of the configuration file."""


def installed() -> list[str]:
    """The names of the blueprints that can be loaded."""
    return sorted(entry.name for entry in entry_points(group=GROUP))


def load(name: str, configuration: Mapping[str, Any]) -> Blueprint:
    """The blueprint of this name. Raises UsageError for a name that is not installed, or a bad configuration."""
    found = {entry.name: entry for entry in entry_points(group=GROUP)}
    if name not in found:
        raise UsageError(f"unknown blueprint {name!r}", code="unknown_blueprint", hint=nearest(name, found))
    factory: Factory = found[name].load()
    return factory(configuration)
