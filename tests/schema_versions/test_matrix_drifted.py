"""Every version of the schema, seeded and then changed by people: full, incremental, purge."""

from __future__ import annotations

from itertools import product

import pytest

from tests.schema_versions.cells import Purged, Written, play_purged, play_written
from tests.schema_versions.laws import RefusedPurgeLaws, WrittenLaws, planned_rows
from tests.schema_versions.states import BY_HAND, FOUNDER, KEY_RESULT, OBJECTIVE
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import VERSIONS


@pytest.fixture(scope="module", params=product(VERSIONS, ("full", "incremental")), ids="-".join)
def cell(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Written:
    version, mode = request.param
    return play_written(stock, tmp_path_factory.mktemp("cell"), version, "drifted", mode)


@pytest.fixture(scope="module", params=VERSIONS)
def purged(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Purged:
    return play_purged(stock, tmp_path_factory.mktemp("cell"), request.param, "drifted")


class TestWritten(WrittenLaws):
    """What is missing is made again; what differs is put back by a full run and left by an incremental one."""

    def test_the_check_in_is_made_again(self, cell: Written) -> None:
        assert planned_rows(cell.planned.document, "create") == {"check_ins": 1}

    def test_only_a_full_run_puts_values_back(self, cell: Written) -> None:
        changed = {"objectives": 1, "key_results": 1}

        assert planned_rows(cell.planned.document, "update") == (changed if cell.mode == "full" else {})
        assert cell.planned.document["left"] == ({} if cell.mode == "full" else changed)
        hand_changes = (
            cell.after["objectives"][OBJECTIVE]["title"] == "Delight Everybody",
            cell.after["key_results"][KEY_RESULT]["status"] == "OFF_TRACK",
        )
        assert hand_changes == (cell.mode == "incremental",) * 2

    def test_what_no_run_touches_is_as_people_left_it(self, cell: Written) -> None:
        founder, objective = cell.after["users"][FOUNDER], cell.after["objectives"][OBJECTIVE]

        assert (founder["avatar"], founder["passwordHash"]) == ("me.png", "my own")
        assert (objective["positionX"], objective["positionY"]) == (12.5, -3)

    def test_the_row_beside_ours_is_left(self, cell: Written) -> None:
        assert cell.after["objectives"][BY_HAND] == cell.before["objectives"][BY_HAND]


class TestRefusedPurge(RefusedPurgeLaws):
    """One row that people made is enough."""

    def test_it_names_the_row(self, purged: Purged) -> None:
        assert "objectives" in purged.ran.told
        assert BY_HAND in purged.ran.told


def test_a_purge_that_is_insisted_on_takes_it_too(stock: Stock, purged: Purged) -> None:
    assert purged.insisted.exit == 0, why(purged.insisted)
    assert purged.finally_there == stock.original(purged.version, "empty").contents()
