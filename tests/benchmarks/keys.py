"""From a key press to the screen that answers it, while a run of size full goes on at full speed: of one tenant, and of
a hundred in several processes.

The app runs in a real pseudo-terminal. The clock starts when the key's bytes are written and stops when the output has
arrived after which the screen shows what the key is for: another tab's own words, the cursor in another place. Keys are
pressed in a fixed order, with pauses that do not keep step with the app's frames, from the first stage's start to the
end of the run; runs are repeated on new databases until there are enough presses.
"""

from __future__ import annotations

import re
import statistics
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from itertools import count, cycle, islice
from pathlib import Path

from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.hosted import AS_OF
from tests.benchmarks.pseudo_terminal import STILL_S, PseudoTerminal
from tests.benchmarks.screen import Screen
from tests.postgres import PostgresError, Server

LATENCY_MS = 100.0
MANY = 100
PRESSES_A_REPETITION = 15
MOST_RUNS_A_REPETITION = 5
UNANSWERED_S = 5.0
LEAST_PAUSE_S, PAUSES_S = 0.02, (0.0, 0.043, 0.017, 0.061, 0.029)
CURSOR = "┏"
MILLISECONDS = re.compile(r"\d\d:\d\d:\d\d\.\d\d\d")

Holds = Callable[[Screen], bool]


def measure(effort: Effort) -> Sequence[Figure]:
    """Latencies in ms, on SQLite and, where there is a server, on PostgreSQL."""
    wanted = 1 if effort.quick else PRESSES_A_REPETITION * effort.repetitions
    figures = _figures("SQLite", _latencies(wanted, _no_url))
    if effort.quick:
        return figures
    try:
        with Server() as server:
            figures += _figures("PostgreSQL", _latencies(wanted, lambda: _database(server)))
            figures += _figures(
                f"PostgreSQL, {MANY} tenants", _latencies(wanted, lambda: _database(server), "--tenants", str(MANY))
            )
    except PostgresError as error:
        print(f"keys: not on PostgreSQL: {error}", file=sys.stderr)
    return figures


def _figures(where: str, latencies_s: Sequence[float]) -> list[Figure]:
    ordered = sorted(latencies_s)
    p95 = ordered[min(len(ordered) - 1, int(0.95 * len(ordered)))]
    return [
        Figure(f"{where}: key presses", len(ordered), "keys"),
        Figure(f"{where}: half answered within", statistics.median(ordered) * 1000, "ms"),
        Figure(f"{where}: 95 % answered within", p95 * 1000, "ms", LATENCY_MS),
        Figure(f"{where}: slowest answer", ordered[-1] * 1000, "ms"),
    ]


_numbers = count(1)


@contextmanager
def _database(server: Server) -> Iterator[str]:
    name = f"keys_{next(_numbers)}"
    yield server.create_database(name)
    server.drop_database(name)


@contextmanager
def _no_url() -> Iterator[str]:
    """The app's own SQLite file, new in each new home."""
    yield ""


def _latencies(wanted: int, database: Callable[[], AbstractContextManager[str]], *options: str) -> list[float]:
    found: list[float] = []
    for _ in range(max(2, wanted // PRESSES_A_REPETITION * MOST_RUNS_A_REPETITION)):
        with database() as url:
            found += islice(_during_a_run(url, *options), wanted - len(found))
        if len(found) >= wanted:
            break
    return found


def _during_a_run(url: str, *options: str) -> Iterator[float]:
    """The seconds that each answer took, from the start of a run to its end."""
    arguments = ["-m", "okrseed_tui.main", "--size", "full", "--as-of", AS_OF.isoformat(), *options]
    arguments += ["--database", url] if url else []
    with tempfile.TemporaryDirectory() as folder, PseudoTerminal(Path(folder), arguments) as terminal:
        terminal.wait_for("ready:")
        terminal.wait_until_still(STILL_S)
        terminal.press("r")
        if url:
            terminal.wait_for("Create the tables?")
            terminal.press("\r")
        # A run may be over between two frames: then no key is pressed during it.
        if terminal.shown(lambda now: "running" in now.text or _is_over(now)) is None:
            raise TimeoutError(f"no run began:\n{terminal.screen.text}")
        yield from _presses(terminal)


def _presses(terminal: PseudoTerminal) -> Iterator[float]:
    """Press and watch until the run is over."""
    keys = cycle(("4", "\x1b[C", "3", "\x1b[D"))
    for key, pause_s in zip(keys, cycle(PAUSES_S), strict=False):
        terminal.shown(_never, LEAST_PAUSE_S + pause_s)
        if _is_over(terminal.screen):
            return
        holds = _answer(key, terminal.screen)
        pressed = terminal.press(key)
        answered = terminal.shown(lambda now, holds=holds: holds(now) or _is_over(now), UNANSWERED_S)
        if answered is None:
            raise TimeoutError(f"{key!r} was never answered:\n{terminal.screen.text}")
        if not holds(terminal.screen):
            # The run ended as the key was pressed, and its report has the keys now.
            return
        yield answered - pressed


def _is_over(screen: Screen) -> bool:
    return "succeeded" in screen.text


def _answer(key: str, screen: Screen) -> Holds:
    """What holds of the screen once the key was answered, and not before."""
    if key == "4":
        return lambda now: MILLISECONDS.search(now.text) is not None
    if key == "3":
        return lambda now: "critical path" in now.text
    before = screen.find(CURSOR)
    return lambda now: now.find(CURSOR) not in (None, before)


def _never(_: Screen) -> bool:
    return False
