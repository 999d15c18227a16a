"""Whole sessions in a real terminal: an empty PostgreSQL, two workspaces, a retry, the report; by keys, by mouse."""

from __future__ import annotations

import contextlib
import re
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from tests.tui.multiplexer import ENDED, WHEEL_UP, Screen, find_tmux

AS_OF = ("--as-of", "2025-11-20")
SECONDS = 60
MOST_NOTCHES = 50
LEFT_OUT = ("Marketing", "Product", "Engineering", "People")
# A word of each tab that stands nowhere else, while a run waits in its check-ins.
TABS = {
    "2 Plan": "objective_key_results",
    "3 Timeline": "retries  │ budget",
    "4 Events": "55P03",
    "5 Data": "Reporting line",
    "6 Database": "Sessions of okrseed",
    "7 Checks": "Nothing was verified yet",
    "8 History": "No run has been recorded yet",
    "1 Stages": "attempt",
}

pytestmark = pytest.mark.skipif(find_tmux() is None, reason="not run: there is no tmux on this machine")


def quick(url: str) -> list[str]:
    """The options of both sessions: locks are waited for 0.3 s instead of 10 (a setting of libpq's, in the URL)."""
    separator = "&" if "?" in url else "?"
    patient = f"{url}{separator}options=-c%20lock_timeout%3D300ms"
    return ["--size", "tiny", "--database", patient, "--retries", "20", *AS_OF]


@contextlib.contextmanager
def check_ins_locked(url: str) -> Iterator[Callable[[], None]]:
    """Another session locks the check-ins against writing as soon as there is such a table; gives how to let go."""
    let_go = threading.Event()

    def hold() -> None:
        with psycopg.connect(url, autocommit=True) as other:
            while other.execute("select to_regclass('check_ins')").fetchone() == (None,):
                if let_go.is_set():
                    return
            with other.transaction():
                other.execute("lock table check_ins in exclusive mode")
                let_go.wait(SECONDS)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        yield let_go.set
    finally:
        let_go.set()
        thread.join()


def workspaces(url: str) -> set[str]:
    with psycopg.connect(url) as connection:
        return {name for (name,) in connection.execute("select name from workspaces")}


def check_retry(screen: Screen) -> None:
    """The stage says that it is retried, which attempt comes, and counts down."""
    screen.wait_for("retrying")
    countdown = re.compile(r"\d+/21 ?· ?(\d+\.\d) s")
    screen.wait_until(lambda text: countdown.search(text) is not None, "a countdown")
    shown = countdown.findall(screen.text)
    screen.wait_until(lambda text: countdown.findall(text) not in ([], shown), "the countdown went on")


def check_left(screen: Screen, url: str) -> None:
    """The program is gone, its summary stays, and the database holds what was chosen."""
    assert screen.wait_for_end() == 0
    assert "full of puzzel-cx-demo" in screen.scrollback
    assert "succeeded" in screen.scrollback
    assert "Stages" not in screen.text
    assert workspaces(url) == {"Sales", "Support"}


def only_two(text: str) -> bool:
    """Whether the plan makes two workspaces."""
    return re.search(r"workspaces\s+workspaces\s+\+2\b", text) is not None


def test_a_session_by_keys(tmp_path: Path, postgres_url: str) -> None:
    with Screen(tmp_path, quick(postgres_url), columns=160, rows=48) as screen:
        screen.wait_for("ready:")
        screen.press("w", "Down")
        for name in LEFT_OUT:
            screen.press("Down", "Space")
            screen.wait_for(f"[ ] {name}")
        screen.press("2")
        screen.wait_until(only_two, "a plan for two workspaces")
        with check_ins_locked(postgres_url) as let_go:
            screen.press("r")
            screen.wait_for("Create the tables?")
            screen.press("Enter")
            check_retry(screen)
            for tab, words in TABS.items():
                screen.press(tab[0])
                screen.wait_for(words)
            # Textual's own key for leaving asks as q does.
            screen.press("C-q")
            screen.wait_for("A run is going on")
            screen.press("Enter")
            screen.wait_until(lambda text: "A run is going on" not in text, "it stayed")
            let_go()
        screen.wait_for("checks hold")
        screen.press("q")
        check_left(screen, postgres_url)


def test_a_session_by_mouse(tmp_path: Path, postgres_url: str) -> None:
    with Screen(tmp_path, quick(postgres_url), columns=160, rows=48) as screen:
        screen.wait_for("ready:")
        for name in LEFT_OUT:
            screen.click(f"[x] {name}")
            screen.wait_for(f"[ ] {name}")
        screen.click("2 Plan")
        screen.wait_until(only_two, "a plan for two workspaces")
        with check_ins_locked(postgres_url) as let_go:
            screen.click_until("r Run", "Create them and run")
            screen.click("Create them and run")
            check_retry(screen)
            for tab, words in TABS.items():
                screen.click(tab)
                screen.wait_for(words)
            screen.click("4 Events")
            screen.wait_for("55P03")
            # The wheel turns the log back to its beginning.
            for _ in range(MOST_NOTCHES):
                if "run started" not in screen.text:
                    screen.wheel("filter: words of the log", WHEEL_UP, rows_above=3)
            screen.wait_for("run started")
            screen.click("1 Stages")
            let_go()
        screen.wait_for("checks hold")
        screen.click_until("q Quit", ENDED)
        check_left(screen, postgres_url)


def test_a_small_terminal_starts_runs_and_quits_by_keys(tmp_path: Path) -> None:
    options = ["--size", "tiny", "--database", f"sqlite:///{tmp_path}/demo.db", *AS_OF]
    with Screen(tmp_path, options, columns=80, rows=24) as screen:
        screen.wait_for("ready:")
        screen.press("r")
        screen.wait_for("Create the tables?")
        screen.press("Enter")
        screen.wait_for("checks hold")
        screen.press("q")
        assert screen.wait_for_end() == 0
        assert "succeeded" in screen.scrollback
