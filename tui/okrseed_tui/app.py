"""`okrseed-tui`: choose, see exactly what will change, run it, watch it.

The app turns keys and messages into work (`backstage`) and questions (`doorkeeper`); a timer reads the live run ten
times a second and repaints what changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar

from textual import on
from textual.binding import BindingType
from textual.filter import LineFilter
from textual.worker import Worker

from okrseed.blueprint import stage_graph
from okrseed.errors import Exit, OkrseedError
from okrseed.plan import Plan
from okrseed.safeguards import Permissions
from okrseed.selection import Mode, Selection
from okrseed_tui.actions import ACTIONS, help_text
from okrseed_tui.ascii import AsciiFilter
from okrseed_tui.backstage import Backstage
from okrseed_tui.choices import Choices
from okrseed_tui.crash import NOTHING_GOING_ON, RUN_STOPPED, SafeApp, last_words
from okrseed_tui.desk import Desk
from okrseed_tui.doorkeeper import Doorkeeper
from okrseed_tui.leaving import on_signals, within_deadline
from okrseed_tui.running import Running
from okrseed_tui.screens.connection import ConnectionScreen
from okrseed_tui.screens.dialogs import Page, Question
from okrseed_tui.screens.report import ReportScreen, export
from okrseed_tui.screens.workbench import Workbench
from okrseed_tui.texts import sample_text
from okrseed_tui.themes import COLOR_BLIND, HIGH_CONTRAST, THEMES
from okrseed_tui.views import VERIFY
from okrseed_tui.widgets.checks_pane import ChecksPane, check_text
from okrseed_tui.widgets.connection_form import ConnectionForm
from okrseed_tui.widgets.history_pane import HistoryPane, comparison
from okrseed_tui.widgets.plan_pane import PlanPane
from okrseed_tui.widgets.setup_panel import SetupPanel
from okrseed_tui.widgets.stage_graph import StageGraph

FRAMES_PER_SECOND = 10
OBSERVE_EVERY_S = 2.0


class OkrseedApp(SafeApp):
    """The app; its return value is the exit code of the program."""

    TITLE = "okrseed"
    CSS_PATH = "okrseed.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]

    def __init__(self, desk: Desk, *, ascii_only: bool = False) -> None:
        super().__init__()
        self._ascii = [AsciiFilter()] if ascii_only else []
        # Each step of an animation is a paint, and what painting takes a seeder in the same process lacks.
        self.animation_level = "none"
        self.register_theme(HIGH_CONTRAST)
        self.register_theme(COLOR_BLIND)
        choices = desk.first_choices()
        self._workbench = Workbench(
            desk.address.label, desk.blueprint, choices, ConnectionForm(desk.profiles(), desk.test)
        )
        self._backstage = Backstage(self, desk, self._workbench, choices)

    def suit_terminal(self) -> None:
        """With 16 colours the shades of most themes fall together: start with the one that has none."""
        if self.console.color_system == "standard" and not self.no_color:
            self.theme = HIGH_CONTRAST.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours."""
        return [*super().get_line_filters(), *self._ascii]

    # What is chosen, planned and running.

    @property
    def choices(self) -> Choices:
        return self._backstage.choices

    @property
    def plan(self) -> Plan | None:
        return self._backstage.plan

    @property
    def running(self) -> Running:
        return self._backstage.running

    def selection(self) -> Selection:
        """The validated selection of the choices as they are. Raises UsageError or Refused."""
        return self._backstage.desk.selection(self.choices)

    # What the machine and the widgets tell.

    def on_mount(self) -> None:
        self.push_screen(self._workbench)
        on_signals(self._terminate)
        self.set_interval(1 / FRAMES_PER_SECOND, self._backstage.frame)
        self.set_interval(OBSERVE_EVERY_S, self._backstage.observe)
        self.call_after_refresh(self._backstage.replan)

    @on(Worker.StateChanged)
    def _work_changed(self, event: Worker.StateChanged) -> None:
        self._backstage.ended(event.worker)

    @on(SetupPanel.Changed)
    def _setup_changed(self, event: SetupPanel.Changed) -> None:
        self._backstage.choices = event.choices
        self._backstage.replan()

    @on(ConnectionForm.Wanted)
    def _connection_wanted(self, event: ConnectionForm.Wanted) -> None:
        self._connected((event.profile, event.url))

    @on(StageGraph.Toggled)
    def _stage_toggled(self, event: StageGraph.Toggled) -> None:
        if event.stage_id != VERIFY:
            self._choose(self.choices.toggled(event.stage_id))

    @on(StageGraph.ToggledWithNeeds)
    def _stage_toggled_with_needs(self, event: StageGraph.ToggledWithNeeds) -> None:
        if event.stage_id != VERIFY:
            graph = stage_graph(self._backstage.desk.blueprint)
            self._choose(self.choices.toggled_with_needs(event.stage_id, graph))

    @on(StageGraph.Opened)
    def _stage_opened(self, event: StageGraph.Opened) -> None:
        self.action_tab("checks" if event.stage_id == VERIFY else "plan")
        self._workbench.query_one(PlanPane).go_to(event.stage_id)

    @on(PlanPane.TableOpened)
    def _table_opened(self, event: PlanPane.TableOpened) -> None:
        if self.plan is not None:
            text = sample_text(self.plan, event.stage, event.table)
            self.push_screen(Page(f"{event.table}: sample rows", text))

    @on(ChecksPane.Opened)
    def _check_opened(self, event: ChecksPane.Opened) -> None:
        self.push_screen(Page(f"Check: {event.finding.status}", check_text(event.finding)))

    @on(HistoryPane.Compared)
    def _runs_compared(self, event: HistoryPane.Compared) -> None:
        self.push_screen(Page("Two runs", comparison(event.before, event.after)))

    def _choose(self, choices: Choices) -> None:
        if not self.running.going_on:
            self._backstage.choices = choices
            self._workbench.query_one(SetupPanel).show(choices)
            self._backstage.replan()

    def show_report(self, screen: ReportScreen) -> None:
        """Show how a run ended; from there what failed can be tried again."""
        self.push_screen(screen, lambda answer: self.action_run_plan() if answer == "retry" else None)

    # The actions of the registry.

    def action_run_plan(self) -> None:
        plan = self.plan
        if self.running.going_on:
            self.notify("A run is going on; c cancels it.")
        elif plan is None:
            self.notify("There is no plan to run yet.", severity="warning")
        else:
            choices = self.running.resumed(self.choices)
            backstage = self._backstage
            Doorkeeper(
                self, backstage.desk, choices, plan, lambda create: backstage.go(choices, create_schema=create)
            ).ask(Permissions())

    def action_dry_run(self) -> None:
        self.action_tab("plan")
        self._backstage.replan()

    def action_cancel(self) -> None:
        self.notify(self.running.cancel(), severity="warning" if self.running.going_on else "information")

    def action_purge(self) -> None:
        self._choose(replace(self.choices, mode=Mode.PURGE))
        self.action_tab("plan")
        self.notify("This is what a purge deletes; r runs it, after the tenant's slug has been typed.")

    def action_verify(self) -> None:
        self.action_tab("checks")
        self._backstage.verify()

    def action_workspaces(self) -> None:
        self._workbench.open_setup()

    def action_graph(self) -> None:
        self._workbench.open_graph()

    def action_tab(self, name: str) -> None:
        self._workbench.choose_tab(name)
        if name == "database":
            self._backstage.observe()
        elif name == "history":
            self._backstage.read_history()

    def action_filter(self) -> None:
        self._workbench.open_filter()

    def action_next_match(self) -> None:
        self._workbench.jump(1)

    def action_previous_match(self) -> None:
        self._workbench.jump(-1)

    def action_follow(self) -> None:
        following = self._workbench.toggle_follow()
        self.notify("Following the log." if following else "The log stays where it is.")

    def action_copy(self) -> None:
        self.copy_to_clipboard(self._workbench.text())
        self.notify("Copied what the open tab shows.")

    def action_export(self) -> None:
        report = self.running.report
        if report is None:
            self.notify("There is no run to report on yet.")
            return
        try:
            self.notify(f"Written to {export(report, self._backstage.desk.working_directory)}", markup=False)
        except OkrseedError as error:
            self.notify("\n".join(error.lines()), severity="error", markup=False)

    def action_connect(self) -> None:
        if self.running.going_on:
            self.notify("A run is going on; it keeps its connection.")
            return
        desk = self._backstage.desk
        self.push_screen(ConnectionScreen(desk.profiles(), desk.test), self._connected)

    def _connected(self, answer: tuple[str | None, str] | None) -> None:
        if answer is not None and not self.running.going_on:
            try:
                self._backstage.desk.move(*answer)
            except OkrseedError as error:
                self.notify("\n".join(error.lines()), severity="error", markup=False)
            self._backstage.replan()

    def action_suggested(self) -> None:
        """Switch on the options that the plan's notes ask for."""
        self._choose(replace(self.choices, options=self.choices.options | self._suggested()))

    def _suggested(self) -> frozenset[str]:
        if self.plan is None:
            return frozenset()
        return self._backstage.desk.blueprint.suggested_options(self.plan.selection) - self.choices.options

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether an action makes sense now; footer and palette offer no other."""
        match action:
            case "run_plan":
                return self.plan is not None and not self.running.going_on
            case "dry_run" | "purge" | "verify" | "connect":
                return not self.running.going_on
            case "cancel":
                return self.running.going_on
            case "export":
                return self.running.report is not None
            case "suggested":
                return bool(self._suggested()) and not self.running.going_on
        return True

    def action_next_theme(self) -> None:
        place = THEMES.index(self.theme) if self.theme in THEMES else -1
        self.theme = THEMES[(place + 1) % len(THEMES)]
        self.notify(f"Theme {self.theme}")

    def action_keys(self) -> None:
        self.push_screen(Page("Keys", help_text(self._workbench.pane_help())))

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

    async def action_quit(self) -> None:
        """Textual's own key for leaving; a run must not go on unseen."""
        self.action_leave()

    def last_words(self, error: BaseException) -> list[str]:
        """Stop a run that nobody could watch any more, and say what happened."""
        desk, running = self._backstage.desk, self.running
        if running.going_on:
            running.stop(now=True)
            within_deadline(int(Exit.FAILED))
        safe = RUN_STOPPED if running.going_on else NOTHING_GOING_ON
        return last_words(error, desk.data_directory, desk.passwords(), safe)

    def _terminate(self) -> None:
        """TERM or HUP: stop the run now, give the terminal back, and go."""
        if self.running.going_on:
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

    def get_system_commands(self, screen: Any) -> Any:
        """The palette: every action of the registry that makes sense now, by its words."""
        for action in ACTIONS:
            if self.check_action(action.name, ()):
                yield self.palette_command(action.label, action.help, action.name)

    def palette_command(self, title: str, help: str, name: str) -> Any:
        """One entry of the palette."""
        from textual.app import SystemCommand

        return SystemCommand(title, help, lambda: self.run_worker(self.run_action(name), name="palette"))
