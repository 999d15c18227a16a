"""Ids are UUIDv5 of natural keys under fixed namespaces (specification: okr, section 2)."""

from __future__ import annotations

import re
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator
from typing import NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.identity import Namespace, slug
from tests.okr.tenant_rows import SEEDS, SIZES, TABLES, TenantRows, tenant_rows


class Golden(NamedTuple):
    table: str
    column: str
    value: str
    id: str


GOLDEN = (
    Golden("organizations", "slug", "puzzel-cx-demo", "9db37585-85ed-5f07-882c-4b69f52fd4d1"),
    Golden("workspaces", "name", "Sales", "f4ed23fc-be26-52f1-8512-16b356dfbc7d"),
    Golden("teams", "name", "Enterprise Sales", "2c9b8ead-7761-54df-9333-0000466071bc"),
    Golden("users", "email", "founder@puzzelcx.local", "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"),
    Golden("cycles", "name", "Q4 2025", "ebb6ddcc-80f8-5487-ab31-413245d5c54f"),
    Golden("objectives", "title", "Improve Customer Satisfaction", "caa1a002-ca31-5186-8f93-202813bb7cb1"),
    Golden("key_results", "title", "Raise NPS from 60 to 75", "9d36c3df-25fc-56dd-928a-94b3b4967920"),
    Golden("initiatives", "title", "Deploy Customer Feedback Portal", "ecd63182-2793-531b-9592-6a6929a4ca55"),
    Golden("strategic_pillars", "name", "Customer Experience Quality", "8b127cd3-bd47-550a-8569-f1171748a66c"),
)
NAMESPACES = {
    "organizations": "6ba7b811",
    "workspaces": "6ba7b812",
    "teams": "6ba7b813",
    "users": "6ba7b814",
    "cycles": "6ba7b815",
    "objectives": "6ba7b816",
    "key_results": "6ba7b817",
    "initiatives": "6ba7b818",
    "strategic_pillars": "6ba7b819",
    "role_assignments": "6ba7b81a",
    "objective_key_results": "6ba7b81b",
    "check_ins": "6ba7b81c",
    "check_in_requests": "6ba7b81d",
    "check_in_responses": "6ba7b81e",
}
EACH_SIZE = pytest.mark.parametrize("size", SIZES)


def expected_id(table: str, name: str) -> str:
    return str(uuid.uuid5(uuid.UUID(f"{NAMESPACES[table]}-9dad-11d1-80b4-00c04fd430c8"), name))


def natural_names(rows: TenantRows, table: str) -> Iterator[str]:
    """The name under which each row's id is made, in the order of the rows, as the specification words it."""
    org = rows.organization.id
    simple: dict[str, Callable[..., str]] = {
        "organizations": lambda row: row.slug,
        "workspaces": lambda row: f"{org}:{row.name.lower()}",
        "teams": lambda row: f"{row.workspaceId}:{'-'.join(re.findall('[a-z0-9]+', row.name.lower()))}",
        "users": lambda row: row.email,
        "cycles": lambda row: f"{org}:{row.name}",
        "objectives": lambda row: f"{org}:{scope_of(row)}:{row.cycleId}:{row.title}",
        "key_results": lambda row: f"{rows.objective_of[row.id].id}:{row.title}",
        "initiatives": lambda row: f"{row.objectiveId}:{row.title}",
        "strategic_pillars": lambda row: f"{org}:{row.name}",
        "role_assignments": lambda row: f"{row.userId}:{row.role}:{row.scopeType}:{row.scopeId or ''}",
        "objective_key_results": lambda row: f"{row.objectiveId}:{row.keyResultId}",
        "check_in_responses": lambda row: row.requestId,
    }
    return map(simple[table], rows.table(table))


def scope_of(row: object) -> str:
    team, workspace = getattr(row, "teamId", None), getattr(row, "workspaceId", None)
    if team:
        return f"team:{team}"
    return f"workspace:{workspace}" if workspace else "tenant:"


@pytest.mark.parametrize("golden", GOLDEN, ids=lambda golden: golden.table)
@pytest.mark.parametrize("seed", SEEDS)
@EACH_SIZE
def test_golden_rows_exist_at_every_size_and_seed_string(size: str, seed: str, golden: Golden) -> None:
    row = tenant_rows(size, seed=seed).by_id(golden.table)[golden.id]

    assert getattr(row, golden.column) == golden.value


def test_the_golden_objective_stands_at_tenant_level_in_the_fourth_quarter() -> None:
    rows = tenant_rows("tiny")
    objective = rows.by_id("objectives")["caa1a002-ca31-5186-8f93-202813bb7cb1"]

    assert (objective.workspaceId, objective.teamId) == (None, None)
    assert rows.by_id("cycles")[objective.cycleId].name == "Q4 2025"


@pytest.mark.parametrize("id", ["9d36c3df-25fc-56dd-928a-94b3b4967920", "ecd63182-2793-531b-9592-6a6929a4ca55"])
def test_the_golden_key_result_and_initiative_belong_to_the_golden_objective(id: str) -> None:
    assert tenant_rows("tiny").objective_of[id].id == "caa1a002-ca31-5186-8f93-202813bb7cb1"


@pytest.mark.parametrize("table", [table for table in TABLES if table not in ("check_ins", "check_in_requests")])
@EACH_SIZE
def test_ids_come_from_the_natural_key(size: str, table: str) -> None:
    rows = tenant_rows(size)

    assert [row.id for row in rows.table(table)] == [expected_id(table, name) for name in natural_names(rows, table)]


@EACH_SIZE
def test_check_ins_are_counted_from_the_oldest(size: str) -> None:
    series = tenant_rows(size).series
    found = {key_result: [row.id for row in rows] for key_result, rows in series.items()}

    assert found == {
        key_result: [expected_id("check_ins", f"{key_result}:{ordinal}") for ordinal in range(len(rows))]
        for key_result, rows in series.items()
    }


@EACH_SIZE
def test_requests_are_counted_for_each_pair_of_people(size: str) -> None:
    rows = tenant_rows(size)
    found: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows.requests:
        found[f"{rows.organization.id}:{row.requesterUserId}:{row.targetUserId}"].add(row.id)

    assert found == {
        pair: {expected_id("check_in_requests", f"{pair}:{ordinal}") for ordinal in range(len(ids))}
        for pair, ids in found.items()
    }


@pytest.mark.parametrize("table", TABLES)
@EACH_SIZE
def test_no_id_is_produced_twice(size: str, table: str) -> None:
    rows = tenant_rows(size).table(table)

    assert len({row.id for row in rows}) == len(rows) > 0


@pytest.mark.parametrize("table", ["organizations", "workspaces", "teams", "users", "cycles", "strategic_pillars"])
def test_the_seed_string_changes_no_id_of_the_structure_and_the_people(table: str) -> None:
    assert tenant_rows(seed="one").ids(table) == tenant_rows(seed="two").ids(table)


def test_another_seed_string_makes_another_tenant() -> None:
    assert tenant_rows(seed="one").ids("check_ins") != tenant_rows(seed="two").ids("check_ins")


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sales", "sales"),
        ("Learning & Development", "learning-development"),
        ("Tier 1 Support", "tier-1-support"),
        ("DevOps", "devops"),
        ("  spaces at the ends  ", "spaces-at-the-ends"),
        ("--- & --- a", "a"),
        ("R&D", "r-d"),
        ("already-a-slug", "already-a-slug"),
        ("under_score", "under-score"),
        ("Größe", "gr-e"),
        ("Ελλάδα 2", "2"),
        ("日本", ""),
        ("", ""),
    ],
)
def test_a_slug_keeps_only_letters_and_digits_joined_by_hyphens(name: str, expected: str) -> None:
    assert slug(name) == expected


@given(st.text())
def test_every_slug_is_letters_and_digits_joined_by_single_hyphens(name: str) -> None:
    assert re.fullmatch("(?:[a-z0-9]+(?:-[a-z0-9]+)*)?", slug(name))


@given(st.text())
def test_a_slug_is_its_own_slug(name: str) -> None:
    assert slug(slug(name)) == slug(name)


@given(st.text(alphabet=st.characters(codec="utf-8")))
def test_a_namespace_makes_the_standard_uuid(name: str) -> None:
    namespace = "6ba7b811-9dad-11d1-80b4-00c04fd430c8"

    assert Namespace(namespace).id(name) == str(uuid.uuid5(uuid.UUID(namespace), name))
