"""Databases of every version of the platform, and a home without the developer's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import program
from tests.postgres import Server
from tests.schema_versions.stock import Stock

pytest.register_assert_rewrite("tests.schema_versions.laws")


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home; the working folder is an empty one beside it."""
    with program.isolated(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def stock(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stock]:
    """Databases of every version and state."""
    made = Stock(server, tmp_path_factory.mktemp("stock"))
    yield made
    made.close()
