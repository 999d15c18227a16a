"""Objectives of one title in several cycles are different ones, also where a version has no cycles to tell them apart.

Sizes nest (okr, section 2): a smaller size that follows a larger one must neither take a row of ours for one that the
app made, nor take the app's row for another objective than before.
"""

from __future__ import annotations

import pytest

from tests.end_to_end.program import plan, run
from tests.schema_versions import adopted
from tests.schema_versions.expected import comparable
from tests.schema_versions.platform import Contents
from tests.schema_versions.queries import duplicates
from tests.schema_versions.states import SIZE, seed
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import Version

pytestmark = pytest.mark.parametrize("version", ["V1", "V6"])

OF_TINY = "feb6bc25-d80b-5756-a490-b7352d47bdda"
TWIN = "2279c56c-36aa-5afa-af2d-beb7c97f48fd"
"""Two objectives of the tenant with one title; the smallest size has only the first."""


def changed(before: Contents, after: Contents, without: set[str]) -> set[tuple[str, str]]:
    """Objectives, key results and initiatives that differ, some ids left out."""
    found = set()
    for table in ("objectives", "key_results", "initiatives"):
        left, right = comparable(before[table]), comparable(after[table])
        ids = (left.keys() | right.keys()) - without
        found |= {(table, id) for id in ids if left.get(id) != right.get(id)}
    return found


@pytest.fixture(scope="module")
def of_tiny(stock: Stock) -> set[str]:
    """The ids of the smallest size, as they are and as the app has them."""
    tiny, full = stock.canonical(), stock.canonical("full")
    assert full["objectives"][OF_TINY]["title"] == full["objectives"][TWIN]["title"]
    assert OF_TINY in tiny["objectives"]
    assert TWIN not in tiny["objectives"]
    return {id for rows in tiny.values() for id in rows} | set(adopted.ids(tiny).values())


def test_a_smaller_size_leaves_what_only_the_larger_one_has(stock: Stock, version: Version, of_tiny: set[str]) -> None:
    with stock.lend(version, "adopted") as platform:
        seed(platform, "full")
        before = platform.contents()
        outcome = run(platform.url, "--size", SIZE, "--no-verify")
        after = platform.contents()
        doubled = duplicates(platform)

    assert outcome.exit == 0, why(outcome)
    assert changed(before, after, of_tiny) == set()
    assert doubled == []


def test_the_larger_size_adopts_as_the_smaller_did(stock: Stock, version: Version, of_tiny: set[str]) -> None:
    with stock.lend(version, "adopted") as platform:
        seed(platform)
        before = platform.contents()["objectives"]
        seed(platform, "full")
        after = platform.contents()["objectives"]

    columns = ("title", "startDate", "endDate")
    assert {id: [after[id][name] for name in columns] for id in before} == {
        id: [row[name] for name in columns] for id, row in before.items()
    }


def test_a_row_of_ours_is_not_adopted_for_its_missing_twin(stock: Stock, version: Version) -> None:
    with stock.lend(version, "empty") as platform:
        seed(platform, "full")
        platform.execute(f"DELETE FROM objectives WHERE id = '{OF_TINY}'")
        before = platform.table("objectives")[TWIN]
        told = plan(platform.url, "--size", SIZE).document["adaptations"]
        outcome = run(platform.url, "--size", SIZE, "--no-verify")
        after = platform.table("objectives")

    assert outcome.exit == 0, why(outcome)
    assert OF_TINY in after
    assert after[TWIN] == before
    assert not any("adopted" in sentence for sentence in told)
