"""Rows that are made only if somebody looks at them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import Any, TypeVar, overload

from okrseed.blueprint import Row

Source = TypeVar("Source")


class Lazily(Sequence[Row]):
    """As many rows as there are sources; a target without their table never has them made."""

    def __init__(self, make: Callable[[Any], Row], sources: Sequence[Any]) -> None:
        self._make = make
        self._sources = sources

    @cached_property
    def _rows(self) -> list[Row]:
        return list(map(self._make, self._sources))

    def __len__(self) -> int:
        return len(self._sources)

    def __iter__(self) -> Iterator[Row]:
        return iter(self._rows)

    @overload
    def __getitem__(self, place: int) -> Row: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Row]: ...
    def __getitem__(self, place: int | slice) -> Row | Sequence[Row]:
        return self._rows[place]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and self._rows == list(other)

    __hash__ = None  # type: ignore[assignment]
