"""`okrseed-tui` in tmux, whose screen is a terminal's: what stands where, scrollback and mouse included."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Self

from tests.tui.terminal import environment

PATIENCE_S = 30.0
POLL_S = 0.05
AGAIN_S = 2.0
ENDED = "exit code:"
LEFT, WHEEL_UP = 0, 64


def find_tmux() -> str | None:
    """The tmux of this machine, if there is one."""
    return shutil.which("tmux")


class Screen:
    """One program in a tmux server of its own."""

    def __init__(self, folder: Path, options: Sequence[str], *, columns: int, rows: int) -> None:
        tmux = find_tmux()
        assert tmux is not None
        self._tmux = [tmux, "-S", str(folder / "tmux"), "-f", os.devnull]
        self._environment = environment(folder)
        program = shlex.join([sys.executable, "-m", "okrseed_tui.main", *options])
        # The shell stays, so that the scrollback can be read after the program.
        command = f'{program}; echo "{ENDED} $?"; exec cat'
        self._call(
            "new-session", "-d", "-x", str(columns), "-y", str(rows), "-c", str(folder), command,
            ";", "set", "-g", "status", "off",
        )  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._call("kill-server")

    @property
    def text(self) -> str:
        """What the screen shows now."""
        return self._call("capture-pane", "-p")

    @property
    def scrollback(self) -> str:
        """What the screen shows now, and what went out of it at the top."""
        return self._call("capture-pane", "-p", "-S", "-")

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names."""
        self._call("send-keys", *keys)

    def click(self, words: str) -> None:
        """Click where words stand, once they do."""
        column, row = self.find(words)
        self._mouse(LEFT, column, row, "M")
        self._mouse(LEFT, column, row, "m")

    def click_until(self, words: str, appears: str) -> None:
        """Click where words stand, and again where they moved under the pointer, until other words appear."""
        deadline = time.monotonic() + PATIENCE_S
        while appears not in self.text:
            assert time.monotonic() < deadline, f"{appears!r} never came:\n{self.text}"
            self.click(words)
            until = time.monotonic() + AGAIN_S
            while appears not in self.text and time.monotonic() < until:
                time.sleep(POLL_S)

    def wheel(self, words: str, button: int, *, rows_above: int = 0) -> None:
        """Turn the wheel by a notch over words, or some rows above them."""
        column, row = self.find(words)
        self._mouse(button, column, row - rows_above, "M")

    def find(self, words: str) -> tuple[int, int]:
        """Column and row (from one) of words on the screen, once they are there: of their last place."""
        self.wait_for(words)
        lines = self.text.splitlines()
        row = max(place for place, line in enumerate(lines) if words in line)
        return lines[row].rindex(words) + 1, row + 1

    def wait_for(self, words: str) -> None:
        """Wait until words stand on the screen."""
        self.wait_until(lambda text: words in text, words)

    def wait_until(self, holds: Callable[[str], bool], what: str) -> None:
        """Wait until something holds of the screen; fails after a long while, with the screen."""
        deadline = time.monotonic() + PATIENCE_S
        while not holds(self.text):
            assert time.monotonic() < deadline, f"{what!r} never came:\n{self.text}"
            time.sleep(POLL_S)

    def wait_for_end(self) -> int:
        """Wait until the program has ended; returns its exit code."""
        self.wait_for(ENDED)
        return int(self.text.rpartition(ENDED)[2].split()[0])

    def _mouse(self, button: int, column: int, row: int, action: str) -> None:
        # xterm's SGR encoding (Xterm Control Sequences, "Extended coordinates"), as a terminal sends it to a program.
        self._call("send-keys", "-l", f"\x1b[<{button};{column};{row}{action}")

    def _call(self, *arguments: str) -> str:
        done = subprocess.run([*self._tmux, *arguments], env=self._environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout
