"""The schema of the tests' library: typed rows, tables with mixed-case names, an enum, JSON, a composite key."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Enum,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    Table,
    Text,
    false,
    text,
)
from sqlalchemy.dialects.postgresql import DOUBLE_PRECISION, JSONB, TIMESTAMP

metadata = MetaData()

GENRE = Enum("NOVEL", "ESSAY", "ATLAS", name="BookGenre")

_MOMENT = DateTime().with_variant(TIMESTAMP(precision=3), "postgresql")
_DOCUMENT = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")
_NUMBER = Float().with_variant(DOUBLE_PRECISION(), "postgresql")


def _stamps() -> tuple[Column[Any], Column[Any]]:
    created = Column("createdAt", _MOMENT, nullable=False, server_default=text("CURRENT_TIMESTAMP"))
    return created, Column("updatedAt", _MOMENT, nullable=False)


def _to(target: str, on_delete: str = "CASCADE") -> ForeignKey:
    return ForeignKey(f"{target}.id", ondelete=on_delete)


class Branch(NamedTuple):
    id: str
    slug: str
    name: str
    facts: dict[str, Any] | None
    createdAt: datetime.datetime
    updatedAt: datetime.datetime


branches = Table(
    "branches",
    metadata,
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False, unique=True),
    Column("name", Text, nullable=False),
    Column("facts", _DOCUMENT),
    *_stamps(),
)


class Shelf(NamedTuple):
    id: str
    branchId: str
    label: str
    createdAt: datetime.datetime
    updatedAt: datetime.datetime


shelves = Table(
    "shelves",
    metadata,
    Column("id", Text, primary_key=True),
    Column("branchId", Text, _to("branches"), nullable=False),
    Column("label", Text, nullable=False),
    *_stamps(),
)


class Author(NamedTuple):
    id: str
    name: str
    mentorId: str | None
    penName: str | None
    cardCode: Any
    createdAt: datetime.datetime
    updatedAt: datetime.datetime


authors = Table(
    "authors",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False, unique=True),
    Column("mentorId", Text, _to("authors", "SET NULL")),
    Column("penName", Text),
    Column("cardCode", Text),
    *_stamps(),
)


class Book(NamedTuple):
    id: str
    shelfId: str
    title: str
    genre: str
    pages: int
    rating: float | None
    isReference: bool
    details: dict[str, Any] | None
    createdAt: datetime.datetime
    updatedAt: datetime.datetime


books = Table(
    "books",
    metadata,
    Column("id", Text, primary_key=True),
    Column("shelfId", Text, _to("shelves"), nullable=False),
    Column("title", Text, nullable=False),
    Column("genre", GENRE, nullable=False),
    Column("pages", Integer, nullable=False),
    Column("rating", _NUMBER),
    Column("isReference", Boolean, nullable=False, server_default=false()),
    Column("details", _DOCUMENT),
    *_stamps(),
)


class Authorship(NamedTuple):
    bookId: str
    authorId: str
    position: int


book_authors = Table(
    "book_authors",
    metadata,
    Column("bookId", Text, _to("books"), primary_key=True),
    Column("authorId", Text, _to("authors"), primary_key=True),
    Column("position", Integer, nullable=False),
)


class Loan(NamedTuple):
    id: str
    bookId: str
    reader: str
    lentAt: datetime.datetime
    returnedAt: datetime.datetime | None


loans = Table(
    "bookLoans",
    metadata,
    Column("id", Text, primary_key=True),
    Column("bookId", Text, _to("books"), nullable=False),
    Column("reader", Text, nullable=False),
    Column("lentAt", _MOMENT, nullable=False),
    Column("returnedAt", _MOMENT),
)
