"""What a headless run shows: lines where nobody looks on, a live table on a terminal. Narration goes to stderr."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import IO, TYPE_CHECKING, Self

from okrseed.clock import Clock
from okrseed.events import CheckFinished, Event, RowsWritten, StageSurveyed, summary
from okrseed.printable import json_text, printable
from okrseed.progress import RunState, StageState, later

if TYPE_CHECKING:
    from rich.table import Table

MARKS = {
    "waiting": "·",
    "running": "▶",
    "retrying": "!",
    "done": "✓",
    "unchanged": "=",
    "failed": "×",
    "skipped": "–",
    "cancelled": "■",
}


def plain_line(event: Event) -> str | None:
    """One line for a state change; None for events that are only steps on the way."""
    match event:
        case RowsWritten() | CheckFinished(status="pass") | StageSurveyed(further=True):
            return None
    where = f"{event.stage}: " if event.stage else ""
    return printable(f"{event.at:%H:%M:%S} {where}{summary(event)}")


class PlainLines:
    """A sink that writes a line per state change; never raises, as the other end may have gone."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream: IO[str] | None = stream
        self._lock = threading.Lock()

    def emit(self, event: Event, state: RunState) -> None:
        line = plain_line(event)
        if line is not None:
            self.write(line)

    def write(self, line: str) -> None:
        """Write one line, unless an earlier one could not be written."""
        with self._lock:
            if self._stream is None:
                return
            try:
                self._stream.write(f"{line}\n")
                self._stream.flush()
            except (OSError, ValueError):
                self._stream = None


class EventLines(PlainLines):
    """A sink that writes every event as a line of JSON (NDJSON)."""

    def emit(self, event: Event, state: RunState) -> None:
        self.write(json_text(event.document()))


class LiveTable:
    """A sink that shows the stages as a table that redraws itself ten times a second."""

    def __init__(self, stream: IO[str], clock: Clock, *, color: bool) -> None:
        from rich.console import Console
        from rich.live import Live

        self._clock = clock
        self._lock = threading.Lock()
        self._state = RunState()
        self._notice = ""
        # What a server says is no markup, whatever brackets and colons it has.
        self._console = Console(file=stream, no_color=not color, markup=False, emoji=False)
        self._live = Live(console=self._console, get_renderable=self._table, refresh_per_second=10, transient=False)

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._live.stop()

    def emit(self, event: Event, state: RunState) -> None:
        with self._lock:
            self._state = later(self._state, state)

    def notice(self, words: str) -> None:
        """Show this under the table from its next redrawing on."""
        self._notice = words

    def _table(self) -> Table:
        from rich.table import Table

        with self._lock:
            state = self._state
        now = self._clock.monotonic()
        table = Table(box=None, pad_edge=False, caption=self._notice or None, caption_justify="left")
        for heading, justify in (
            ("", "left"),
            ("stage", "left"),
            ("state", "left"),
            ("rows", "right"),
            ("time", "right"),
        ):
            table.add_column(heading, justify=justify)  # type: ignore[arg-type]
        for stage in state.stages.values():
            table.add_row(MARKS[stage.progress], stage.id, _words(stage, now), _rows(stage), _time(stage, now))
        checks = len(state.findings)
        if state.verification != "none":
            failed = sum(finding.status == "fail" for finding in state.findings)
            mark = "▶" if state.verification == "running" else "×" if failed else "✓"
            table.add_row(mark, "verify", f"{checks - failed} of {checks} checks hold", "", "")
        return table


def _words(stage: StageState, now: float) -> str:
    if stage.retry is not None:
        left = max(0.0, stage.retry.clock_s + stage.retry.wait_s - now)
        return f"attempt {stage.retry.attempt}/{stage.retry.attempts} in {left:.1f} s: {printable(stage.retry.cause)}"
    return f"{stage.progress}: {printable(stage.cause)}" if stage.cause else stage.progress


def _rows(stage: StageState) -> str:
    return f"{stage.done}/{stage.planned}" if stage.planned else "0" if stage.duration_s is not None else ""


def _time(stage: StageState, now: float) -> str:
    elapsed = stage.elapsed_s(now)
    return "" if elapsed is None else f"{elapsed:.2f} s"
