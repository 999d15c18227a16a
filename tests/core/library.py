"""A small blueprint for the engine's tests: one branch of a library, with a bit of everything a blueprint can say."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from operator import methodcaller
from typing import Any, Self

from sqlalchemy import MetaData

from okrseed.blueprint import (
    Check,
    Entity,
    Environment,
    Family,
    Finding,
    Key,
    OnCreate,
    Outline,
    Refers,
    Row,
    Rows,
    Scope,
    Stage,
    Stamp,
    Tenant,
    Within,
)
from okrseed.chance import Chance, quota
from okrseed.definition import Definition, Dialect, defined
from okrseed.described import described
from okrseed.identity import Namespace, slug
from okrseed.selection import Selection
from tests.core import library_tables as tables
from tests.core.library_tables import Author, Authorship, Book, Branch, Loan, Shelf

SECTIONS = ("fiction", "history", "science")
AUTHORS_PER_SECTION = 3
BOOKS_PER_SECTION = {"small": 2, "large": 5}
TABLES = tuple(table.name for table in tables.metadata.sorted_tables)
GENRES = {"NOVEL": 50, "ESSAY": 30, "ATLAS": 20}
DEFAULT_SLUG = "main-street"

_IDS = Namespace("0d5c7a55-2f0c-4a0c-9f6e-3a8f3c1f2b10")


def library_id(*name: str) -> str:
    """The id of the row with this natural key; its first part is the table."""
    return _IDS.id(":".join(name))


class World:
    """One branch and selection: the producers of the stages are its methods."""

    def __init__(self, selection: Selection, tenant: Tenant) -> None:
        self.selection = selection
        self.tenant = tenant
        self.branch = library_id("branches", tenant.slug)
        self.chance = Chance(selection.seed)
        self.moment = datetime.datetime.combine(selection.as_of, datetime.time(18))
        self.card_codes_made = 0

    def branch_rows(self) -> Iterator[Family]:
        stamp = {
            "seed": self.selection.seed,
            "size": self.selection.size,
            "as_of": self.selection.as_of.isoformat(),
            "sections": list(self.selection.scopes),
        }
        facts = {"okrseed": stamp, "opens": "09:00"}
        yield {"branches": [Branch(self.branch, self.tenant.slug, self.tenant.title, facts, self.moment, self.moment)]}

    def shelf_rows(self) -> Iterator[Family]:
        for section in self.selection.scopes:
            yield {"shelves": [Shelf(self._shelf(section), self.branch, section, self.moment, self.moment)]}

    def author_rows(self) -> Iterator[Family]:
        for section in self.selection.scopes:
            names = self._authors(section)
            mentor = library_id("authors", names[0])
            for name in names:
                id = library_id("authors", name)
                made = OnCreate.VALUE
                yield {
                    "authors": [
                        Author(id, name, None if id == mentor else mentor, None, made, self.moment, self.moment)
                    ]
                }

    def book_rows(self) -> Iterator[Family]:
        """A book and its authors are one family."""
        for section in self.selection.scopes:
            for title, genre in self._titles(section):
                book = library_id("books", self._shelf(section), title)
                count = 1 + self.chance.below(AUTHORS_PER_SECTION, f"authors of {title}")
                names = self.chance.shuffled(self._authors(section), title)[:count]
                links = [Authorship(book, library_id("authors", name), place) for place, name in enumerate(names)]
                yield {"books": [self._book(book, section, title, genre)], "book_authors": links}

    def loan_rows(self) -> Iterator[Family]:
        for section in self.selection.scopes:
            for title, _ in self._titles(section):
                book = library_id("books", self._shelf(section), title)
                for place in range(self.chance.below(3, f"loans of {title}")):
                    lent = self.moment - datetime.timedelta(days=7 * (place + 1))
                    back = lent + datetime.timedelta(days=5) if place else None
                    yield {"bookLoans": [Loan(library_id("loans", book, str(place)), book, "Ada Reader", lent, back)]}

    def card_code(self) -> str:
        """A value that is made only when an author has to be created, once in a run."""
        self.card_codes_made += 1
        return f"card-{self.card_codes_made}"

    def _shelf(self, section: str) -> str:
        return library_id("shelves", self.branch, section)

    def _titles(self, section: str) -> list[tuple[str, str]]:
        genres = quota(GENRES, BOOKS_PER_SECTION[self.selection.size])
        return [(f"{section.title()}, volume {place}", genre) for place, genre in enumerate(genres, 1)]

    @staticmethod
    def _authors(section: str) -> list[str]:
        return [f"{section.title()} Author {place}" for place in range(1, AUTHORS_PER_SECTION + 1)]

    def _book(self, id: str, section: str, title: str, genre: str) -> Book:
        pages = 80 + self.chance.below(400, f"pages of {title}")
        rating = None if genre == "ATLAS" else round(self.chance.fraction(f"rating of {title}") * 5, 1)
        details = {"shelfmark": title.lower(), "tags": [section]} if pages % 2 else None
        moment = self.moment
        return Book(id, self._shelf(section), title, genre, pages, rating, genre == "ATLAS", details, moment, moment)


def keep_added_facts(actual: Any, desired: Any) -> Any:
    """Facts that the app added stay; the stamp keeps the larger size and the union of the sections."""
    if not isinstance(actual, Mapping):
        return desired
    merged = {**actual, **desired}
    before = actual.get("okrseed")
    if isinstance(before, Mapping) and before.get("seed") == merged["okrseed"]["seed"]:
        sections = {*before["sections"], *desired["okrseed"]["sections"]}
        size = max(before["size"], desired["okrseed"]["size"], key=list(BOOKS_PER_SECTION).index)
        merged["okrseed"] = {**desired["okrseed"], "size": size, "sections": sorted(sections)}
    return merged


_stamped = partial(Entity, preserved=frozenset({"createdAt"}), touched=frozenset({"updatedAt"}))

ENTITIES: Mapping[str, Entity] = {
    entity.name: entity
    for entity in (
        _stamped(described(tables.branches), Branch._make, root="slug", merges={"facts": keep_added_facts}),
        _stamped(
            described(tables.shelves),
            Shelf._make,
            within=(Within("branchId", "branches"),),
            refers=(Refers("branchId", "branches"),),
        ),
        Entity(
            described(tables.authors),
            Author._make,
            shared=True,
            preserved=frozenset({"createdAt", "penName", "cardCode"}),
            touched=frozenset({"updatedAt"}),
            made={"cardCode": methodcaller("card_code")},
            within=(Within("id", "book_authors", "authorId"),),
            refers=(Refers("mentorId", "authors"),),
        ),
        _stamped(
            described(tables.books),
            Book._make,
            within=(Within("shelfId", "shelves"),),
            refers=(Refers("shelfId", "shelves"),),
        ),
        Entity(
            described(tables.book_authors),
            Authorship._make,
            within=(Within("bookId", "books"),),
            refers=(Refers("bookId", "books"), Refers("authorId", "authors")),
        ),
        Entity(
            described(tables.loans),
            Loan._make,
            within=(Within("bookId", "books"),),
            refers=(Refers("bookId", "books"),),
        ),
    )
}


def _stage(id: str, *stage_tables: str, needs: tuple[str, ...] = (), **facts: Any) -> Stage:
    producer = methodcaller(f"{id.removesuffix('s').replace('shelve', 'shelf')}_rows")
    return Stage(id, id.title(), stage_tables, producer, depends_on=needs, budget_s=5.0, **facts)


STAGES = (
    _stage("branch", "branches", essential=True, critical=True, tags=frozenset({"place"})),
    _stage("shelves", "shelves", needs=("branch",), essential=True, tags=frozenset({"place"})),
    _stage("authors", "authors", needs=("branch",), priority=1, tags=frozenset({"people"})),
    _stage("books", "books", "book_authors", needs=("shelves", "authors"), tags=frozenset({"media"})),
    _stage("loans", "bookLoans", needs=("books",), tags=frozenset({"media", "people"})),
)


def _every_book_has_an_author(world: World, rows: Rows) -> Finding:
    written = {link.bookId for link in rows.found("book_authors")}
    without = [book.title for book in rows.found("books") if book.id not in written]
    found = f"{len(without)} books without an author"
    return Finding("authors", "books have authors", "fail" if without else "pass", "0 books without an author", found)


CHECKS = (Check("authors", "books have authors", _every_book_has_an_author),)


@dataclasses.dataclass
class Library:
    """The blueprint; tests replace its stages and checks, or give the branch another slug."""

    graph: tuple[Stage, ...] = STAGES
    all_checks: tuple[Check, ...] = CHECKS
    slug: str = DEFAULT_SLUG

    name: str = "library"
    version: str = "1"
    title: str = "Library branch"
    sizes: tuple[str, ...] = tuple(BOOKS_PER_SECTION)
    seed: str = "library-seed"
    configured: str = ""
    options: Mapping[str, str] = dataclasses.field(default_factory=dict)
    scope_counts: Mapping[str, str] = dataclasses.field(default_factory=lambda: {"books": "books"})
    environments: Mapping[str, Environment] = dataclasses.field(
        default_factory=lambda: {
            "development": Environment("development", "large"),
            "test": Environment("test", "small"),
            "production": Environment("production", "large", essential_only=True),
        }
    )

    def with_stage(self, id: str, **changes: Any) -> Self:
        """The same library with other facts of one stage."""
        stages = (dataclasses.replace(stage, **changes) if stage.id == id else stage for stage in self.graph)
        return dataclasses.replace(self, graph=tuple(stages))

    def stages(self) -> tuple[Stage, ...]:
        return self.graph

    def metadata(self) -> MetaData:
        return tables.metadata

    def definition(self, dialect: Dialect) -> Definition:
        return defined(tables.metadata, dialect)

    def entities(self) -> Mapping[str, Entity]:
        return ENTITIES

    def scopes(self) -> tuple[Scope, ...]:
        return tuple(Scope(section, section.title()) for section in SECTIONS)

    def recover(self, slug: str, present: Mapping[str, Sequence[Any]]) -> Tenant:
        return Tenant(slug, slug)

    def tenant(self, number: int = 1) -> Tenant:
        if number > 1:
            return Tenant(f"{self.slug}-{number}", f"Main Street Library {number}")
        return Tenant(self.slug, "Main Street Library")

    def world(self, selection: Selection, tenant: Tenant) -> World:
        return World(selection, tenant)

    def outline(self, world: World) -> tuple[Outline, ...]:
        return ()

    def checks(self) -> tuple[Check, ...]:
        return self.all_checks

    def stamp(self, row: Row) -> Stamp | None:
        facts = row[ENTITIES["branches"].positions["facts"]]
        stamp = facts.get("okrseed") if isinstance(facts, dict) else None
        if not isinstance(stamp, dict):
            return None
        return Stamp(stamp["seed"], stamp["size"], stamp["as_of"], tuple(stamp["sections"]), frozenset())

    def recognise(self, tenant: Tenant, present: Mapping[str, Sequence[Row]]) -> Mapping[str, frozenset[Key]]:
        """Branches, shelves and authors by their natural keys; other rows only by what is produced."""
        found = {
            "branches": {row[0]: library_id("branches", row[1]) for row in present["branches"]},
            "shelves": {row[0]: library_id("shelves", row[1], slug(row[2])) for row in present["shelves"]},
            "authors": {row[0]: library_id("authors", row[1]) for row in present["authors"]},
        }
        return {table: frozenset(id for id, own in ids.items() if id == own) for table, ids in found.items()}

    def suggested_options(self, selection: Selection) -> frozenset[str]:
        return frozenset()

    def notes(self, selection: Selection) -> tuple[str, ...]:
        return ()
