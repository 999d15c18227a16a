"""The databases of these tests are what the specification says (okr, section 1), and behave as real ones do."""

from __future__ import annotations

import psycopg
import pytest
from psycopg.errors import ForeignKeyViolation

from tests.schema_versions.platform import Platform
from tests.schema_versions.real_life import OTHER_TABLES
from tests.schema_versions.rows import insert
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import VERSIONS, Version

_COLUMNS = """
    SELECT table_name || '.' || column_name AS name FROM information_schema.columns
     WHERE table_schema = current_schema()
"""

HAVE: dict[str, tuple[Version, ...]] = {
    "cycles.id": ("V2", "V4", "V5", "V6", "V7", "V8"),
    "strategic_pillars.id": ("V2", "V4", "V5", "V6", "V7", "V8"),
    "objectives.pillarId": ("V2", "V4", "V5", "V6", "V7", "V8"),
    "objectives.cycleId": ("V2", "V4", "V5", "V6", "V7", "V8"),
    "key_results.checkInCadence": ("V2", "V4", "V5", "V6", "V7", "V8"),
    "check_in_requests.id": ("V4", "V5", "V6", "V7", "V8"),
    "check_in_responses.id": ("V4", "V5", "V6", "V7", "V8"),
    "team_members.teamId": ("V1", "V2", "V4"),
    "workspace_members.workspaceId": ("V1", "V2", "V4"),
    "organization_members.organizationId": ("V1", "V2", "V4"),
    "objectives.period": ("V1", "V2", "V4"),
    "key_results.period": ("V1", "V2", "V4"),
    "initiatives.period": ("V1", "V2", "V4"),
    "users.settings": ("V5", "V6", "V7", "V8"),
    "key_results.cycleId": ("V5", "V6", "V7", "V8"),
    "initiatives.cycleId": ("V5", "V6", "V7", "V8"),
    "cycles.isStandard": ("V6", "V7", "V8"),
    "workspaces.organizationId": ("V1", "V2", "V4", "V5", "V6"),
    "cycles.organizationId": ("V2", "V4", "V5", "V6"),
    "strategic_pillars.organizationId": ("V2", "V4", "V5", "V6"),
    "check_in_requests.organizationId": ("V4", "V5", "V6"),
    "objectives.organizationId": ("V1", "V2", "V4", "V5", "V6"),
    "workspaces.tenantId": ("V7", "V8"),
    "cycles.tenantId": ("V7", "V8"),
    "strategic_pillars.tenantId": ("V7", "V8"),
    "check_in_requests.tenantId": ("V7", "V8"),
    "objectives.tenantId": ("V7", "V8"),
    "key_results.tenantId": ("V7", "V8"),
    "initiatives.tenantId": ("V7", "V8"),
    "objective_key_results.tenantId": ("V8",),
    "objective_key_results.weight": ("V8",),
    "objectives.sponsorId": ("V8",),
    "objectives.state": ("V8",),
    "objectives.confidence": ("V8",),
    "objectives.reviewFrequency": ("V8",),
    "objectives.lastReviewedAt": ("V8",),
    "key_results.state": ("V8",),
    "strategic_pillars.ownerId": ("V8",),
}
"""The specification's table of versions, a column a line."""

REQUIRED = {
    "objectives.period": True,
    "key_results.period": False,
    "initiatives.period": False,
    "objectives.tenantId": True,
    "key_results.tenantId": True,
    "initiatives.tenantId": True,
    "objective_key_results.tenantId": True,
    "objective_key_results.weight": False,
    "objectives.state": False,
    "objectives.confidence": False,
    "key_results.state": False,
    "users.settings": False,
}
"""Whether an INSERT must give the column: it is NOT NULL and has no default."""


@pytest.fixture(scope="module", params=VERSIONS)
def platform(request: pytest.FixtureRequest, stock: Stock) -> Platform:
    return stock.original(request.param, "empty")


def test_a_version_has_the_columns_of_the_specification(platform: Platform) -> None:
    found = {row["name"] for row in platform.rows(_COLUMNS)}

    assert found & HAVE.keys() == {name for name, versions in HAVE.items() if platform.version in versions}


def test_columns_are_required_as_the_specification_says(platform: Platform) -> None:
    required = {row["name"] for row in platform.rows(f"{_COLUMNS} AND is_nullable = 'NO' AND column_default IS NULL")}
    found = {row["name"] for row in platform.rows(_COLUMNS)}

    assert {name: name in required for name in found & REQUIRED.keys()} == {
        name: needed for name, needed in REQUIRED.items() if name in found
    }


def test_the_neighbour_has_a_row_in_every_table(platform: Platform) -> None:
    assert {table: len(rows) for table, rows in platform.contents().items()} == dict.fromkeys(
        (*platform.tables, *OTHER_TABLES), 1
    )


@pytest.mark.parametrize(("scope", "id"), [("TENANT", "'nowhere'"), ("PLATFORM", "'nowhere'"), ("TEAM", "NULL")])
def test_a_role_needs_its_scope(stock: Stock, scope: str, id: str) -> None:
    with stock.lend("V6", "empty") as platform, pytest.raises(ForeignKeyViolation, match="does not exist"):
        platform.execute(
            f"""INSERT INTO role_assignments (id, "userId", role, "scopeType", "scopeId", "updatedAt")
                SELECT 'new', id, 'TENANT_OWNER', '{scope}', {id}, now() FROM users"""
        )


def test_a_schema_by_another_name_holds_the_same_rows(stock: Stock) -> None:
    elsewhere = stock.original("V6", "empty", "app")

    assert elsewhere.contents() == stock.original("V6", "empty").contents()
    with psycopg.connect(elsewhere.address) as connection:
        assert connection.execute("SELECT to_regclass('public.users')").fetchone() == (None,)


def test_contents_and_row_versions_tell_of_every_write(stock: Stock) -> None:
    with stock.lend("V6", "empty") as platform:
        digest, versions = platform.digest(), platform.row_versions()
        platform.execute("UPDATE tags SET name = name")
        assert (platform.digest(), platform.row_versions() == versions) == (digest, False)
        platform.execute(insert("tags", {"id": "new", "name": "new", "organizationId": platform.value(_FIRST)}))
        assert platform.digest() != digest


_FIRST = "SELECT id FROM organizations"
