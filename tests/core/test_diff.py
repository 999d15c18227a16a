"""Desired × actual: applying the difference gives the desired rows, but for what is preserved or merged."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.blueprint import Entity, Key, Row
from okrseed.desired import keyed
from okrseed.diff import TableDiff, difference
from tests.core.library import ENTITIES, SECTIONS
from tests.core.properties import pure

DAYS = st.sampled_from([datetime.datetime(2025, 11, day) for day in (1, 2)])
IDS = st.sampled_from("abcdef")
WORDS = st.sampled_from(["one", "two"])
STAMPS = st.fixed_dictionaries(
    {
        "seed": WORDS,
        "size": st.sampled_from(["small", "large"]),
        "as_of": st.just("2025-11-21"),
        "sections": st.lists(st.sampled_from(SECTIONS), unique=True).map(sorted),
    }
)
DESIRED_FACTS = st.fixed_dictionaries({"okrseed": STAMPS, "opens": WORDS})
ACTUAL_FACTS = st.one_of(
    st.none(), st.just({"added": 1}), DESIRED_FACTS, DESIRED_FACTS.map(lambda facts: {**facts, "added": 1})
)


class Tables(NamedTuple):
    """Desired and actual rows of one entity."""

    entity: Entity
    desired: list[Row]
    actual: dict[Key, Row]


def _tables(name: str, desired: st.SearchStrategy[Row], actual: st.SearchStrategy[Row]) -> st.SearchStrategy[Tables]:
    entity = ENTITIES[name]
    rows = st.lists(desired, unique_by=entity.key, max_size=6)
    found = st.lists(actual, unique_by=entity.key, max_size=6)
    return st.builds(lambda left, right: Tables(entity, left, keyed(entity, right)), rows, found)


AUTHOR = st.tuples(IDS, WORDS, st.none() | IDS, st.none() | WORDS, WORDS, DAYS, DAYS)
LINK = st.tuples(IDS, IDS, st.integers(0, 1))
TABLES = st.one_of(
    _tables("authors", AUTHOR, AUTHOR),
    _tables("book_authors", LINK, LINK),
    _tables(
        "branches",
        st.tuples(IDS, WORDS, WORDS, DESIRED_FACTS, DAYS, DAYS),
        st.tuples(IDS, WORDS, WORDS, ACTUAL_FACTS, DAYS, DAYS),
    ),
)


def _diff(tables: Tables) -> TableDiff:
    return _difference(tables, tables.entity.columns)


def _difference(tables: Tables, present: Collection[str]) -> TableDiff:
    keys = list(map(tables.entity.key, tables.desired))
    return difference(tables.entity, present, keys, tables.desired, tables.actual)


def _applied(diff: TableDiff, actual: Mapping[Key, Row]) -> dict[Key, Row]:
    return {**actual, **diff.create, **{key: change.after for key, change in diff.update.items()}}


def _expected(entity: Entity, column: str, desired: Any, actual: Any) -> Any:
    """What should stand in a column of a row that existed, by the specification's words."""
    if column in entity.preserved:
        return actual
    return entity.merges[column](actual, desired) if column in entity.merges else desired


@given(TABLES)
@pure
def test_applying_the_difference_gives_the_desired_rows_but_for_preserved_and_merged_columns(tables: Tables) -> None:
    entity, result = tables.entity, _applied(_diff(tables), tables.actual)
    for row in tables.desired:
        actual = tables.actual.get(entity.key(row))
        for column, desired, stands in zip(entity.columns, row, result[entity.key(row)], strict=True):
            if actual is None:
                assert stands == desired
            elif column not in entity.touched:
                assert stands == _expected(entity, column, desired, actual[entity.positions[column]])


@given(TABLES)
@pure
def test_a_second_difference_is_empty(tables: Tables) -> None:
    applied = tables._replace(actual=_applied(_diff(tables), tables.actual))
    assert _diff(applied) == TableDiff(unchanged=len(tables.desired))


@given(TABLES)
@pure
def test_every_desired_row_is_created_updated_or_unchanged(tables: Tables) -> None:
    diff = _diff(tables)
    keys = {tables.entity.key(row) for row in tables.desired}
    assert diff.create.keys() == keys - tables.actual.keys()
    assert diff.update.keys() <= keys & tables.actual.keys()
    assert len(diff.create) + len(diff.update) + diff.unchanged == len(keys)


@given(TABLES)
@pure
def test_rows_that_are_not_desired_stay_as_they_are(tables: Tables) -> None:
    result = _applied(_diff(tables), tables.actual)
    keys = {tables.entity.key(row) for row in tables.desired}
    assert all(result[key] == row for key, row in tables.actual.items() if key not in keys)


@given(TABLES)
@pure
def test_an_update_names_the_columns_that_differ_and_no_others(tables: Tables) -> None:
    entity = tables.entity
    for change in _diff(tables).update.values():
        differ = [
            column
            for column, before, after in zip(entity.columns, change.before, change.after, strict=True)
            if before != after and column not in entity.touched
        ]
        assert list(change.columns) == differ
        assert differ


@given(TABLES, st.data())
@pure
def test_columns_that_the_target_lacks_make_no_difference(tables: Tables, data: st.DataObject) -> None:
    entity = tables.entity
    optional = [column for column in entity.columns if column not in entity.key_columns]
    lacking = data.draw(st.sets(st.sampled_from(optional)))
    present = [column for column in entity.columns if column not in lacking]
    changes = _difference(tables, present).update.values()
    assert all(lacking.isdisjoint(change.columns) and change.columns for change in changes)


@pytest.mark.parametrize("column", ["createdAt", "penName", "cardCode", "updatedAt"])
def test_a_difference_in_a_preserved_or_touched_column_alone_is_none(column: str) -> None:
    entity = ENTITIES["authors"]
    moment = datetime.datetime(2025, 1, 1)
    desired = entity.row(("a", "Ada", None, None, "card", moment, moment))
    actual = list(desired)
    actual[entity.positions[column]] = "other"
    assert difference(entity, entity.columns, ["a"], [desired], {"a": tuple(actual)}) == TableDiff(unchanged=1)


def test_a_touched_column_is_written_with_every_change() -> None:
    entity = ENTITIES["shelves"]
    then, now = datetime.datetime(2025, 1, 1), datetime.datetime(2025, 11, 21)
    diff = difference(
        entity, entity.columns, ["s"], [("s", "b", "new", now, now)], {"s": ("s", "b", "old", then, then)}
    )
    assert diff.update["s"].after == ("s", "b", "new", then, now)
