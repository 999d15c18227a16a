"""Every version of the schema, without a row of ours: full, incremental, purge."""

from __future__ import annotations

from itertools import product

import pytest

from tests.schema_versions.cells import Purged, Written, play_purged, play_written
from tests.schema_versions.laws import WrittenLaws
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import VERSIONS


@pytest.fixture(scope="module", params=product(VERSIONS, ("full", "incremental")), ids="-".join)
def cell(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Written:
    version, mode = request.param
    return play_written(stock, tmp_path_factory.mktemp("cell"), version, "empty", mode)


@pytest.fixture(scope="module", params=VERSIONS)
def purged(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Purged:
    return play_purged(stock, tmp_path_factory.mktemp("cell"), request.param, "empty")


class TestWritten(WrittenLaws):
    """Everything is created."""

    def test_every_row_is_created(self, cell: Written) -> None:
        totals = cell.planned.totals

        assert (totals["update"], totals["unchanged"], totals["delete"], totals["kept"]) == (0, 0, 0, 0)


def test_a_purge_of_an_absent_tenant_deletes_nothing(purged: Purged) -> None:
    assert (purged.planned.exit, purged.ran.exit, purged.insisted.exit) == (0, 0, 0)
    assert purged.ran.totals["deleted"] == purged.planned.totals["delete"] == 0
    assert purged.row_versions == purged.row_versions_before
    assert purged.finally_there == purged.before
