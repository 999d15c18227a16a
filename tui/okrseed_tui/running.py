"""The run that is going on, or the last one: its live state, how to cancel it, what came of it. Knows no widget."""

from __future__ import annotations

from dataclasses import replace

from okrseed.cancellation import Cancellation
from okrseed.events import Event
from okrseed.plan import Plan
from okrseed.progress import RunState
from okrseed.report import RunReport
from okrseed_tui.choices import Choices
from okrseed_tui.live import LiveRun


class Running:
    """At most one run at a time. `state` is None until there was one, or after other choices were made."""

    def __init__(self) -> None:
        self.live = LiveRun()
        self.state: RunState | None = None
        self.report: RunReport | None = None
        self.choices: Choices | None = None
        self.plan: Plan | None = None
        self.cancellation: Cancellation | None = None

    @property
    def going_on(self) -> bool:
        """Whether a run is going on."""
        return self.cancellation is not None

    def begin(self, choices: Choices, plan: Plan | None) -> tuple[LiveRun, Cancellation]:
        """A run of what is chosen begins, as planned; returns where its events go and how it is cancelled."""
        self.choices, self.plan = choices, plan
        self.live, self.state, self.report = LiveRun(), None, None
        self.cancellation = Cancellation()
        return self.live, self.cancellation

    def read(self) -> list[Event]:
        """Look at the live run; returns the events that came since the last look."""
        events = self.live.take()
        state = self.live.state
        if state.status != "idle":
            self.state = state
        return events

    def ended(self, report: RunReport | None) -> None:
        """The run is over; `report` is None where it never began."""
        self.cancellation = None
        self.report = report

    def planned(self, choices: Choices) -> None:
        """A plan was made; with other choices than the last run's, that run's times no longer belong to it."""
        if choices != self.choices and not self.going_on:
            self.live, self.state, self.choices, self.plan = LiveRun(), None, None, None

    def cancel(self) -> str:
        """Stop after the chunk; asked again, now. Returns what that means, in words."""
        if self.cancellation is None:
            return "Nothing is running."
        if self.cancellation.requested.is_set():
            self.cancellation.now()
            return "Stopping now."
        self.cancellation.after_chunk()
        return "Stopping after the current chunk; c again stops now."

    def stop(self, *, now: bool) -> None:
        """Stop the run after its chunk, or now; nothing where none is going on."""
        if self.cancellation is not None:
            (self.cancellation.now if now else self.cancellation.after_chunk)()

    def resumed(self, choices: Choices) -> Choices:
        """After a failure of the same choices: only the stages that failed, were skipped or cancelled."""
        if self.report is None or self.report.error is None or choices != self.choices or choices.mode.deletes:
            return choices
        broken = {
            stage.id
            for stage in self.report.state.stages.values()
            if stage.progress in ("failed", "skipped", "cancelled")
        }
        return replace(choices, stages=frozenset(broken)) if broken else choices

    @property
    def exit_code(self) -> int:
        """The exit code of the last run; 0 where there was none."""
        return 0 if self.report is None else int(self.report.exit)
