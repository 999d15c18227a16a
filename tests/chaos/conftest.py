"""Fixtures of the experiments: what they found is told, also where pytest shows no output of tests that pass."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.effort import SEED
from tests.conftest import FIGURE, NOT_RUN
from tests.end_to_end import program
from tests.postgres import RunningServer, Server, find_server

Tell = Callable[[str], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home; the working folder is an empty one beside it."""
    with program.isolated(tmp_path) as folder:
        yield folder


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Say what an experiment found; the seed is told with it."""

    def told(figure: str) -> None:
        line = f"{figure} (OKRSEED_CHAOS_SEED={SEED})"
        print(line)
        record_property(FIGURE, line)

    return told


@pytest.fixture(scope="session")
def own_server() -> Iterator[Server]:
    """A server that may be stopped in the middle."""
    found = find_server(os.environ)
    if isinstance(found, RunningServer):
        pytest.skip(f"{NOT_RUN}the server in OKRSEED_TEST_DATABASE_URL is not ours to stop")
    with Server(found) as running:
        yield running
