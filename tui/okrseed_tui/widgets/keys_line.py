"""The footer: the keys of the app first, then those of what has the focus; in little room the latter are cut."""

from __future__ import annotations

from dataclasses import dataclass

from rich.segment import Segment
from textual import events
from textual.binding import ActiveBinding
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.widget import Widget

from okrseed_tui.actions import ACTIONS

_OF_THE_APP = frozenset(action.name for action in ACTIONS)


@dataclass(frozen=True)
class _Key:
    """A key as it stands in the line: the cells from `start` to before `end`."""

    key: str
    shown: str
    label: str
    tooltip: str
    start: int

    @property
    def end(self) -> int:
        return self.start + len(self.shown) + 1 + len(self.label)


class KeysLine(Widget):
    """Looks like Textual's footer, but is one widget that paints one line.

    Textual's makes a widget for each key and lays out the whole screen anew whenever the keys change, which every move
    of the focus does; and its order hides how to get help or leave.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES = {"keys-line--key", "keys-line--label", "keys-line--hover"}

    DEFAULT_CSS = """
    KeysLine {
        dock: bottom;
        height: 1;
        color: $footer-foreground;
        background: $footer-background;
        & > .keys-line--key { color: $footer-key-foreground; background: $footer-key-background; text-style: bold; }
        & > .keys-line--label { color: $footer-description-foreground; background: $footer-description-background; }
        & > .keys-line--hover { color: $footer-key-foreground; background: $block-hover-background; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._keys: tuple[_Key, ...] = ()
        self._hovered: _Key | None = None

    def on_mount(self) -> None:
        """Follow what can be done now."""
        self.screen.bindings_updated_signal.subscribe(self, self._changed)

    def on_unmount(self) -> None:
        self.screen.bindings_updated_signal.unsubscribe(self)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 1

    def render_line(self, y: int) -> Strip:
        """The line; keys stand out from what they do."""
        base = self.rich_style
        key, label, hover = (self.get_component_rich_style(f"keys-line--{part}") for part in ("key", "label", "hover"))
        segments = []
        for entry in self._keys:
            hovered = entry is self._hovered
            segments += [
                Segment(entry.shown, key + hover if hovered else key),
                Segment(f" {entry.label}", label + hover if hovered else label),
                Segment(" ", base),
            ]
        return Strip(segments).adjust_cell_length(self.size.width, base)

    def on_mouse_move(self, event: events.MouseMove) -> None:
        """Tell more of the key below the mouse."""
        self._hover(self._key_at(event.x))

    def on_leave(self) -> None:
        self._hover(None)

    def on_mouse_down(self, event: events.MouseDown) -> None:
        """A click is as good as the key."""
        entry = self._key_at(event.x)
        if entry is not None:
            self.app.simulate_key(entry.key)

    def _changed(self, screen: Screen[object]) -> None:
        # In a window without the focus the keys stay those of what had it.
        if screen is not self.screen or (self._keys and not screen.app.app_focus):
            return
        keys = self._now(screen)
        if keys != self._keys:
            self._keys = keys
            self.refresh()

    def _now(self, screen: Screen[object]) -> tuple[_Key, ...]:
        """One key for each action that makes sense now."""
        firsts: dict[str, ActiveBinding] = {}
        for active in screen.active_bindings.values():
            if active.binding.show:
                firsts.setdefault(active.binding.action, active)
        order = sorted(firsts.values(), key=lambda one: one.binding.action.removeprefix("app.") not in _OF_THE_APP)
        keys: list[_Key] = []
        start = 0
        for active in order:
            binding = active.binding
            tooltip = active.tooltip or binding.description
            keys.append(_Key(binding.key, self.app.get_key_display(binding), binding.description, tooltip, start))
            start = keys[-1].end + 1
        return tuple(keys)

    def _key_at(self, x: int) -> _Key | None:
        return next((entry for entry in self._keys if entry.start <= x < entry.end), None)

    def _hover(self, entry: _Key | None) -> None:
        if entry is not self._hovered:
            self._hovered = entry
            self.tooltip = entry.tooltip if entry is not None else None
            self.refresh()
