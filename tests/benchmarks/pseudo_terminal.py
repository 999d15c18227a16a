"""A program in a pseudo-terminal, watched: when a key went in, and when what it brings about came out."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Self

from tests.benchmarks.screen import Screen

ROOT = Path(__file__).parents[2]
COLUMNS, ROWS = 120, 36
PATIENCE_S = 60.0
# After its plan the app makes its preview; a person looks at the plan as long, before pressing r.
STILL_S = 0.7


def environment(folder: Path) -> Mapping[str, str]:
    """Nothing of the person's own settings, an empty home, a plain terminal of many colours."""
    kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
    home = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    own = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return {**kept, **home, **own}


class PseudoTerminal:
    """Python with `arguments` in a terminal of its own. Times are seconds of the monotonic clock."""

    def __init__(self, folder: Path, arguments: Sequence[str]) -> None:
        self.screen = Screen(COLUMNS, ROWS)
        self._master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        self.started_s = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            start_new_session=True,
            cwd=folder,
            env=environment(folder),
        )
        os.close(slave)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.kill()
        self._process.wait()
        os.close(self._master)

    def press(self, keys: str) -> float:
        """Type keys; returns when."""
        now = time.monotonic()
        os.write(self._master, keys.encode())
        return now

    def shown(self, holds: Callable[[Screen], bool], patience_s: float = PATIENCE_S) -> float | None:
        """When the output arrived after which something holds of the screen; None after too long a wait."""
        deadline = time.monotonic() + patience_s
        arrived: float | None = time.monotonic()
        while not holds(self.screen):
            left = deadline - time.monotonic()
            if left <= 0 or (arrived := self._read(left)) is None:
                return None
        return arrived

    def wait_for(self, text: str) -> float:
        """When a text stood on the screen; fails after a long wait."""
        arrived = self.shown(lambda screen: text in screen.text)
        if arrived is None:
            raise TimeoutError(f"{text!r} never came:\n{self.screen.text}")
        return arrived

    def wait_until_still(self, still_s: float) -> None:
        """Until nothing was written for so long."""
        while self._read(still_s) is not None:
            pass

    def wait_for_end(self) -> None:
        """Until the program has ended by itself; fails if that was not well.

        What it writes meanwhile is only kept: a screen that is worked out beside it takes part of its processor.
        """
        written: list[bytes] = []
        while self._process.poll() is None:
            data = self._receive(PATIENCE_S)
            written += [data] if data else []
            if data is None and self._process.poll() is None:
                self.screen.feed(b"".join(written))
                raise TimeoutError(f"the program did not end:\n{self.screen.text}")
        if self._process.returncode:
            self.screen.feed(b"".join(written))
            raise RuntimeError(f"the program failed:\n{self.screen.text}")

    def _read(self, patience_s: float) -> float | None:
        """Feed the screen with what comes next; when it arrived, None where nothing came."""
        data = self._receive(patience_s)
        arrived = time.monotonic()
        if data is None:
            return None
        self.screen.feed(data)
        return arrived

    def _receive(self, patience_s: float) -> bytes | None:
        """What comes next; None where nothing came."""
        ready, _, _ = select.select([self._master], [], [], patience_s)
        if not ready:
            return None
        try:
            return os.read(self._master, 65536)
        except OSError:  # Linux tells so that the program has closed the terminal.
            self._process.wait(PATIENCE_S)
            return None
