"""The content files as they are written, read without the blueprint's own reader."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib import resources
from typing import Any, NamedTuple

OWN = ("sales", "support", "marketing", "product", "engineering", "people")
FILES = (*OWN, "tenant", "generic", "names", "notes")


class Pool(NamedTuple):
    """The objectives of one scope in one file."""

    file: str
    scope: str
    objectives: list[dict[str, Any]]

    def __str__(self) -> str:
        return f"{self.file}-{self.scope}"


@cache
def document(file: str) -> dict[str, Any]:
    """One file, parsed."""
    folder = resources.files("okrseed.blueprints.okr").joinpath("content")
    return tomllib.loads(folder.joinpath(f"{file}.toml").read_text(encoding="utf-8"))


@cache
def pools() -> tuple[Pool, ...]:
    """Every list of objectives."""
    return tuple(_pools())


def _pools() -> Iterator[Pool]:
    yield Pool("tenant", "tenant", document("tenant")["tenant"])
    for file in (*OWN, "generic"):
        yield Pool(file, "workspace", document(file)["workspace"])
        for team, objectives in document(file).get("teams", {}).items():
            yield Pool(file, team, objectives)
    yield Pool("generic", "team", document("generic")["team"])


def key_results(pool: Pool) -> list[dict[str, Any]]:
    return [entry for objective in pool.objectives for entry in objective["key_results"]]


def initiatives(pool: Pool) -> list[dict[str, Any]]:
    return [entry for objective in pool.objectives for entry in objective["initiatives"]]


def texts(value: Any) -> Iterator[str]:
    """Every text in a parsed document, keys excluded."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from texts(inner)
