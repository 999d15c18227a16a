"""Types of the canonical columns that generic SQL has no word for, by the words that PostgreSQL has.

SQLAlchemy has them in its PostgreSQL dialect, whose import costs every start a tenth of a second and brings six
drivers.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import JSON, DateTime, Float
from sqlalchemy.ext.compiler import compiles


class Moment(DateTime):
    """A point in time, to the millisecond."""


class Document(JSON):
    """A JSON document; None is NULL."""

    def __init__(self) -> None:
        super().__init__(none_as_null=True)


class Number(Float[float]):
    """A floating point number of eight bytes."""


for _type, _words in (
    (Moment, "TIMESTAMP(3) WITHOUT TIME ZONE"),
    (Document, "JSONB"),
    (Number, "DOUBLE PRECISION"),
):

    @compiles(_type, "postgresql")
    def _spell(type_: Any, compiler: Any, words: str = _words, **options: Any) -> str:
        return words
