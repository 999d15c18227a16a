"""Every version of the schema, where the app has made some of the tenant: full, incremental, purge."""

from __future__ import annotations

from itertools import product

import pytest

from tests.schema_versions import adopted
from tests.schema_versions.cells import Purged, Written, play_purged, play_written
from tests.schema_versions.laws import RefusedPurgeLaws, WrittenLaws
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import VERSIONS


@pytest.fixture(scope="module", params=product(VERSIONS, ("full", "incremental")), ids="-".join)
def cell(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Written:
    version, mode = request.param
    return play_written(stock, tmp_path_factory.mktemp("cell"), version, "adopted", mode)


@pytest.fixture(
    scope="module",
    params=[(version, after_a_run) for version in VERSIONS for after_a_run in (False, True)],
    ids=lambda parameters: f"{parameters[0]}{'-after-a-run' if parameters[1] else ''}",
)
def purged(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Purged:
    version, after_a_run = request.param
    return play_purged(stock, tmp_path_factory.mktemp("cell"), version, "adopted", after_a_run=after_a_run)


class TestWritten(WrittenLaws):
    """What the app made is taken over, not made again."""

    def test_children_point_at_the_apps_rows(self, stock: Stock, cell: Written) -> None:
        replaced = adopted.ids(stock.canonical()).keys()
        values = {
            value
            for rows in cell.after.values()
            for id, row in rows.items()
            for value in row.values()
            if isinstance(value, str)
        }

        assert not replaced & values

    def test_the_plan_says_what_is_adopted(self, cell: Written) -> None:
        told = " ".join((*cell.planned.document["notes"], *cell.planned.document["adaptations"]))

        for table in ("organizations", "workspaces", "teams", "users", "objectives", "key_results", "initiatives"):
            assert table in told


class TestRefusedPurge(RefusedPurgeLaws):
    """Nobody loses what the app made unless that was asked for."""
