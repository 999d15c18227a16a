"""Something that is done again and again beside a test, and may not fail unseen."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager


@contextlib.contextmanager
def beside(opened: AbstractContextManager[Callable[[], None]], every_s: float) -> Iterator[None]:
    """Call what `opened` gives every so often, on a thread of its own; what it raised there fails the test here."""
    done = threading.Event()
    failures: list[Exception] = []

    def go_on() -> None:
        try:
            with opened as look:
                while not done.wait(every_s):
                    look()
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=go_on, name="beside")
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
    assert not failures, failures
