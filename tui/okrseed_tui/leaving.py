"""Leaving whatever happens: signals give the terminal back first, and a call that hangs has a deadline."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
import threading
from collections.abc import Callable

DEADLINE_S = 10.0
SIGNALS = ("SIGTERM", "SIGHUP")


def on_signals(leave: Callable[[], None]) -> None:
    """Call `leave` on the app's own thread when TERM or HUP arrives, where the platform has them."""
    loop = asyncio.get_running_loop()
    for name in SIGNALS:
        number = getattr(signal, name, None)
        if number is None or threading.current_thread() is not threading.main_thread():
            continue
        try:
            loop.add_signal_handler(number, leave)
        except NotImplementedError:
            # Windows' event loop has no signal handlers; there the default is to end the process.
            return


def within_deadline(code: int, deadline_s: float = DEADLINE_S) -> threading.Timer:
    """End the process for good if it has not ended by itself; by then the terminal has been given back."""

    def end() -> None:
        print(f"okrseed: a call to the database did not return within {deadline_s:.0f} s; leaving it", file=sys.stderr)
        sys.stderr.flush()
        os._exit(code)

    timer = threading.Timer(deadline_s, end)
    timer.daemon = True
    timer.start()
    return timer
