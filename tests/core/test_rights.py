"""Rights that a run needs and does not have are refused before the first row, by right and table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import pytest

from okrseed.errors import NOTHING_WRITTEN, Exit, OkrseedError, Refused
from okrseed.selection import Mode
from tests.core.library import TABLES
from tests.core.seeding import choose, contents, execute, plan, run

EVERY_TABLE = ", ".join(f'"{table}"' for table in TABLES)


@pytest.fixture
def reader_url(postgres_url: str) -> Iterator[str]:
    """A database as somebody sees it who may read the library's tables, and do nothing else."""
    run(postgres_url)
    parts = urlsplit(postgres_url)
    role = f"reader_of_{parts.path.removeprefix('/')}"
    execute(
        postgres_url,
        f"create role {role} login password 'reading'",
        f"grant select on {EVERY_TABLE} to {role}",
        "revoke create on schema public from public",
    )
    yield parts._replace(netloc=f"{role}:reading@{parts.hostname}:{parts.port}").geturl()
    execute(postgres_url, f"drop owned by {role}", f"drop role {role}")


def role_of(url: str) -> str:
    return str(urlsplit(url).username)


def refusal(attempt: Callable[[], object]) -> OkrseedError:
    with pytest.raises(OkrseedError) as caught:
        attempt()
    return caught.value


@pytest.mark.parametrize(
    ("mode", "rights"),
    [
        (Mode.FULL, {"INSERT", "UPDATE"}),
        (Mode.INCREMENTAL, {"INSERT"}),
        (Mode.PURGE, {"DELETE"}),
        (Mode.RESET, {"INSERT", "UPDATE", "DELETE"}),
    ],
)
def test_every_right_that_a_mode_needs_is_named_with_its_table(reader_url: str, mode: Mode, rights: set[str]) -> None:
    error = refusal(lambda: run(reader_url, choose(mode=mode), create_schema=False))
    assert isinstance(error, Refused)
    assert (error.code, error.safe) == ("missing_rights", NOTHING_WRITTEN)
    named = set(error.message.rpartition(": ")[2].split(", "))
    assert named == {f"{right} on {table}" for right in rights for table in TABLES}


def test_without_rights_nothing_is_written(reader_url: str, postgres_url: str) -> None:
    execute(postgres_url, "delete from books where title like 'Fiction%'")
    before = contents(postgres_url)
    refusal(lambda: run(reader_url, create_schema=False))
    assert contents(postgres_url) == before


def test_one_right_that_is_missing_on_one_table_is_named_alone(reader_url: str, postgres_url: str) -> None:
    execute(
        postgres_url,
        f"grant insert, update on {EVERY_TABLE} to {role_of(reader_url)}",
        f'revoke update on "bookLoans" from {role_of(reader_url)}',
    )
    error = refusal(lambda: run(reader_url, create_schema=False))
    assert error.message.endswith("lacks rights: UPDATE on bookLoans")


def test_who_may_only_read_may_plan(reader_url: str) -> None:
    assert plan(reader_url).total("unchanged") == 76


def test_who_may_not_read_may_not_plan(reader_url: str, postgres_url: str) -> None:
    execute(postgres_url, f"revoke select on books from {role_of(reader_url)}")
    assert refusal(lambda: plan(reader_url)).message.endswith("lacks rights: SELECT on books")


def test_who_may_insert_may_run_incrementally(reader_url: str, postgres_url: str) -> None:
    execute(
        postgres_url,
        f"grant insert on {EVERY_TABLE} to {role_of(reader_url)}",
        "delete from authors where name = 'Fiction Author 1'",
    )
    report = run(reader_url, choose(mode=Mode.INCREMENTAL), create_schema=False)
    assert (report.status, report.plan.left) == ("succeeded", {"authors": 2})


def test_who_may_not_create_tables_is_refused_when_tables_are_to_be_made(reader_url: str, postgres_url: str) -> None:
    execute(postgres_url, f"drop table {EVERY_TABLE} cascade")
    error = refusal(lambda: run(reader_url, create_schema=True))
    assert (error.exit, error.safe) == (Exit.REFUSED, NOTHING_WRITTEN)
    assert "public" in error.message
