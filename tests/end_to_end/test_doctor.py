"""`okrseed doctor`: what it finds, that each finding says what to do, and that following the advice helps."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

import psycopg

from tests.end_to_end.database import Database, PostgresDatabase
from tests.end_to_end.program import AS_OF, Outcome, call


def doctor(url: str, *options: str) -> Outcome:
    return call("doctor", "--json", "--database", url, "--as-of", AS_OF, *options)


def findings(outcome: Outcome) -> Mapping[str, dict[str, Any]]:
    """The findings by id."""
    return {finding["id"]: finding for finding in outcome.document["findings"]}


def test_a_seeded_database_is_well(tiny: Database) -> None:
    outcome = doctor(tiny.url)
    assert (outcome.exit, outcome.document["schema"]) == (0, "okrseed.doctor/1")
    assert (outcome.document["warn"], outcome.document["fail"]) == (0, 0)
    found = findings(outcome)
    assert found["schema"]["found"] == "fits as it is"
    assert f"size tiny, as of {AS_OF}" in found["last_run"]["found"]
    # The platform's superuser and its role belong to no tenant.
    assert found["tenant"]["found"].startswith("561 rows")


def test_it_writes_nothing(tiny: Database) -> None:
    before = tiny.digest()
    doctor(tiny.url)
    assert tiny.digest() == before


def test_as_text_every_finding_has_a_line(tiny: Database) -> None:
    outcome = call("doctor", "--database", tiny.url)
    assert "ok    schema: fits as it is" in outcome.out
    assert "ok    tenant puzzel-cx-demo: " in outcome.out


def test_a_database_without_tables_cannot_be_seeded(database_url: str) -> None:
    outcome = doctor(database_url)
    assert outcome.exit == 4
    schema = findings(outcome)["schema"]
    assert schema["status"] == "fail"
    assert "--create-schema" in schema["advice"]


def test_no_server_is_no_connection() -> None:
    outcome = doctor("postgresql://nobody@127.0.0.1:1/none")
    assert (outcome.exit, outcome.document["schema"]) == (3, "okrseed.error/1")


def test_a_missing_index_is_made_by_following_the_advice(tiny: Database) -> None:
    tiny.execute('DROP INDEX "check_ins_keyResultId_idx"')
    finding = findings(doctor(tiny.url))["indexes.missing"]
    assert (finding["status"], finding["found"]) == ("warn", "missing: check_ins (keyResultId)")
    advice = finding["advice"]
    tiny.execute(advice if "postgresql" in tiny.url else advice.replace("INDEX ON", "INDEX again ON"))
    assert findings(doctor(tiny.url))["indexes.missing"]["status"] == "ok"


def test_an_index_that_begins_with_the_columns_will_do(tiny: Database) -> None:
    tiny.execute(
        'DROP INDEX "check_ins_keyResultId_idx"',
        'CREATE INDEX wider ON check_ins ("keyResultId", "createdAt")',
    )
    assert findings(doctor(tiny.url))["indexes.missing"]["status"] == "ok"


def test_another_seed_string_is_told_before_a_run_refuses_it(tiny: Database) -> None:
    finding = findings(doctor(tiny.url, "--seed", "another"))["last_run"]
    assert finding["status"] == "warn"
    assert "--seed 'puzzel-cx-demo-seed-2025'" in finding["advice"]


def test_a_missing_right_is_named(postgres: PostgresDatabase) -> None:
    postgres.execute(
        "DROP ROLE IF EXISTS reader_only",
        "CREATE ROLE reader_only LOGIN PASSWORD 'reader'",
        "GRANT SELECT ON ALL TABLES IN SCHEMA public TO reader_only",
        "GRANT INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO reader_only",
        "REVOKE INSERT ON users FROM reader_only",
        "REVOKE DELETE ON teams FROM reader_only",
    )
    url = psycopg.conninfo.conninfo_to_dict(postgres.url)
    outcome = doctor(f"postgresql://reader_only:reader@{url['host']}:{url['port']}/{url['dbname']}")
    found = findings(outcome)
    assert outcome.exit == 4
    assert (found["rights.seed"]["status"], found["rights.seed"]["found"]) == ("fail", "lacking: INSERT on users")
    assert (found["rights.purge"]["status"], found["rights.purge"]["found"]) == ("warn", "lacking: DELETE on teams")


def test_what_may_not_be_read_is_a_finding_like_others(postgres: PostgresDatabase) -> None:
    postgres.execute("DROP ROLE IF EXISTS sees_nothing", "CREATE ROLE sees_nothing LOGIN PASSWORD 'nothing'")
    url = psycopg.conninfo.conninfo_to_dict(postgres.url)
    outcome = doctor(f"postgresql://sees_nothing:nothing@{url['host']}:{url['port']}/{url['dbname']}")
    assert outcome.exit == 4
    assert "SELECT on check_in_requests" in findings(outcome)["rights.seed"]["found"]


def test_a_session_that_waits_for_a_lock_is_named(postgres: PostgresDatabase) -> None:
    postgres.execute("CREATE TABLE elsewhere (id int)")
    with (
        contextlib.closing(psycopg.connect(postgres.url)) as holder,
        contextlib.closing(psycopg.connect(postgres.url, application_name="the waiting one")) as waiter,
    ):
        holder.execute("LOCK TABLE elsewhere")
        waiter.pgconn.send_query(b"SELECT count(*) FROM elsewhere")
        while not postgres.value("SELECT count(*) FROM pg_locks WHERE NOT granted"):
            pass
        finding = findings(doctor(postgres.url))["sessions"]
    postgres.execute("DROP TABLE elsewhere")
    assert finding["status"] == "warn"
    assert "the waiting one" in finding["found"]
    assert "wait" in finding["advice"]


def test_an_invalid_index_is_to_be_built_again(postgres: PostgresDatabase) -> None:
    postgres.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = '\"teams_workspaceId_idx\"'::regclass")
    finding = findings(doctor(postgres.url))["indexes.invalid"]
    assert (finding["status"], finding["found"]) == ("fail", "teams_workspaceId_idx")
