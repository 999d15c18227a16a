"""`okrseed verify` holds the tenant against what its stamp says was seeded."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import Outcome, call, run
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
WHITELIST = """SELECT CAST("execOnlyWhitelist" AS TEXT) AS listed FROM organizations"""
BROKEN = {
    "a person is gone": "DELETE FROM users WHERE email = 'admin3@puzzelcx.local'",
    "a role is gone": "DELETE FROM role_assignments WHERE role = 'TENANT_OWNER'",
    "check-ins are gone": "DELETE FROM check_ins WHERE id < '8'",
    "a key result lost its link": """DELETE FROM objective_key_results
        WHERE "keyResultId" = '9d36c3df-25fc-56dd-928a-94b3b4967920'""",
    "an initiative lost its objective": """UPDATE initiatives SET "objectiveId" = NULL
        WHERE id = 'ecd63182-2793-531b-9592-6a6929a4ca55'""",
    "two people report to each other": f"""UPDATE users SET "managerId" =
        (SELECT id FROM users WHERE email = 'admin1@puzzelcx.local') WHERE id = '{FOUNDER}'""",
    "the platform has a role in the tenant": """INSERT INTO role_assignments
        (id, "userId", role, "scopeType", "scopeId", "updatedAt")
        SELECT 'by-hand', id, 'TENANT_ADMIN', 'TENANT', '9db37585-85ed-5f07-882c-4b69f52fd4d1', '2025-01-01 00:00:00'
        FROM users WHERE email = 'platform@puzzelcx.local'""",
}


def verify(database: Database, *arguments: str) -> Outcome:
    return call("verify", "--json", "--database", database.url, *arguments)


def checks(outcome: Outcome) -> dict[str, dict[str, Any]]:
    return {check["id"]: check for check in outcome.document["checks"]}


def test_a_seeded_tenant_passes_every_check(small: Database) -> None:
    outcome = verify(small)

    assert (outcome.exit, outcome.document["warned"], outcome.document["failed"]) == (0, 0, 0)


@pytest.mark.parametrize("how", BROKEN)
def test_what_somebody_broke_fails_a_check(lone: Database, how: str) -> None:
    lone.execute(BROKEN[how])

    outcome = verify(lone)

    assert outcome.exit == 5
    assert outcome.document["failed"] > 0


def test_a_check_that_fails_says_what_it_expected_and_found(lone: Database) -> None:
    lone.execute("DELETE FROM users WHERE email = 'admin3@puzzelcx.local'")

    counted = checks(verify(lone))["count.users"]

    assert (counted["status"], counted["expected"], counted["found"]) == ("fail", "16 rows", "15 rows")


def test_a_list_that_names_a_person_by_an_id_of_before_is_told(lone: Database) -> None:
    """The person stands there under another id, and is adopted; the list is as declared, and not as it should be."""
    (listed,) = (json.loads(row["listed"]) for row in lone.rows(WHITELIST))
    lone.execute(f"UPDATE users SET id = 'by-hand' WHERE id = '{listed[0]}'")

    values = checks(verify(lone))["values"]

    assert values["status"] == "warn"
    assert "1 rows of organizations differ" in values["found"]


def test_verify_reads_only(lone: Database) -> None:
    lone.execute("DELETE FROM check_ins WHERE id < '8'")
    before = lone.digest()

    verify(lone)

    assert lone.digest() == before


def test_verify_shows_its_checks_as_text(lone: Database) -> None:
    lone.execute("DELETE FROM users WHERE email = 'admin3@puzzelcx.local'")

    shown = call("verify", "--database", lone.url)

    assert shown.exit == 5
    assert "fail  rows of users: 15 rows (expected 16 rows)" in shown.out


def seeded(templates: Templates, *arguments: str, as_of: str = "2025-12-02") -> Database:
    configure_small(size=None)
    database = templates.copy("sqlite", "empty")
    outcome = run(database.url, "--no-verify", *arguments, as_of=as_of)
    assert outcome.exit == 0, outcome.err
    return database


def expected(database: Database, table: str) -> str:
    found: str = checks(verify(database))[f"count.{table}"]["expected"]
    return found


@pytest.mark.parametrize(("size", "users"), [("tiny", 16), ("demo", 25)])
def test_the_size_comes_from_the_stamp(templates: Templates, size: str, users: int) -> None:
    assert expected(seeded(templates, "--size", size), "users") == f"{users} rows"


def test_the_workspaces_come_from_the_stamp(templates: Templates) -> None:
    database = seeded(templates, "--size", "tiny", "--workspace", "sales,people")

    assert expected(database, "workspaces") == "2 rows"


@pytest.mark.parametrize(
    ("what", "arguments", "as_of"),
    [
        ("as-of", ("--size", "tiny"), "2026-02-11"),
        ("calendar", ("--size", "tiny", "--roll-cycles"), "2031-05-14"),
        ("seed string", ("--size", "tiny", "--seed", "another"), "2025-12-02"),
        ("everything", ("--size", "demo", "--workspace", "people", "--seed", "x", "--roll-cycles"), "2031-05-14"),
    ],
)
def test_what_is_not_given_comes_from_the_stamp(
    templates: Templates, what: str, arguments: tuple[str, ...], as_of: str
) -> None:
    outcome = verify(seeded(templates, *arguments, as_of=as_of))

    assert outcome.exit == 0, outcome.err
    assert (outcome.document["warned"], outcome.document["failed"]) == (0, 0)


def test_what_is_given_counts_more_than_the_stamp(templates: Templates) -> None:
    outcome = verify(seeded(templates, "--size", "tiny"), "--size", "demo")

    assert outcome.exit == 5
    assert checks(outcome)["count.users"]["expected"] == "25 rows"


def test_the_largest_size_seeded_is_the_one_in_the_stamp(templates: Templates) -> None:
    database = seeded(templates, "--size", "demo")
    run(database.url, "--size", "tiny", "--no-verify", as_of="2025-12-02")

    assert expected(database, "users") == "25 rows"


def test_unseeded_rows_are_no_failure(lone: Database) -> None:
    lone.execute(
        """INSERT INTO workspaces (id, name, "organizationId", "updatedAt")
           VALUES ('by-hand', 'By hand', '9db37585-85ed-5f07-882c-4b69f52fd4d1', '2025-01-01 00:00:00')"""
    )

    assert verify(lone).exit == 0


def test_a_run_whose_checks_fail_is_committed_and_says_so(templates: Templates) -> None:
    configure_small()
    database = templates.copy("sqlite", "empty")
    # Something that happens beside every run: a role that nobody may have.
    database.execute(
        """CREATE TRIGGER promote AFTER INSERT ON role_assignments WHEN NEW.role = 'SUPERUSER' BEGIN
           UPDATE role_assignments SET role = 'TENANT_ADMIN', "scopeType" = 'TENANT',
           "scopeId" = '9db37585-85ed-5f07-882c-4b69f52fd4d1' WHERE id = NEW.id; END"""
    )

    outcome = run(database.url, "--size", "tiny")

    assert (outcome.exit, outcome.document["status"]) == (5, "succeeded")
    assert outcome.document["verification"]["failed"] > 0
    assert sum(database.counts().values()) == outcome.totals["created"] > 0


def test_an_absent_tenant_fails_its_checks(empty: Database) -> None:
    assert verify(empty, "--size", "tiny").exit == 5
