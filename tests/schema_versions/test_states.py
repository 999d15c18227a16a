"""The states that the matrix starts from are what their names say."""

from __future__ import annotations

import pytest

from tests.schema_versions import adopted
from tests.schema_versions.expected import expected
from tests.schema_versions.people import MADE_BY_THE_APP
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.rows import cuid
from tests.schema_versions.states import BY_HAND, FOUNDER, KEY_RESULT, OBJECTIVE, ORGANIZATION
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import VERSIONS, Version


def grown(stock: Stock, platform: Platform) -> dict[str, int]:
    """How many rows each table has more than in the empty state."""
    empty = stock.original(platform.version, "empty").counts()
    return {table: more for table, rows in platform.counts().items() if (more := rows - empty[table])}


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> Version:
    version: Version = request.param
    return version


@pytest.fixture(scope="module")
def canonical(stock: Stock) -> Contents:
    return stock.canonical()


def test_cuids_look_like_the_apps_and_differ() -> None:
    made = {cuid(str(number)) for number in range(100)}

    assert len(made) == 100
    assert {(len(id), id[0], id.isalnum(), id.islower()) for id in made} == {(25, "c", True, True)}


def test_the_canonical_tenant_has_what_the_states_speak_of(canonical: Contents) -> None:
    assert set(canonical["organizations"]) == {ORGANIZATION}
    assert canonical["users"][FOUNDER]["email"] == "founder@puzzelcx.local"
    assert canonical["objectives"][OBJECTIVE]["title"] == adopted.TITLES[0]
    assert canonical["key_results"][KEY_RESULT]["title"] == adopted.KEY_RESULT


@pytest.mark.parametrize("title", adopted.TITLES)
def test_an_objective_that_the_app_made_too_is_the_only_one_of_its_title(canonical: Contents, title: str) -> None:
    assert [row["title"] for row in canonical["objectives"].values()].count(title) == 1


def test_the_app_knows_the_founder_and_thirty_people() -> None:
    assert len(set(MADE_BY_THE_APP)) == 31


def test_the_app_has_made_some_of_the_tenant(stock: Stock, version: Version) -> None:
    platform = stock.original(version, "adopted")

    wanted = {
        "organizations": 1,
        "workspaces": 2,
        "teams": len(adopted.TEAMS),
        "users": 31,
        "cycles": 1,
        "objectives": len(adopted.TITLES),
        "key_results": 1,
        "objective_key_results": 1,
        "initiatives": 1,
        "role_assignments": 2,
        "organization_members": 1,
        "team_members": 1,
    }
    assert grown(stock, platform) == {table: rows for table, rows in wanted.items() if table in platform.tables}


def test_the_apps_rows_have_ids_of_its_own(stock: Stock, version: Version) -> None:
    canonical = stock.canonical()
    contents = stock.original(version, "adopted").contents()
    ours = {id for rows in canonical.values() for id in rows}

    assert not ours & {id for rows in contents.values() for id in rows}
    assert {len(id) for id in contents["users"]} == {25}


def test_the_apps_tenant_carries_no_stamp(stock: Stock, version: Version) -> None:
    metadata = stock.original(version, "adopted").rows("SELECT metadata FROM organizations")

    assert not any("okrseed" in row["metadata"] for row in metadata)


def test_the_expected_rows_of_the_canonical_version_are_the_canonical_rows(canonical: Contents) -> None:
    wanted = expected("V6", canonical)
    added = {"billingPlan", "lastLoginAt", "externalRef", "mood"}

    assert {
        table: {id: {name: value for name, value in row.items() if name not in added} for id, row in rows.items()}
        for table, rows in wanted.items()
    } == canonical


@pytest.mark.parametrize(
    ("version", "table", "column", "value"),
    [
        ("V1", "objectives", "period", "QUARTERLY"),
        ("V7", "initiatives", "tenantId", ORGANIZATION),
        ("V8", "objective_key_results", "tenantId", ORGANIZATION),
        ("V8", "objective_key_results", "weight", 1.0),
        ("V8", "objectives", "sponsorId", None),
    ],
)
def test_expected_rows_are_filled_as_the_version_asks(
    canonical: Contents, version: Version, table: str, column: str, value: object
) -> None:
    assert {row[column] for row in expected(version, canonical)[table].values()} == {value}


def test_expected_states_follow_status_cycle_and_publication(canonical: Contents) -> None:
    states = {row["state"] for row in expected("V8", canonical)["objectives"].values()}

    assert states == {"DRAFT", "PUBLISHED", "ARCHIVED"}


def test_a_drifted_database_differs_from_a_seeded_one_where_people_wrote(stock: Stock) -> None:
    seeded, drifted = (stock.original("V6", state).contents() for state in ("seeded", "drifted"))

    changed = {
        (table, id)
        for table in seeded
        for id in seeded[table].keys() | drifted[table].keys()
        if seeded[table].get(id) != drifted[table].get(id)
    }
    (check_in,) = changed - {
        ("objectives", OBJECTIVE),
        ("objectives", BY_HAND),
        ("key_results", KEY_RESULT),
        ("users", FOUNDER),
    }
    assert check_in[0] == "check_ins"
    assert check_in[1] not in drifted["check_ins"]
