"""A run into an empty database brings the tenant that the specification describes, counted by SQL."""

from __future__ import annotations

import bcrypt
import pytest

from tests.end_to_end.database import TABLES, Database, by, connect
from tests.end_to_end.program import Outcome, seed
from tests.end_to_end.templates import Kind, State, Templates

ROWS = {
    "organizations": (1, 1),
    "workspaces": (6, 6),
    "teams": (20, 20),
    "users": (200, 200),
    "cycles": (4, 4),
    "strategic_pillars": (5, 5),
    "objectives": (260, 260),
    "key_results": (741, 819),
    "initiatives": (494, 546),
    "check_ins": (1_800, 2_200),
    "check_in_requests": (30, 30),
    "role_assignments": (248, 248),
}
GOLDEN = {
    "organizations": "9db37585-85ed-5f07-882c-4b69f52fd4d1",
    "workspaces": "f4ed23fc-be26-52f1-8512-16b356dfbc7d",
    "teams": "2c9b8ead-7761-54df-9333-0000466071bc",
    "users": "20688f78-5e1e-50ae-bab2-bc9ae47c7e82",
    "cycles": "ebb6ddcc-80f8-5487-ab31-413245d5c54f",
    "objectives": "caa1a002-ca31-5186-8f93-202813bb7cb1",
    "key_results": "9d36c3df-25fc-56dd-928a-94b3b4967920",
    "initiatives": "ecd63182-2793-531b-9592-6a6929a4ca55",
    "strategic_pillars": "8b127cd3-bd47-550a-8569-f1171748a66c",
}
NAMES = {
    "organizations": "puzzel-cx-demo",
    "workspaces": "Sales",
    "teams": "Enterprise Sales",
    "users": "founder@puzzelcx.local",
    "cycles": "Q4 2025",
    "objectives": "Improve Customer Satisfaction",
    "key_results": "Raise NPS from 60 to 75",
    "initiatives": "Deploy Customer Feedback Portal",
    "strategic_pillars": "Customer Experience Quality",
}
ROLES = {
    "SUPERUSER": 1,
    "TENANT_OWNER": 1,
    "TENANT_ADMIN": 5,
    "WORKSPACE_LEAD": 24,
    "TEAM_LEAD": 24,
    "WORKSPACE_MEMBER": 24 + 18,
    "TENANT_VIEWER": 6,
}


@pytest.fixture
def seeded(templates: Templates, kind: Kind) -> Database:
    return templates.original(kind, "full")[0]


@pytest.fixture
def report(templates: Templates, kind: Kind) -> Outcome:
    return templates.original(kind, "full")[1]


@pytest.mark.parametrize("table", ROWS)
def test_a_full_run_brings_the_declared_number_of_rows(seeded: Database, table: str) -> None:
    least, most = ROWS[table]

    assert least <= seeded.counts()[table] <= most


def test_every_key_result_has_one_link(seeded: Database) -> None:
    links = by(seeded.table("objective_key_results").values(), "keyResultId")

    assert links == dict.fromkeys(seeded.table("key_results"), 1)


def test_roles_are_shared_out_as_declared(seeded: Database) -> None:
    roles = by(seeded.table("role_assignments").values(), "role")

    assert {role: roles[role] for role in ROLES} == ROLES
    assert roles["TEAM_CONTRIBUTOR"] + roles["TEAM_VIEWER"] == 145


def test_requests_are_shared_out_as_declared(seeded: Database) -> None:
    assert by(seeded.table("check_in_requests").values(), "status") == {"OPEN": 18, "SUBMITTED": 9, "LATE": 3}


def test_everybody_can_log_in_with_the_demo_password(seeded: Database) -> None:
    hashes = by(seeded.table("users").values(), "passwordHash")

    assert list(hashes.values()) == [200]
    assert bcrypt.checkpw(b"changeme", next(iter(hashes)).encode())


def test_every_check_passes(report: Outcome) -> None:
    verification = report.document["verification"]

    assert (verification["warned"], verification["failed"]) == (0, 0)
    assert verification["passed"] == len(verification["checks"]) > 0


@pytest.mark.parametrize("table", GOLDEN)
def test_the_golden_ids_stand_in_the_database(seeded: Database, table: str) -> None:
    row = seeded.table(table)[GOLDEN[table]]

    assert NAMES[table] in row.values()


@pytest.mark.parametrize("size", ["tiny", "demo"])
def test_the_golden_okr_exists_at_every_size_and_seed_string(sqlite_url: str, size: str) -> None:
    seed(sqlite_url, "--size", size, "--seed", "quite another", "--no-verify")

    database = connect(sqlite_url)
    for table in ("objectives", "key_results", "initiatives"):
        assert GOLDEN[table] in database.table(table)


def test_the_report_counts_the_rows_that_stand_in_the_database(seeded: Database, report: Outcome) -> None:
    assert report.totals["created"] == sum(seeded.counts().values())


def test_the_report_plans_each_table_as_it_was_written(seeded: Database, report: Outcome) -> None:
    planned = {
        table["table"]: table["create"] for stage in report.document["plan"]["stages"] for table in stage["tables"]
    }

    assert planned == seeded.counts()
    assert set(planned) == set(TABLES)


def test_the_stages_of_the_report_add_up_to_its_totals(report: Outcome) -> None:
    stages = report.document["stages"]

    assert {stage["status"] for stage in stages} == {"done"}
    assert sum(stage["created"] for stage in stages) == report.totals["created"]


@pytest.mark.parametrize(("size", "users", "objectives"), [("tiny", 25, 20), ("demo", 200, 176)])
def test_smaller_sizes_bring_what_they_declare(templates: Templates, size: State, users: int, objectives: int) -> None:
    counts = templates.original("sqlite", size)[0].counts()

    assert (counts["users"], counts["objectives"]) == (users, objectives)
