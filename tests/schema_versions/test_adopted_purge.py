"""A purge of a tenant that the app had made some of, when insisted on: the whole tenant goes."""

from __future__ import annotations

import pytest

from tests.schema_versions.cells import Purged, play_purged
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import VERSIONS


@pytest.fixture(
    scope="module",
    params=[(version, after_a_run) for version in VERSIONS for after_a_run in (False, True)],
    ids=lambda parameters: f"{parameters[0]}{'-after-a-run' if parameters[1] else ''}",
)
def purged(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Purged:
    version, after_a_run = request.param
    return play_purged(stock, tmp_path_factory.mktemp("cell"), version, "adopted", after_a_run=after_a_run)


def test_a_purge_that_is_insisted_on_takes_the_whole_tenant(stock: Stock, purged: Purged) -> None:
    assert purged.insisted.exit == 0, why(purged.insisted)
    without_us = stock.original(purged.version, "empty").contents()
    apps_people = stock.original(purged.version, "adopted").contents()["users"].keys()
    people = purged.finally_there.pop("users")

    assert purged.finally_there == {table: rows for table, rows in without_us.items() if table != "users"}
    # Whether somebody whom the app made is the tenant's or only its guest, the specification leaves open.
    assert without_us["users"].keys() <= people.keys() <= apps_people
