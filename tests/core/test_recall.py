"""Several tenants read at once: each is seen as if it were read alone, in as many messages as one of them takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from okrseed.blueprint import Finding, Tenant
from okrseed.prepare import Prepared, inspect, settle
from okrseed.reading import TenantReader
from okrseed.recall import READ_TOGETHER, Answer, one_by_one
from okrseed.targets import Session, Target, open_target
from okrseed.targets.url import parse
from okrseed.tenants import Shard, tenants_of
from okrseed.verify import Snapshot
from tests.core.library import ENTITIES, TABLES, Library
from tests.core.library_tables import Branch, Shelf
from tests.core.seeding import ask, choose, execute
from tests.core.test_many_tenants import seed_many

LIBRARY = Library()
TENANTS = tenants_of(LIBRARY, READ_TOGETHER + 2, Shard())
"""Two parts, the last one not full."""

DISTURBED = (
    """update "books" set "title" = 'Another' where "id" in (select min("id") from "books" group by "shelfId")""",
    """delete from "book_authors" where "bookId" in (select max("id") from "books")""",
    """delete from "bookLoans" where "id" in (select min("id") from "bookLoans")""",
    # To another branch, with all that is in it.
    """update "shelves" set "branchId" = (select max("id") from "branches") where "id" in
       (select min("id") from "shelves" where "branchId" = (select min("id") from "branches"))""",
    # A branch of its own, which nobody reads, has a book of ours.
    """insert into "branches" values ('stray', 'stray', 'Stray', null, '2025-01-01', '2025-01-01')""",
    """insert into "shelves" values ('stray', 'stray', 'Stray', '2025-01-01', '2025-01-01')""",
    """update "books" set "shelfId" = 'stray' where "id" in (select max("id") from "books" where "genre" = 'ATLAS')""",
)


@pytest.fixture
def disturbed_url(database_url: str) -> str:
    """The branches, after somebody has been at them."""
    assert seed_many(database_url, len(TENANTS)).status == "succeeded"
    for statement in DISTURBED:
        execute(database_url, statement)
    return database_url


def looked_at(
    target: Target, session: Session, tenant: Tenant, reader_of: Callable[..., TenantReader]
) -> tuple[Mapping[str, Any], tuple[Finding, ...]]:
    """What is seen of a tenant: its rows and those of its keys elsewhere, by table; and what verification finds."""
    fit = inspect(session, LIBRARY)
    prepared: Prepared = settle(session, target, LIBRARY, choose(), fit, [tenant], reader_of=reader_of)
    snapshot = Snapshot(session, prepared)
    seen = {table: (snapshot.found(table), sorted(snapshot.present(table), key=repr)) for table in TABLES}
    return seen, snapshot.findings()


def test_what_is_read_together_is_what_is_read_alone(disturbed_url: str) -> None:
    with (
        open_target(parse(disturbed_url)) as target,
        target.session("look", read_only=True) as session,
        session.transaction(),
    ):
        apart = {tenant.slug: looked_at(target, session, tenant, TenantReader) for tenant in TENANTS}
        fit = inspect(session, LIBRARY)
        at_once = {
            tenant.slug: looked_at(target, session, tenant, reader_of)
            for tenant, reader_of in one_by_one(session, fit, TENANTS)
        }
    assert at_once == apart
    failed = [slug for slug, (_, findings) in apart.items() if any(one.status == "fail" for one in findings)]
    assert 1 < len(failed) <= len(TENANTS)


def test_several_tenants_take_as_many_messages_as_one(database_url: str) -> None:
    assert seed_many(database_url, READ_TOGETHER).status == "succeeded"
    sent = {}
    with (
        open_target(parse(database_url)) as target,
        target.session("look", read_only=True) as session,
        session.transaction(),
    ):
        fit = inspect(session, LIBRARY)
        for count in (1, READ_TOGETHER):
            before = session.statements
            for tenant, reader_of in one_by_one(session, fit, TENANTS[:count]):
                settled = settle(session, target, LIBRARY, choose(), fit, [tenant], reader_of=reader_of)
                Snapshot(session, settled).findings()
            sent[count] = session.statements - before
    assert sent[READ_TOGETHER] == sent[1] == len(TABLES)
    assert len(ask(database_url, 'select "id" from "branches"')) == READ_TOGETHER


def test_a_question_for_more_than_was_asked_is_not_answered_from_memory() -> None:
    rows = [Shelf("s1", "b1", "One", *[None] * 2), Shelf("s2", "b2", "Two", *[None] * 2)]
    known = Answer(ENTITIES["shelves"], {"branchId": {"b1", "b2", "b3"}, "id": {"s1"}}, rows)
    assert known.part({"branchId": {"b2", "b3"}}) == rows[1:]
    assert known.part({"branchId": {"b2"}, "id": {"s1"}}) == rows
    assert known.part({"branchId": {"b2"}, "id": {"s2"}}) is None
    assert known.part({"branchId": {"b4"}}) is None
    assert known.part({"label": {"One"}}) is None


def test_where_a_row_was_found_for_a_value_that_it_does_not_have_the_database_is_asked_each_time() -> None:
    """As in text of a collation without case."""
    row = Branch("b1", "Main", "Main", *[None] * 3)
    assert Answer(ENTITIES["branches"], {"slug": {"main", "other"}}, [row]).part({"slug": {"main"}}) is None
    assert Answer(ENTITIES["branches"], {"slug": {"Main", "other"}}, [row]).part({"slug": {"Main"}}) == [row]


def test_tables_that_wait_for_no_other_are_read_in_one_go(disturbed_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[list[str]] = []
    with (
        open_target(parse(disturbed_url)) as target,
        target.session("look", read_only=True) as session,
        session.transaction(),
    ):
        fit = inspect(session, LIBRARY)
        read_each = type(session).read_each

        def spied(self: Session, questions: Any) -> Any:
            asked.append([projection.table for projection, _ in questions])
            return read_each(self, questions)

        monkeypatch.setattr(type(session), "read_each", spied)
        at_once = TenantReader(fit.entities, fit.projections, TENANTS[0])
        at_once.read_all(session)
        assert asked == [["branches"], ["shelves"], ["books"], ["book_authors", "bookLoans"], ["authors"]]
        lazily = TenantReader(fit.entities, fit.projections, TENANTS[0])
        assert {table: at_once.within(session, table) for table in TABLES} == {
            table: lazily.within(session, table) for table in TABLES
        }
        assert len(asked) == 5 + len(TABLES)
