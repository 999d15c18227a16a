"""`okrseed` as a person or a script calls it: options in; exit code, stdout and stderr out."""

from __future__ import annotations

import contextlib
import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from okrseed.cli import main

AS_OF = "2025-11-21"
"""A Friday in the middle of an ACTIVE quarter of the fixed calendar."""

NARRATION = Path("narration")
"""A file in the working folder, for the stderr of a process that is watched while it runs."""

STOPPING = "Stopping after the current transaction"
AT_ONCE = "Stopping at once"

_PREFIXES = ("OKRSEED_", "PG", "XDG_")
_NAMES = ("DATABASE_URL", "NODE_ENV", "NO_COLOR", "TERM")


@dataclass(frozen=True)
class Outcome:
    """What one call left behind."""

    exit: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """Stdout as exactly one JSON document; anything before or after it is an error."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def error(self) -> dict[str, Any]:
        """The `error` object of the document."""
        error: dict[str, Any] = self.document["error"]
        return error

    @property
    def told(self) -> str:
        """What the error says and advises, as a script reads it."""
        return f"{self.error['message']} {self.error['hint'] or ''}"

    @property
    def totals(self) -> dict[str, int]:
        """The totals of a plan or a run."""
        totals: dict[str, int] = self.document["totals"]
        return totals


def call(*arguments: str) -> Outcome:
    """Call the program in this process."""
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
    return Outcome(code, out.getvalue(), err.getvalue())


def plan(url: str, *arguments: str, as_of: str = AS_OF) -> Outcome:
    """`okrseed plan --json` of a database."""
    return call("plan", "--json", "--database", url, "--as-of", as_of, *arguments)


def run(url: str, *arguments: str, as_of: str = AS_OF) -> Outcome:
    """`okrseed run --json` into a database."""
    return call("run", "--json", "--database", url, "--as-of", as_of, *arguments)


def purge(url: str, *arguments: str, as_of: str = AS_OF) -> Outcome:
    """`okrseed purge --json` of a database."""
    return call("purge", "--json", "--database", url, "--as-of", as_of, *arguments)


def seed(url: str, *arguments: str, as_of: str = AS_OF) -> Outcome:
    """A run that must succeed, into a database that may still be empty."""
    outcome = run(url, "--create-schema", *arguments, as_of=as_of)
    assert outcome.exit == 0, outcome.err
    return outcome


def start(
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    error: int = subprocess.PIPE,
    before: Callable[[], None] | None = None,
) -> subprocess.Popen[str]:
    """Start the program as a process of its own, in the current folder and environment.

    error: where its stderr goes. before: called in the process before the program.
    """
    return subprocess.Popen(
        [sys.executable, "-m", "okrseed.cli", *arguments],
        env={**os.environ, **(environ or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=error,
        preexec_fn=before,
        text=True,
        encoding="utf-8",
    )


def ended(process: subprocess.Popen[str], seconds: float = 60) -> Outcome:
    """Wait for a process to end."""
    try:
        out, err = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return Outcome(process.returncode, out, err or "")


def wait_until(condition: Callable[[], bool], seconds: float = 30) -> None:
    """Wait for something that another process does; fails after the deadline."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "what was waited for did not happen"
        time.sleep(0.02)


def narrated() -> str:
    """What was said on the stderr that went to NARRATION."""
    return NARRATION.read_text(encoding="utf-8")


def interrupt(process: subprocess.Popen[str], says: str = STOPPING, *, group: bool = False) -> None:
    """Ctrl-C; returns when the process, whose stderr goes to NARRATION, has said what follows.

    group: as at a keyboard, for all processes of its group. It must have one of its own.
    """
    if group:
        os.killpg(process.pid, signal.SIGINT)
    else:
        process.send_signal(signal.SIGINT)
    wait_until(lambda: says in narrated())


@contextlib.contextmanager
def isolated(folder: Path) -> Iterator[Path]:
    """A home in `folder` and a working folder beside it, without any setting of whoever runs the tests."""
    home = folder / "home"
    with pytest.MonkeyPatch.context() as patch:
        for name in list(os.environ):
            if name.startswith(_PREFIXES) or name in _NAMES:
                patch.delenv(name)
        patch.setenv("HOME", str(home))
        for name in ("DATA", "CONFIG", "STATE", "CACHE"):
            patch.setenv(f"XDG_{name}_HOME", str(home / name.lower()))
        for made in (home, folder / "work"):
            made.mkdir()
        patch.chdir(folder / "work")
        yield home
