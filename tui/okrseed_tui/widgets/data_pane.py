"""The Data tab: what the audience will see, before anything is written. Trees that open as far as one looks."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Input, Label, Tree
from textual.widgets.tree import TreeNode

from okrseed.blueprint import Outline
from okrseed_tui.formats import bar

BAR_WIDTH = 10
MOST_FOUND = 500


class DataPane(Vertical):
    """One tree for each point of view; `/` narrows it to what contains a text."""

    def __init__(self) -> None:
        super().__init__()
        self._outlines: tuple[Outline, ...] = ()

    def compose(self) -> ComposeResult:
        yield Label("The rows are being made …", id="data-total", markup=False)
        tree: Tree[Outline] = Tree("data")
        tree.show_root = False
        tree.guide_depth = 2
        yield tree
        yield Input(placeholder="/ filter: titles, names, e-mails", id="data-filter", compact=True)

    def show(self, outlines: Sequence[Outline]) -> None:
        """Show these trees."""
        self._outlines = tuple(outlines)
        self._fill(self.query_one("#data-filter", Input).value)

    def text(self) -> str:
        """Everything, two spaces for each level."""
        return "\n".join(line for outline in self._outlines for line in _lines(outline, 0))

    def on_input_changed(self, event: Input.Changed) -> None:
        """Narrow the trees as one types."""
        event.stop()
        self._fill(event.value)

    def on_tree_node_expanded(self, event: Tree.NodeExpanded[Outline]) -> None:
        """Lines are made when somebody looks at them."""
        if event.node.data is not None and not event.node.children:
            self._add(event.node, event.node.data.parts)

    def _fill(self, wanted: str) -> None:
        tree = self.query_one(Tree)
        tree.clear()
        total = self.query_one("#data-total", Label)
        if not wanted:
            self._add(tree.root, self._outlines, expand=True)
            total.update(" · ".join(f"{outline.words}: {outline.detail}" for outline in self._outlines))
            return
        found = [outline for top in self._outlines for outline in matching(top, wanted.lower())][:MOST_FOUND]
        self._add(tree.root, found)
        total.update(f"{len(found)} lines contain {wanted!r}")

    def _add(self, node: TreeNode[Outline], parts: Sequence[Outline], *, expand: bool = False) -> None:
        for part in parts:
            if part.parts:
                child = node.add(self._line(part), data=part)
                if expand:
                    child.expand()
            else:
                node.add_leaf(self._line(part), data=part)

    def _line(self, outline: Outline) -> Text:
        text = Text()
        if outline.progress is not None:
            done = bar(round(outline.progress), 100, BAR_WIDTH)
            text.append(f"{done} {outline.progress:3.0f} %  ", "dim")
        text.append(outline.words)
        if outline.detail:
            text.append(f"  {outline.detail}", "dim")
        return text


def _lines(outline: Outline, depth: int) -> Iterator[str]:
    share = "" if outline.progress is None else f" {outline.progress:.0f} %"
    detail = f" · {outline.detail}" if outline.detail else ""
    yield f"{'  ' * depth}{outline.words}{detail}{share}"
    for part in outline.parts:
        yield from _lines(part, depth + 1)


def matching(outline: Outline, wanted: str) -> Iterator[Outline]:
    """Every part of a tree whose own words contain the text, top first."""
    if wanted in outline.words.lower() or wanted in outline.detail.lower():
        yield outline
    for part in outline.parts:
        yield from matching(part, wanted)
