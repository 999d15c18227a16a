"""Every test of this folder runs in a home and a working folder of its own, without the developer's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import NOT_RUN
from tests.end_to_end import program
from tests.postgres import Server
from tests.targets.pooler import Pooler, find_pgbouncer
from tests.targets.secured import SecuredServer, why_not


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home; the working folder is an empty one beside it."""
    with program.isolated(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def pooler(server: Server) -> Iterator[Pooler]:
    """pgbouncer in transaction mode, with two connections to the server of the tests."""
    binary = find_pgbouncer()
    if binary is None:
        pytest.skip(f"{NOT_RUN}there is no pgbouncer (apt install pgbouncer)")
    with Pooler(binary, server.url()) as running:
        yield running


@pytest.fixture(scope="session")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecuredServer]:
    """A server that wants passwords and speaks TLS."""
    if why_not():
        pytest.skip(NOT_RUN + why_not())
    made = SecuredServer(tmp_path_factory.mktemp("certificates"))
    yield made
    made.server.close()
