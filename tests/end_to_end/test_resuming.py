"""`run --resume` does what the last run left undone, whatever ended it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import psycopg
import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import AS_OF, Outcome, call, ended, purge, run, start, wait_until
from tests.end_to_end.tenants import ACME

FAIL = "ALTER TABLE check_ins ADD CONSTRAINT none CHECK (value IS NULL)"
HEAL = "ALTER TABLE check_ins DROP CONSTRAINT none"


def resume(database: Database, *arguments: str) -> Outcome:
    return call("run", "--resume", "--json", "--database", database.url, *arguments)


def statuses(outcome: Outcome) -> dict[str, str]:
    return {stage["id"]: stage["status"] for stage in outcome.document["stages"]}


@pytest.fixture
def failed(own_postgres: Database) -> Database:
    """A run at size tiny whose check-ins could not be written."""
    own_postgres.execute(FAIL)
    outcome = run(own_postgres.url, "--size", "tiny", "--workspace", "sales")
    assert outcome.exit == 1
    assert statuses(outcome)["check-ins"] == "failed"
    own_postgres.execute(HEAL)
    return own_postgres


def test_only_what_failed_or_was_skipped_is_chosen_again(failed: Database) -> None:
    outcome = resume(failed)
    assert outcome.exit == 0, outcome.err
    chosen = {stage["id"] for stage in outcome.document["plan"]["stages"] if stage["selected"] == "chosen"}
    assert "check-ins" in chosen
    assert "people" not in chosen
    assert outcome.totals["created"] == failed.counts()["check_ins"]


def test_it_keeps_size_date_and_workspaces(failed: Database) -> None:
    plan = resume(failed).document["plan"]
    assert (plan["size"], plan["as_of"], plan["workspaces"]) == ("tiny", AS_OF, ["sales"])


def test_in_the_end_it_is_what_one_run_would_have_made(failed: Database) -> None:
    resume(failed)
    again = run(failed.url, "--size", "tiny", "--workspace", "sales")
    assert (again.totals["created"], again.totals["updated"]) == (0, 0)


def test_after_that_there_is_nothing_to_resume(failed: Database) -> None:
    assert resume(failed).exit == 0
    refused = resume(failed)
    assert (refused.exit, refused.error["code"]) == (2, "nothing_to_resume")
    assert "nothing undone" in refused.error["message"]


def test_where_nothing_ran_there_is_nothing_to_resume(lone: Database) -> None:
    refused = resume(lone)
    assert (refused.exit, refused.error["code"]) == (2, "nothing_to_resume")


@pytest.mark.parametrize("option", [["--size", "tiny"], ["--mode", "full"], ["--select", "okrs"], ["plan.json"]])
def test_what_to_do_is_said_once(lone: Database, option: list[str]) -> None:
    refused = resume(lone, *option)
    assert (refused.exit, refused.error["code"]) == (2, "usage")


def test_a_run_that_was_refused_does_not_count(failed: Database) -> None:
    assert run(failed.url, "--seed", "another").error["code"] == "another_seed"
    assert resume(failed).exit == 0


def test_the_tenants_of_one_database_are_resumed_apart(failed: Database) -> None:
    Path("okrseed.toml").write_text(ACME)
    assert run(failed.url, "--size", "tiny").exit == 0
    assert resume(failed).error["code"] == "nothing_to_resume"
    Path("okrseed.toml").unlink()
    assert resume(failed).exit == 0


def test_a_run_that_was_killed_is_resumed_as_a_whole(own_postgres: Database) -> None:
    database = own_postgres
    with psycopg.connect(database.url) as other:
        other.execute("LOCK TABLE check_ins IN SHARE MODE")
        process = start("run", "--database", database.url, "--size", "tiny", "--as-of", AS_OF)
        wait_until(lambda: database.counts()["users"] > 0)
        os.kill(process.pid, signal.SIGKILL)
        ended(process)
    outcome = resume(database, "--wait-lock", "20")
    assert outcome.exit == 0, outcome.err
    assert outcome.document["plan"]["size"] == "tiny"
    assert outcome.document["verification"]["failed"] == 0


def test_a_purge_that_failed_is_resumed_as_a_whole_after_another_yes(own_postgres: Database) -> None:
    database = own_postgres
    assert run(database.url, "--size", "tiny").exit == 0
    database.execute(
        "CREATE FUNCTION never() RETURNS trigger AS $$ BEGIN RAISE EXCEPTION 'not now'; END $$ LANGUAGE plpgsql",
        "CREATE TRIGGER never BEFORE DELETE ON teams FOR EACH ROW EXECUTE FUNCTION never()",
    )
    assert purge(database.url, "--yes").exit == 1
    database.execute("DROP TRIGGER never ON teams")
    assert resume(database).error["code"] == "not_confirmed"
    assert resume(database, "--yes").exit == 0
    assert sum(database.counts().values()) == 0
