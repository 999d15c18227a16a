"""`okrseed-tui`: choose, see exactly what will change, run it, watch it.

The app owns all state. Work on the database happens in thread workers that return values; a timer reads the live run
ten times a second and repaints what changed.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from typing import ClassVar

from textual import on
from textual.app import App
from textual.binding import BindingType
from textual.worker import Worker, WorkerState

from okrseed.blueprint import stage_graph
from okrseed.clock import Clock, SystemClock
from okrseed.errors import OkrseedError, Refused
from okrseed.plan import Plan
from okrseed.report import RunReport
from okrseed.safeguards import Permissions
from okrseed.selection import Mode, Selection
from okrseed_tui.actions import ACTIONS, help_text
from okrseed_tui.choices import Choices
from okrseed_tui.confirming import confirmation
from okrseed_tui.desk import Desk, Planned
from okrseed_tui.running import Running
from okrseed_tui.screens.dialogs import Page, Question, TypedConfirmation
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.texts import ended_words, error_lines, sample_text
from okrseed_tui.views import VERIFY, Moment
from okrseed_tui.widgets.plan_pane import PlanPane
from okrseed_tui.widgets.setup_panel import SetupPanel
from okrseed_tui.widgets.stage_graph import StageGraph

FRAMES_PER_SECOND = 10
THEMES = ("textual-dark", "textual-light", "nord", "solarized-light")
PLAN_WORK, RUN_WORK = "plan", "run"
ENDED = (WorkerState.SUCCESS, WorkerState.ERROR)


class OkrseedApp(App[int]):
    """The app; its return value is the exit code of the program."""

    TITLE = "okrseed"
    CSS_PATH = "okrseed.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]

    def __init__(self, desk: Desk, *, ascii_only: bool = False, clock: Clock | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._clock = clock or SystemClock()
        self.choices: Choices = desk.first_choices()
        self.plan: Plan | None = None
        self.running = Running()
        self._stop_planning = threading.Event()
        self._workbench = Workbench(desk.address.label, desk.blueprint, self.choices, ascii_only=ascii_only)

    def selection(self) -> Selection:
        """The validated selection of the choices as they are. Raises UsageError or Refused."""
        return self._desk.selection(self.choices)

    def on_mount(self) -> None:
        self.push_screen(self._workbench)
        self.set_interval(1 / FRAMES_PER_SECOND, self._frame)
        self.call_after_refresh(self._replan)

    def _frame(self) -> None:
        """Read the live run and paint what changed; the only place where a run meets the screen."""
        if not self._workbench.is_complete:
            return
        self._workbench.log_lines(self.running.read())
        stages = self._desk.blueprint.stages()
        moment = Moment(stages, self.plan, self.running.state, self._clock.monotonic())
        self._workbench.show_moment(moment, self.plan.changes if self.plan else 0)

    # Work in threads: its results come back as messages.

    def _replan(self) -> None:
        """Plan for the choices as they are now; an older plan in the making is stopped."""
        if self.running.going_on:
            return
        self._stop_planning.set()
        self._stop_planning = stop = threading.Event()
        choices, desk = self.choices, self._desk
        self._workbench.show_facts(desk.tenant.slug, choices, desk.production_reason(choices))
        self._work(PLAN_WORK, lambda: desk.plan(choices, stop.is_set))

    def _go(self, *, create_schema: bool) -> None:
        """Start the run."""
        self._stop_planning.set()
        choices, desk = self.choices, self._desk
        live, cancellation = self.running.begin(choices)
        self._workbench.open_tab("stages")
        self._work(RUN_WORK, lambda: desk.run(choices, live, cancellation, create_schema=create_schema))

    def _work(self, name: str, work: Callable[[], object]) -> None:
        self.run_worker(work, name=name, group=name, thread=True, exclusive=name == PLAN_WORK, exit_on_error=False)

    @on(Worker.StateChanged)
    def _work_changed(self, event: Worker.StateChanged) -> None:
        worker = event.worker
        if worker.name not in (PLAN_WORK, RUN_WORK) or worker.state not in ENDED:
            return
        if isinstance(worker.result, Planned):
            self._planned(worker.result)
        elif isinstance(worker.result, RunReport):
            self._ran(worker.result)
        elif worker.error is not None and worker.name == RUN_WORK:
            self.running.ended(None)
            self.push_screen(Page("The run did not start", "\n\n".join(error_lines(worker.error))))
        elif worker.error is not None:
            self._not_planned(worker.error)

    def _planned(self, planned: Planned) -> None:
        if planned.choices == self.choices:
            self.plan = planned.plan
            self.running.planned(planned.choices)
            self._workbench.show_plan(planned.plan, planned.took_s)

    def _not_planned(self, error: BaseException) -> None:
        code = error.code if isinstance(error, OkrseedError) else "defect"
        if code == "cancelled":
            return
        self.plan = None
        lines = error_lines(error)
        self._workbench.show_plan_error(lines, connected=code != "no_connection")
        self.notify("\n".join(lines), title="No plan", severity="error", timeout=10, markup=False)

    def _ran(self, report: RunReport) -> None:
        self.running.ended(report)
        self._frame()
        self._replan()
        if report.error is not None:
            lines = [*report.error.lines(), ended_words(report)]
            self.push_screen(Page(f"The run {report.status}", "\n\n".join(lines)))
        else:
            self.notify(ended_words(report), title=f"Run {report.status}", markup=False)

    # Before a run: what the safeguards want to have confirmed.

    def _start(self, permissions: Permissions) -> None:
        """Start the run if the safeguards let it; else ask for what they name."""
        try:
            self._desk.allow(self.choices, permissions)
        except Refused as refusal:
            self._ask(refusal, permissions)
        except OkrseedError as error:
            self.push_screen(Page("This cannot run", "\n\n".join(error.lines())))
        else:
            self._start_with_tables(self.plan.missing_tables if self.plan else ())

    def _ask(self, refusal: Refused, permissions: Permissions) -> None:
        asked = confirmation(
            refusal,
            permissions,
            identity=self._desk.address.identity,
            slug=self._desk.tenant.slug,
            deletes=self.plan.total("delete") if self.plan else 0,
        )
        if asked is None:
            self.push_screen(Page("This cannot run", "\n\n".join(refusal.lines())))
            return
        granted = asked.grants
        self.push_screen(
            TypedConfirmation("Are you sure?", asked.text, asked.expected),
            lambda confirmed: self._start(granted) if confirmed else None,
        )

    def _start_with_tables(self, missing: tuple[str, ...]) -> None:
        """Tables are created without asking only in the embedded default, which is ours alone."""
        if not missing or self._desk.address.embedded:
            self._go(create_schema=bool(missing))
            return
        question = Question(
            "Create the tables?",
            f"{self._desk.address.label} lacks {len(missing)} tables: {', '.join(missing)}.",
            (("create", "Create them and run"), ("back", "Back")),
        )
        self.push_screen(question, lambda answer: self._go(create_schema=True) if answer == "create" else None)

    # What the widgets tell.

    @on(SetupPanel.Changed)
    def _setup_changed(self, event: SetupPanel.Changed) -> None:
        self.choices = event.choices
        self._replan()

    @on(StageGraph.Toggled)
    def _stage_toggled(self, event: StageGraph.Toggled) -> None:
        if event.stage_id != VERIFY:
            self._choose(self.choices.toggled(event.stage_id))

    @on(StageGraph.ToggledWithNeeds)
    def _stage_toggled_with_needs(self, event: StageGraph.ToggledWithNeeds) -> None:
        if event.stage_id != VERIFY:
            graph = stage_graph(self._desk.blueprint)
            self._choose(self.choices.toggled_with_needs(event.stage_id, graph))

    @on(PlanPane.TableOpened)
    def _table_opened(self, event: PlanPane.TableOpened) -> None:
        if self.plan is not None:
            text = sample_text(self.plan, event.stage, event.table)
            self.push_screen(Page(f"{event.table}: sample rows", text))

    def _choose(self, choices: Choices) -> None:
        if not self.running.going_on:
            self.choices = choices
            self._workbench.query_one(SetupPanel).show(choices)
            self._replan()

    # The actions of the registry.

    def action_run_plan(self) -> None:
        if self.running.going_on:
            self.notify("A run is going on; c cancels it.")
        elif self.plan is None:
            self.notify("There is no plan to run yet.", severity="warning")
        else:
            self._start(Permissions())

    def action_dry_run(self) -> None:
        self._workbench.open_tab("plan")
        self._replan()

    def action_cancel(self) -> None:
        self.notify(self.running.cancel(), severity="warning" if self.running.going_on else "information")

    def action_purge(self) -> None:
        self._choose(replace(self.choices, mode=Mode.PURGE))
        self._workbench.open_tab("plan")
        self.notify("This is what a purge deletes; r runs it, after the tenant's slug has been typed.")

    def action_workspaces(self) -> None:
        self._workbench.open_setup()

    def action_graph(self) -> None:
        self._workbench.open_graph()

    def action_tab(self, name: str) -> None:
        self._workbench.open_tab(name)

    def action_follow(self) -> None:
        following = self._workbench.toggle_follow()
        self.notify("Following the log." if following else "The log stays where it is.")

    def action_next_theme(self) -> None:
        place = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(place + 1) % len(THEMES)]

    def action_keys(self) -> None:
        self.push_screen(Page("Keys", help_text()))

    def action_interrupt(self) -> None:
        if self.running.going_on:
            self.action_cancel()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        if not self.running.going_on:
            self.exit(self.running.exit_code)
            return
        question = Question(
            "A run is going on",
            "What is committed stays; running again completes the rest.",
            (("stay", "Stay"), ("chunk", "Leave after the chunk"), ("now", "Leave now")),
        )
        self.push_screen(question, self._leave_answered)

    def _leave_answered(self, answer: str | None) -> None:
        cancellation = self.running.cancellation
        if answer == "chunk" and cancellation is not None:
            cancellation.after_chunk()
        elif answer == "now" and cancellation is not None:
            cancellation.now()
        if answer in ("chunk", "now"):
            self._leave_when_stopped()

    def _leave_when_stopped(self) -> None:
        if self.running.going_on:
            self.set_timer(1 / FRAMES_PER_SECOND, self._leave_when_stopped)
        else:
            self.exit(self.running.exit_code)
