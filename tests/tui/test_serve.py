"""`okrseed-tui --serve`: what it refuses to start with, and the page in a real browser."""

from __future__ import annotations

import asyncio
import contextlib
import importlib.util
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest

from okrseed.invocation import understand
from okrseed.selection import Mode
from okrseed_tui.main import parser
from okrseed_tui.screens.dialogs import Page
from okrseed_tui.serve import command_line, without
from okrseed_tui.served import ServedApp, ServedDesk
from okrseed_tui.widgets.setup_panel import SetupPanel
from tests.tui.app_under_test import surroundings, until, until_planned
from tests.tui.browser import Browser, find_chromium
from tests.tui.terminal import environment, plain

AS_OF = ("--as-of", "2025-11-20")
PASSWORD = "geheim$wort' \"&;"
PROGRAM = (sys.executable, "-m", "okrseed_tui.main")
SECONDS = 30

servable = pytest.mark.skipif(
    importlib.util.find_spec("textual_serve") is None, reason="not run: textual-serve is not installed"
)


def call(folder: Path, *options: str, environ: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """One call that ends by itself."""
    return subprocess.run(
        [*PROGRAM, *options],
        cwd=folder,
        env=environment(folder) | dict(environ or {}),
        capture_output=True,
        text=True,
        timeout=SECONDS,
    )


@contextlib.contextmanager
def serving(folder: Path, *options: str) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """A server on a free port: the address it prints, and its process; ended by TERM."""
    errors = folder / "stderr"
    with (
        errors.open("w") as stderr,
        subprocess.Popen(
            [*PROGRAM, "--serve", "--port", "0", *options],
            cwd=folder,
            env=environment(folder),
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
        ) as process,
    ):
        assert process.stdout is not None
        try:
            line = process.stdout.readline()
            found = re.search(r"http://127\.0\.0\.1:\d+", line)
            assert found, line + errors.read_text()
            yield found[0], process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(SECONDS)
            finally:
                process.kill()


def processes() -> list[str]:
    """What `ps` shows to everybody: the arguments of every process."""
    lines: list[str] = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            lines.append(path.read_text(errors="replace").replace("\0", " "))
    return lines


def users(path: Path) -> int:
    with sqlite3.connect(path) as connection:
        return int(connection.execute("select count(*) from users").fetchone()[0])


def test_options_are_taken_away_with_their_values_and_nothing_else() -> None:
    given = ["--serve", "--size", "tiny", "--port=1", "--database", "postgresql://u:p@h/d", "--port", "2", "--plain"]
    assert without(given, {"--serve": 0, "--port": 1, "--database": 1}) == ["--size", "tiny", "--plain"]


@pytest.mark.skipif(os.name == "nt", reason="the quoting of a POSIX shell")
def test_the_command_of_a_page_survives_the_shell() -> None:
    awkward = ["a b", "$HOME", "it's", 'q"q', "*", "", "ü;&|", "\\"]
    echo = [sys.executable, "-c", "import sys, json; print(json.dumps(sys.argv[1:]))", *awkward]
    found = subprocess.run(command_line(echo), shell=True, capture_output=True, text=True, check=True)
    assert json.loads(found.stdout) == awkward


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--serve", "--port", "many"], "port is not a whole number"),
        (["--serve", "--port", "70000"], "port is not a whole number"),
        (["--serve", "--plain"], "--serve shows the app"),
        (["--port", "8000"], "belong to --serve"),
        (["--allow-purge"], "belong to --serve"),
        (["--serve", "--database", "mongodb://h/d"], "the database URL cannot be understood"),
    ],
)
def test_options_that_do_not_go_together_are_told_with_exit_code_2(
    tmp_path: Path, options: list[str], said: str
) -> None:
    ended = call(tmp_path, *options)
    assert ended.returncode == 2
    assert said in ended.stderr


def test_without_the_extra_it_says_what_to_install(tmp_path: Path) -> None:
    (tmp_path / "textual_serve.py").write_text("raise ImportError('not here')")
    ended = call(tmp_path, "--serve", environ={"PYTHONPATH": str(tmp_path)})
    assert ended.returncode == 2
    assert "pip install 'okrseed[web]'" in ended.stderr
    assert "Traceback" not in ended.stderr


@servable
def test_a_port_that_is_taken_is_told_with_exit_code_2(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = call(tmp_path, "--serve", "--port", str(port))
    assert ended.returncode == 2
    assert f"cannot listen on 127.0.0.1:{port}" in ended.stderr
    assert "--port 0" in ended.stderr


@pytest.mark.asyncio
@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
async def test_what_deletes_is_refused_by_name_also_when_it_is_chosen_in_the_setup(
    tmp_path: Path, sqlite_url: str, mode: Mode
) -> None:
    options = parser().parse_args(["--database", sqlite_url, "--size", "tiny", "--served"])
    options.command = "run"
    app = ServedApp(ServedDesk(understand(options, surroundings(tmp_path))))
    async with app.run_test(size=(120, 36)) as pilot:
        app.screen.post_message(SetupPanel.Changed(replace(app.choices, mode=mode)))
        await until(pilot, lambda: app.choices.mode is mode, "the mode was chosen")
        await until_planned(pilot, app)
        await pilot.press("r")
        await until(pilot, lambda: isinstance(app.screen, Page), "it was refused")
        assert f"{mode.value.capitalize()} is off in the browser" in str(app.screen.query_one("Label").render())
        offered = [command.title for command in app.get_system_commands(app.screen)]
        assert "Run" in offered
        assert "Purge" not in offered


@servable
@pytest.mark.asyncio
async def test_other_pages_and_other_names_are_refused(tmp_path: Path) -> None:
    import aiohttp

    with serving(tmp_path, "--size", "tiny") as (url, _):
        async with aiohttp.ClientSession() as session:
            for headers, status in (
                ({}, 200),
                ({"Origin": url}, 200),
                ({"Origin": "http://evil.example"}, 403),
                ({"Host": "evil.example"}, 403),
            ):
                async with session.get(url, headers=headers) as response:
                    assert (headers, response.status) == (headers, status)
                    if status == 200:
                        assert "default-src 'self'" in response.headers["Content-Security-Policy"]
            with pytest.raises(aiohttp.WSServerHandshakeError):
                await session.ws_connect(f"{url}/ws", origin="http://evil.example")


@servable
@pytest.mark.asyncio
@pytest.mark.skipif(not Path("/proc/self/cmdline").exists(), reason="not run: there is no /proc to read")
async def test_a_password_is_in_no_process_list_and_on_no_page(tmp_path: Path) -> None:
    import aiohttp

    secret = quote(PASSWORD, safe="")
    with serving(tmp_path, "--database", f"postgresql://okr:{secret}@127.0.0.1:1/none") as (url, process):
        async with aiohttp.ClientSession() as session:
            async with session.get(url) as response:
                page = await response.text()
            async with session.ws_connect(f"{url}/ws?width=160&height=48") as app:
                received = b""
                async with asyncio.timeout(SECONDS):
                    while "no connection" not in plain(received):
                        received += await app.receive_bytes()
                listed = processes()
    assert any("--served" in line for line in listed)
    assert process.returncode == 0
    for text in (page, plain(received), *listed):
        assert PASSWORD not in text
        assert secret not in text


@servable
@pytest.mark.browser
@pytest.mark.asyncio
@pytest.mark.skipif(find_chromium() is None, reason="not run: there is no Chromium on this machine")
async def test_the_page_seeds_and_refuses_to_purge(tmp_path: Path) -> None:
    database = tmp_path / "page.db"
    options = ["--size", "tiny", *AS_OF, "--database", f"sqlite:///{database}"]
    with serving(tmp_path, *options) as (url, process):
        async with Browser(tmp_path) as browser:
            await browser.wait_for("ready:", browser.open(url))
            assert await browser.evaluate("document.body.classList.contains('-first-byte')")
            assert "puzzel-cx-demo" in browser.shown
            # The footer offers other things, but not this one.
            assert "Dry run" in browser.shown
            assert "Purge" not in browser.shown
            # A key press works. The footer is what a screen paints last, so its words say that the screen is there.
            await browser.evaluate("document.querySelector('.xterm-helper-textarea').focus()")
            await browser.wait_for("esc Close", browser.press("?"))
            assert "stop after the current chunk" in browser.shown
            await browser.wait_for("Dry run", browser.press("Escape"))
            # A run works; the tables it needs are asked for first.
            await browser.wait_for("esc Back", browser.press("r"))
            assert "Create the tables?" in browser.shown
            await browser.wait_for("esc Close", browser.press("Enter"))
            assert "checks hold" in browser.shown
            assert users(database) == 25
            # A purge is refused by name.
            await browser.wait_for("Dry run", browser.press("Escape"))
            await browser.wait_for("Purge is off in the browser", browser.press("p"))
    assert process.returncode == 0
    assert users(database) == 25
