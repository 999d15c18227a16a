"""Where the events of a run go, and how signals reach it."""

from __future__ import annotations

import _thread
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType
from typing import NamedTuple

from okrseed.cancellation import Cancellation
from okrseed.clock import SystemClock
from okrseed.console import EventLines, LiveTable, PlainLines
from okrseed.errors import UsageError
from okrseed.events import EventSink, Fanout
from okrseed.invocation import Invocation


class Narration(NamedTuple):
    """Who is told of a run; `notice` says what is no event."""

    sink: EventSink
    notice: Callable[[str], None]


@contextmanager
def narration_of(call: Invocation) -> Iterator[Narration]:
    """Where the events of a run go: to the terminal or as lines to stderr, and to the file of `--events`."""
    options = call.options
    if options.events == "-" and options.json:
        raise UsageError("--events - and --json both want stdout", code="usage")
    with ExitStack() as stack:
        sinks: list[EventSink] = []
        if options.events == "-":
            sinks.append(EventLines(sys.stdout))
        elif options.events:
            try:
                sinks.append(EventLines(stack.enter_context(Path(options.events).open("w", encoding="utf-8"))))
            except OSError as error:
                raise UsageError(
                    f"cannot write events to {options.events}: {error.strerror}", code="bad_events"
                ) from None
        environ = call.surroundings.environ
        live = sys.stderr.isatty() and not options.plain and environ.get("TERM", "dumb") != "dumb"
        notice: Callable[[str], None] = _keep_quiet
        if live and not options.quiet:
            color = not options.no_color and "NO_COLOR" not in environ
            table = stack.enter_context(LiveTable(sys.stderr, SystemClock(), color=color))
            sinks.append(table)
            notice = table.notice
        elif not options.quiet:
            lines = PlainLines(sys.stderr)
            sinks.append(lines)
            notice = lines.write
        yield Narration(Fanout(*sinks), notice)


def _keep_quiet(words: str) -> None:
    pass


@contextmanager
def cancelled_by_signals(cancellation: Cancellation, notice: Callable[[str], None]) -> Iterator[None]:
    """Ctrl-C and TERM stop after the chunk; a second one stops now. `notice` is told, so nobody presses it in doubt."""
    turn = threading.Lock()

    def stop() -> None:
        with turn:
            if cancellation.requested.is_set():
                cancellation.now()
                notice("Stopping at once.")
            else:
                cancellation.after_chunk()
                notice("Stopping after the current transaction; once more stops at once.")

    def asked(number: int, frame: FrameType | None) -> None:
        # What the signal has come upon may hold any lock; a thread can wait for it. It is begun without one: those of
        # `threading` keep a list.
        _thread.start_new_thread(stop, ())

    previous = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
