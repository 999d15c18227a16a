"""Rows whose key has several columns are created, found, told apart, updated and deleted on both targets."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from okrseed.adaptation import adapt
from okrseed.graph import Graph
from okrseed.selection import Mode
from okrseed.targets import Session, open_target
from okrseed.targets.schema import Projection
from okrseed.targets.url import parse
from tests.core.disturbances import AUTHORS, BOOKS
from tests.core.library import ENTITIES, Library
from tests.core.seeding import choose, contents, execute, run

LINKS = ENTITIES["book_authors"]


def links(url: str) -> dict[tuple[str, str], int]:
    return {(book, author): position for book, author, position in contents(url)["book_authors"].values()}


def of_a_book_with_several(url: str) -> list[tuple[str, str]]:
    """The keys of a book that has more than one author."""
    keys = sorted(links(url))
    book = next(book for book in BOOKS if sum(key[0] == book for key in keys) > 1)
    return [key for key in keys if key[0] == book]


def where(key: tuple[str, str]) -> str:
    return f"""where "bookId" = '{key[0]}' and "authorId" = '{key[1]}'"""


def test_a_run_creates_every_row_with_its_key(database_url: str) -> None:
    run(database_url)
    library = Library()
    families = library.world(choose(), library.tenant()).book_rows()
    wanted = {(row[0], row[1]): row[2] for family in families for row in family["book_authors"]}
    assert links(database_url) == wanted


def test_a_row_that_differs_is_put_right_and_only_that_one(database_url: str) -> None:
    run(database_url)
    before = links(database_url)
    first, *_ = of_a_book_with_several(database_url)
    execute(database_url, f"update book_authors set position = 99 {where(first)}")
    report = run(database_url)
    assert (report.document()["totals"]["updated"], links(database_url)) == (1, before)


def test_a_row_that_is_missing_beside_another_with_half_its_key_is_created(database_url: str) -> None:
    run(database_url)
    before = links(database_url)
    first, *_ = of_a_book_with_several(database_url)
    execute(database_url, f"delete from book_authors {where(first)}")
    report = run(database_url)
    assert (report.document()["totals"]["created"], links(database_url)) == (1, before)


def test_a_row_that_shares_half_a_key_with_ours_is_not_ours(database_url: str) -> None:
    run(database_url)
    before = links(database_url)
    strange = next((BOOKS[0], author) for author in AUTHORS if (BOOKS[0], author) not in before)
    execute(database_url, f"insert into book_authors values ('{strange[0]}', '{strange[1]}', 5)")
    report = run(database_url)
    assert links(database_url) == {**before, strange: 5}
    assert [note for note in report.plan.notes if "1 unseeded rows in book_authors" in note]


def test_a_purge_deletes_every_row_by_its_key(database_url: str) -> None:
    run(database_url)
    report = run(database_url, choose(mode=Mode.PURGE))
    deleted = {table.table: table.delete for stage in report.plan.stages for table in stage.tables}
    assert (deleted["book_authors"], links(database_url)) == (32, {})


@contextmanager
def _writing(url: str) -> Iterator[tuple[Session, Projection]]:
    """A session of a seeded target, and how the link table lies on it."""
    run(url)
    with open_target(parse(url)) as target, target.session("test") as session:
        catalogue = session.inspect([LINKS.name])
        yield session, adapt({LINKS.name: LINKS}, {}, Graph({}), catalogue, created=False).projections[LINKS.name]


def test_a_target_reads_back_what_it_was_given(database_url: str) -> None:
    with _writing(database_url) as (session, projection):
        key = (BOOKS[0], AUTHORS[8])
        with session.transaction():
            session.insert(projection, [(*key, 7)])
        rows = session.read(projection, [("authorId", [AUTHORS[8]])])
    assert (*key, 7) in rows


def test_a_target_updates_the_rows_with_these_keys_and_no_others(database_url: str) -> None:
    with _writing(database_url) as (session, projection):
        before = links(database_url)
        key, *_ = of_a_book_with_several(database_url)
        with session.transaction():
            count = session.update(projection, [(*key, 99)])
    assert (count, links(database_url)) == (1, {**before, key: 99})


def test_a_target_deletes_the_rows_with_these_keys_and_no_others(database_url: str) -> None:
    with _writing(database_url) as (session, projection):
        before = links(database_url)
        key, *_ = of_a_book_with_several(database_url)
        with session.transaction():
            count = session.delete(projection, [key])
    del before[key]
    assert (count, links(database_url)) == (1, before)
