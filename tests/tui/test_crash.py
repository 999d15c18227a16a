"""Exceptions that nobody foresaw, in a real pseudo-terminal: what stays of the terminal, and what is told."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from tests.tui.crashing import IN_URL, NOW, OF_LIBPQ, SLOW_TERMINAL, install
from tests.tui.terminal import Terminal

AS_OF = ("--as-of", "2025-11-20")
MOST_LINES = 6


def start(folder: Path, where: str) -> Terminal:
    """The app with a blueprint that fails there, once the file is made."""
    environ = install(folder, where)
    options = ["--blueprint", "crashing", "--size", "tiny", "--database", f"sqlite:///{folder}/demo.db", *AS_OF]
    return Terminal(folder, options, environ=environ, columns=160, rows=48)


def defect_now(folder: Path) -> None:
    (folder / NOW).touch()


def log_of(folder: Path) -> Path:
    """The one traceback that was kept."""
    (path,) = (folder / "okrseed").glob("crash-*.log")
    return path


def check_told(folder: Path, terminal: Terminal) -> None:
    """A few lines with the cause and a file with the traceback; passwords in neither."""
    lines = terminal.scrollback.strip().splitlines()
    assert len(lines) <= MOST_LINES, lines
    assert "ended by a defect: RuntimeError: no answer from postgresql://okr:***@db.example" in terminal.scrollback
    log = log_of(folder)
    assert str(log) in terminal.scrollback
    text = log.read_text()
    assert "crashing.py" in text
    assert "RuntimeError: no answer from postgresql://okr:***@db.example/okr with ***" in text
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    for told in (terminal.output.decode(errors="replace"), text):
        assert IN_URL not in told
        assert OF_LIBPQ not in told


@pytest.mark.parametrize("where", ["screen", SLOW_TERMINAL])
def test_an_exception_on_the_screen_gives_the_terminal_back_and_says_where_the_traceback_is(
    tmp_path: Path, where: str
) -> None:
    with start(tmp_path, where) as terminal:
        terminal.wait_for("ready:")
        defect_now(tmp_path)
        assert terminal.wait_for_end() == 1
        assert terminal.restored
        assert "nothing was being written" in terminal.scrollback
        check_told(tmp_path, terminal)


def test_an_exception_on_the_screen_stops_the_run_and_says_what_is_safe(tmp_path: Path) -> None:
    with start(tmp_path, "screen in a run") as terminal:
        terminal.wait_for("ready:")
        defect_now(tmp_path)
        terminal.press("r")
        terminal.wait_for("Create the tables?")
        terminal.press("\r")
        assert terminal.wait_for_end() == 1
        assert terminal.restored
        assert "what is committed stays" in terminal.scrollback
        check_told(tmp_path, terminal)


def test_an_exception_before_the_first_screen_is_told_the_same_way(tmp_path: Path) -> None:
    with start(tmp_path, "start") as terminal:
        assert terminal.wait_for_end() == 1
        assert b"\x1b[?1049h" not in terminal.output
        check_told(tmp_path, terminal)


def test_a_traceback_that_cannot_be_kept_does_not_hide_the_cause(tmp_path: Path) -> None:
    with start(tmp_path, "screen") as terminal:
        terminal.wait_for("ready:")
        data = tmp_path / "okrseed"
        assert not data.exists()
        data.write_text("a file where the folder should be")
        defect_now(tmp_path)
        assert terminal.wait_for_end() == 1
        assert terminal.restored
        assert "ended by a defect: RuntimeError" in terminal.scrollback
        assert "could not be written" in terminal.scrollback


def test_an_exception_in_a_thread_is_told_and_the_app_goes_on(tmp_path: Path) -> None:
    with start(tmp_path, "worker") as terminal:
        terminal.wait_for("ready:")
        defect_now(tmp_path)
        terminal.press("d")
        terminal.wait_for("RuntimeError: no answer from")
        terminal.press("q")
        assert terminal.wait_for_end() == 0
        assert terminal.restored
        for password in (IN_URL, OF_LIBPQ):
            assert password not in terminal.output.decode(errors="replace")


@pytest.mark.parametrize("password", [IN_URL, OF_LIBPQ])
def test_an_exception_in_a_run_is_a_failed_run(tmp_path: Path, password: str) -> None:
    with start(tmp_path, "run") as terminal:
        terminal.wait_for("ready:")
        defect_now(tmp_path)
        terminal.press("r")
        terminal.wait_for("Create the tables?")
        terminal.press("\r")
        terminal.wait_for("Run failed")
        terminal.press("q")
        assert terminal.wait_for_end() == 1
        assert terminal.restored
        assert "This is a defect" in terminal.scrollback
        assert password not in terminal.output.decode(errors="replace")
