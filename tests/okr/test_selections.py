"""Any choice of workspaces gives the whole tenant restricted to it (specification: okr, section 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from okrseed.identity import slug
from tests.okr.tenant_rows import SIZES, TABLES, WORKSPACES, TenantRows, tenant_rows

SUBSETS = st.sets(st.sampled_from(WORKSPACES), min_size=1).map(sorted).map(tuple)
EVERYTHING = tuple(sorted(WORKSPACES))
EACH_SIZE = pytest.mark.parametrize("size", SIZES)


def homes(rows: TenantRows, table: str) -> Callable[[Any], str | None]:
    """How to find the workspace's id of a table's rows; None for rows of the whole tenant."""
    workspace_of_request = {row.id: rows.home[row.targetUserId] for row in rows.requests}
    by_table: dict[str, Callable[[Any], str | None]] = {
        "workspaces": lambda row: str(row.id),
        "teams": lambda row: str(row.workspaceId),
        "users": lambda row: rows.home[row.id],
        "role_assignments": lambda row: rows.home[row.userId],
        "objectives": lambda row: row.workspaceId,
        "key_results": lambda row: rows.objective_of[row.id].workspaceId,
        "objective_key_results": lambda row: rows.objective_of[row.keyResultId].workspaceId,
        "initiatives": lambda row: rows.objective_of[row.id].workspaceId,
        "check_ins": lambda row: rows.objective_of[row.keyResultId].workspaceId,
        "check_in_requests": lambda row: rows.home[row.targetUserId],
        "check_in_responses": lambda row: workspace_of_request[row.requestId],
    }
    return by_table.get(table, lambda row: None)


def restricted(rows: TenantRows, table: str, workspaces: tuple[str, ...]) -> list[Any]:
    """The rows of the chosen workspaces and of the whole tenant, in their order."""
    chosen = {row.id for row in rows.workspaces if slug(row.name) in workspaces} | {None}
    home = homes(rows, table)
    return [row for row in rows.table(table) if home(row) in chosen]


def without_stamped_workspaces(rows: TenantRows) -> Any:
    organization = rows.organization
    stamp = dict((organization.metadata or {})["okrseed"])
    del stamp["workspaces"]
    return organization._replace(metadata=stamp)


@pytest.mark.parametrize("table", [table for table in TABLES if table != "organizations"])
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(workspaces=SUBSETS, size=st.sampled_from(SIZES), seed=st.sampled_from([None, "another seed string"]))
def test_a_selection_is_the_whole_tenant_restricted_to_it(
    table: str, workspaces: tuple[str, ...], size: str, seed: str | None
) -> None:
    everything = tenant_rows(size, seed=seed)

    assert list(tenant_rows(size, seed=seed, workspaces=workspaces).table(table)) == restricted(
        everything, table, workspaces
    )


@given(workspaces=SUBSETS, size=st.sampled_from(SIZES))
@settings(deadline=None)
def test_the_organisation_differs_by_the_stamped_workspaces_alone(workspaces: tuple[str, ...], size: str) -> None:
    chosen = tenant_rows(size, workspaces=workspaces)

    assert without_stamped_workspaces(chosen) == without_stamped_workspaces(tenant_rows(size))


@given(workspaces=st.permutations(WORKSPACES).flatmap(lambda order: st.integers(1, 6).map(lambda n: tuple(order[:n]))))
def test_the_stamp_names_the_chosen_workspaces_sorted(workspaces: tuple[str, ...]) -> None:
    stamp = (tenant_rows("tiny", workspaces=workspaces).organization.metadata or {})["okrseed"]

    assert stamp["workspaces"] == sorted(workspaces)


def test_the_order_in_which_workspaces_are_named_changes_nothing() -> None:
    one, other = (tenant_rows("demo", workspaces=names) for names in (("support", "sales"), ("sales", "support")))

    assert [one.table(table) for table in TABLES] == [other.table(table) for table in TABLES]


@pytest.mark.parametrize("table", [table for table in TABLES if table != "organizations"])
@EACH_SIZE
def test_workspaces_seeded_one_after_the_other_give_the_whole_tenant(size: str, table: str) -> None:
    together: dict[str, Any] = {}
    for workspace in WORKSPACES:
        together |= tenant_rows(size, workspaces=(workspace,)).by_id(table)

    assert together == tenant_rows(size).by_id(table)


def test_everything_is_chosen_where_no_workspace_is_named() -> None:
    assert tenant_rows("tiny").selection.scopes == EVERYTHING
