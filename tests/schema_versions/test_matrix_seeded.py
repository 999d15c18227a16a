"""Every version of the schema, already seeded: full, incremental, purge."""

from __future__ import annotations

from itertools import product

import pytest

from tests.schema_versions.cells import Purged, Written, play_purged, play_written
from tests.schema_versions.laws import WrittenLaws, plan_facts, planned_rows, written
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import VERSIONS


@pytest.fixture(scope="module", params=product(VERSIONS, ("full", "incremental")), ids="-".join)
def cell(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Written:
    version, mode = request.param
    return play_written(stock, tmp_path_factory.mktemp("cell"), version, "seeded", mode)


@pytest.fixture(scope="module", params=VERSIONS)
def purged(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Purged:
    return play_purged(stock, tmp_path_factory.mktemp("cell"), request.param, "seeded")


class TestWritten(WrittenLaws):
    """Nothing is left to do."""

    def test_nothing_is_written(self, cell: Written) -> None:
        assert cell.planned.totals["unchanged"] == cell.ran.totals["unchanged"] > 0
        assert cell.after == cell.before


def test_a_purge_leaves_no_row_of_ours_in_any_table(stock: Stock, purged: Purged) -> None:
    assert purged.ran.exit == 0, why(purged.ran)
    assert purged.after == stock.original(purged.version, "empty").contents()


def test_a_purge_deletes_what_it_planned(purged: Purged) -> None:
    deleted = {table: len(rows) - len(purged.after[table]) for table, rows in purged.before.items()}

    assert planned_rows(purged.planned.document, "delete") == {table: rows for table, rows in deleted.items() if rows}
    assert plan_facts(purged.ran.document["plan"]) == plan_facts(purged.planned.document)
    assert written(purged.ran) == (0, 0, sum(deleted.values()))


def test_a_second_purge_deletes_nothing(purged: Purged) -> None:
    assert (purged.insisted.exit, purged.insisted.totals["deleted"]) == (0, 0)
    assert purged.finally_there == purged.after
