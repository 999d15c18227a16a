"""A purge that would take more than okrseed made is refused, and says what stands in the way."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.end_to_end.database import TABLES, Database, SqliteDatabase
from tests.end_to_end.program import call, plan, purge, run
from tests.end_to_end.tenants import MOMENT, write_neighbour

NOTHING = dict.fromkeys(TABLES, 0)
FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
ORGANIZATION = "9db37585-85ed-5f07-882c-4b69f52fd4d1"
OBJECTIVE = "caa1a002-ca31-5186-8f93-202813bb7cb1"
KEY_RESULT = "9d36c3df-25fc-56dd-928a-94b3b4967920"
CYCLE = "ebb6ddcc-80f8-5487-ab31-413245d5c54f"


def add_workspace(database: Database) -> None:
    database.execute(
        f"""INSERT INTO workspaces (id, name, "organizationId", "updatedAt")
            VALUES ('by-hand', 'By hand', '{ORGANIZATION}', {MOMENT})"""
    )


def add_objective(database: Database) -> None:
    database.execute(
        f"""INSERT INTO objectives (id, title, "organizationId", "ownerId", "startDate", "endDate", "updatedAt")
            VALUES ('by-hand', 'By hand', '{ORGANIZATION}', '{FOUNDER}', {MOMENT}, {MOMENT}, {MOMENT})"""
    )


def add_initiative(database: Database) -> None:
    database.execute(
        f"""INSERT INTO initiatives (id, title, "objectiveId", "ownerId", "updatedAt")
            VALUES ('by-hand', 'By hand', '{OBJECTIVE}', '{FOUNDER}', {MOMENT})"""
    )


def add_check_in(database: Database) -> None:
    database.execute(
        f"""INSERT INTO check_ins (id, "keyResultId", "userId", value, confidence)
            VALUES ('by-hand', '{KEY_RESULT}', '{FOUNDER}', 1, 3)"""
    )


def add_role(database: Database) -> None:
    database.execute(
        f"""INSERT INTO role_assignments (id, "userId", role, "scopeType", "scopeId", "updatedAt")
            VALUES ('by-hand', '{FOUNDER}', 'TENANT_VIEWER', 'TENANT', '{ORGANIZATION}', {MOMENT})"""
    )


UNSEEDED: dict[str, Callable[[Database], None]] = {
    "workspaces": add_workspace,
    "objectives": add_objective,
    "initiatives": add_initiative,
    "check_ins": add_check_in,
    "role_assignments": add_role,
}


LINKED = (
    f"""INSERT INTO objective_key_results (id, "objectiveId", "keyResultId")
        VALUES ('neighbour-borrowed', 'neighbour-objective', '{KEY_RESULT}')""",
    f"""UPDATE objectives SET "parentId" = '{OBJECTIVE}' WHERE id = 'neighbour-objective'""",
    f"""UPDATE objectives SET "cycleId" = '{CYCLE}' WHERE id = 'neighbour-objective'""",
    f"""UPDATE users SET "managerId" = '{FOUNDER}' WHERE id = 'neighbour-user'""",
)
"""Ways for a row of another tenant to refer to one of ours."""


def neighbours(database: Database) -> dict[str, dict[str, object]]:
    """Every row of the neighbour."""
    return {id: row for table in TABLES for id, row in database.table(table).items() if id.startswith("neighbour")}


def add_activity(database: Database, on_delete: str) -> None:
    database.execute(
        f'CREATE TABLE activities (id text PRIMARY KEY, "userId" text REFERENCES users (id) ON DELETE {on_delete})',
        f"INSERT INTO activities VALUES ('an-activity', '{FOUNDER}')",
    )


@pytest.mark.parametrize(
    "arguments",
    [("purge",), ("run", "--mode", "purge"), ("run", "--mode", "reset", "--size", "tiny")],
    ids=" ".join,
)
def test_deleting_without_yes_is_refused(lone: Database, arguments: tuple[str, ...]) -> None:
    before = lone.digest()

    outcome = call(*arguments, "--json", "--database", lone.url)

    assert (outcome.exit, lone.digest()) == (4, before)
    assert "--yes" in outcome.told


@pytest.fixture
def mixed(small: Database) -> Database:
    """The small tenant with rows in it that people wrote."""
    for write in UNSEEDED.values():
        write(small)
    return small


@pytest.mark.parametrize("mode", ["purge", "reset"])
def test_unseeded_rows_refuse_deletion(mixed: Database, mode: str) -> None:
    before = mixed.digest()

    outcome = run(mixed.url, "--size", "tiny", "--mode", mode, "--yes")

    assert (outcome.exit, mixed.digest()) == (4, before)
    assert "--with-unseeded" in outcome.told


@pytest.mark.parametrize("table", UNSEEDED)
def test_one_unseeded_row_is_enough_and_is_named(lone: Database, table: str) -> None:
    UNSEEDED[table](lone)

    outcome = purge(lone.url, "--yes")

    assert outcome.exit == 4
    assert table in outcome.told
    assert "by-hand" in outcome.told


def test_the_plan_of_a_purge_warns_of_unseeded_rows(mixed: Database) -> None:
    warnings = plan(mixed.url, "--mode", "purge").document["warnings"]

    for table in UNSEEDED:
        assert any(table in warning and "by-hand" in warning for warning in warnings)


def test_with_unseeded_deletes_them_too(mixed: Database) -> None:
    assert purge(mixed.url, "--yes", "--with-unseeded").exit == 0
    assert mixed.counts() == NOTHING


def test_with_unseeded_leaves_other_tenants_alone(lone: Database) -> None:
    add_workspace(lone)
    write_neighbour(lone)

    assert purge(lone.url, "--yes", "--with-unseeded").exit == 0
    assert {id for table in TABLES for id in lone.table(table) if "neighbour" not in id} == set()
    assert lone.counts()["check_ins"] == 1


@pytest.mark.parametrize("on_delete", ["CASCADE", "RESTRICT"])
def test_rows_of_other_tables_that_refer_to_ours_refuse_a_purge(small: Database, on_delete: str) -> None:
    add_activity(small, on_delete)
    before = small.digest()

    outcome = purge(small.url, "--yes")

    assert (outcome.exit, small.digest()) == (4, before)
    assert "activities" in outcome.told


@pytest.mark.parametrize("statement", LINKED, ids=["link", "parent", "cycle", "manager"])
def test_a_purge_never_touches_rows_of_another_tenant_that_refer_to_ours(small: Database, statement: str) -> None:
    write_neighbour(small)
    small.execute(statement)
    before = neighbours(small)

    purge(small.url, "--yes")

    assert neighbours(small) == before


@pytest.mark.parametrize("on_delete", ["CASCADE", "SET NULL"])
def test_with_unseeded_lets_the_foreign_key_act_on_other_tables(small: Database, on_delete: str) -> None:
    add_activity(small, on_delete)

    assert purge(small.url, "--yes", "--with-unseeded").exit == 0
    assert small.counts() == NOTHING
    assert small.value('SELECT count("userId") AS n FROM activities') == 0


def test_rows_that_a_foreign_key_protects_stop_a_purge_with_everything_in_place(lone: Database) -> None:
    add_activity(lone, "RESTRICT")
    before = lone.digest()

    outcome = purge(lone.url, "--yes", "--with-unseeded")

    assert lone.digest() == before
    assert outcome.exit in (1, 4)
    assert "rolled back" in outcome.told or "Nothing was written" in outcome.told


def test_a_table_that_refers_to_ours_without_rows_is_no_obstacle(lone: Database) -> None:
    add_activity(lone, "RESTRICT")
    lone.execute("DELETE FROM activities")

    assert purge(lone.url, "--yes").exit == 0


def test_a_wrong_slug_is_refused_and_named(lone: Database) -> None:
    before = lone.digest()

    outcome = purge(lone.url, "--yes", "--tenant", "puzzel-demo")

    assert (outcome.exit, lone.digest()) == (4, before)
    assert "puzzel-demo" in outcome.told


def test_a_tenant_that_okrseed_did_not_seed_is_refused_by_its_slug(lone: Database) -> None:
    write_neighbour(lone)
    before = lone.digest()

    outcome = purge(lone.url, "--yes", "--tenant", "neighbour")

    assert (outcome.exit, lone.digest()) == (4, before)


def test_an_organisation_of_our_slug_without_stamp_and_canonical_id_is_refused(empty: Database) -> None:
    empty.execute(
        f"""INSERT INTO organizations (id, name, slug, "updatedAt")
            VALUES ('theirs', 'Theirs', 'puzzel-cx-demo', {MOMENT})"""
    )

    assert purge(empty.url, "--yes").exit == 4
    assert set(empty.table("organizations")) == {"theirs"}


def test_an_organisation_with_our_canonical_id_is_ours_also_without_stamp(lone: Database) -> None:
    lone.execute("UPDATE organizations SET metadata = NULL")

    assert purge(lone.url, "--yes").exit == 0
    assert lone.counts() == NOTHING


def test_a_purge_cannot_be_limited_to_workspaces(lone: Database) -> None:
    before = lone.digest()

    assert purge(lone.url, "--yes", "--workspace", "sales").exit == 2
    assert lone.digest() == before


def test_a_purge_of_a_file_that_does_not_exist_makes_none(sqlite_url: str) -> None:
    assert purge(sqlite_url, "--yes").exit == 4
    assert not SqliteDatabase(sqlite_url).path.exists()
