"""A stage as a person sees it: what was chosen and how far it is, in words short enough for a box."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from okrseed_tui.graph_canvas import shorten

Selected = Literal["chosen", "required", "off"]
State = Literal[
    "off",
    "planned",
    "waiting",
    "running",
    "retrying",
    "done",
    "unchanged",
    "failed",
    "skipped",
    "cancelled",
]

# All are in the usual terminal fonts; no two states share one, so none needs colour to be told apart.
_GLYPHS: dict[State, str] = {
    "off": "○",
    "planned": "●",
    "waiting": "…",
    "running": "◐",
    "retrying": "!",
    "done": "✓",
    "unchanged": "=",
    "failed": "\N{MULTIPLICATION SIGN}",
    "skipped": "\N{EN DASH}",
    "cancelled": "■",
}
_THOUSAND = 1_000
_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class StageView:
    """What is shown of one stage at one moment.

    `selected` is what the person asked for, or what that pulled in; `state` is how far it is. `done` and
    `planned` count rows; `seconds` is the time spent; `note` says what no number says, as
    "attempt 2/3 · 1.4 s" or "because of users".
    """

    id: str
    title: str
    depends_on: tuple[str, ...]
    selected: Selected
    state: State
    done: int = 0
    planned: int = 0
    seconds: float | None = None
    note: str = ""

    @property
    def is_off(self) -> bool:
        return self.selected == "off"

    @property
    def is_settled(self) -> bool:
        """Whether those who wait for this stage may go on."""
        return self.state in ("done", "unchanged")

    @property
    def is_broken(self) -> bool:
        """Whether those who wait for this stage wait in vain."""
        return self.state in ("failed", "skipped", "cancelled")

    @property
    def has_telling_note(self) -> bool:
        """Whether the state alone would leave a question that the note answers."""
        return bool(self.note) and self.state in ("retrying", "failed", "skipped", "cancelled")

    @property
    def fraction(self) -> float:
        """How much of the planned rows is done, from 0 to 1."""
        return min(1.0, self.done / self.planned) if self.planned else 0.0


def glyph(state: State) -> str:
    """The one character that stands for a state."""
    return _GLYPHS[state]


def rows_text(view: StageView, room: int) -> str:
    """Rows done of planned, as exactly as the room allows; empty where there is nothing to count."""
    if not view.planned and not view.done:
        return ""
    if view.state in ("off", "planned") or not view.planned:
        count = view.planned or view.done
        rows = "row" if count == 1 else "rows"
        return _first_that_fits((f"{count:,} {rows}", f"{count:,}", _rough(count)), room)
    exact, rough = f"{view.done:,}/{view.planned:,}", f"{_rough(view.done)}/{_rough(view.planned)}"
    whole = (f"{view.done:,} rows",) if view.done == view.planned else ()
    return _first_that_fits((exact, *whole, rough), room)


def detail_text(view: StageView, room: int) -> str:
    """The second line of a box: the note where the state alone would leave a question, else rows."""
    if view.has_telling_note or (view.note and not rows_text(view, room)):
        return note_text(view.note, room)
    return rows_text(view, room)


def note_text(note: str, room: int) -> str:
    """A note on one line, said more shortly where it is too long, and cut as the last resort."""
    note = " ".join(note.split())
    shorter = note.replace("because of ", "by ").replace("attempt ", "")
    return _first_that_fits((note, shorter, shorter.replace(" · ", "·"), shorten(shorter, room)), room)


def time_text(view: StageView) -> str:
    """The time spent, in a unit that keeps it short; empty when there is none yet."""
    if view.seconds is None:
        return ""
    if view.seconds >= _MINUTE:
        minutes, seconds = divmod(round(view.seconds), int(_MINUTE))
        return f"{minutes}m {seconds:02}s"
    return f"{view.seconds:.1f} s"


def bar(fraction: float, length: int) -> tuple[str, str]:
    """A progress bar in two parts, done and still to do, together `length` characters."""
    halves = int(fraction * length * 2)
    done = "━" * (halves // 2) + "╸" * (halves % 2)
    return done, "─" * (length - len(done))


def _rough(number: int) -> str:
    if number < 10 * _THOUSAND:
        return str(number) if number < _THOUSAND else f"{number / _THOUSAND:.1f}k"
    if number < _THOUSAND * _THOUSAND:
        return f"{number // _THOUSAND}k"
    return f"{number / _THOUSAND**2:.1f}M"


def _first_that_fits(texts: Iterable[str], room: int) -> str:
    return next((text for text in texts if len(text) <= room), "")
