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
from okrseed.cancellation import Cancellation
from okrseed.clock import Clock, SystemClock
from okrseed.errors import OkrseedError, Refused
from okrseed.plan import Plan
from okrseed.progress import RunState
from okrseed.report import RunReport
from okrseed.safeguards import Permissions, production_reason
from okrseed.selection import Mode
from okrseed_tui.actions import ACTIONS
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Desk, Planned
from okrseed_tui.live import LiveRun
from okrseed_tui.screens.dialogs import Page, Question, TypedConfirmation
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.views import VERIFY, Moment
from okrseed_tui.widgets.plan_pane import PlanPane
from okrseed_tui.widgets.setup_panel import SetupPanel
from okrseed_tui.widgets.stage_graph import StageGraph

FRAMES_PER_SECOND = 10
THEMES = ("textual-dark", "textual-light", "nord", "solarized-light")
PLAN_WORK = "plan"
RUN_WORK = "run"


class OkrseedApp(App[int]):
    """The app; its return value is the exit code of the program."""

    TITLE = "okrseed"
    CSS_PATH = "okrseed.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]
    ENABLE_COMMAND_PALETTE = True

    def __init__(self, desk: Desk, *, ascii_only: bool = False, clock: Clock | None = None) -> None:
        super().__init__()
        self._desk = desk
        self._clock = clock or SystemClock()
        self._ascii_only = ascii_only
        self.choices: Choices = desk.first_choices()
        self.plan: Plan | None = None
        self.live = LiveRun()
        self.run_state: RunState | None = None
        self.report: RunReport | None = None
        self._stop_planning = threading.Event()
        self._cancellation: Cancellation | None = None
        self._run_choices: Choices | None = None
        self._workbench = Workbench(desk.address.label, desk.blueprint, self.choices, ascii_only=ascii_only)

    # Start and the frame timer.

    def on_mount(self) -> None:
        self.push_screen(self._workbench)
        self.set_interval(1 / FRAMES_PER_SECOND, self._frame)
        self.call_after_refresh(self._replan)

    def _frame(self) -> None:
        """Read the live run and paint what changed; the only place where a run meets the screen."""
        if not self._workbench.is_mounted:
            return
        self._workbench.log_lines(self.live.take())
        state = self.live.state
        if state.status != "idle":
            self.run_state = state
        self._show()

    def _show(self) -> None:
        planned = self.plan.changes if self.plan else 0
        moment = Moment(self._desk.blueprint.stages(), self.plan, self.run_state, self._clock.monotonic())
        self._workbench.show_moment(moment, planned)

    @property
    def running(self) -> bool:
        """Whether a run is going on."""
        return self._cancellation is not None

    # Planning: started by every change, the older one stopped.

    def _replan(self) -> None:
        if self.running:
            return
        self._stop_planning.set()
        self._stop_planning = stop = threading.Event()
        choices, desk = self.choices, self._desk
        self._show_facts()
        self._work(PLAN_WORK, lambda: desk.plan(choices, stop.is_set))

    def _show_facts(self) -> None:
        choices, desk = self.choices, self._desk
        essential = desk.blueprint.environments[choices.environment].essential_only
        bar = self._workbench.query_one("TargetBar")
        bar.show_facts(  # type: ignore[attr-defined]
            desk.blueprint.tenant(None).slug,  # type: ignore[arg-type]
            choices.size,
            choices.environment,
            production_reason(desk.address, essential, None),
        )

    def _work(self, name: str, work: Callable[[], object]) -> None:
        self.run_worker(work, name=name, group=name, thread=True, exclusive=name == PLAN_WORK, exit_on_error=False)

    @on(Worker.StateChanged)
    def _work_changed(self, event: Worker.StateChanged) -> None:
        worker = event.worker
        if worker.name not in (PLAN_WORK, RUN_WORK) or worker.state not in (
            WorkerState.SUCCESS,
            WorkerState.ERROR,
        ):
            return
        if worker.state is WorkerState.ERROR:
            self._failed(worker.name, worker.error)
        elif isinstance(worker.result, Planned):
            self._planned(worker.result)
        elif isinstance(worker.result, RunReport):
            self._ran(worker.result)

    def _planned(self, planned: Planned) -> None:
        if planned.choices != self.choices:
            return
        self.plan = planned.plan
        if planned.choices != self._run_choices:
            # Other choices than those of the last run: its times no longer belong to what is shown.
            self.run_state, self.live, self._run_choices = None, LiveRun(), None
        self._workbench.show_plan(planned.plan, planned.took_s)
        bar = self._workbench.query_one("TargetBar")
        bar.show_connection("connected", good=True)  # type: ignore[attr-defined]
        self._show()

    def _failed(self, name: str, error: BaseException | None) -> None:
        lines = error.lines() if isinstance(error, OkrseedError) else [f"{type(error).__name__}: {error}"]
        code = error.code if isinstance(error, OkrseedError) else "defect"
        if name == RUN_WORK:
            self._cancellation = None
            self.push_screen(Page("The run did not start", "\n\n".join(lines)))
            return
        if code == "cancelled":
            return
        self.plan = None
        self._workbench.show_plan_error(lines)
        bar = self._workbench.query_one("TargetBar")
        bar.show_connection(  # type: ignore[attr-defined]
            "no connection" if code == "no_connection" else "connected", good=code != "no_connection"
        )
        self.notify("\n".join(lines), title="No plan", severity="error", timeout=10, markup=False)
        self._show()

    # Running.

    def _start(self, permissions: Permissions) -> None:
        """Start the run if the safeguards let it; ask for the confirmation they name if they do not."""
        try:
            self._desk.allow(self.choices, permissions)
        except Refused as refusal:
            self._ask_for(refusal, permissions)
            return
        except OkrseedError as error:
            self.push_screen(Page("This cannot run", "\n\n".join(error.lines())))
            return
        missing = self.plan.missing_tables if self.plan else ()
        if missing and not self._desk.address.embedded:
            self.push_screen(
                Question(
                    "Create the tables?",
                    f"{self._desk.address.label} lacks {len(missing)} tables: {', '.join(missing)}.",
                    (("create", "Create them and run"), ("back", "Back")),
                ),
                lambda answer: self._go(create_schema=True) if answer == "create" else None,
            )
            return
        self._go(create_schema=bool(missing))

    def _ask_for(self, refusal: Refused, permissions: Permissions) -> None:
        identity = self._desk.address.identity
        granted: Permissions | None = None
        expected = identity
        if refusal.code == "not_confirmed":
            granted = replace(permissions, deletion=True)
            expected = self._tenant_slug
        elif refusal.code == "remote_target":
            granted = replace(permissions, remote=identity)
        elif refusal.code == "production_target" and "confirmation" in refusal.message:
            granted = replace(permissions, production=identity)
        if granted is None:
            self.push_screen(Page("This cannot run", "\n\n".join(refusal.lines())))
            return
        allowed = granted
        deletes = self.plan.total("delete") if self.plan else 0
        text = f"{refusal.message}."
        if refusal.code == "not_confirmed":
            text += f" {deletes:,} rows will be deleted."
        self.push_screen(
            TypedConfirmation("Are you sure?", text, expected),
            lambda confirmed: self._start(allowed) if confirmed else None,
        )

    @property
    def _tenant_slug(self) -> str:
        return self.plan.tenant if self.plan else self._desk.blueprint.tenant(self._desk.selection(self.choices)).slug

    def _go(self, *, create_schema: bool) -> None:
        self._stop_planning.set()
        self.live, self.report, self.run_state = LiveRun(), None, None
        self._cancellation = cancellation = Cancellation()
        choices, live, desk = self.choices, self.live, self._desk
        self._run_choices = choices
        self._workbench.open_tab("stages")
        self._work(RUN_WORK, lambda: desk.run(choices, live, cancellation, create_schema=create_schema))

    def _ran(self, report: RunReport) -> None:
        self._cancellation = None
        self.report = report
        self._frame()
        self._replan()
        totals = report.document()["totals"]
        words = (
            f"{totals['created']:,} created, {totals['updated']:,} updated, {totals['unchanged']:,} unchanged,"
            f" {totals['deleted']:,} deleted in {report.state.duration_s or 0:.2f} s"
        )
        if report.error is not None:
            self.push_screen(Page(f"The run {report.status}", "\n\n".join([*report.error.lines(), words])))
            return
        self.notify(words, title=f"Run {report.status}", markup=False)

    # What a person does.

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
        if self.plan is None:
            return
        stage = next(stage for stage in self.plan.stages if stage.id == event.stage)
        table = next(table for table in stage.tables if table.table == event.table)
        lines = [f"{sample.action} {sample.key}\n{_values(sample.values)}" for sample in table.samples]
        self.push_screen(Page(f"{event.table}: sample rows", "\n\n".join(lines) or "Nothing changes here."))

    def _choose(self, choices: Choices) -> None:
        self.choices = choices
        self._workbench.query_one(SetupPanel).show(choices)
        self._replan()

    def action_run_plan(self) -> None:
        if self.running:
            self.notify("A run is going on; c cancels it.")
        elif self.plan is None:
            self.notify("There is no plan to run yet.", severity="warning")
        else:
            self._start(Permissions())

    def action_dry_run(self) -> None:
        self._workbench.open_tab("plan")
        self._replan()

    def action_cancel(self) -> None:
        if self._cancellation is None:
            self.notify("Nothing is running.")
        elif self._cancellation.requested.is_set():
            self._cancellation.now()
            self.notify("Stopping now.", severity="warning")
        else:
            self._cancellation.after_chunk()
            self.notify("Stopping after the current chunk; c again stops now.", severity="warning")

    def action_purge(self) -> None:
        if not self.running:
            self._choose(replace(self.choices, mode=Mode.PURGE))
            self._workbench.open_tab("plan")
            self.notify("The plan shows what a purge deletes; r runs it, after its slug has been typed.")

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
        lines = [f"{action.shown_key or action.key:8} {action.label:12} {action.help}" for action in ACTIONS]
        lines += ["", "In the graph: arrow keys or hjkl move, space switches a stage, + with what it needs."]
        self.push_screen(Page("Keys", "\n".join(lines)))

    def action_interrupt(self) -> None:
        if self.running:
            self.action_cancel()
        else:
            self.action_leave()

    def action_leave(self) -> None:
        if not self.running:
            self.exit(self._exit_code)
            return
        self.push_screen(
            Question(
                "A run is going on",
                "What is committed stays; running again completes the rest.",
                (("stay", "Stay"), ("chunk", "Leave after the chunk"), ("now", "Leave now")),
            ),
            self._leave_answered,
        )

    def _leave_answered(self, answer: str | None) -> None:
        if answer not in ("chunk", "now"):
            return
        if self._cancellation is not None:
            (self._cancellation.now if answer == "now" else self._cancellation.after_chunk)()
        self._leave_when_stopped()

    def _leave_when_stopped(self) -> None:
        if self.running:
            self.set_timer(0.05, self._leave_when_stopped)
        else:
            self.exit(self._exit_code)

    @property
    def _exit_code(self) -> int:
        return 0 if self.report is None else int(self.report.exit)


def _values(values: object) -> str:
    assert isinstance(values, dict)
    return "\n".join(
        f"  {name}: {new}" if old is None else f"  {name}: {old} → {new}" for name, (old, new) in values.items()
    )
