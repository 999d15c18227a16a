"""Every test of this folder runs in a home and a working folder of its own, without the developer's settings."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end import program
from tests.end_to_end.database import Database, PostgresDatabase
from tests.end_to_end.templates import Kind, Templates
from tests.end_to_end.tenants import configure_small
from tests.postgres import Server


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home; the working folder is an empty one beside it."""
    with program.isolated(tmp_path) as folder:
        yield folder


@pytest.fixture(scope="session")
def templates(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Templates]:
    """Seeded tenants to copy."""
    made = Templates(server, tmp_path_factory.mktemp("templates"))
    yield made
    made.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> Kind:
    """Once on each kind of database."""
    kind: Kind = request.param
    return kind


@pytest.fixture
def empty(templates: Templates, kind: Kind) -> Iterator[Database]:
    """The tables, without rows."""
    with templates.lend(kind, "empty") as database:
        yield database


@pytest.fixture
def tiny(templates: Templates, kind: Kind) -> Iterator[Database]:
    """The default tenant at size tiny."""
    with templates.lend(kind, "tiny") as database:
        yield database


@pytest.fixture
def full(templates: Templates, kind: Kind) -> Iterator[Database]:
    """The default tenant at size full."""
    with templates.lend(kind, "full") as database:
        yield database


@pytest.fixture
def small(templates: Templates, kind: Kind) -> Iterator[Database]:
    """The small tenant at size tiny, and the working folder configured for it."""
    configure_small()
    with templates.lend(kind, "small") as database:
        yield database


@pytest.fixture
def lone(templates: Templates) -> Database:
    """As `small`, on SQLite only: where the kind of database makes no difference."""
    configure_small()
    return templates.copy("sqlite", "small")


@pytest.fixture
def postgres(templates: Templates) -> Iterator[PostgresDatabase]:
    """As `small`, on PostgreSQL only."""
    configure_small()
    with templates.lend("postgresql", "small") as database:
        assert isinstance(database, PostgresDatabase)
        yield database


@pytest.fixture
def empty_postgres(templates: Templates) -> Iterator[PostgresDatabase]:
    """The tables without rows, on PostgreSQL only."""
    with templates.lend("postgresql", "empty") as database:
        assert isinstance(database, PostgresDatabase)
        yield database


@pytest.fixture
def own_postgres(templates: Templates) -> Database:
    """As `empty_postgres`, for a test that changes the schema in its own way."""
    return templates.copy("postgresql", "empty")
