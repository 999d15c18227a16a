"""The run as a Gantt chart: one bar for each stage, waits and retries visible, the critical path marked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from okrseed.blueprint import Stage
from okrseed.progress import Retry, RunState, StageState

Kind = Literal["blank", "wait", "work", "retry", "budget"]


@dataclass(frozen=True)
class Bar:
    """One line of the chart: cells of kinds, and the times in seconds since the run began."""

    stage: str
    critical: bool
    begins_s: float
    lasts_s: float
    running: bool
    attempts: int
    over_budget: bool
    cells: tuple[Kind, ...]


def chart(state: RunState, stages: Sequence[Stage], now_s: float, width: int) -> list[Bar]:
    """The bars of all stages that have begun, in the order of their beginning, on `width` cells."""
    if state.started_s is None or width <= 0:
        return []
    begun = sorted(
        (stage for stage in state.stages.values() if stage.started_s is not None),
        key=lambda stage: stage.started_s or 0.0,
    )
    whole = max(state.elapsed_s(now_s), 0.001)
    by_id = {stage.id: stage for stage in stages}
    critical = critical_path(state, stages, now_s)
    retries = _retries_by_stage(state.retries)
    return [
        _bar(
            stage,
            state.started_s,
            now_s,
            whole,
            width,
            stage.id in critical,
            by_id[stage.id].budget_s,
            retries.get(stage.id, []),
        )
        for stage in begun
    ]


def critical_path(state: RunState, stages: Sequence[Stage], now_s: float) -> frozenset[str]:
    """The chain of stages that the end of the run waited for: from the last to end, back along the latest need."""
    ends = {
        stage.id: stage.started_s + (stage.elapsed_s(now_s) or 0.0)
        for stage in state.stages.values()
        if stage.started_s is not None
    }
    needs = {stage.id: [need for need in stage.depends_on if need in ends] for stage in stages}
    path: set[str] = set()
    here = max(ends, key=lambda stage: ends[stage], default=None)
    while here is not None:
        path.add(here)
        here = max(needs[here], key=lambda stage: ends[stage], default=None)
    return frozenset(path)


def _retries_by_stage(retries: Sequence[Retry]) -> Mapping[str, list[Retry]]:
    found: dict[str, list[Retry]] = {}
    for retry in retries:
        found.setdefault(retry.stage or "", []).append(retry)
    return found


def _bar(
    stage: StageState,
    run_began: float,
    now_s: float,
    whole: float,
    width: int,
    critical: bool,
    budget_s: float | None,
    retries: Sequence[Retry],
) -> Bar:
    begins = (stage.started_s or run_began) - run_began
    lasts = stage.elapsed_s(now_s) or 0.0

    def cell(second: float) -> int:
        return min(width - 1, max(0, int(second / whole * width)))

    cells: list[Kind] = ["blank"] * width
    first, last = cell(begins), cell(begins + lasts)
    cells[first : last + 1] = ["work"] * (last + 1 - first)
    for retry in retries:
        wait_from = retry.clock_s - run_began
        for place in range(cell(wait_from), cell(min(wait_from + retry.wait_s, begins + lasts)) + 1):
            cells[place] = "wait"
        cells[cell(wait_from)] = "retry"
    if budget_s is not None and begins + budget_s < whole:
        place = cell(begins + budget_s)
        if cells[place] == "blank":
            cells[place] = "budget"
    return Bar(
        stage.id,
        critical,
        begins,
        lasts,
        stage.duration_s is None,
        len(retries) + 1,
        budget_s is not None and lasts > budget_s,
        tuple(cells),
    )
