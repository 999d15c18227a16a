"""Starts `hosted` in a process of its own, in a pseudo-terminal where the app is to be live."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from tests.benchmarks.hosted import Outcome, Task
from tests.benchmarks.pseudo_terminal import STILL_S, PseudoTerminal, environment

PROGRAM = ("-m", "tests.benchmarks.hosted")


def measure(task: Task) -> Outcome:
    """The outcome of one task, on a fresh database and with an empty home."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        task = replace(task, outcome=str(folder / "outcome.json"))
        arguments = [json.dumps(asdict(task))]
        if task.live:
            _in_terminal(folder, arguments)
        else:
            subprocess.run([sys.executable, *PROGRAM, *arguments], cwd=folder, env=environment(folder), check=True)
        return Outcome(**json.loads(Path(task.outcome).read_text(encoding="utf-8")))


def _in_terminal(folder: Path, arguments: Sequence[str]) -> None:
    with PseudoTerminal(folder, [*PROGRAM, *arguments]) as terminal:
        terminal.wait_for("ready:")
        terminal.wait_until_still(STILL_S)
        terminal.press("r")
        terminal.wait_for_end()
