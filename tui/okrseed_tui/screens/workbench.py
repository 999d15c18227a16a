"""The workbench: setup, stage graph, tabs and status line on one screen. Lays out and passes on; decides nothing."""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.geometry import Region
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget
from textual.widgets import DataTable, Input, Label

from okrseed.advice import Budgets
from okrseed.blueprint import Blueprint, Finding
from okrseed.events import Event
from okrseed.history import PastRun
from okrseed.targets.observations import Observation
from okrseed_tui.allowance import Allowance
from okrseed_tui.choices import Choices
from okrseed_tui.desk import Look, Planned
from okrseed_tui.formats import milliseconds
from okrseed_tui.scope_sizes import ScopeSizes
from okrseed_tui.texts import table_text
from okrseed_tui.views import VERIFY, Moment, stage_lines, stage_views
from okrseed_tui.widgets.checks_pane import ChecksPane
from okrseed_tui.widgets.connection_form import ConnectionForm
from okrseed_tui.widgets.data_pane import DataPane
from okrseed_tui.widgets.database_pane import DatabasePane
from okrseed_tui.widgets.event_log import EventLog
from okrseed_tui.widgets.history_pane import HistoryPane
from okrseed_tui.widgets.keys_line import KeysLine
from okrseed_tui.widgets.plain import Backdrop, blank_lines
from okrseed_tui.widgets.plan_pane import PlanPane
from okrseed_tui.widgets.setup_panel import SetupPanel
from okrseed_tui.widgets.stage_graph import StageGraph
from okrseed_tui.widgets.stages_pane import StagesPane
from okrseed_tui.widgets.status_line import StatusLine
from okrseed_tui.widgets.tab_bar import TabBar
from okrseed_tui.widgets.target_bar import TargetBar
from okrseed_tui.widgets.timeline_pane import TimelinePane

NARROW, WIDE = 100, 150
TALL = 42
TAB_PADDING = 1
TABS = {
    name: f"{number} {name.capitalize()}"
    for number, name in enumerate(
        ("stages", "plan", "timeline", "events", "data", "database", "checks", "history"), start=1
    )
}
LEAST_WIDTH, LEAST_HEIGHT = 60, 18
PANE_HELP = {
    "graph": "The stages and what they wait for; ● planned, ◐ running, ✓ done, = unchanged, × failed.",
    "setup": "What to seed. Space picks; every change is planned anew at once.",
    "stages": "The live view: a line for each stage, beside the last events.",
    "plan": "What will change, table by table; enter shows sample rows.",
    "timeline": "When each stage ran; * marks the chain that the end waited for.",
    "events": "The log; / narrows it, f follows it, n and N go to warnings and errors.",
    "data": "What the audience will see, before anything is written; / searches it.",
    "database": "What the database says of itself, asked every two seconds while this tab is open.",
    "checks": "What verification expected and found; v runs it now.",
    "history": "Past runs; enter marks one, enter on another compares the two.",
}


class Workbench(Screen[None]):
    """The main screen, in three widths.

    Wide: the setup on the left, graph above tabs. Middle: the graph across the top. Narrow: the setup is a drawer, and
    graph or tabs are shown, one at a time.
    """

    BINDINGS = [Binding("escape", "leave_field", "Leave the field")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (NARROW, "-middle"), (WIDE, "-wide")]

    def __init__(
        self, target: str, blueprint: Blueprint, choices: Choices, connection: ConnectionForm, budgets: Budgets
    ) -> None:
        super().__init__()
        self._connection = connection
        self._target = target
        self._blueprint = blueprint
        self._choices = choices
        self.tab_was_chosen = False
        self.tab = "stages"
        """The tab that is open."""
        self._allowance = Allowance()
        self._parts = deque([self._show_graph, self._show_tab, self._show_log])
        self._status = StatusLine()
        self._status_is_fresh = False
        self._moment: Moment | None = None
        self._fresh: list[Event] = []
        self._panes = self._make_panes()
        self._budgets = budgets

    def _make_panes(self) -> Mapping[str, Widget]:
        """What each tab shows; only that of the open one is displayed."""
        panes: dict[str, Widget] = {
            "stages": Horizontal(StagesPane(), EventLog(id="last-events", brief=True)),
            "plan": PlanPane(),
            "timeline": VerticalScroll(TimelinePane()),
            "events": Vertical(
                EventLog(id="log"), Input(placeholder="/ filter: words of the log", id="log-filter", compact=True)
            ),
            "data": DataPane(),
            "database": DatabasePane(),
            "checks": ChecksPane(),
            "history": HistoryPane(),
        }
        for name, pane in panes.items():
            pane.id = name
            pane.add_class("pane")
            pane.display = name == self.tab
        return panes

    def compose(self) -> ComposeResult:
        yield TargetBar(self._target)
        with Backdrop(id="body"):
            yield SetupPanel(self._blueprint, self._choices, self._connection)
            yield StageGraph()
            with Vertical(id="tabs"):
                yield TabBar(TABS, self.tab)
                yield from self._panes.values()
        yield self._status
        yield Label("", id="too-small", markup=False)
        with Backdrop(id="keys"):
            yield KeysLine()

    def render_lines(self, crop: Region) -> list[Strip]:
        """Nothing of its own to paint."""
        return blank_lines(self, crop)

    def on_mount(self) -> None:
        self.query_one("SetupPanel").border_title = "Setup"
        self.query_one(StageGraph).border_title = "Stages"
        self.query_one("#last-events").border_title = "Last events"
        narrow = self.app.size.width < NARROW
        self.set_focus(self.query_one(TabBar) if narrow else self.query_one(StageGraph))

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """On a narrow screen what has the focus is what is shown; so a resize never takes the focus away."""
        inside = set(event.widget.ancestors_with_self)
        self.set_class(self.query_one(SetupPanel) in inside, "-drawer")
        if self.query_one(SetupPanel) not in inside:
            self.set_class(self.query_one(StageGraph) in inside, "-graph")

    @property
    def is_complete(self) -> bool:
        """Whether the widgets are there: not before the first paint, nor while the app closes."""
        # By reference: this is asked ten times a second. The deepest comes last and leaves with all the others.
        return self.is_mounted and self._status.is_attached and self._panes["history"].is_attached

    def on_resize(self, event: events.Resize) -> None:
        """Below the least size only a notice is shown; nothing is restarted, and focus stays."""
        width, height = event.size
        small = width < LEAST_WIDTH or height < LEAST_HEIGHT
        self.set_class(small, "-too-small")
        self.set_class(height >= TALL, "-tall")
        self.query_one("#too-small", Label).update(
            f"okrseed needs {LEAST_WIDTH} × {LEAST_HEIGHT} characters; this window has {width} × {height}."
        )

    def show_moment(self, moment: Moment, planned: int) -> None:
        """Paint what has changed: all of it, or while a run goes on the status line and what may be spent on more."""
        self._moment = moment
        status = self._status
        rich = self._allowance.look()
        if not moment.running:
            status.show(moment.plan, moment.run, moment.now_s, planned)
            for show in self._parts:
                show()
        elif rich and self._status_is_fresh:
            # In turn with the status line: Textual composes everything between two places that change together.
            self._status_is_fresh = False
            self._parts[0]()
            self._parts.rotate(-1)
        else:
            self._status_is_fresh = True
            status.show(moment.plan, moment.run, moment.now_s, planned)

    def _show_graph(self) -> None:
        if self._moment is not None:
            self.query_one(StageGraph).show(stage_views(self._moment))

    def _show_tab(self) -> None:
        """Paint the tab that is open, of those that tell of a run."""
        moment = self._moment
        if moment is None:
            return
        match self.tab:
            case "stages":
                self.query_one(StagesPane).show(stage_lines(moment, self._budgets))
            case "timeline":
                room = self.query_one("#tabs").size.width - TAB_PADDING
                self.query_one(TimelinePane).show(moment.run, self._blueprint.stages(), moment.now_s, room)
            case "events":
                self._show_log()
            case "checks" if moment.run is not None:
                self.query_one(ChecksPane).show(moment.run.findings)

    def _show_log(self) -> None:
        fresh, self._fresh = self._fresh, []
        if fresh:
            for id in ("#log", "#last-events"):
                self.query_one(id, EventLog).extend(fresh)

    def show_facts(self, target: str, tenant: str, choices: Choices, production: str | None) -> None:
        """What the header says; `production` is why this counts as production."""
        self.query_one(TargetBar).show_facts(target, tenant, choices.size, choices.environment, production)

    def show_choices(self, choices: Choices) -> None:
        """Show choices that were made elsewhere than in the setup."""
        self.query_one(SetupPanel).show(choices)

    def go_to(self, stage: str) -> None:
        """Put the cursor of the plan on a stage."""
        self.query_one(PlanPane).go_to(stage)

    @staticmethod
    def is_verification(stage: str) -> bool:
        """Whether this is the stage that nobody chooses: every run ends with it."""
        return stage == VERIFY

    def show_plan(self, planned: Planned) -> None:
        suggested = self._blueprint.suggested_options(planned.plan.selection) - planned.choices.options
        self.query_one(PlanPane).show(planned, [self._blueprint.options[option] for option in sorted(suggested)])
        latency = milliseconds(planned.round_trip_s)
        self.query_one(TargetBar).show_connection(latency, good=True)

    def show_plan_error(self, lines: list[str], *, connected: bool) -> None:
        """Say why there is no plan, and whether the database answered at all."""
        self.query_one(PlanPane).show_error(lines)
        words = "no plan" if connected else "no connection"
        self.query_one(TargetBar).show_connection(words, good=connected)

    def tell(self, fresh: Sequence[Event]) -> None:
        """Add to both logs, with the next frame that paints them."""
        self._fresh += fresh

    def show_look(self, look: Look) -> None:
        """Show what the audience will see."""
        self.query_one(DataPane).show(look.outlines)

    def show_sizes(self, sizes: ScopeSizes, stages: frozenset[str]) -> None:
        """Show what each workspace brings."""
        self.query_one(SetupPanel).show_sizes(sizes, stages)

    def show_findings(self, findings: Sequence[Finding]) -> None:
        self.query_one(ChecksPane).show(findings)

    def show_observations(self, observations: Sequence[Observation]) -> None:
        self.query_one(DatabasePane).show(observations)

    def show_diagnosis(self, findings: Observation) -> None:
        self.query_one(DatabasePane).diagnose(findings)

    def show_observation_error(self, lines: Sequence[str]) -> None:
        self.query_one(DatabasePane).show_error(lines)

    def show_history(self, runs: Sequence[PastRun]) -> None:
        self.query_one(HistoryPane).show(runs)

    def watch_run(self) -> None:
        """A run begins: show it live, until the person chooses another tab."""
        self.tab_was_chosen = False
        self._open_tab("stages")
        self._allowance.begin()

    def choose_tab(self, name: str) -> None:
        """The person chose a tab."""
        self.tab_was_chosen = name != "stages"
        self._open_tab(name)

    def jump(self, step: int) -> None:
        """Go to the next or previous warning or error of the log."""
        self.choose_tab("events")
        if not self.query_one("#log", EventLog).jump(step):
            self.notify("No further warning or error.")

    def text(self) -> str:
        """What the open tab shows, as text."""
        return {
            "stages": lambda: self.query_one(StagesPane).text(),
            "plan": lambda: table_text(self.query_one(PlanPane).query_one(DataTable)),
            "timeline": lambda: self.query_one(TimelinePane).text(),
            "events": lambda: self.query_one("#log", EventLog).text(),
            "data": lambda: self.query_one(DataPane).text(),
            "database": lambda: self.query_one(DatabasePane).text(),
            "checks": lambda: table_text(self.query_one(ChecksPane).query_one(DataTable)),
            "history": lambda: table_text(self.query_one(HistoryPane).query_one(DataTable)),
        }[self.tab]()

    def pane_help(self) -> str:
        """What the focused pane is for."""
        focused = self.focused
        inside = set(focused.ancestors_with_self) if focused is not None else set()
        if self.query_one(StageGraph) in inside:
            return PANE_HELP["graph"]
        return PANE_HELP["setup" if self.query_one(SetupPanel) in inside else self.tab]

    def _open_tab(self, name: str) -> None:
        """Show a tab, also where the graph stood in its place."""
        if name != self.tab:
            self._panes[self.tab].display = False
            self._panes[name].display = True
            self.tab = name
            self.query_one(TabBar).mark(name)
        # At once, not when its turn comes: a key was pressed for it.
        self._show_tab()
        if self.has_class("-narrow"):
            self.set_focus(self.query_one(TabBar))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """A field can be left only from within."""
        return action != "leave_field" or isinstance(self.focused, Input)

    def action_leave_field(self) -> None:
        """Give single keys their meaning back: they are text inside a field."""
        narrow = self.has_class("-narrow") and not self.has_class("-graph")
        self.set_focus(self.query_one(TabBar) if narrow else self.query_one(StageGraph))

    def open_graph(self) -> None:
        """Go to the graph; on a narrow screen it takes the place of the tabs."""
        self.add_class("-graph")
        self.set_focus(self.query_one(StageGraph))

    def open_setup(self) -> None:
        """Go to the workspaces; on a narrow screen the drawer opens, and closes again."""
        if self.has_class("-narrow") and self.has_class("-drawer"):
            self.set_focus(self.query_one(StageGraph if self.has_class("-graph") else TabBar))
            return
        self.add_class("-drawer")
        self.query_one(SetupPanel).focus_scopes()

    def open_filter(self) -> None:
        """Go to the filter of the open tab, if it has one."""
        field = {"events": "#log-filter", "data": "#data-filter"}.get(self.tab)
        if field is not None:
            self.set_focus(self.query_one(field))

    @on(Input.Changed, "#log-filter")
    def _filter_log(self, event: Input.Changed) -> None:
        self.query_one("#log", EventLog).narrow(event.value)

    @on(Input.Submitted)
    def _filtered(self, event: Input.Submitted) -> None:
        """Enter in a filter goes back to what was filtered."""
        filtered = {"log-filter": "#log", "data-filter": "Tree"}.get(event.input.id or "")
        if filtered is not None:
            self.set_focus(self.query_one(filtered))

    def toggle_follow(self) -> bool:
        """Follow the log, or stop; returns what it is now."""
        log = self.query_one("#log", EventLog)
        log.follow(not log.following)
        return log.following
