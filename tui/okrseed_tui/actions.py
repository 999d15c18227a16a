"""The registry of everything a person can do: it feeds the footer, the help, the palette and the README."""

from __future__ import annotations

from dataclasses import dataclass

from textual.binding import Binding


@dataclass(frozen=True)
class Action:
    """One action: its key, the name of its method, and its words."""

    key: str
    name: str
    label: str
    help: str
    footer: bool = True
    shown_key: str | None = None

    @property
    def shown(self) -> str:
        """The key as a person reads it."""
        return self.shown_key or self.key

    def binding(self) -> Binding:
        """The Textual binding of this action."""
        return Binding(self.key, self.name, self.label, show=self.footer, key_display=self.shown_key, tooltip=self.help)


GRAPH_HELP = (
    "In the graph: arrow keys or hjkl move along the edges, space switches a stage,",
    "+ switches it with what it needs, enter opens it.",
)

ACTIONS = (
    Action("r", "run_plan", "Run", "apply the plan; after a failure, what is left of it"),
    Action("d", "dry_run", "Dry run", "compute the plan anew and show it"),
    Action("c", "cancel", "Cancel", "stop after the current chunk; a second time: now"),
    Action("p", "purge", "Purge", "remove the seeded tenant; its slug has to be typed"),
    Action("v", "verify", "Verify", "run the checks now"),
    Action("w", "workspaces", "Workspaces", "go to the workspaces"),
    Action("g", "graph", "Graph", "go to the stage graph"),
    Action("1", "tab('stages')", "Stages", "the live view, a line a stage", footer=False),
    Action("2", "tab('plan')", "Plan", "what will change", footer=False),
    Action("3", "tab('timeline')", "Timeline", "when each stage ran, and the critical path", footer=False),
    Action("4", "tab('events')", "Events", "the log", footer=False),
    Action("5", "tab('data')", "Data", "what the audience will see", footer=False),
    Action("6", "tab('database')", "Database", "sessions, waits, sizes, slow statements", footer=False),
    Action("7", "tab('checks')", "Checks", "what verification found", footer=False),
    Action("8", "tab('history')", "History", "past runs", footer=False),
    Action("slash", "filter", "Filter", "narrow the log or the data", footer=False, shown_key="/"),
    Action("n", "next_match", "Next", "the next warning or error of the log", footer=False),
    Action("N", "previous_match", "Previous", "the one before", footer=False),
    Action("f", "follow", "Follow", "follow the log, or stop following", footer=False),
    Action("y", "copy", "Copy", "copy what the open tab shows", footer=False),
    Action("e", "export", "Export", "write the last run's report as Markdown", footer=False),
    Action("a", "suggested", "Suggestion", "switch on the option that a note of the plan names", footer=False),
    Action("o", "connect", "Connection", "another database: a profile or a URL", footer=False),
    Action("t", "next_theme", "Theme", "the next theme", footer=False),
    Action("question_mark", "keys", "Help", "what every key does", shown_key="?"),
    Action("q", "leave", "Quit", "leave; asks while a run is going on"),
    Action("ctrl+c", "interrupt", "Interrupt", "as c while a run is going on", footer=False),
)


def help_text(pane: str) -> str:
    """What the focused pane is for, then every key with what it does."""
    lines = [f"{action.shown:8} {action.help}" for action in ACTIONS]
    return "\n".join([pane, "", *lines, "", *GRAPH_HELP])


def keys_markdown() -> str:
    """The table of keys in the README."""
    rows = [f"| `{action.shown}` | {action.label} | {action.help} |" for action in ACTIONS]
    return "\n".join(["| key | | what it does |", "|---|---|---|", *rows])
