"""How long it takes until there is something to see, as ratios to bare imports measured in turn with it.

`okrseed-tui`: from the start of the process to the arrival of the first frame, which names the target and outlines
what comes, and to that of the workbench, where every key works; in a real pseudo-terminal. The baseline of the bound is
`python -c "import textual.app"`, what an app of Textual imports at least. Beside the workbench stands the ratio to the
import of every module of Textual that it loads, which is what those parts of Textual cost before a line of the app has
run. All with the same interpreter and flags, and bytecode caches warm.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.hosted import AS_OF
from tests.benchmarks.pseudo_terminal import PseudoTerminal, environment

PAINT_RATIO, HELP_RATIO = 1.5, 4.0
FIRST_FRAME, WORKBENCH = "opening …", "1 Stages"
# As the installed script does it.
HELP = "import sys; from okrseed.cli import program; sys.argv = ['okrseed', '--help']; program()"
TEXTUAL_MODULES = (
    "import sys, okrseed_tui.backstage; print(*sorted(n for n in sys.modules if n.split('.')[0] == 'textual'))"
)


def measure(effort: Effort) -> Sequence[Figure]:
    """Times in ms, and ratios."""
    used = ", ".join(_python(TEXTUAL_MODULES).split())
    cases: list[Callable[[], float]] = [
        lambda: _shown(FIRST_FRAME),
        lambda: _timed("import textual.app"),
        lambda: _timed(f"import {used}"),
        lambda: _timed(HELP),
        lambda: _timed("pass"),
        lambda: _shown(WORKBENCH),
    ]
    if not effort.quick:
        for case in cases:
            case()  # Fills the caches of files and bytecode.
    rounds = [[case() for case in cases] for _ in range(effort.repetitions)]
    return [
        _time("first frame", rounds, 0),
        _time("import textual.app", rounds, 1),
        _ratio("first frame / import textual.app", rounds, 0, 1, PAINT_RATIO),
        _time("workbench, usable", rounds, 5),
        _ratio("workbench / import of all of Textual that the app uses", rounds, 5, 2, None),
        _time("okrseed --help", rounds, 3),
        _time("bare Python", rounds, 4),
        _ratio("okrseed --help / bare Python", rounds, 3, 4, HELP_RATIO),
    ]


def _time(what: str, rounds: Sequence[Sequence[float]], case: int) -> Figure:
    return Figure(what, statistics.median(times[case] for times in rounds) * 1000, "ms")


def _ratio(what: str, rounds: Sequence[Sequence[float]], of: int, to: int, bound: float | None) -> Figure:
    return Figure(what, statistics.median(times[of] / times[to] for times in rounds), "×", bound)


def _shown(words: str) -> float:
    with tempfile.TemporaryDirectory() as folder:
        arguments = ["-m", "okrseed_tui.main", "--as-of", AS_OF.isoformat()]
        with PseudoTerminal(Path(folder), arguments) as terminal:
            return terminal.wait_for(words) - terminal.started_s


def _timed(code: str) -> float:
    started = time.monotonic()
    _python(code)
    return time.monotonic() - started


def _python(code: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        done = subprocess.run(
            [sys.executable, "-c", code],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(Path(folder)),
        )
        return done.stdout
