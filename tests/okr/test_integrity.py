"""Every reference of a desired row leads to a desired row, whatever is selected (specification: okr, section 7)."""

from __future__ import annotations

import datetime

import pytest

from tests.okr.tenant_rows import SIZES, TABLES, TenantRows, tenant_rows

REFERENCES = (
    ("workspaces", "organizationId", "organizations"),
    ("workspaces", "parentWorkspaceId", "workspaces"),
    ("teams", "workspaceId", "workspaces"),
    ("users", "managerId", "users"),
    ("cycles", "organizationId", "organizations"),
    ("strategic_pillars", "organizationId", "organizations"),
    ("objectives", "organizationId", "organizations"),
    ("objectives", "workspaceId", "workspaces"),
    ("objectives", "teamId", "teams"),
    ("objectives", "pillarId", "strategic_pillars"),
    ("objectives", "cycleId", "cycles"),
    ("objectives", "ownerId", "users"),
    ("objectives", "parentId", "objectives"),
    ("key_results", "ownerId", "users"),
    ("key_results", "cycleId", "cycles"),
    ("objective_key_results", "objectiveId", "objectives"),
    ("objective_key_results", "keyResultId", "key_results"),
    ("initiatives", "keyResultId", "key_results"),
    ("initiatives", "objectiveId", "objectives"),
    ("initiatives", "cycleId", "cycles"),
    ("initiatives", "ownerId", "users"),
    ("check_ins", "keyResultId", "key_results"),
    ("check_ins", "userId", "users"),
    ("check_in_requests", "requesterUserId", "users"),
    ("check_in_requests", "targetUserId", "users"),
    ("check_in_requests", "organizationId", "organizations"),
    ("check_in_responses", "requestId", "check_in_requests"),
    ("check_in_responses", "targetUserId", "users"),
    ("role_assignments", "userId", "users"),
)
OPTIONAL = {
    ("workspaces", "parentWorkspaceId"),
    ("users", "managerId"),
    ("objectives", "workspaceId"),
    ("objectives", "teamId"),
    ("objectives", "parentId"),
}
VARIANTS = {
    **{f"{size}": {"size": size} for size in SIZES},
    "one workspace": {"size": "full", "workspaces": ("people",)},
    "two workspaces, tiny": {"size": "tiny", "workspaces": ("product", "sales")},
    "rolled": {"size": "full", "rolled": True, "as_of": datetime.date(2027, 5, 5)},
}


@pytest.fixture(scope="module", params=VARIANTS)
def rows(request: pytest.FixtureRequest) -> TenantRows:
    return tenant_rows(**VARIANTS[request.param])  # type: ignore[arg-type]


@pytest.mark.parametrize(("table", "column", "referred"), REFERENCES)
def test_every_reference_leads_to_a_row(rows: TenantRows, table: str, column: str, referred: str) -> None:
    there = rows.ids(referred)

    assert {getattr(row, column) for row in rows.table(table)} - there - {None} == set()


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, column, _ in REFERENCES if (table, column) not in OPTIONAL]
)
def test_every_reference_that_is_meant_is_made(rows: TenantRows, table: str, column: str) -> None:
    assert [row for row in rows.table(table) if getattr(row, column) is None] == []


@pytest.mark.parametrize("table", TABLES)
def test_the_entity_says_what_its_columns_refer_to(table: str) -> None:
    """The engine orders, adopts and purges by these words."""
    refers = tenant_rows("tiny").blueprint.entities()[table].refers
    apart = {("role_assignments", "scopeId"), ("organizations", "execOnlyWhitelist")}
    named = {(one.column, one.table) for one in refers if (table, one.column) not in apart}

    assert named == {(column, referred) for name, column, referred in REFERENCES if name == table}


@pytest.mark.parametrize("scope", ["organizations", "workspaces", "teams"])
def test_roles_refer_to_what_they_are_scoped_to(scope: str) -> None:
    refers = tenant_rows("tiny").blueprint.entities()["role_assignments"].refers

    assert any((one.column, one.table, one.enforced) == ("scopeId", scope, False) for one in refers)


def test_the_whitelist_holds_users() -> None:
    (only,) = tenant_rows("tiny").blueprint.entities()["organizations"].refers

    assert (only.column, only.table, only.many) == ("execOnlyWhitelist", "users", True)


def test_entities_come_in_the_order_of_their_foreign_keys(rows: TenantRows) -> None:
    order = list(rows.blueprint.entities())

    assert [(table, referred) for table, _, referred in REFERENCES if order.index(table) < order.index(referred)] == []
