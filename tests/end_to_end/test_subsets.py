"""Any choice of workspaces is the full tenant restricted to it, in whichever order it is seeded."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import pytest

from tests.end_to_end.database import TABLES, Database, connect
from tests.end_to_end.program import run, seed
from tests.end_to_end.templates import Kind, Templates

Contents = dict[str, dict[str, dict[str, Any]]]

SUBSETS = [
    ("sales",),
    ("engineering",),
    ("people", "support"),
    ("marketing", "people", "product"),
    ("engineering", "marketing", "people", "product", "sales"),
]
TENANT_LEVEL = ("platform", "founder", "admin")


def slug(name: str) -> str:
    return "-".join("".join(letter if letter.isalnum() else " " for letter in name.lower()).split())


def restricted(tenant: Contents, chosen: Collection[str]) -> Contents:
    """The rows of a whole tenant that belong to some workspaces, or to no workspace at all."""
    kept: Contents = {name: tenant[name] for name in ("organizations", "cycles", "strategic_pillars")}

    def keep(table: str, **belongs: Collection[Any]) -> None:
        kept[table] = {
            id: row
            for id, row in tenant[table].items()
            if all(row[column] in values for column, values in belongs.items())
        }

    kept["workspaces"] = {id: row for id, row in tenant["workspaces"].items() if slug(row["name"]) in chosen}
    keep("teams", workspaceId=kept["workspaces"])
    teams = {slug(row["name"]) for row in kept["teams"].values()}
    kept["users"] = {id: row for id, row in tenant["users"].items() if is_of(row["email"], chosen, teams)}
    keep("objectives", workspaceId={None, *kept["workspaces"]})
    keep("objective_key_results", objectiveId=kept["objectives"])
    linked = {row["keyResultId"] for row in kept["objective_key_results"].values()}
    keep("key_results", id=linked)
    keep("initiatives", objectiveId=kept["objectives"])
    keep("check_ins", keyResultId=linked)
    keep("check_in_requests", targetUserId=kept["users"])
    keep("check_in_responses", requestId=kept["check_in_requests"])
    keep("role_assignments", userId=kept["users"])
    return kept


def is_of(email: str, workspaces: Collection[str], teams: Collection[str]) -> bool:
    name = email.partition("@")[0]
    if name.startswith(TENANT_LEVEL):
        return True
    belongs = name.rpartition("-")[0]
    leads = {f"workspace-lead-{workspace}" for workspace in workspaces}
    members = {f"member-{workspace}" for workspace in workspaces}
    return belongs in leads | members | {f"team-lead-{team}" for team in teams}


def contents(database: Database) -> Contents:
    """Every row; the organisation without its stamp, which names the workspaces."""
    found = database.contents(without=("updatedAt",))
    for row in found["organizations"].values():
        row["metadata"]["okrseed"].pop("workspaces")
    return found


@pytest.fixture(scope="module")
def whole(templates: Templates) -> Contents:
    return contents(templates.original("sqlite", "full")[0])


@pytest.mark.parametrize("subset", SUBSETS, ids="+".join)
def test_a_subset_is_the_full_tenant_restricted_to_it(
    templates: Templates, whole: Contents, subset: tuple[str, ...]
) -> None:
    database = templates.copy("sqlite", "empty")

    run(database.url, "--workspace", ",".join(subset), "--no-verify")

    found, wanted = contents(database), restricted(whole, subset)
    for table in TABLES:
        assert found[table] == wanted[table], table


def test_the_whole_choice_restricted_is_the_whole(whole: Contents) -> None:
    every = {slug(row["name"]) for row in whole["workspaces"].values()}

    assert restricted(whole, every) == whole


@pytest.mark.parametrize("subset", SUBSETS[2:3], ids="+".join)
def test_a_subset_on_postgresql_holds_the_rows_of_the_same_subset_on_sqlite(
    templates: Templates, subset: tuple[str, ...]
) -> None:
    databases = [templates.copy(kind, "empty") for kind in ("sqlite", "postgresql")]

    for database in databases:
        run(database.url, "--size", "tiny", "--workspace", ",".join(subset), "--no-verify")

    assert databases[0].digest() == databases[1].digest()


@pytest.mark.parametrize("size", ["tiny", "full"])
@pytest.mark.parametrize("workspace", ["sales", "people"])
def test_nobody_reports_to_somebody_who_is_not_there(sqlite_url: str, size: str, workspace: str) -> None:
    seed(sqlite_url, "--size", size, "--workspace", workspace, "--select", "users", "--no-verify")

    users = connect(sqlite_url).table("users")
    assert [row["email"] for row in users.values() if row["managerId"] not in {None, *users}] == []


ORDERS = [("sales", "support"), ("support", "sales")]


@pytest.mark.parametrize("order", ORDERS, ids="-then-".join)
def test_one_workspace_after_the_other_equals_both_in_one(
    templates: Templates, kind: Kind, order: tuple[str, str]
) -> None:
    assert_equal_to_both_in_one(templates, kind, "tiny", order)


def test_at_full_size_too_one_workspace_after_the_other_equals_both_in_one(templates: Templates) -> None:
    assert_equal_to_both_in_one(templates, "sqlite", "full", ORDERS[0])


def assert_equal_to_both_in_one(templates: Templates, kind: Kind, size: str, order: tuple[str, str]) -> None:
    stepwise, at_once = templates.copy(kind, "empty"), templates.copy(kind, "empty")

    for workspace in order:
        run(stepwise.url, "--size", size, "--workspace", workspace, "--no-verify")
    run(at_once.url, "--size", size, "--workspace", ",".join(order), "--no-verify")

    assert stepwise.contents(without=["updatedAt"]) == at_once.contents(without=["updatedAt"])


def test_a_second_workspace_passes_every_check(templates: Templates) -> None:
    database = templates.copy("sqlite", "empty")
    run(database.url, "--size", "tiny", "--workspace", "sales", "--no-verify")

    verification = run(database.url, "--size", "tiny", "--workspace", "support").document["verification"]

    assert (verification["warned"], verification["failed"]) == (0, 0)


def test_a_second_workspace_counts_the_first_as_kept(templates: Templates) -> None:
    database = templates.copy("sqlite", "empty")
    first = run(database.url, "--size", "tiny", "--workspace", "sales", "--no-verify")
    second = run(database.url, "--size", "tiny", "--workspace", "support", "--no-verify").document["plan"]["totals"]

    shared = second["unchanged"] + second["update"]
    assert second["kept"] == first.totals["created"] - shared
    assert second["kept"] > 0


def test_the_stamp_names_every_workspace_present(templates: Templates) -> None:
    database = templates.copy("sqlite", "empty")
    for workspace in ("support", "people", "sales"):
        run(database.url, "--size", "tiny", "--workspace", workspace, "--no-verify")

    (row,) = database.table("organizations").values()
    assert row["metadata"]["okrseed"]["workspaces"] == ["people", "sales", "support"]


def test_a_needed_stage_that_a_run_leaves_alone_is_no_failure_of_it(empty: Database) -> None:
    """The tenant's stamp names the workspaces of the run before, and a required stage updates nothing."""
    seed(empty.url, "--size", "tiny", "--workspace", "sales")
    outcome = run(empty.url, "--size", "tiny", "--select", "teams")
    assert outcome.exit == 0, outcome.err
    values = next(one for one in outcome.document["verification"]["checks"] if one["id"] == "values")
    assert (values["status"], values["found"]) == ("warn", "1 rows of organizations differ")
