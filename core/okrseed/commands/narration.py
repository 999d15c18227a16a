"""Where the events of a run go, and how signals reach it."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import FrameType

from okrseed.cancellation import Cancellation
from okrseed.clock import SystemClock
from okrseed.console import EventLines, LiveTable, PlainLines
from okrseed.errors import UsageError
from okrseed.events import EventSink, Fanout
from okrseed.invocation import Invocation


@contextmanager
def sink_of(call: Invocation) -> Iterator[EventSink]:
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
        if live and not options.quiet:
            color = not options.no_color and "NO_COLOR" not in environ
            sinks.append(stack.enter_context(LiveTable(sys.stderr, SystemClock(), color=color)))
        elif not options.quiet:
            sinks.append(PlainLines(sys.stderr))
        yield Fanout(*sinks)


@contextmanager
def cancelled_by_signals(cancellation: Cancellation) -> Iterator[None]:
    """Ctrl-C and TERM stop after the chunk; a second one stops now."""

    def asked(number: int, frame: FrameType | None) -> None:
        if cancellation.requested.is_set():
            cancellation.now()
        else:
            cancellation.after_chunk()

    previous = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
