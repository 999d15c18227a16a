"""From plan and run state to what the widgets show. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from okrseed.blueprint import Stage
from okrseed.plan import Plan, StagePlan
from okrseed.progress import RunState, StageState
from okrseed_tui.formats import rate, rows, seconds
from okrseed_tui.stage_view import StageView, State

VERIFY = "verify"


@dataclass(frozen=True)
class Moment:
    """What there is to show now. `now_s` is on the clock of the run's events."""

    stages: Sequence[Stage]
    plan: Plan | None
    run: RunState | None
    now_s: float

    @property
    def running(self) -> bool:
        return self.run is not None and self.run.status == "running"


def stage_views(moment: Moment) -> list[StageView]:
    """The stages of the graph, in declared order, with verification at the end."""
    planned = {stage.id: stage for stage in moment.plan.stages} if moment.plan else {}
    views = [_stage_view(stage, planned.get(stage.id), moment) for stage in moment.stages]
    return [*views, _verify_view(moment)]


def _stage_view(stage: Stage, plan: StagePlan | None, moment: Moment) -> StageView:
    selected = plan.selected if plan else "chosen"
    state = moment.run.stages.get(stage.id) if moment.run else None
    if state is None:
        return StageView(
            id=stage.id,
            title=stage.title,
            depends_on=stage.depends_on,
            selected=selected,
            state=_planned_state(plan),
            planned=plan.changes if plan else 0,
        )
    return StageView(
        id=stage.id,
        title=stage.title,
        depends_on=stage.depends_on,
        selected=selected,
        state=state.progress,
        done=state.done,
        planned=state.planned or (plan.changes if plan and state.duration_s is None else 0),
        seconds=state.elapsed_s(moment.now_s),
        note=note(state, moment.now_s),
    )


def _planned_state(plan: StagePlan | None) -> State:
    if plan is None:
        return "waiting"
    if plan.selected == "off":
        return "off"
    return "planned" if plan.changes else "unchanged"


def note(state: StageState, now_s: float) -> str:
    """What is special about the stage now: its retry, or why it failed or was skipped."""
    if state.retry is not None and state.progress == "retrying":
        left = max(0.0, state.retry.clock_s + state.retry.wait_s - now_s)
        return f"attempt {state.retry.attempt}/{state.retry.attempts} · {left:.1f} s"
    return state.cause


def _verify_view(moment: Moment) -> StageView:
    needed: set[str] = set().union(*(stage.depends_on for stage in moment.stages)) if moment.stages else set()
    leaves = tuple(stage.id for stage in moment.stages if stage.id not in needed)
    state: State = "planned" if moment.plan else "waiting"
    done = planned = 0
    seconds: float | None = None
    words = ""
    run = moment.run
    if run is not None:
        state = "waiting" if run.status == "running" else "off"
        if run.verification == "running":
            state = "running"
        elif run.verification == "done":
            failed = sum(finding.status == "fail" for finding in run.findings)
            state, done, planned = "failed" if failed else "done", len(run.findings) - failed, len(run.findings)
            seconds = run.verification_s
            words = f"{failed} checks failed" if failed else ""
    return StageView(VERIFY, "Verify", leaves, "chosen", state, done, planned, seconds, words)


def _remark(view: StageView, state: StageState | None) -> str:
    """What a line says beside its figures: of a retry also the cause, for which a box has no room."""
    if view.selected == "required" and not view.note:
        return "required"
    if state is None or state.retry is None or view.state != "retrying":
        return view.note
    code = f"{state.retry.sqlstate} " if state.retry.sqlstate else ""
    return f"{view.note} · {code}{state.retry.cause.removeprefix('the database said: ')}"


@dataclass(frozen=True)
class StageLine:
    """One line of the Stages tab, every cell in words."""

    id: str
    state: State
    title: str
    rows: str
    rate: str
    time: str
    last: str
    note: str


def stage_lines(moment: Moment, budgets: Mapping[str, float | None]) -> list[StageLine]:
    """The lines of the Stages tab."""
    expected = {stage.id: stage.estimate_s for stage in moment.plan.stages} if moment.plan else {}
    lines = []
    for view in stage_views(moment):
        whole = view.done >= view.planned
        moved = rows(view.done) if whole else f"{rows(view.done)}/{rows(view.planned)}"
        per_second = rate(view.done / view.seconds) if view.seconds and view.done and view.id != VERIFY else ""
        budget = budgets.get(view.id)
        time = seconds(view.seconds)
        if time and budget:
            time = f"{time} of {budget:.0f} s"
        last = seconds(expected.get(view.id))
        state = moment.run.stages.get(view.id) if moment.run else None
        word = _remark(view, state)
        lines.append(StageLine(view.id, view.state, view.title, moved, per_second, time, last, word))
    return lines
