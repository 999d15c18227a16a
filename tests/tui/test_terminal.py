"""The app in a real pseudo-terminal: start, run, quit, and what ends it from outside."""

from __future__ import annotations

import signal
import sqlite3
from pathlib import Path

import pytest

from tests.tui.app_under_test import objectives_locked
from tests.tui.terminal import Terminal

AS_OF = ("--as-of", "2025-11-20")


def test_start_run_quit_leaves_a_summary_in_the_scrollback(tmp_path: Path) -> None:
    with Terminal(tmp_path, ["--size", "tiny", *AS_OF]) as terminal:
        terminal.wait_for("ready:")
        terminal.press("r")
        terminal.wait_for("checks hold")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert terminal.restored
        assert "full of puzzel-cx-demo" in terminal.scrollback
        assert "succeeded" in terminal.scrollback
    with sqlite3.connect(tmp_path / "okrseed" / "demo.db") as connection:
        assert connection.execute("select count(*) from users").fetchone() == (25,)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_leaves_the_terminal_as_it_was(tmp_path: Path, number: signal.Signals) -> None:
    with Terminal(tmp_path, ["--size", "tiny", *AS_OF]) as terminal:
        terminal.wait_for("ready:")
        terminal.process.send_signal(number)
        assert terminal.wait_for_end() == 130
        assert terminal.restored


def test_a_signal_during_a_run_that_waits_for_a_lock_ends_it_at_once(tmp_path: Path, postgres_url: str) -> None:
    options = ["--size", "tiny", "--database", postgres_url, *AS_OF]
    with Terminal(tmp_path, ["--plain", "--create-schema", *options]) as terminal:
        assert terminal.wait_for_end() == 0
    with objectives_locked(postgres_url), Terminal(tmp_path, options) as terminal:
        terminal.wait_for("ready:")
        terminal.press("r")
        terminal.wait_for("running")
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.wait_for_end() == 130
        assert terminal.restored


def test_not_a_terminal_runs_plainly(tmp_path: Path) -> None:
    with Terminal(tmp_path, ["--plain", "--size", "tiny", *AS_OF]) as terminal:
        assert terminal.wait_for_end() == 0
        assert b"\x1b[?1049h" not in terminal.output
        assert b"okrs: done in" in terminal.output
