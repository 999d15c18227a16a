"""What may have happened to a seeded library since: edits, losses, rows of the app and of another branch."""

from __future__ import annotations

from hypothesis import strategies as st

from tests.core.library import SECTIONS, Library, library_id
from tests.core.seeding import choose

_LIBRARY = Library()
_SELECTION = choose(_LIBRARY)
_WORLD = _LIBRARY.world(_SELECTION, _LIBRARY.tenant())

BRANCH = _WORLD.branch
SHELVES = [library_id("shelves", BRANCH, section) for section in SECTIONS]
AUTHORS = [row[0] for family in _WORLD.author_rows() for row in family["authors"]]
BOOKS = [row[0] for family in _WORLD.book_rows() for row in family["books"]]
LOANS = [row[0] for family in _WORLD.loan_rows() for row in family["bookLoans"]]
NOW = "'2025-11-20 10:00:00.000000'"
_ELM = "branch-of-elm-road"


def _book(id: str, shelf: str) -> str:
    return (
        'insert into books (id, "shelfId", title, genre, pages, "isReference", "createdAt", "updatedAt") '
        f"values ('{id}', '{shelf}', 'A gift', 'ESSAY', 9, false, {NOW}, {NOW})"
    )


def link(book: str, author: str) -> str:
    """A statement that makes somebody an author of a book."""
    return f"""insert into book_authors ("bookId", "authorId", position) values ('{book}', '{author}', 7)"""


def unseeded_book(shelf: str) -> tuple[str, ...]:
    """Statements that put a book of the app's own on a shelf, unless that is gone."""
    insert = _book("gift", shelf).replace("values (", "select ").removesuffix(")")
    return (f"{insert} where exists (select 1 from shelves where id = '{shelf}')",)


def another_branch(author: str) -> tuple[str, ...]:
    """Statements that add another branch, with a book by an author of ours."""
    return (
        'insert into branches (id, slug, name, facts, "createdAt", "updatedAt") '
        f"values ('{_ELM}', 'elm-road', 'Elm Road', null, {NOW}, {NOW})",
        f"""insert into shelves (id, "branchId", label, "createdAt", "updatedAt")
            values ('elm-shelf', '{_ELM}', 'fiction', {NOW}, {NOW})""",
        _book("elm-book", "elm-shelf"),
        link("elm-book", author),
    )


def _set(table: str, assignment: str, ids: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(ids).map(lambda id: (f"""update "{table}" set {assignment} where id = '{id}'""",))


def _delete(table: str, ids: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.sampled_from(ids).map(lambda id: (f"""delete from "{table}" where id = '{id}'""",))


DISTURBANCES = st.one_of(
    _set("branches", "name = 'Renamed'", [BRANCH]),
    _set("shelves", "label = 'Relabelled'", SHELVES),
    _set("authors", "\"penName\" = 'Pen'", AUTHORS),
    _set("authors", '"mentorId" = null', AUTHORS),
    _set("authors", "\"cardCode\" = 'changed by the app'", AUTHORS),
    _set("books", "title = 'Retitled', pages = pages + 1", BOOKS),
    _set("books", "genre = 'ATLAS', details = null", BOOKS),
    _set("books", f'"createdAt" = {NOW}, "updatedAt" = {NOW}', BOOKS),
    _set("books", f'"shelfId" = coalesce((select id from shelves where id = \'{SHELVES[0]}\'), "shelfId")', BOOKS),
    _set("bookLoans", f'"returnedAt" = {NOW}', LOANS),
    st.sampled_from(BOOKS).map(lambda id: (f"""update book_authors set position = 9 where "bookId" = '{id}'""",)),
    _delete("branches", [BRANCH]),
    _delete("shelves", SHELVES),
    _delete("authors", AUTHORS),
    _delete("books", BOOKS),
    _delete("bookLoans", LOANS),
    st.sampled_from(BOOKS).map(lambda id: (f"""delete from book_authors where "bookId" = '{id}'""",)),
)
"""One thing that may have happened, as statements; it may happen several times."""

OTHERS = st.sampled_from([(), unseeded_book(SHELVES[1]), another_branch(AUTHORS[3])])
"""Rows that are not ours, at most once each."""
