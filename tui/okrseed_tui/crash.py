"""An exception that nobody foresaw: a few words for the person, the traceback in a file, passwords in neither.

Textual's own way is a page of every frame's local variables, and one of them may be a database's URL.
"""

from __future__ import annotations

import datetime
import os
import platform
import sys
import traceback
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path

from textual.app import App
from textual.worker import WorkerFailed

from okrseed import __version__
from okrseed.redaction import redacted

LONGEST_CAUSE = 300
NOTHING_GOING_ON = "No run was going on; nothing was being written."
RUN_STOPPED = "The run that was going on was stopped: what is committed stays, and running again completes the rest."


class SafeApp(App[int]):
    """Ends after an exception with `last_words` once the terminal is as it was; exit code 1."""

    _last_words: list[str] | None = None

    def last_words(self, error: BaseException) -> list[str]:
        """What to tell of an exception that ends the app."""
        raise NotImplementedError

    def _handle_exception(self, error: Exception) -> None:
        # Textual has no public hook before its own traceback; tests/tui/test_crash.py watches over this one.
        if self._last_words is None:
            self._last_words = self.last_words(error.error if isinstance(error, WorkerFailed) else error)
        super()._handle_exception(error)

    def _fatal_error(self) -> None:
        self.panic()

    def panic(self, *renderables: object) -> None:
        """End the app; what Textual would print is in `last_words`."""
        super().panic()

    def on_unmount(self) -> None:
        # The terminal has been given back; a run may need a moment more to stop.
        if self._last_words is not None:
            if self._driver is not None:
                # Textual writes on a thread of its own: the words would stand on the screen that is left, and be gone.
                self._driver.close()
            tell(self._last_words)


def last_words(error: BaseException, folder: Path, passwords: Iterable[str], safe: str) -> list[str]:
    """What happened, what is safe, what to do; the traceback goes to a new file in `folder`."""
    known = frozenset(passwords)
    cause = redacted(traceback.format_exception_only(error)[-1].strip(), known)
    return [f"okrseed-tui: it ended by a defect: {cause[:LONGEST_CAUSE]}", safe, _kept(error, folder, known)]


def tell(lines: Iterable[str]) -> None:
    """Print to the terminal, also where Textual still holds stderr."""
    for line in lines:
        print(line, file=sys.__stderr__)


def _kept(error: BaseException, folder: Path, passwords: frozenset[str]) -> str:
    now = datetime.datetime.now(datetime.UTC)
    path = folder / f"crash-{now:%Y%m%d-%H%M%S}-{os.getpid()}.log"
    facts = f"okrseed {__version__}, textual {version('textual')}, Python {platform.python_version()}, {sys.platform}"
    text = "\n".join([now.isoformat(timespec="seconds"), facts, "", *traceback.format_exception(error)])
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(redacted(text, passwords))
    except OSError as failure:
        return f"Please report it. Its traceback could not be written to {path}: {failure.strerror}."
    return f"Please report it with its traceback, which is in {path}"
