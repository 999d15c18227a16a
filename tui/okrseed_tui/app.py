"""`okrseed-tui`: choose, see exactly what will change, run it, watch it.

The app turns keys and messages into work (`backstage`) and questions (`doorkeeper`); how it opens and leaves is
`lifecycle`'s, where a timer has what changed in the live run repainted ten times a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

from textual.binding import BindingType
from textual.filter import LineFilter

from okrseed.blueprint import stage_graph
from okrseed.errors import OkrseedError
from okrseed.safeguards import Permissions
from okrseed.selection import Mode, Selection
from okrseed_tui.actions import ACTIONS, help_text
from okrseed_tui.ascii import AsciiFilter
from okrseed_tui.choices import Choices
from okrseed_tui.lifecycle import LifecycleApp
from okrseed_tui.opening import Later
from okrseed_tui.themes import COLOR_BLIND, HIGH_CONTRAST, THEMES
from okrseed_tui.visible import VisibleFilter

# Everything below is loaded after the first frame: the app must not need it to show that it is there.
if TYPE_CHECKING:
    from okrseed.plan import Plan
    from okrseed_tui.desk import Desk
    from okrseed_tui.screens.report import ReportScreen
    from okrseed_tui.widgets.checks_pane import ChecksPane
    from okrseed_tui.widgets.connection_form import ConnectionForm
    from okrseed_tui.widgets.history_pane import HistoryPane
    from okrseed_tui.widgets.plan_pane import PlanPane
    from okrseed_tui.widgets.setup_panel import SetupPanel
    from okrseed_tui.widgets.stage_graph import StageGraph
    from okrseed_tui.widgets.tab_bar import TabBar


class OkrseedApp(LifecycleApp):
    """The app; its return value is the exit code of the program."""

    TITLE = "okrseed"
    CSS_PATH = "okrseed.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [action.binding() for action in ACTIONS]

    def __init__(self, desk: Desk | Later, *, ascii_only: bool = False) -> None:
        """With a desk for `Later` the first frame is there before the desk and all that it needs."""
        self._ours = [VisibleFilter(), *([AsciiFilter()] if ascii_only else [])]
        super().__init__(desk)
        # Each step of an animation is a paint, and what painting takes a seeder in the same process lacks.
        self.animation_level = "none"
        self.register_theme(HIGH_CONTRAST)
        self.register_theme(COLOR_BLIND)

    def _furnish(self, desk: Desk) -> None:
        from okrseed_tui.backstage import Backstage
        from okrseed_tui.screens.workbench import Workbench
        from okrseed_tui.widgets.connection_form import ConnectionForm

        choices = desk.first_choices()
        form = ConnectionForm(desk.profiles(), desk.test)
        self._workbench = Workbench(desk.address.label, desk.blueprint, choices, form, desk.budgets)
        self._backstage = Backstage(self, desk, self._workbench, choices)
        self._later = None

    def suit_terminal(self) -> None:
        """With 16 colours the shades of most themes fall together: start with the one that has none."""
        if self.console.color_system == "standard" and not self.no_color:
            self.theme = HIGH_CONTRAST.name

    def get_line_filters(self) -> Sequence[LineFilter]:
        """Textual's own, and ours."""
        return [*super().get_line_filters(), *self._ours]

    # What is chosen, planned and running.

    @property
    def choices(self) -> Choices:
        return self._backstage.choices

    @property
    def plan(self) -> Plan | None:
        return self._backstage.planning.plan

    def selection(self) -> Selection:
        """The validated selection of the choices as they are. Raises UsageError or Refused."""
        return self._backstage.desk.selection(self.choices)

    # What the machine and the widgets tell.

    def on_setup_panel_changed(self, event: SetupPanel.Changed) -> None:
        self._backstage.choose(event.choices)

    def on_connection_form_wanted(self, event: ConnectionForm.Wanted) -> None:
        self._connected((event.profile, event.url))

    def on_stage_graph_toggled(self, event: StageGraph.Toggled) -> None:
        if not self._workbench.is_verification(event.stage_id):
            self._choose(self.choices.toggled(event.stage_id))

    def on_stage_graph_toggled_with_needs(self, event: StageGraph.ToggledWithNeeds) -> None:
        if not self._workbench.is_verification(event.stage_id):
            graph = stage_graph(self._backstage.desk.blueprint)
            self._choose(self.choices.toggled_with_needs(event.stage_id, graph))

    def on_stage_graph_opened(self, event: StageGraph.Opened) -> None:
        if self._workbench.is_verification(event.stage_id):
            self.action_tab("checks")
        else:
            self.action_tab("plan")
            self._workbench.go_to(event.stage_id)

    def on_tab_bar_chosen(self, event: TabBar.Chosen) -> None:
        self.action_tab(event.name)

    def on_plan_pane_table_opened(self, event: PlanPane.TableOpened) -> None:
        from okrseed_tui.texts import sample_text

        if self.plan is not None:
            self._show_page(f"{event.table}: sample rows", sample_text(self.plan, event.stage, event.table))

    def on_checks_pane_opened(self, event: ChecksPane.Opened) -> None:
        from okrseed_tui.widgets.checks_pane import check_text

        self._show_page(f"Check: {event.finding.status}", check_text(event.finding))

    def on_history_pane_compared(self, event: HistoryPane.Compared) -> None:
        from okrseed_tui.widgets.history_pane import comparison

        self._show_page("Two runs", comparison(event.before, event.after))

    def _show_page(self, title: str, text: str) -> None:
        from okrseed_tui.screens.dialogs import Page

        self.push_screen(Page(title, text))

    def _choose(self, choices: Choices) -> None:
        if not self.running.going_on:
            self._workbench.show_choices(choices)
            self._backstage.choose(choices)

    def show_report(self, screen: ReportScreen) -> None:
        """Show how a run ended; from there what failed can be tried again."""
        self.push_screen(screen, lambda answer: self.action_run_plan() if answer == "retry" else None)

    # The actions of the registry.

    def action_run_plan(self) -> None:
        from okrseed_tui.in_turn import after_messages

        after_messages(self.focused or self.screen, self._run_plan)

    def _run_plan(self) -> None:
        from okrseed_tui.doorkeeper import Doorkeeper

        backstage, plan = self._backstage, self.plan
        if self.running.going_on:
            self.notify("A run is going on; c cancels it.")
        elif backstage.planning.pending:
            self.notify("It runs as soon as it is planned; c calls it off.")
            backstage.planning.afterwards(self._run_what_is_planned)
            self.refresh_bindings()
        elif plan is None:
            self.notify("There is no plan to run yet.", severity="warning")
        else:
            choices = self.running.resumed(self.choices)
            Doorkeeper(
                self, backstage.desk, choices, plan, lambda create: backstage.go(choices, plan, create_schema=create)
            ).ask(Permissions())

    def _run_what_is_planned(self) -> None:
        """Not behind what somebody has opened meanwhile: a question there would take what is typed for its answer."""
        if self.screen is self._workbench:
            self._run_plan()
        else:
            self.notify("It is planned, and was not run: something else was opened meanwhile.", severity="warning")

    def action_cancel(self) -> None:
        if self._backstage.planning.is_awaited:
            self._backstage.planning.think_again()
            self.notify("The run is called off.")
            self.refresh_bindings()
        else:
            super().action_cancel()

    def action_dry_run(self) -> None:
        self.action_tab("plan")
        self._backstage.replan()

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
            self._backstage.examine()
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
        from okrseed_tui.screens.report import export

        report = self.running.report
        if report is None:
            self.notify("There is no run to report on yet.")
            return
        try:
            self.notify(f"Written to {export(report, self._backstage.desk.working_directory)}", markup=False)
        except OkrseedError as error:
            self.notify("\n".join(error.lines()), severity="error", markup=False)

    def action_connect(self) -> None:
        from okrseed_tui.screens.connection import ConnectionScreen

        if self.running.going_on:
            self.notify("A run is going on; it keeps its connection.")
            return
        desk = self._backstage.desk
        self.push_screen(ConnectionScreen(desk.profiles(), desk.test), self._connected)

    def _connected(self, answer: tuple[str | None, str] | None) -> None:
        if answer is not None and self.running.going_on:
            self.notify("A run is going on; it keeps its connection.", severity="warning")
        elif answer is not None:
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
        if not self.is_open:
            return action in ("leave", "quit", "interrupt", "next_theme")
        match action:
            case "run_plan":
                return (self.plan is not None or self._backstage.planning.pending) and not self.running.going_on
            case "dry_run" | "purge" | "verify" | "connect":
                return not self.running.going_on
            case "cancel":
                return self.running.going_on or self._backstage.planning.is_awaited
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
        self._show_page("Keys", help_text(self._workbench.pane_help()))

    def get_system_commands(self, screen: Any) -> Any:
        """The palette: every action of the registry that makes sense now, by its words."""
        for action in ACTIONS:
            if self.check_action(action.name, ()):
                yield self.palette_command(action.label, action.help, action.name)

    def palette_command(self, title: str, help: str, name: str) -> Any:
        """One entry of the palette."""
        from textual.app import SystemCommand

        return SystemCommand(title, help, lambda: self.run_worker(self.run_action(name), name="palette"))
