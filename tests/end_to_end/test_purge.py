"""A purge removes one tenant, all of it, and touches nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import TABLES, Database, by
from tests.end_to_end.program import Outcome, isolated, plan, purge, run
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import acme_configuration, configure_small, write_neighbour

NOTHING = dict.fromkeys(TABLES, 0)
TINY = ("--size", "tiny", "--no-verify")
FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
Contents = dict[str, dict[str, dict[str, Any]]]


@pytest.fixture
def acme(tmp_path: Path) -> str:
    """The configuration file of a second tenant."""
    return acme_configuration(tmp_path)


def lost(before: Contents, after: Contents) -> dict[str, list[str]]:
    """The rows that are gone or changed, by table."""
    found = {table: [id for id, row in rows.items() if after[table].get(id) != row] for table, rows in before.items()}
    return {table: ids for table, ids in found.items() if ids}


def test_a_purge_leaves_nothing_and_reports_what_it_deleted(tiny: Database) -> None:
    rows = sum(tiny.counts().values())

    outcome = purge(tiny.url, "--yes")

    assert (outcome.exit, outcome.totals["deleted"]) == (0, rows)
    assert tiny.counts() == NOTHING


@pytest.mark.parametrize("bare_delete", [False, True], ids=["whole", "organisation deleted by hand"])
def test_a_purge_leaves_every_other_tenants_rows_untouched(empty: Database, acme: str, bare_delete: bool) -> None:
    configure_small()
    write_neighbour(empty)
    run(empty.url, *TINY, "--config", acme)
    before = empty.contents()
    run(empty.url, *TINY)
    if bare_delete:
        empty.execute("DELETE FROM organizations WHERE slug = 'puzzel-cx-demo'")

    assert purge(empty.url, "--yes").exit == 0
    assert empty.contents() == before


def test_after_a_bare_delete_of_the_organisation_a_purge_removes_what_was_left_behind(small: Database) -> None:
    small.execute("DELETE FROM organizations")
    behind = small.counts()
    assert all(behind[table] for table in ("key_results", "check_ins", "initiatives", "role_assignments", "users"))

    assert purge(small.url, "--yes").exit == 0
    assert small.counts() == NOTHING


def test_a_purge_of_the_other_tenant_by_its_configuration_leaves_ours_untouched(lone: Database, acme: str) -> None:
    before = lone.contents()
    run(lone.url, *TINY, "--config", acme)

    assert purge(lone.url, "--yes", "--config", acme).exit == 0
    assert lone.contents() == before


@dataclass(frozen=True)
class BySlug:
    """A purge of a second tenant by its slug, from the configuration of the first."""

    outcome: Outcome
    first: Contents
    after: Contents


@pytest.fixture(scope="module")
def by_slug(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> BySlug:
    folder = tmp_path_factory.mktemp("by_slug")
    database = templates.copy("sqlite", "small")
    first = database.contents()
    with isolated(folder):
        configure_small()
        run(database.url, *TINY, "--config", acme_configuration(folder))
        outcome = purge(database.url, "--yes", "--tenant", "acme")
    return BySlug(outcome, first, database.contents())


def test_a_purge_of_another_tenant_by_its_slug_leaves_ours_untouched(by_slug: BySlug) -> None:
    assert by_slug.outcome.exit == 0
    assert lost(by_slug.first, by_slug.after) == {}


def test_a_purge_of_another_tenant_by_its_slug_leaves_nothing_of_it(by_slug: BySlug) -> None:
    assert lost(by_slug.after, by_slug.first) == {}


def test_a_purge_of_another_tenant_by_its_slug_names_nobody_of_ours(by_slug: BySlug) -> None:
    assert by_slug.outcome.document["plan"]["notes"] == []


def test_a_purge_takes_rows_of_ours_of_every_size(lone: Database) -> None:
    run(lone.url, "--size", "full", "--no-verify")
    run(lone.url, *TINY)

    assert purge(lone.url, "--yes", "--size", "tiny").exit == 0
    assert lone.counts() == NOTHING


def test_a_purge_takes_rows_of_another_seed_string(templates: Templates) -> None:
    configure_small()
    database = templates.copy("sqlite", "empty")
    run(database.url, *TINY, "--seed", "another")

    assert purge(database.url, "--yes").exit == 0
    assert database.counts() == NOTHING


def test_a_purge_on_another_day_takes_the_same_rows(lone: Database) -> None:
    assert purge(lone.url, "--yes", as_of="2027-07-07").exit == 0
    assert lone.counts() == NOTHING


def test_a_purge_takes_rows_that_people_changed(lone: Database) -> None:
    lone.execute("UPDATE objectives SET title = 'Changed'", "UPDATE users SET name = 'Changed'")

    assert purge(lone.url, "--yes").exit == 0
    assert lone.counts() == NOTHING


def test_a_demo_user_whom_another_tenant_needs_is_kept_without_roles(small: Database) -> None:
    write_neighbour(small, owner=FOUNDER)

    purge(small.url, "--yes")

    assert set(small.table("users")) == {FOUNDER, "neighbour-user"}
    assert by(small.table("role_assignments").values(), "userId") == {"neighbour-user": 1}


def test_a_demo_user_whom_another_tenant_needs_is_named(lone: Database) -> None:
    write_neighbour(lone, owner=FOUNDER)

    (note,) = purge(lone.url, "--yes").document["plan"]["notes"]

    assert FOUNDER in note
    assert "kept" in note


def test_a_demo_user_who_only_checked_in_elsewhere_is_kept_too(lone: Database) -> None:
    write_neighbour(lone)
    lone.execute(f"""UPDATE check_ins SET "userId" = '{FOUNDER}' WHERE id = 'neighbour-check-in'""")

    purge(lone.url, "--yes")

    assert FOUNDER in lone.table("users")


def test_a_purge_of_an_absent_tenant_deletes_zero_rows(empty: Database) -> None:
    outcome = purge(empty.url, "--yes")

    assert (outcome.exit, outcome.totals["deleted"]) == (0, 0)


def test_a_second_purge_deletes_zero_rows(lone: Database) -> None:
    purge(lone.url, "--yes")

    outcome = purge(lone.url, "--yes")

    assert (outcome.exit, outcome.totals["deleted"]) == (0, 0)


def test_a_purge_is_run_with_mode_purge(lone: Database) -> None:
    assert run(lone.url, "--mode", "purge", "--yes").exit == 0
    assert lone.counts() == NOTHING


def test_a_reset_gives_the_rows_of_a_run_into_an_empty_database(small: Database) -> None:
    before = small.contents()
    small.execute("UPDATE objectives SET title = 'Changed'", "UPDATE users SET avatar = 'lost'")

    outcome = run(small.url, "--size", "tiny", "--mode", "reset", "--yes")

    assert (outcome.exit, outcome.document["verification"]["failed"]) == (0, 0)
    assert small.contents() == before


def test_a_reset_may_change_the_seed_string(lone: Database) -> None:
    outcome = run(lone.url, *TINY, "--mode", "reset", "--seed", "another", "--yes")

    (organization,) = lone.table("organizations").values()
    assert (outcome.exit, organization["metadata"]["okrseed"]["seed"]) == (0, "another")


def test_the_plan_of_a_reset_shows_every_row_as_deleted_and_created(lone: Database) -> None:
    rows = sum(lone.counts().values())

    totals = plan(lone.url, "--size", "tiny", "--mode", "reset").totals

    assert (totals["delete"], totals["create"], totals["unchanged"]) == (rows, rows, 0)


def test_the_plan_of_a_reset_says_that_preserved_columns_are_lost(lone: Database) -> None:
    planned = plan(lone.url, "--size", "tiny", "--mode", "reset").document

    assert any("passwordHash" in text or "preserved" in text for text in planned["notes"] + planned["warnings"])
