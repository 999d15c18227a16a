"""The status line: live figures of the run, or of the plan while nothing runs."""

from __future__ import annotations

from collections import deque

from okrseed.plan import Plan
from okrseed.progress import RunState
from okrseed.report import peak_memory_mb
from okrseed_tui.formats import bar, counts, rate, rows, seconds, sparkline
from okrseed_tui.widgets.plain import PlainLine

SAMPLES = 24
SAMPLE_EVERY_S = 0.25
MEMORY_EVERY_S = 1.0
"""Asking the system takes three turns of the interpreter's lock, each as long as the seeder wants to compute."""


class Speed:
    """Rows per second over time, sampled from the state on the clock of its events."""

    def __init__(self) -> None:
        self.samples: deque[float] = deque([0.0] * SAMPLES, maxlen=SAMPLES)
        self._run_id = ""
        self._at = 0.0
        self._done = 0

    def sample(self, state: RunState, now_s: float) -> None:
        """Look at the state; a new run starts anew."""
        if state.run_id != self._run_id:
            self._run_id, self._at, self._done = state.run_id, state.started_s or now_s, 0
            self.samples.extend([0.0] * SAMPLES)
        passed = now_s - self._at
        if state.status == "running" and passed >= SAMPLE_EVERY_S:
            self.samples.append((state.done - self._done) / passed)
            self._at, self._done = now_s, state.done


class Memory:
    """The most memory that this process has held, asked for once a second."""

    def __init__(self) -> None:
        self._asked_s = -MEMORY_EVERY_S
        self._held_mb: float | None = None

    def held_mb(self, now_s: float) -> float | None:
        """In MB; None where the platform does not tell."""
        if now_s - self._asked_s >= MEMORY_EVERY_S:
            self._asked_s, self._held_mb = now_s, peak_memory_mb()
        return self._held_mb


class StatusLine(PlainLine):
    """One line; what does not fit the width is left out from the right."""

    def __init__(self) -> None:
        super().__init__()
        self._speed = Speed()
        self._memory = Memory()

    def show(self, plan: Plan | None, state: RunState | None, now_s: float, planned: int) -> None:
        """Show the run if there is one, else the plan."""
        if state is None:
            self.say(_plan_words(plan))
        else:
            self._speed.sample(state, now_s)
            self.say(self._run_words(state, now_s, planned))

    def _run_words(self, state: RunState, now_s: float, planned: int) -> str:
        elapsed = state.elapsed_s(now_s)
        most = max(planned, state.planned)
        speed = state.done / elapsed if elapsed > 0 else 0.0
        memory = self._memory.held_mb(now_s)
        parts = [
            f"{bar(state.done, most, 16)} {rows(state.done)}/{rows(most)}",
            f"{rate(speed)} {sparkline(list(self._speed.samples)[-12:])}",
            f"{state.statements} stmts",
            f"{len(state.retries)} retries",
            f"{state.errors} errors {_share(state.errors, state.statements)}",
            seconds(elapsed),
            _eta(state, most, speed),
        ]
        if memory is not None:
            parts.append(f"{memory:.0f} MB")
        return _fitting(parts, self.region.width - 2)


def _plan_words(plan: Plan | None) -> str:
    if plan is None:
        return "planning …"
    totals = counts(*(plan.total(name) for name in ("create", "update", "unchanged", "delete")))
    return f"ready: {totals}" if plan.changes else f"nothing to change: {totals}"


def _share(errors: int, statements: int) -> str:
    return f"({100 * errors / statements:.1f} %)" if statements else "(0 %)"


def _eta(state: RunState, planned: int, speed: float) -> str:
    if state.status != "running":
        return state.status
    if speed <= 0 or planned <= 0 or state.done == 0:
        return "ETA unknown"
    return f"ETA {seconds((planned - state.done) / speed)}"


def _fitting(parts: list[str], width: int) -> str:
    words = ""
    for part in parts:
        longer = f"{words} │ {part}" if words else part
        if width and len(longer) > width:
            break
        words = longer
    return words
