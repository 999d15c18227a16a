"""Fixtures of all tests: a real PostgreSQL for each test process, fresh databases, the demo blueprint."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest

from okrseed import redaction
from tests.postgres import Server

_numbers = itertools.count(1)
NOT_RUN = "not run: "
FIGURE = "figure"
"""The name of a test's property that the summary shows: what an experiment found."""


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what experiments found, and what this machine could not test: a skip that nobody sees looks like a pass."""
    for ending in ("passed", "failed"):
        for report in terminalreporter.stats.get(ending, []):
            for name, figure in report.user_properties:
                if name == FIGURE:
                    terminalreporter.write_line(f"{report.nodeid}: {figure}")
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2].removeprefix("Skipped: ") if isinstance(report.longrepr, tuple) else ""
        if reason.startswith(NOT_RUN):
            terminalreporter.write_line(f"{report.nodeid}: {reason}", yellow=True)


@pytest.fixture(autouse=True)
def nothing_met(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins as a process does: no password was met yet. Another test's may be any word of a message."""
    monkeypatch.setattr(redaction, "_met", set())


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """A real PostgreSQL; the tests fail where none can be had."""
    with Server() as running:
        yield running


@pytest.fixture
def postgres_url(server: Server) -> Iterator[str]:
    """The URL of an empty database, dropped afterwards."""
    name = f"test_{next(_numbers)}"
    yield server.create_database(name)
    server.drop_database(name)


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    """The URL of a SQLite file that does not exist yet."""
    return f"sqlite:///{tmp_path / 'demo.db'}"


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """An empty database, once on each kind of target."""
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url"))
