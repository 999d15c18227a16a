"""Quarters and the two calendars (specification: okr, section 3)."""

from __future__ import annotations

import calendar
import datetime
from functools import cache
from typing import Literal, NamedTuple

CycleStatus = Literal["ACTIVE", "DRAFT", "ARCHIVED"]


class Quarter(NamedTuple):
    """A calendar quarter; `number` is 1 to 4."""

    year: int
    number: int

    @property
    def name(self) -> str:
        return f"Q{self.number} {self.year}"

    @property
    def serial(self) -> int:
        """Counts quarters without gaps, so that consecutive quarters differ by one."""
        return self.year * 4 + self.number - 1

    @property
    def start(self) -> datetime.datetime:
        """The first instant, UTC."""
        return _instants(self)[0]

    @property
    def end(self) -> datetime.datetime:
        """The last millisecond, UTC."""
        return _instants(self)[1]

    def plus(self, quarters: int) -> Quarter:
        year, zero_based = divmod(self.serial + quarters, 4)
        return Quarter(year, zero_based + 1)

    @classmethod
    def of(cls, day: datetime.date) -> Quarter:
        return cls(day.year, (day.month + 2) // 3)


@cache
def _instants(quarter: Quarter) -> tuple[datetime.datetime, datetime.datetime]:
    """First and last instant; every row of a quarter has them."""
    month = quarter.number * 3
    day = calendar.monthrange(quarter.year, month)[1]
    return (
        datetime.datetime(quarter.year, month - 2, 1),
        datetime.datetime(quarter.year, month, day, 23, 59, 59, 999_000),
    )


class CycleSpec(NamedTuple):
    """A quarter and the status it has in a calendar."""

    quarter: Quarter
    status: CycleStatus


FIXED = (
    CycleSpec(Quarter(2025, 4), "ACTIVE"),
    CycleSpec(Quarter(2026, 1), "ACTIVE"),
    CycleSpec(Quarter(2026, 2), "DRAFT"),
    CycleSpec(Quarter(2026, 3), "ARCHIVED"),
)


def cycles_of(as_of: datetime.date, *, rolled: bool) -> tuple[CycleSpec, ...]:
    """The four cycles: fixed by default, or rolled so that the quarter of `as_of` and the one before are active."""
    if not rolled:
        return FIXED
    now = Quarter.of(as_of)
    return (
        CycleSpec(now.plus(-1), "ACTIVE"),
        CycleSpec(now, "ACTIVE"),
        CycleSpec(now.plus(1), "DRAFT"),
        CycleSpec(now.plus(-2), "ARCHIVED"),
    )


def in_active_quarter(as_of: datetime.date, cycles: tuple[CycleSpec, ...]) -> bool:
    """Whether the date lies in an active cycle."""
    return any(cycle.status == "ACTIVE" and cycle.quarter == Quarter.of(as_of) for cycle in cycles)
