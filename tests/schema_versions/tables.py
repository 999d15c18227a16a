"""Tables and columns in words: what the versions of the platform's schema are described with.

A column reads `name[?] [type] [= default] [-> table ON DELETE rule]`; `?` is nullable, the type is text unless said,
and a type with a capital letter is an enum.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

_COLUMN = re.compile(
    r"(?P<name>\w+)(?P<nullable>\??)"
    r"(?: (?P<type>\w+(?:\(\d\))?))?"
    r"(?: = (?P<default>\S+))?"
    r"(?: -> (?P<referred>\w+) (?P<on_delete>CASCADE|SET NULL))?"
)


@dataclass(frozen=True)
class Column:
    """One column; `referred` is the table that its foreign key points at."""

    name: str
    type: str
    nullable: bool
    default: str | None
    referred: str | None
    on_delete: str | None

    @property
    def is_enum(self) -> bool:
        return self.type[0].isupper()

    @property
    def must_be_given(self) -> bool:
        """Whether an INSERT that leaves it out fails."""
        return not self.nullable and self.default is None


@dataclass(frozen=True)
class Table:
    """One table; its primary key is always the text column id."""

    name: str
    columns: tuple[Column, ...]
    unique: tuple[tuple[str, ...], ...]
    indexes: tuple[tuple[str, ...], ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    def column(self, name: str) -> Column:
        return next(column for column in self.columns if column.name == name)

    def without(self, *names: str) -> Table:
        """The table without some columns and their indexes."""
        assert set(names) <= set(self.names)
        return replace(
            self,
            columns=tuple(column for column in self.columns if column.name not in names),
            indexes=tuple(group for group in self.indexes if not set(group) & set(names)),
        )

    def adding(self, *descriptions: str, indexes: tuple[str, ...] = ()) -> Table:
        """The table with further columns at its end, where ALTER TABLE puts them."""
        columns = tuple(map(_column, descriptions))
        return replace(self, columns=self.columns + columns, indexes=self.indexes + _groups(indexes))

    def renaming(self, name: str, description: str) -> Table:
        """The table with a column, and its indexes, under another name in the same place."""
        renamed = _column(description)
        assert name in self.names
        return replace(
            self,
            columns=tuple(renamed if column.name == name else column for column in self.columns),
            indexes=tuple(tuple(renamed.name if part == name else part for part in group) for group in self.indexes),
        )


def table(
    name: str,
    *descriptions: str,
    unique: tuple[str, ...] = (),
    indexes: tuple[str, ...] = (),
    updated: bool = True,
) -> Table:
    """A table with id, its columns, createdAt and (`updated`) updatedAt; groups of columns are written `a, b`."""
    moments = ["createdAt timestamp(3) = CURRENT_TIMESTAMP", *(["updatedAt timestamp(3)"] if updated else [])]
    columns = tuple(map(_column, ("id", *descriptions, *moments)))
    return Table(name, columns, _groups(unique), _groups(indexes))


def _column(description: str) -> Column:
    parts = _COLUMN.fullmatch(description)
    assert parts, description
    return Column(
        parts["name"],
        parts["type"] or "text",
        bool(parts["nullable"]),
        parts["default"],
        parts["referred"],
        parts["on_delete"],
    )


def _groups(written: tuple[str, ...]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group.split(", ")) for group in written)
