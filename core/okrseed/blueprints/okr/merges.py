"""Columns that the app and okrseed share: what okrseed wrote is put back, what the app added stays."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okrseed.blueprints.okr.okrs import SIZES
from okrseed.blueprints.okr.world import STAMP


def keep_added_keys(actual: Any, desired: Any) -> Any:
    """The desired keys, nested ones too, laid over the actual document."""
    if not isinstance(actual, Mapping) or not isinstance(desired, Mapping):
        return desired
    return {**actual, **{key: keep_added_keys(actual.get(key), value) for key, value in desired.items()}}


def keep_added_ids(actual: Any, desired: Any) -> Any:
    """The actual list, with the desired entries that it lacks at its end."""
    if not isinstance(actual, list) or desired is None:
        return desired if actual is None else actual
    return [*actual, *(entry for entry in desired if entry not in actual)]


def merge_metadata(actual: Any, desired: Any) -> Any:
    """As `keep_added_keys`; the stamp keeps the largest size and the union of the workspaces seeded so far."""
    merged = keep_added_keys(actual, desired)
    before = actual.get(STAMP) if isinstance(actual, Mapping) else None
    if not isinstance(before, Mapping) or not isinstance(merged, dict):
        return merged
    stamp = dict(merged[STAMP])
    sizes = [size for size in (before.get("size"), stamp["size"]) if size in SIZES]
    stamp["size"] = max(sizes, key=SIZES.index)
    earlier = before.get("workspaces")
    if isinstance(earlier, list) and before.get("seed") == stamp["seed"]:
        stamp["workspaces"] = sorted({*stamp["workspaces"], *(str(name) for name in earlier)})
    return {**merged, STAMP: stamp}
