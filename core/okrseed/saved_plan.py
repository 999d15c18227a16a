"""A plan kept in a file, for a run that does what was shown or nothing (`plan --out FILE`, `run FILE`)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from okrseed.errors import Refused, UsageError
from okrseed.plan import Plan
from okrseed.recorded import choices_document, request_of
from okrseed.selection import Request

KIND = "okrseed.saved-plan/"
SCHEMA = f"{KIND}2"
"""2: what changes is told by another digest than before."""
LARGEST_FILE = 10 << 20

_CHANGED = {
    "target": "it was made for {before}, and this is {now}",
    "schema": "the tables are not as they were",
    "blueprint": "the blueprint was {before}, and is {now}",
    "selection": "the blueprint, or what this database can take, makes another selection of the same choices",
}


class SavedPlan(NamedTuple):
    """What was chosen, what the plan rested on (`Plan.basis`), and its counts by (stage, table)."""

    source: str
    request: Request
    tenant: str
    basis: Mapping[str, str]
    counts: Mapping[tuple[str, str], Mapping[str, int]]

    def check(self, now: Plan) -> None:
        """Raise Refused (stale_plan) where the plan would be another one now, with what changed."""
        basis = now.basis
        changed = [
            words.format(before=self.basis.get(name), now=basis[name])
            for name, words in _CHANGED.items()
            if self.basis.get(name) != basis[name]
        ]
        if self.basis.get("tenant") != basis["tenant"]:
            changed += self._rows(now)
        if changed:
            raise Refused(
                f"the saved plan {self.source} is stale: {'; '.join(changed)}",
                code="stale_plan",
                hint="Make the plan again: okrseed plan --out FILE.",
            )

    def _rows(self, now: Plan) -> list[str]:
        words = []
        found = _counts(now.document())
        # A table of which nothing is left to do may be missing in one of the two.
        for place in dict.fromkeys([*self.counts, *found]):
            table, before, counts = place[1], self.counts.get(place, {}), found.get(place, {})
            differing = [
                f"{counts.get(count, 0)} to {count} instead of {before.get(count, 0)}"
                for count in ("create", "update", "delete")
                if counts.get(count, 0) != before.get(count, 0)
            ]
            words += [f"{table}: {', '.join(differing)}"] if differing else []
        return words or ["the tenant's rows have changed: as many changes, but not the same ones"]


def saved(plan: Plan) -> str:
    """The text of the file that keeps a plan."""
    document = {
        "schema": SCHEMA,
        "choices": choices_document(plan.selection),
        "basis": plan.basis,
        "plan": plan.document(),
    }
    return json.dumps(document, indent=2, default=str) + "\n"


def write(plan: Plan, path: str) -> None:
    """Keep a plan. Raises UsageError where the file cannot be written."""
    try:
        Path(path).write_text(saved(plan), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the plan to {path}: {error.strerror}", code="bad_plan_file") from None


def read(path: str) -> SavedPlan:
    """The plan that a file keeps. Raises UsageError for a file that is none."""
    try:
        with Path(path).open(encoding="utf-8") as file:
            # Counted while reading: a device has no size.
            text = file.read(LARGEST_FILE + 1)
        if len(text) > LARGEST_FILE:
            raise UsageError(f"{path} is larger than {LARGEST_FILE} bytes", code="bad_plan_file")
        document = json.loads(text)
    except OSError as error:
        raise UsageError(f"cannot read the plan {path}: {error.strerror}", code="bad_plan_file") from None
    except (ValueError, RecursionError):
        raise _no_plan(path) from None
    if not isinstance(document, dict):
        raise _no_plan(path)
    if document.get("schema") != SCHEMA:
        raise _of_another_version(path) if str(document.get("schema")).startswith(KIND) else _no_plan(path)
    try:
        basis = {str(name): str(value) for name, value in document["basis"].items()}
        tenant, counts = str(document["plan"]["tenant"]), _counts(document["plan"])
        choices = document["choices"]
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError):
        raise _no_plan(path) from None
    return SavedPlan(path, request_of(choices, path), tenant, basis, counts)


def _counts(document: Mapping[str, Any]) -> dict[tuple[str, str], dict[str, int]]:
    return {
        (stage["id"], table["table"]): {count: int(table[count]) for count in ("create", "update", "delete")}
        for stage in document["stages"]
        for table in stage["tables"]
    }


def _no_plan(path: str) -> UsageError:
    return UsageError(
        f"{path} is no plan that okrseed saved", code="bad_plan_file", hint="Make one: okrseed plan --out FILE."
    )


def _of_another_version(path: str) -> UsageError:
    return UsageError(
        f"the plan {path} was saved by another version of okrseed",
        code="bad_plan_file",
        hint="Make it again: okrseed plan --out FILE.",
    )
