"""A purge removes one tenant, all of it, and touches nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import TABLES, Database, by
from tests.end_to_end.program import call, plan, purge, run
from tests.end_to_end.tenants import acme_configuration, write_neighbour

NOTHING = dict.fromkeys(TABLES, 0)
FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
Contents = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture
def acme(tmp_path: Path) -> str:
    """The configuration file of a second tenant."""
    return acme_configuration(tmp_path)


@pytest.fixture
def shared(empty: Database, acme: str) -> Database:
    """A database with a tenant of somebody else, seeded from another configuration, and one written by hand."""
    write_neighbour(empty)
    run(empty.url, "--size", "tiny", "--config", acme, "--no-verify")
    return empty


def seed_ours(database: Database) -> None:
    assert run(database.url, "--size", "tiny", "--no-verify").exit == 0


def test_a_purge_leaves_nothing(tiny: Database) -> None:
    assert purge(tiny.url, "--yes").exit == 0
    assert tiny.counts() == NOTHING


def test_a_purge_reports_what_it_deleted(tiny: Database) -> None:
    rows = sum(tiny.counts().values())

    assert purge(tiny.url, "--yes").totals["deleted"] == rows


def test_a_purge_leaves_every_other_tenants_rows_untouched(shared: Database) -> None:
    before = shared.contents()
    seed_ours(shared)

    assert purge(shared.url, "--yes").exit == 0
    assert shared.contents() == before


def test_a_purge_of_the_other_tenant_by_its_configuration_leaves_ours_untouched(tiny: Database, acme: str) -> None:
    before = tiny.contents()
    run(tiny.url, "--size", "tiny", "--config", acme, "--no-verify")

    assert purge(tiny.url, "--yes", "--config", acme).exit == 0
    assert tiny.contents() == before


def test_a_purge_of_another_tenant_by_its_slug_leaves_ours_untouched(tiny: Database, acme: str) -> None:
    before = tiny.contents()
    run(tiny.url, "--size", "tiny", "--config", acme, "--no-verify")

    assert purge(tiny.url, "--yes", "--tenant", "acme").exit == 0
    assert lost(before, tiny.contents()) == {}


def test_a_purge_of_another_tenant_by_its_slug_leaves_nothing_of_it(tiny: Database, acme: str) -> None:
    before = tiny.contents()
    run(tiny.url, "--size", "tiny", "--config", acme, "--no-verify")

    purge(tiny.url, "--yes", "--tenant", "acme")

    assert lost(tiny.contents(), before) == {}


def test_a_purge_of_another_tenant_by_its_slug_names_nobody_of_ours(tiny: Database, acme: str) -> None:
    run(tiny.url, "--size", "tiny", "--config", acme, "--no-verify")

    assert purge(tiny.url, "--yes", "--tenant", "acme").document["plan"]["notes"] == []


def test_after_a_bare_delete_of_the_organisation_a_purge_removes_what_was_left_behind(tiny: Database) -> None:
    tiny.execute("DELETE FROM organizations")
    behind = tiny.counts()
    assert all(behind[table] for table in ("key_results", "check_ins", "initiatives", "role_assignments", "users"))

    assert purge(tiny.url, "--yes").exit == 0
    assert tiny.counts() == NOTHING


def test_what_a_bare_delete_left_behind_of_others_stays(shared: Database) -> None:
    before = shared.contents()
    seed_ours(shared)
    shared.execute("DELETE FROM organizations WHERE slug = 'puzzel-cx-demo'")

    assert purge(shared.url, "--yes").exit == 0
    assert shared.contents() == before


def test_a_purge_takes_rows_of_ours_of_every_size(full: Database) -> None:
    run(full.url, "--size", "tiny", "--no-verify")

    assert purge(full.url, "--yes", "--size", "tiny").exit == 0
    assert full.counts() == NOTHING


def test_a_purge_takes_rows_of_another_seed_string(empty: Database) -> None:
    run(empty.url, "--size", "tiny", "--seed", "another", "--no-verify")

    assert purge(empty.url, "--yes").exit == 0
    assert empty.counts() == NOTHING


def test_a_purge_takes_rows_that_people_changed(tiny: Database) -> None:
    tiny.execute("UPDATE objectives SET title = 'Changed'", "UPDATE users SET name = 'Changed'")

    assert purge(tiny.url, "--yes").exit == 0
    assert tiny.counts() == NOTHING


def test_a_demo_user_whom_another_tenant_needs_is_kept(tiny: Database) -> None:
    write_neighbour(tiny, owner=FOUNDER)

    purge(tiny.url, "--yes")

    assert set(tiny.table("users")) == {FOUNDER, "neighbour-user"}
    assert tiny.counts()["objectives"] == 1


def test_a_demo_user_whom_another_tenant_needs_is_named(tiny: Database) -> None:
    write_neighbour(tiny, owner=FOUNDER)

    (note,) = purge(tiny.url, "--yes").document["plan"]["notes"]

    assert FOUNDER in note
    assert "kept" in note


def test_a_demo_user_who_only_checked_in_elsewhere_is_kept_too(tiny: Database) -> None:
    write_neighbour(tiny)
    tiny.execute(f"""UPDATE check_ins SET "userId" = '{FOUNDER}' WHERE id = 'neighbour-check-in'""")

    purge(tiny.url, "--yes")

    assert FOUNDER in tiny.table("users")


def test_a_demo_user_who_is_kept_loses_the_roles_in_the_tenant(tiny: Database) -> None:
    write_neighbour(tiny, owner=FOUNDER)

    purge(tiny.url, "--yes")

    assert by(tiny.table("role_assignments").values(), "userId") == {"neighbour-user": 1}


def test_a_purge_of_an_absent_tenant_deletes_zero_rows(empty: Database) -> None:
    outcome = purge(empty.url, "--yes")

    assert (outcome.exit, outcome.totals["deleted"]) == (0, 0)


def test_a_second_purge_deletes_zero_rows(tiny: Database) -> None:
    purge(tiny.url, "--yes")

    outcome = purge(tiny.url, "--yes")

    assert (outcome.exit, outcome.totals["deleted"]) == (0, 0)


def test_a_purge_is_run_with_mode_purge(tiny: Database) -> None:
    assert call("run", "--mode", "purge", "--database", tiny.url, "--yes", "--json").exit == 0
    assert tiny.counts() == NOTHING


def test_a_reset_gives_the_rows_of_a_run_into_an_empty_database(tiny: Database) -> None:
    before = tiny.contents()
    tiny.execute("UPDATE objectives SET title = 'Changed'", "UPDATE users SET avatar = 'lost'")

    outcome = run(tiny.url, "--size", "tiny", "--mode", "reset", "--yes")

    assert (outcome.exit, outcome.document["verification"]["failed"]) == (0, 0)
    assert tiny.contents() == before


def test_a_reset_may_change_the_seed_string(tiny: Database) -> None:
    outcome = run(tiny.url, "--size", "tiny", "--mode", "reset", "--seed", "another", "--yes")

    (organization,) = tiny.table("organizations").values()
    assert (outcome.exit, organization["metadata"]["okrseed"]["seed"]) == (0, "another")


def test_the_plan_of_a_reset_says_that_preserved_columns_are_lost(tiny: Database) -> None:
    planned = plan(tiny.url, "--size", "tiny", "--mode", "reset").document

    assert any("passwordHash" in text or "preserved" in text for text in planned["notes"] + planned["warnings"])


def lost(before: Contents, after: Contents) -> dict[str, list[str]]:
    """The rows that are gone or changed, by table."""
    found = {table: [id for id, row in rows.items() if after[table].get(id) != row] for table, rows in before.items()}
    return {table: ids for table, ids in found.items() if ids}
