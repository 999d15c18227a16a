"""What goes on behind the screen: work in threads, and what its results mean for the screen.

Each piece of work is started by name and ends as a message; the results are handled here, on the app's own thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual.worker import Worker, WorkerState

from okrseed.clock import Clock
from okrseed.errors import OkrseedError
from okrseed.plan import Plan
from okrseed.report import RunReport
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk, Look, LookKey, Planned, Verified, look_key
from okrseed_tui.running import Running
from okrseed_tui.screens.dialogs import Page
from okrseed_tui.screens.report import ReportScreen
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.texts import ended_words, error_lines
from okrseed_tui.views import Moment

if TYPE_CHECKING:
    from okrseed_tui.app import OkrseedApp

PLAN, RUN, LOOK, OBSERVE, VERIFY, HISTORY = "plan", "run", "look", "observe", "verify", "history"


class Backstage:
    """Owns what is chosen, planned and running; the app's actions ask it to start work."""

    def __init__(self, app: OkrseedApp, desk: Desk, workbench: Workbench, choices: Choices, clock: Clock) -> None:
        self._app = app
        self.desk = desk
        self._workbench = workbench
        self._clock = clock
        self.choices = choices
        self.plan: Plan | None = None
        self.running = Running()
        self._stop_planning = threading.Event()
        self._looked: LookKey | None = None
        self._results: Mapping[type, Callable[[Any], None]] = {
            Planned: self._planned,
            RunReport: self._ran,
            Look: self._shown,
            Verified: self._verified,
        }

    def frame(self) -> None:
        """Read the live run and paint what changed; the only place where a run meets the screen."""
        if not self._workbench.is_complete:
            return
        self._workbench.log_lines(self.running.read())
        moment = Moment(self.desk.blueprint.stages(), self.plan, self.running.state, self._clock.monotonic())
        self._workbench.show_moment(moment, self.plan.changes if self.plan else 0)

    def replan(self) -> None:
        """Plan for the choices as they are now; an older plan in the making is stopped."""
        if self.running.going_on:
            return
        self._stop_planning.set()
        self._stop_planning = stop = threading.Event()
        choices, desk = self.choices, self.desk
        self._workbench.show_facts(desk.address.label, desk.tenant.slug, choices, desk.production_reason(choices))
        self._start(PLAN, lambda: desk.plan(choices, stop.is_set))

    def go(self, choices: Choices, *, create_schema: bool) -> None:
        """Start the run."""
        self._stop_planning.set()
        live, cancellation = self.running.begin(choices)
        self._workbench.watch_run()
        desk = self.desk
        self._start(RUN, lambda: desk.run(choices, live, cancellation, create_schema=create_schema))

    def look(self) -> None:
        """Make what the audience will see, if it is not what is shown already."""
        key = look_key(self.choices)
        if key != self._looked:
            self._looked = key
            choices, desk = self.choices, self.desk
            self._start(LOOK, lambda: desk.look(choices))

    def observe(self) -> None:
        """Ask the database about itself, while somebody looks."""
        if self._workbench.is_complete and self._workbench.tab == "database":
            self._start(OBSERVE, self.desk.observe)

    def verify(self) -> None:
        """Run the checks."""
        choices, desk = self.choices, self.desk
        self._start(VERIFY, lambda: desk.verify(choices))

    def read_history(self) -> None:
        """Read the past runs."""
        self._start(HISTORY, self.desk.past_runs)

    def ended(self, worker: Worker[Any]) -> None:
        """Take the outcome of a piece of work; while the app closes there is nothing left to show it on."""
        if not self._workbench.is_complete:
            return
        if worker.state is WorkerState.ERROR and worker.error is not None:
            self._failed(worker.name, worker.error)
        elif worker.state is not WorkerState.SUCCESS:
            return
        elif worker.name == OBSERVE:
            self._workbench.show_observations(worker.result or [])
        elif worker.name == HISTORY:
            self._workbench.show_history(worker.result or [])
        elif type(worker.result) in self._results:
            self._results[type(worker.result)](worker.result)

    def _start(self, name: str, work: Callable[[], object]) -> None:
        self._app.run_worker(
            work, name=name, group=name, thread=True, exclusive=name not in (RUN, LOOK), exit_on_error=False
        )

    def _planned(self, planned: Planned) -> None:
        if planned.choices == self.choices:
            self.plan = planned.plan
            self.running.planned(planned.choices)
            self._workbench.show_plan(planned.plan, planned.took_s)
            self.look()

    def _ran(self, report: RunReport) -> None:
        self.running.ended(report)
        self.frame()
        self.replan()
        self.read_history()
        if report.error is None and self._workbench.tab_was_chosen:
            self._app.notify(ended_words(report), title=f"Run {report.status}", markup=False)
        else:
            self._app.show_report(ReportScreen(report, self.desk.working_directory))

    def _shown(self, look: Look) -> None:
        if look.key == look_key(self.choices):
            self._workbench.show_look(look)

    def _verified(self, verified: Verified) -> None:
        self._workbench.show_findings(verified.findings)

    def _failed(self, name: str, error: BaseException) -> None:
        lines = error_lines(error)
        code = error.code if isinstance(error, OkrseedError) else "defect"
        if name == RUN:
            self.running.ended(None)
            self._app.push_screen(Page("The run did not start", "\n\n".join(lines)))
        elif name == OBSERVE:
            self._workbench.show_observation_error(lines)
        elif name != PLAN:
            self._looked = None if name == LOOK else self._looked
            self._app.notify("\n".join(lines), title=name.capitalize(), severity="error", markup=False)
        elif code != "cancelled":
            self.plan = None
            self._workbench.show_plan_error(lines, connected=code != "no_connection")
            self._app.notify("\n".join(lines), title="No plan", severity="error", timeout=10, markup=False)
