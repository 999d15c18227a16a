"""`run --trace FILE`: where the time of a run went, as a document."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from okrseed.meter import KINDS, Kind
from okrseed.report import RunReport

SCHEMA = "okrseed.trace/1"


def trace_document(report: RunReport, seconds: Mapping[str, Mapping[Kind, float]]) -> dict[str, Any]:
    """The seconds of each stage, and of what belongs to none, by what they were spent on.

    Times are of each stage's own thread, so side by side they add up to more than the run took. `lookups` says how
    often a table's rows were asked for that had been read already (hits), and how often they had to be read.
    """
    own = {stage: seconds.get(stage, {}) for stage in report.state.stages}
    beside = {name: spent for name, spent in seconds.items() if name not in own}
    return {
        "schema": SCHEMA,
        "run_id": report.run_id,
        "duration_s": round(report.state.duration_s or 0.0, 4),
        "stages": [{"id": stage, **_rounded(spent)} for stage, spent in own.items()],
        "beside": [{"id": name, **_rounded(spent)} for name, spent in beside.items()],
        "totals": _rounded({kind: sum(spent.get(kind, 0.0) for spent in seconds.values()) for kind in KINDS}),
        "lookups": {"hits": report.lookups.get(True, 0), "misses": report.lookups.get(False, 0)},
    }


def trace_lines(document: Mapping[str, Any]) -> list[str]:
    """The same as a table: a line for each stage, milliseconds by kind, the most expensive kinds first."""
    totals: Mapping[str, float] = document["totals"]
    kinds = sorted((kind for kind in KINDS if totals[f"{kind}_s"]), key=lambda kind: -totals[f"{kind}_s"])
    lines = [f"{'ms':12}" + "".join(f"{kind:>10}" for kind in kinds)]
    rows = [*document["stages"], *document["beside"], {"id": "all", **totals}]
    lines += [f"{row['id']:12}" + "".join(f"{row[f'{kind}_s'] * 1000:>10.1f}" for kind in kinds) for row in rows]
    looked = document["lookups"]
    return [*lines, f"lookups: {looked['hits']} remembered, {looked['misses']} read"]


def _rounded(spent: Mapping[Kind, float]) -> dict[str, float]:
    return {f"{kind}_s": round(spent.get(kind, 0.0), 5) for kind in KINDS}
