"""The log of events: any number of lines, only those in view are painted."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style
from textual.geometry import Size
from textual.scroll_view import ScrollView
from textual.strip import Strip

from okrseed.events import Event, summary
from okrseed_tui.live import MOST_LINES, is_minor, time_of

NOTHING = "No event yet."
ROOM_FOR_TIME = 32
"""A brief log with fewer columns leaves out the time."""
MOST_STRIPS = 500


class EventLog(ScrollView, can_focus=True):
    """Follows the newest line until the person scrolls up or says otherwise; can be narrowed to lines with a text.

    Who scrolls back to the newest line follows it again, as in a pager.
    """

    COMPONENT_CLASSES = {"event-log--warning", "event-log--error", "event-log--debug", "event-log--time"}

    DEFAULT_CSS = """
    EventLog {
        overflow-y: scroll;
        & > .event-log--warning { color: $text-warning; }
        & > .event-log--error { color: $text-error; }
        & > .event-log--debug { color: $text-muted; }
        & > .event-log--time { color: $text-muted; }
    }
    """

    def __init__(self, *, brief: bool = False, id: str | None = None) -> None:
        """`brief`: for a narrow place: no fractions of a second, no column for the stage, nothing minor."""
        super().__init__(id=id)
        self._brief = brief
        self._lines: deque[Event] = deque(maxlen=MOST_LINES)
        self._shown: list[Event] = []
        self._filter = ""
        self._width = 0
        self._styles: dict[str, Style] = {}
        self._strips: dict[tuple[int, int, int], Strip] = {}
        self._dropped = 0
        self._behind = False
        self._held = False
        self._scrolled_up = False

    @property
    def following(self) -> bool:
        """Whether the newest line is kept in view."""
        return not (self._held or self._scrolled_up)

    def extend(self, events: Iterable[Event]) -> None:
        """Add a line for each event at the end."""
        fresh = [event for event in events if not is_minor(event)] if self._brief else list(events)
        if not fresh:
            return
        self._lines.extend(fresh)
        self._shown += [event for event in fresh if self._matches(event)] if self._filter else fresh
        too_many = max(0, len(self._shown) - MOST_LINES)
        del self._shown[:too_many]
        self._dropped += too_many
        if too_many and not self.following:
            # What is read stays where it is while lines go at the beginning.
            self.scroll_to(y=max(0, self.scroll_offset.y - too_many), animate=False, immediate=True)
        self._grown()

    def clear(self) -> None:
        """Forget every line."""
        self._lines.clear()
        self._shown.clear()
        self._strips.clear()
        self._width = 0
        self._grown()

    def narrow(self, text: str) -> None:
        """Show only lines that contain the text; an empty text shows all."""
        self._filter = text.lower()
        self._shown = [line for line in self._lines if self._matches(line)]
        self._strips.clear()
        self._grown()

    def follow(self, following: bool) -> None:
        """Keep the newest line in view, or stay."""
        self._held = not following
        if following:
            self._scrolled_up = False
            self.scroll_end(animate=False)

    def action_scroll_end(self) -> None:
        """The key `end`: to the newest line, and on with those that come."""
        self.follow(True)

    def jump(self, step: int) -> bool:
        """Bring the next (1) or previous (-1) warning or error to the top; False where there is none."""
        here = self.scroll_offset.y
        places = [place for place, line in enumerate(self._shown) if line.level in ("warning", "error")]
        ahead = [place for place in places if (place > here if step > 0 else place < here)]
        if not ahead:
            return False
        self.scroll_to(y=ahead[0] if step > 0 else ahead[-1], animate=False, immediate=True)
        self._held = True
        return True

    def text(self) -> str:
        """The lines shown, as text."""
        return "\n".join(_words(line) for line in self._shown)

    def on_resize(self) -> None:
        self._grown()

    def on_show(self) -> None:
        """What came while nobody could see it."""
        self._grown()

    def notify_style_update(self) -> None:
        """Forget the colours of the theme before."""
        super().notify_style_update()
        self._styles.clear()
        self._strips.clear()

    def render_line(self, y: int) -> Strip:
        """The line at this height of the window, from what was painted before where it only moved."""
        width, place, left = self.scrollable_content_region.width, y + self._top, self.scroll_offset.x
        if not 0 < place < len(self._shown):
            return self._paint(place, left, width)
        key = (place + self._dropped, left, width)
        if key not in self._strips:
            if len(self._strips) >= MOST_STRIPS:
                self._strips.clear()
            self._strips[key] = self._paint(place, left, width)
        return self._strips[key]

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Other lines come into view; they may be longer than any before, or end before the newest."""
        super().watch_scroll_y(old_value, new_value)
        self._scrolled_up = self.scroll_offset.y < self.max_scroll_y
        if not self._scrolled_up:
            self._held = False
        if self._measured(self.scroll_offset.y) > self.virtual_size.width:
            self._grown()

    def watch_show_horizontal_scrollbar(self) -> None:
        """The bar takes a row from the lines, or gives one back; no event tells of it."""
        self.call_after_refresh(self._grown)

    @property
    def _top(self) -> int:
        """The first line in view; of a log that is shown again, where it will be scrolled to in a moment."""
        return self._bottom if self._behind and self.following else self.scroll_offset.y

    @property
    def _bottom(self) -> int:
        """The first line in view when the last one is."""
        return max(0, len(self._shown) - self.scrollable_content_region.height)

    def _measured(self, top: int) -> int:
        """The longest line that was ever in view, when this is the first in view; to be scrolled sideways."""
        if not self._brief:
            in_view = self._shown[top : top + self.scrollable_content_region.height]
            self._width = max([self._width, *(len(_words(line)) for line in in_view)])
        return self._width

    def _paint(self, place: int, left: int, width: int) -> Strip:
        base = self._style("")
        if place >= len(self._shown):
            words = NOTHING if place == 0 else ""
            return Strip([Segment(words, base)]).adjust_cell_length(width, base)
        line = self._shown[place]
        segments = [Segment(self._text(line), self._style(line.level))]
        if not self._brief or width >= ROOM_FOR_TIME:
            segments.insert(0, Segment(f"{self._time(line)} ", self._style("time")))
        return Strip(segments).crop_extend(left, left + width, base)

    def _style(self, name: str) -> Style:
        # Textual computes these anew for every line; here they last until the theme changes.
        if name not in self._styles:
            known = f"event-log--{name}" in self.COMPONENT_CLASSES
            own = self.get_component_rich_style(f"event-log--{name}", partial=True) if known else Style()
            self._styles[name] = self.rich_style + own
        return self._styles[name]

    def _grown(self) -> None:
        """Take the lines shown into view; a log that nobody sees does so when it is shown."""
        region = self.scrollable_content_region
        self._behind = not region
        if self._behind:
            return
        width = self._measured(self._bottom if self.following else self.scroll_offset.y)
        size = Size(max(width, region.width), len(self._shown))
        if (size.width > region.width) != self.show_horizontal_scrollbar:
            self.virtual_size = size
        elif size != self.virtual_size:
            # Only scroll bars move: setting the property would lay out the whole screen, at every new line. The
            # vertical one has its column from the start, for the same reason.
            self.set_reactive(EventLog.virtual_size, size)
            self._scroll_update(size)
        # Fewer lines may all be in view.
        self._scrolled_up = self._scrolled_up and self.scroll_offset.y < self.max_scroll_y
        if self.following:
            self.scroll_end(animate=False, immediate=True)
        self.refresh()

    def _time(self, line: Event) -> str:
        return time_of(line)[:8] if self._brief else time_of(line)

    def _text(self, line: Event) -> str:
        if self._brief:
            return f"{line.stage}: {summary(line)}" if line.stage else summary(line)
        return f"{line.stage or '':10} {summary(line)}"

    def _matches(self, line: Event) -> bool:
        return not self._filter or self._filter in _words(line).lower()


def _words(line: Event) -> str:
    return f"{time_of(line)} {line.stage or '':10} {summary(line)}"
