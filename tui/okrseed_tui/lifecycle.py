"""The app from its first frame to its last words: it opens, answers keys, and leaves, whatever is going on.

What is shown and done in between is `app`'s.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.worker import Worker, WorkerState

from okrseed import courtesy
from okrseed.errors import Exit, OkrseedError
from okrseed_tui.crash import NOTHING_GOING_ON, RUN_STOPPED, SafeApp, last_words
from okrseed_tui.leaving import on_signals, within_deadline
from okrseed_tui.opening import Curtain, Later

# Everything below is loaded after the first frame: the app must not need it to show that it is there.
if TYPE_CHECKING:
    from okrseed_tui.backstage import Backstage
    from okrseed_tui.desk import Desk
    from okrseed_tui.running import Running
    from okrseed_tui.screens.workbench import Workbench

FRAMES_PER_SECOND = 10
OBSERVE_EVERY_S = 2.0
WRITTEN_AFTER_S = 0.003
OPEN = "open"
AT_ONCE = frozenset({"q", "ctrl+q", "ctrl+c", "t"})
"""Keys that mean something before there is a workbench; others wait for it."""


class LifecycleApp(SafeApp):
    """Opens with the outline of what comes, and never leaves a run behind that nobody watches."""

    _workbench: Workbench
    _backstage: Backstage

    def __init__(self, desk: Desk | Later) -> None:
        """With a desk for `Later` the first frame is there before the desk and all that it needs."""
        super().__init__()
        self._later = desk if isinstance(desk, Later) else None
        self._typed: list[events.Key] = []
        self._asked = 0
        self.refusal: OkrseedError | None = None
        if not isinstance(desk, Later):
            self._furnish(desk)

    def _furnish(self, desk: Desk) -> None:
        """Make the workbench, and what works behind it."""
        raise NotImplementedError

    @property
    def running(self) -> Running:
        return self._backstage.running

    @property
    def is_open(self) -> bool:
        """Whether there is a workbench."""
        return self._later is None

    def compose(self) -> ComposeResult:
        if self._later is not None:
            yield Curtain(self._later.target)

    def on_mount(self) -> None:
        on_signals(self._terminate)
        if self._later is None:
            self._begin()
        else:
            self.call_after_refresh(self._open, self._later)

    def _open(self, later: Later) -> None:
        self.run_worker(later.prepare, name=OPEN, thread=True, exit_on_error=False)

    def _begin(self) -> None:
        self.push_screen(self._workbench)
        self.set_interval(1 / FRAMES_PER_SECOND, self._backstage.frame)
        self.set_interval(OBSERVE_EVERY_S, self._backstage.observe)
        self.call_after_refresh(self._backstage.replan)
        self._workbench.call_after_refresh(self._replay)

    def _replay(self) -> None:
        """The keys that were typed before there was a workbench."""
        typed, self._typed = self._typed, []
        for key in typed:
            self.post_message(key)

    def on_worker_state_changed(self, event: Worker.StateChanged) -> None:
        if event.worker.name != OPEN:
            self._backstage.ended(event.worker)
        elif event.state is WorkerState.SUCCESS and event.worker.result is not None:
            self._furnish(event.worker.result)
            self._begin()
        elif event.state is WorkerState.ERROR and event.worker.error is not None:
            self._not_opened(event.worker.error)

    def _not_opened(self, error: BaseException) -> None:
        if not isinstance(error, OkrseedError):
            raise error
        self.refusal = error
        self.exit(int(error.exit))

    # Keys.

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key):
            await super().on_event(event)
        elif not self.is_open and event.key not in AT_ONCE:
            self._typed.append(event)
        else:
            courtesy.ask()
            self._asked = asked = self._asked + 1
            await super().on_event(event)
            # Twice: the first refresh may be one from before the widget that has the focus had its turn.
            self.call_after_refresh(self.call_after_refresh, self._answered, asked)

    async def _answered(self, asked: int) -> None:
        """What a key changed is painted; the thread that writes it to the terminal needs a moment of its own."""
        await asyncio.sleep(WRITTEN_AFTER_S)
        if asked == self._asked:
            courtesy.thank()

    # Stopping and leaving.

    def action_cancel(self) -> None:
        self.notify(self.running.cancel(), severity="warning" if self.running.going_on else "information")

    def action_interrupt(self) -> None:
        if self.is_open and self.running.going_on:
            self.action_cancel()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        if not self.is_open:
            self.exit(0)
            return
        from okrseed_tui.screens.dialogs import Question

        if not self.running.going_on:
            self.exit(self.running.exit_code)
            return
        question = Question(
            "A run is going on",
            "What is committed stays; running again completes the rest.",
            (("stay", "Stay"), ("chunk", "Leave after the chunk"), ("now", "Leave now")),
        )
        self.push_screen(question, self._leave_answered)

    async def action_quit(self) -> None:
        """Textual's own key for leaving; a run must not go on unseen."""
        self.action_leave()

    def last_words(self, error: BaseException) -> list[str]:
        """Stop a run that nobody could watch any more, and say what happened."""
        if not self.is_open:
            from okrseed.configuration import system_surroundings

            return last_words(error, system_surroundings().data_directory, (), NOTHING_GOING_ON)
        desk, running = self._backstage.desk, self.running
        if running.going_on:
            running.stop(now=True)
            within_deadline(int(Exit.FAILED))
        safe = RUN_STOPPED if running.going_on else NOTHING_GOING_ON
        return last_words(error, desk.data_directory, desk.passwords(), safe)

    def on_exit_app(self) -> None:
        """The app ends whatever the reason (a page was closed, say): a run that nobody watches ends after its chunk."""
        if self.is_open:
            self.running.stop(now=False)

    def _terminate(self) -> None:
        """TERM or HUP: stop the run now, give the terminal back, and go."""
        if self.is_open and self.running.going_on:
            self.running.stop(now=True)
            within_deadline(int(Exit.CANCELLED))
        self.exit(int(Exit.CANCELLED))

    def _leave_answered(self, answer: str | None) -> None:
        if answer in ("chunk", "now"):
            self.running.stop(now=answer == "now")
            self._leave_when_stopped()

    def _leave_when_stopped(self) -> None:
        if self.running.going_on:
            self.set_timer(1 / FRAMES_PER_SECOND, self._leave_when_stopped)
        else:
            self.exit(self.running.exit_code)
