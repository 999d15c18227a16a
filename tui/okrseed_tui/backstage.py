"""What goes on behind the screen: work in threads, and what its results mean for the screen.

Each piece of work is started by name and ends as a message; the results are handled here, on the app's own thread.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from textual.timer import Timer
from textual.worker import Worker, WorkerState

from okrseed.blueprint import stage_graph
from okrseed.errors import OkrseedError
from okrseed.plan import Plan
from okrseed.report import RunReport
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk, Examined, Look, LookKey, Planned, Sized, Verified, look_key, size_key
from okrseed_tui.planning import Planning
from okrseed_tui.running import Running
from okrseed_tui.scope_sizes import ScopeSizes
from okrseed_tui.screens.dialogs import Page
from okrseed_tui.screens.report import ReportScreen
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.texts import ended_words, error_lines
from okrseed_tui.views import Moment

if TYPE_CHECKING:
    from okrseed_tui.app import OkrseedApp

PLAN, RUN, LOOK, SIZE, OBSERVE = "plan", "run", "look", "size", "observe"
EXAMINE, VERIFY, HISTORY = "examine", "verify", "history"
QUIET_S = 0.1
TOGETHER = (RUN, LOOK, SIZE)
"""Work that newer work of the same name does not stop."""


class Backstage:
    """Owns what is chosen, planned and running; the app's actions ask it to start work."""

    def __init__(self, app: OkrseedApp, desk: Desk, workbench: Workbench, choices: Choices) -> None:
        self._app = app
        self.desk = desk
        self._workbench = workbench
        self.choices = choices
        self.planning = Planning()
        self.running = Running()
        self._looked: LookKey | None = None
        self._sized: LookKey | None = None
        self._sizes: ScopeSizes | None = None
        self._quiet: Timer | None = None
        self._planner: Worker[Any] | None = None
        self._results: Mapping[type, Callable[[Any], None]] = {
            Planned: self._planned,
            RunReport: self._ran,
            Look: self._shown,
            Sized: self._show_sizes,
            Verified: self._verified,
            Examined: self._examined,
        }

    def frame(self) -> None:
        """Read the live run and paint what changed; the only place where a run meets the screen."""
        if not self._workbench.is_complete:
            return
        self._workbench.tell(self.running.read())
        running = self.running
        plan = running.plan if running.state is not None and running.plan is not None else self.planning.plan
        moment = Moment(self.desk.blueprint.stages(), plan, running.state, self.desk.clock.monotonic())
        self._workbench.show_moment(moment, plan.changes if plan else 0)

    def choose(self, choices: Choices) -> None:
        """These are the choices from now on."""
        self.choices = choices
        self.replan()

    def replan(self) -> None:
        """Somebody wants to see a plan for the choices as they are now, before anything else is done."""
        self.planning.think_again()
        self._plan()

    def _plan(self) -> None:
        """Plan for the choices as they are now; an older plan in the making is stopped."""
        if self.running.going_on:
            return
        stopped = self.planning.begin()
        choices, desk = self.choices, self.desk
        production = desk.production_reason(choices)
        self._workbench.show_facts(desk.address.label, desk.tenants_briefly, choices, production)
        self._planner = self._start(PLAN, lambda: desk.plan(choices, stopped))

    def go(self, choices: Choices, plan: Plan, *, create_schema: bool) -> None:
        """Start the run of what was planned so."""
        self.planning.overtaken()
        self._planner = None
        live, cancellation = self.running.begin(choices, plan)
        # The seeder's garbage collections would go through every widget, for 60 to 90 ms each.
        gc.freeze()
        self._app.refresh_bindings()
        self._workbench.watch_run()
        desk = self.desk
        self._start(RUN, lambda: desk.run(choices, live, cancellation, create_schema=create_schema))

    def look(self) -> None:
        """Make what the audience will see, and how large each workspace is, if it is not what is shown already.

        It is pure computing, so never beside a run: the plan after the run asks again.
        """
        if self.running.going_on or not self._workbench.is_complete:
            return
        choices, desk = self.choices, self.desk
        if look_key(choices) != self._looked:
            self._looked = look_key(choices)
            self._start(LOOK, lambda: desk.look(choices))
        if size_key(choices) != self._sized:
            self._sized = size_key(choices)
            self._start(SIZE, lambda: desk.size(choices))
        elif self._sizes is not None:
            self._workbench.show_sizes(self._sizes, self._taking_part())

    def observe(self) -> None:
        """Ask the database about itself, while somebody looks."""
        if self._workbench.is_complete and self._workbench.tab == "database":
            self._start(OBSERVE, self.desk.observe)

    def examine(self) -> None:
        """Let the doctor look at the database; not beside a run, which is going on well or will tell itself."""
        if not self.running.going_on:
            choices, desk = self.choices, self.desk
            self._start(EXAMINE, lambda: desk.examine(choices))

    def verify(self) -> None:
        """Run the checks."""
        choices, desk = self.choices, self.desk
        self._start(VERIFY, lambda: desk.verify(choices))

    def read_history(self) -> None:
        """Read the past runs."""
        self._start(HISTORY, self.desk.past_runs)

    def ended(self, worker: Worker[Any]) -> None:
        """Take the outcome of a piece of work, but of a plan that a newer one or a run has overtaken.

        While the app closes there is nothing left to show it on.
        """
        overtaken = worker.name == PLAN and worker is not self._planner
        if overtaken or not self._workbench.is_complete:
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

    def _start(self, name: str, work: Callable[[], object]) -> Worker[Any]:
        return self._app.run_worker(
            work, name=name, group=name, thread=True, exclusive=name not in TOGETHER, exit_on_error=False
        )

    def _planned(self, planned: Planned) -> None:
        drift = self.planning.made(planned.plan)
        if drift:
            self._app.notify(drift, title="The database has changed", severity="warning", markup=False)
        self.running.planned(planned.choices)
        self._workbench.show_plan(planned)
        self._app.refresh_bindings()
        # Whoever presses r at once, or chooses on, should not share the processor with a preview.
        if self._quiet is not None:
            self._quiet.stop()
        self._quiet = self._app.set_timer(QUIET_S, self.look)
        self.planning.next_step()

    def _ran(self, report: RunReport) -> None:
        self.running.ended(report)
        drift = self.planning.ran(report.plan if report.error is None else None)
        self.frame()
        self._app.refresh_bindings()
        # First the report, and the answer to a key that was pressed meanwhile.
        self._app.set_timer(QUIET_S, self._after_run)
        if report.error is None and self._workbench.tab_was_chosen:
            self._app.notify(ended_words(report), title=f"Run {report.status}", markup=False)
        else:
            self._app.show_report(ReportScreen(report, self.desk.working_directory, drift))

    def _after_run(self) -> None:
        """Plan for what is there now, unless the next run has begun or the app closes."""
        if not self.running.going_on and self._workbench.is_complete:
            gc.unfreeze()
            self._plan()
            self.read_history()

    def _shown(self, look: Look) -> None:
        if look.key == look_key(self.choices):
            self._workbench.show_look(look)

    def _show_sizes(self, sized: Sized) -> None:
        if sized.key == size_key(self.choices):
            self._sizes = sized.sizes
            self._workbench.show_sizes(sized.sizes, self._taking_part())

    def _taking_part(self) -> frozenset[str]:
        return stage_graph(self.desk.blueprint).closure(self.choices.stages)

    def _examined(self, examined: Examined) -> None:
        self._workbench.show_diagnosis(examined.findings)

    def _verified(self, verified: Verified) -> None:
        self._workbench.show_findings(verified.findings)

    def _failed(self, name: str, error: BaseException) -> None:
        lines = error_lines(error)
        code = error.code if isinstance(error, OkrseedError) else "defect"
        if name == RUN:
            self.running.ended(None)
            self.planning.ran(None)
            self._app.refresh_bindings()
            self._app.set_timer(QUIET_S, self._after_run)
            title = "The run did not start" if isinstance(error, OkrseedError) else "The run broke off"
            self._app.push_screen(Page(title, "\n\n".join(lines)))
        elif name in (OBSERVE, EXAMINE):
            self._workbench.show_observation_error(lines)
        elif name != PLAN:
            self._looked = None if name == LOOK else self._looked
            self._sized = None if name == SIZE else self._sized
            self._app.notify("\n".join(lines), title=name.capitalize(), severity="error", markup=False)
        elif code != "cancelled":
            self.planning.failed()
            self._workbench.show_plan_error(lines, connected=code != "no_connection")
            self._app.notify("\n".join(lines), title="No plan", severity="error", timeout=10, markup=False)
