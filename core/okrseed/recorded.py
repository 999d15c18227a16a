"""A selection as JSON and back: what a saved plan and the history keep of what was chosen."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any

from okrseed.errors import UsageError
from okrseed.selection import Mode, Request, Selection, selection_document


def choices_document(selection: Selection) -> dict[str, Any]:
    """The selection, with the stages that were chosen (null: everything) and excluded by name."""
    chosen = {stage for stage, choice in selection.stages.items() if choice.selected == "chosen"}
    everything = chosen | selection.excluded == selection.stages.keys()
    return {
        **selection_document(selection),
        "stages": None if everything else sorted(chosen),
        "excluded": sorted(selection.excluded),
        "with_unseeded": selection.with_unseeded,
    }


def request_of(document: Any, source: str, *, only: Collection[str] | None = None) -> Request:
    """The request that makes the same selection again; `only`: of the stages, these, as far as they were chosen.

    Raises UsageError, naming the source, for anything that `choices_document` would not have written.
    """
    try:
        mode = Mode(_text(document, "mode"))
        whole = mode is Mode.PURGE
        excluded = _texts(document, "excluded")
        chosen = None if document["stages"] is None else _texts(document, "stages")
        if only is not None:
            chosen = sorted(set(only if chosen is None else chosen) & set(only) - set(excluded))
        with_unseeded = document["with_unseeded"]
        if not isinstance(with_unseeded, bool):
            raise TypeError
        return Request(
            mode=mode,
            size=_text(document, "size"),
            environment=_text(document, "environment"),
            as_of=datetime.date.fromisoformat(_text(document, "as_of")),
            seed=_text(document, "seed"),
            scopes=None if whole else tuple(_texts(document, "workspaces")),
            select=None if whole or chosen is None else " ".join(chosen),
            exclude=None if whole or not excluded else " ".join(excluded),
            options=frozenset(_texts(document, "options")),
            with_unseeded=with_unseeded,
        )
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{source} does not hold a selection", code="bad_plan_file") from None


def _text(document: Mapping[str, Any], name: str) -> str:
    if not isinstance(document[name], str):
        raise TypeError(name)
    return str(document[name])


def _texts(document: Mapping[str, Any], name: str) -> list[str]:
    found = document[name]
    if not isinstance(found, list) or not all(isinstance(entry, str) for entry in found):
        raise TypeError(name)
    return found
