"""A real pseudo-terminal with `okrseed-tui` in it: keys go in, the screen's bytes come out."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Self

PATIENCE_S = 60.0
LEAVE_SCREEN = b"\x1b[?1049l"
# Private modes of DEC and xterm, set by h and reset by l: the alternate screen, the mouse, focus, pasting.
_MODE = re.compile(rb"\x1b\[\?([0-9;]+)([hl])")
# Those that are on in a terminal that was just opened.
WRAP, CURSOR = b"7", b"25"
# Kitty's keyboard protocol: ways of telling keys are pushed and popped.
_PUSH_KEYS, _POP_KEYS = re.compile(rb"\x1b\[>[0-9]*u"), re.compile(rb"\x1b\[<[0-9]*u")


class Terminal:
    """One program in a terminal of its own; `output` is everything it wrote so far."""

    def __init__(
        self,
        folder: Path,
        options: Sequence[str],
        *,
        columns: int = 120,
        rows: int = 36,
        environ: Mapping[str, str] | None = None,
    ) -> None:
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self.before = termios.tcgetattr(self._slave)
        self.output = b""
        self.process = subprocess.Popen(
            [sys.executable, "-m", "okrseed_tui.main", *options],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            start_new_session=True,
            cwd=folder,
            env=environment(folder) | dict(environ or {}),
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._master)
        os.close(self._slave)

    def press(self, keys: str) -> None:
        """Type keys."""
        os.write(self._master, keys.encode())

    def wait_for(self, text: str) -> None:
        """Read until a text was on the screen since the last wait; fails after a long while."""
        start = len(self.output)
        deadline = time.monotonic() + PATIENCE_S
        while text not in plain(self.output[start:]):
            assert time.monotonic() < deadline, f"{text!r} never came; last: {plain(self.output)[-500:]!r}"
            self._read(0.1)

    def wait_for_end(self) -> int:
        """Read until the program has ended; returns its exit code."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, "the program did not end"
            self._read(0.1)
        while self._read(0):
            pass
        return self.process.returncode

    @property
    def restored(self) -> bool:
        """Whether the terminal is as it was: its modes, the normal screen, the cursor; no reports of mouse or focus."""
        modes = {mode: value for names, value in _MODE.findall(self.output) for mode in names.split(b";")}
        on = {mode for mode, value in modes.items() if value == b"h"}
        keys = len(_POP_KEYS.findall(self.output)) >= len(_PUSH_KEYS.findall(self.output))
        return CURSOR in on and on <= {WRAP, CURSOR} and keys and termios.tcgetattr(self._slave) == self.before

    @property
    def scrollback(self) -> str:
        """What stands in the normal screen after the app."""
        return plain(self.output.rpartition(LEAVE_SCREEN)[2])

    def _read(self, patience_s: float) -> bool:
        ready, _, _ = select.select([self._master], [], [], patience_s)
        if ready:
            self.output += os.read(self._master, 65536)
        return bool(ready)


def plain(data: bytes) -> str:
    """The bytes without control sequences."""
    return re.sub(r"\x1b\[[0-9;?=<>]*[A-Za-z]|\x1b[()][A-Z0-9]|\x1b[=>]", "", data.decode("utf-8", "replace"))


def environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's environment but how to find programs; a home in a folder."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL") if name in os.environ}
    home = {name: str(folder) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    return {**kept, **home, "TERM": "xterm-256color", "LANG": "C.UTF-8", "PYTHONUTF8": "1"}
