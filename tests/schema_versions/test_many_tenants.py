"""Every version of the schema takes many tenants: what a version adds is each tenant's own, and each can go alone."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end import program
from tests.end_to_end.database import Row
from tests.end_to_end.program import Outcome, call, plan, purge, run
from tests.end_to_end.tenants import apart
from tests.schema_versions.cells import RowVersions
from tests.schema_versions.expected import expected, membership_id
from tests.schema_versions.laws import assert_same_rows, plan_facts, planned_rows, written
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.queries import dangling, duplicates
from tests.schema_versions.states import SIZE
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import MEMBER_TABLES, VERSIONS, Version

SLUGS = ("puzzel-cx-demo", "puzzel-cx-demo-2", "puzzel-cx-demo-3")
PURGED = SLUGS[1]
MANY = ("--size", SIZE, "--tenants", "3", "--jobs", "1")
"""In one process, where tenants are written together if anything allows it."""


@dataclass(frozen=True)
class Cell:
    """A database of a version before and after a run over three tenants, after a second one, after one's purge.

    `wanted` are each tenant's rows by its slug, as the specification plans them; memberships are not among them.
    """

    version: Version
    wanted: dict[str, Contents]
    before: Contents
    planned: Outcome
    ran: Outcome
    after: Contents
    duplicates: list[str]
    dangling: list[str]
    row_versions: RowVersions
    verified: Outcome
    again: Outcome
    row_versions_again: RowVersions
    purged: Outcome
    left: Contents

    @property
    def added(self) -> dict[str, int]:
        """How many rows of each table the run added."""
        gained = {table: len(rows) - len(self.before[table]) for table, rows in self.after.items()}
        return {table: rows for table, rows in gained.items() if rows}


@pytest.fixture(scope="module", params=VERSIONS)
def cell(request: pytest.FixtureRequest, stock: Stock, tmp_path_factory: pytest.TempPathFactory) -> Cell:
    canonical = apart(stock.canonical(tenants=len(SLUGS)))
    with stock.lend(request.param, "empty") as platform, program.isolated(tmp_path_factory.mktemp("cell")):
        return play(platform, {slug: expected(platform.version, canonical[slug]) for slug in SLUGS})


def play(platform: Platform, wanted: dict[str, Contents]) -> Cell:
    """Plan, run, verify, run again, purge one."""
    before = platform.contents()
    planned = plan(platform.url, *MANY)
    ran = run(platform.url, *MANY)
    after, row_versions = platform.contents(), platform.row_versions()
    found = duplicates(platform), dangling(platform)
    verified = call("verify", "--json", "--database", platform.url, "--tenants", "3")
    again = run(platform.url, *MANY, "--no-verify")
    row_versions_again = platform.row_versions()
    purged = purge(platform.url, "--tenant", PURGED, "--yes")
    return Cell(
        platform.version,
        wanted,
        before,
        planned,
        ran,
        after,
        *found,
        row_versions,
        verified,
        again,
        row_versions_again,
        purged,
        platform.contents(),
    )


def memberships(contents: Contents, before: Contents, table: str) -> dict[str, Row]:
    """The rows of a member table by id, the neighbour's left out."""
    return {id: row for id, row in contents[table].items() if id not in before[table]}


def tenant_of(cell: Cell, *tables: str) -> dict[str, str]:
    """The slug of each row's tenant, by the row's id."""
    return {id: slug for slug, tenant in cell.wanted.items() for table in tables for id in tenant[table]}


def own_columns(cell: Cell, name: str) -> list[tuple[str, str, Any]]:
    """Table, tenant and value of every row of ours that has a column."""
    return [
        (table, slug, cell.after[table][id][name])
        for slug, tenant in cell.wanted.items()
        for table, rows in tenant.items()
        for id in rows
        if name in cell.after[table][id]
    ]


def test_the_run_succeeds_and_no_check_fails(cell: Cell) -> None:
    assert (cell.planned.exit, cell.ran.exit, cell.verified.exit) == (0, 0, 0), why(cell.ran)
    assert cell.ran.document["verification"]["failed"] == 0
    assert cell.ran.document["plan"]["tenant"] == list(SLUGS)


def test_the_run_follows_its_plan(cell: Cell) -> None:
    assert plan_facts(cell.ran.document["plan"]) == plan_facts(cell.planned.document)
    assert planned_rows(cell.planned.document, "create") == cell.added
    assert written(cell.ran) == (sum(cell.added.values()), 0, 0)


def test_the_tables_hold_the_three_tenants_and_what_was_there(cell: Cell) -> None:
    found = {table: rows for table, rows in cell.after.items() if table not in MEMBER_TABLES}
    wanted = {table: dict(cell.before[table]) for table in found}
    for tenant in cell.wanted.values():
        for table, rows in tenant.items():
            wanted[table] |= rows

    assert_same_rows(found, wanted)


def test_no_natural_key_is_there_twice_and_no_reference_is_to_nothing(cell: Cell) -> None:
    assert (cell.duplicates, cell.dangling) == ([], [])


def test_a_tenant_s_id_in_a_row_is_that_of_its_own_tenant(cell: Cell) -> None:
    ids = {slug: next(iter(tenant["organizations"])) for slug, tenant in cell.wanted.items()}
    found = own_columns(cell, "tenantId")

    assert {(slug, value) for _, slug, value in found} == (set(ids.items()) if cell.version in ("V7", "V8") else set())
    if cell.version == "V8":
        assert {"key_results", "initiatives", "objective_key_results"} <= {table for table, _, _ in found}


def test_states_and_periods_are_alike_in_every_tenant(cell: Cell) -> None:
    counted = {
        slug: Counter(
            (table, name, value)
            for name in ("state", "period")
            for table, of, value in own_columns(cell, name)
            if of == slug
        )
        for slug in SLUGS
    }

    assert counted[SLUGS[0]] == counted[SLUGS[1]] == counted[SLUGS[2]]
    states = {value for table, name, value in counted[PURGED] if (table, name) == ("objectives", "state")}
    periods = {value for table, name, value in counted[PURGED] if (table, name) == ("objectives", "period")}
    assert states == ({"DRAFT", "PUBLISHED", "ARCHIVED"} if cell.version == "V8" else set())
    assert periods == ({"QUARTERLY"} if cell.version in ("V1", "V2", "V4") else set())


def test_people_are_members_of_their_own_tenant_only(cell: Cell) -> None:
    user_of, scope_of = tenant_of(cell, "users"), tenant_of(cell, "organizations", "workspaces", "teams")
    for table, (scope, _) in MEMBER_TABLES.items():
        if table not in cell.after:
            continue
        found = memberships(cell.after, cell.before, table)
        counted = Counter(scope_of[row[scope]] for row in found.values())

        assert all(user_of[row["userId"]] == scope_of[row[scope]] for row in found.values())
        assert all(id == membership_id(row["userId"], row[scope]) for id, row in found.items())
        assert counted[SLUGS[0]] == counted[SLUGS[1]] == counted[SLUGS[2]] > 0


def test_a_second_run_writes_nothing(cell: Cell) -> None:
    assert cell.again.exit == 0, why(cell.again)
    assert written(cell.again) == (0, 0, 0)
    assert cell.row_versions_again == cell.row_versions


def test_a_purge_of_one_leaves_the_others_as_they_were(cell: Cell) -> None:
    scopes = {id for id, slug in tenant_of(cell, "organizations", "workspaces", "teams").items() if slug == PURGED}
    gone = {table: set(cell.wanted[PURGED].get(table, ())) for table in cell.after}
    for table, (scope, _) in MEMBER_TABLES.items():
        if table in gone:
            gone[table] = {id for id, row in cell.after[table].items() if row[scope] in scopes}

    assert cell.purged.exit == 0, why(cell.purged)
    assert written(cell.purged) == (0, 0, sum(map(len, gone.values())))
    for table, rows in cell.after.items():
        assert cell.left[table] == {id: row for id, row in rows.items() if id not in gone[table]}, table
