"""Sizes nest: what a smaller one holds, a larger one holds too (specification: okr, section 2)."""

from __future__ import annotations

import datetime

import pytest

from tests.okr.tenant_rows import SEEDS, TABLES, tenant_rows

PAIRS = pytest.mark.parametrize(("smaller", "larger"), [("tiny", "demo"), ("demo", "full")])
EACH_TABLE = pytest.mark.parametrize("table", TABLES)


@PAIRS
@EACH_TABLE
@pytest.mark.parametrize("seed", SEEDS)
def test_ids_of_a_smaller_size_are_among_those_of_a_larger_one(
    seed: str, table: str, smaller: str, larger: str
) -> None:
    assert tenant_rows(smaller, seed=seed).ids(table) - tenant_rows(larger, seed=seed).ids(table) == set()


@PAIRS
@EACH_TABLE
def test_ids_nest_in_the_rolled_calendar_too(table: str, smaller: str, larger: str) -> None:
    as_of = datetime.date(2027, 8, 3)
    few, many = (tenant_rows(size, as_of=as_of, rolled=True).ids(table) for size in (smaller, larger))

    assert few - many == set()
