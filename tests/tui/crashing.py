"""A blueprint that has a defect: the okr one, but something in it raises once the file `now` is there.

It is installed like anybody's (an entry point of the group `okrseed.blueprints`) in a folder that the test makes. What
raises has a password at hand, as code that talks to a database has.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.drivers._writer_thread import WriterThread

from okrseed.blueprints.okr.configuration import blueprint as okr

NOW = Path("now")
SECONDS = 30
SLOW_TERMINAL = "screen on a slow terminal"
IN_URL, OF_LIBPQ = "hunter2-in-a-url", "hunter3 of libpq"
ENTRY_POINT = "[okrseed.blueprints]\ncrashing = tests.tui.crashing:blueprint\n"


def install(folder: Path, where: str) -> dict[str, str]:
    """Make the blueprint known to programs that are started with the environment returned."""
    package = folder / "crashing-1.dist-info"
    package.mkdir()
    (package / "METADATA").write_text("Metadata-Version: 2.1\nName: crashing\nVersion: 1\n")
    (package / "entry_points.txt").write_text(ENTRY_POINT)
    (folder / "okrseed.toml").write_text(f'[crashing]\nwhere = "{where}"\n')
    root = str(Path(__file__).parents[2])
    return {"PYTHONPATH": os.pathsep.join([str(folder), root]), "PGPASSWORD": OF_LIBPQ}


def blueprint(table: Mapping[str, Any]) -> Any:
    """The blueprint with its defect where the table says."""
    if table["where"] == "start":
        fail()
    return Crashing(okr({}), table["where"])


class Crashing:
    """The okr blueprint but for one method."""

    def __init__(self, real: Any, where: str) -> None:
        self._real = real
        self._where = where
        self._producing, self._failed = threading.Event(), threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)

    def stages(self) -> Any:
        """Asked for by the screen ten times a second, and for every run."""
        on_screen = threading.current_thread() is threading.main_thread() and NOW.exists()
        if on_screen and self._where == SLOW_TERMINAL:
            hold_back()
            fail()
        if on_screen and (self._where == "screen" or (self._where == "screen in a run" and self._producing.is_set())):
            self._failed.set()
            fail()
        return tuple(replace(stage, producer=self._producer(stage.producer)) for stage in self._real.stages())

    def world(self, selection: Any, tenant: Any) -> Any:
        """Made for every plan, in a thread."""
        if self._where == "worker" and NOW.exists():
            fail()
        return self._real.world(selection, tenant)

    def _producer(self, real: Any) -> Any:
        def produce(world: Any) -> Iterator[Any]:
            if self._where == "run" and NOW.exists():
                fail()
            # Plans and previews produce too; a run's stages have threads of the engine's own.
            in_a_run = threading.current_thread().name.startswith("okrseed")
            if self._where == "screen in a run" and NOW.exists() and in_a_run:
                self._producing.set()
                # So that the run is still going on when the screen fails.
                self._failed.wait(SECONDS)
            yield from real(world)

        return produce


def fail() -> None:
    """A defect with passwords in its message and its local variables."""
    url = f"postgresql://okr:{IN_URL}@db.example/okr"
    password = os.environ["PGPASSWORD"]
    raise RuntimeError(f"no answer from {url} with {password}")


def hold_back() -> None:
    """From now on, what textual's thread has for the terminal gets there no sooner than when that is waited for."""
    held: list[str] = []
    write, stop = WriterThread.write, WriterThread.stop

    def stopped(thread: WriterThread) -> None:
        for text in held:
            write(thread, text)
        held.clear()
        stop(thread)

    WriterThread.write = lambda thread, text: held.append(text)  # type: ignore[method-assign]
    WriterThread.stop = stopped  # type: ignore[method-assign]
