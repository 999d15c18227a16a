"""The JSON documents have the keys that the specification lists, and stdout is one of them, whatever happens."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import Database, SqliteDatabase
from tests.end_to_end.program import Outcome, call, isolated, plan, purge, run
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

PLAN = {
    *("schema", "blueprint", "target", "tenant", "mode", "size", "environment", "as_of", "seed", "workspaces"),
    *("stages", "totals", "left", "adaptations", "notes", "warnings", "fingerprint"),
}
PLAN_STAGE = {"id", "selected", "reason", "estimate_s", "tables"}
PLAN_TABLE = {"table", "create", "update", "unchanged", "delete", "kept"}
PLAN_TOTALS = {"create", "update", "unchanged", "delete", "kept"}
RUN = {
    *("schema", "run_id", "status", "plan", "started_at", "duration_s", "stages", "totals", "peak_rss_mb"),
    *("verification", "error"),
}
RUN_STAGE = {
    *("id", "status", "duration_s", "created", "updated", "unchanged", "deleted", "rows_per_s", "statements"),
    *("retries", "budget_s", "error"),
}
RUN_TOTALS = {"created", "updated", "unchanged", "deleted", "statements", "retries", "errors"}
VERIFY = {"passed", "warned", "failed", "checks"}
CHECK = {"id", "title", "status", "expected", "found"}
ERROR = {"code", "message", "stage", "table", "sqlstate", "hint"}
BUDGETS = {
    "tenant": 5,
    "workspaces": 10,
    "teams": 10,
    "users": 60,
    "roles": 60,
    "cycles": 5,
    "okrs": 120,
    "check-ins": 60,
}


@pytest.fixture(scope="module")
def documents(templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the commands print of one tenant."""
    with isolated(tmp_path_factory.mktemp("documents")):
        configure_small()
        url = templates.copy("sqlite", "small").url
        return {
            "plan": plan(url).document,
            "run": run(url).document,
            "verify": call("verify", "--json", "--database", url).document,
            "purge": purge(url, "--yes").document,
        }


@pytest.fixture(params=["plan", "run", "purge"])
def planned(request: pytest.FixtureRequest, documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """The plan document, alone and inside those of run and purge."""
    document = documents[request.param]
    return document if request.param == "plan" else dict(document["plan"])


@pytest.fixture(params=["run", "purge"])
def ran(request: pytest.FixtureRequest, documents: dict[str, dict[str, Any]]) -> dict[str, Any]:
    return documents[request.param]


def test_a_plan_has_the_documented_keys(planned: dict[str, Any]) -> None:
    assert planned["schema"] == "okrseed.plan/1"
    assert planned.keys() >= PLAN


def test_a_plan_documents_its_stages_and_tables(planned: dict[str, Any]) -> None:
    assert planned["totals"].keys() == PLAN_TOTALS
    for stage in planned["stages"]:
        assert stage.keys() >= PLAN_STAGE
        assert stage["selected"] in ("chosen", "required", "off")
        for table in stage["tables"]:
            assert table.keys() >= PLAN_TABLE


def test_a_run_has_the_documented_keys(ran: dict[str, Any]) -> None:
    assert ran["schema"] == "okrseed.run/1"
    assert ran.keys() >= RUN
    assert ran["totals"].keys() >= RUN_TOTALS
    for stage in ran["stages"]:
        assert stage.keys() >= RUN_STAGE


def test_a_run_says_when_it_started_and_how_it_went(ran: dict[str, Any]) -> None:
    assert (ran["status"], ran["error"]) == ("succeeded", None)
    assert datetime.datetime.fromisoformat(ran["started_at"]).tzinfo is not None
    assert ran["duration_s"] > 0


def test_a_run_shows_the_time_budgets_of_its_stages(ran: dict[str, Any]) -> None:
    budgets = {stage["id"]: stage["budget_s"] for stage in ran["stages"]}

    assert {stage: budgets[stage] for stage in BUDGETS} == BUDGETS


def test_a_run_documents_its_verification(documents: dict[str, dict[str, Any]]) -> None:
    verification = documents["run"]["verification"]

    assert verification.keys() >= VERIFY
    for check in verification["checks"]:
        assert check.keys() >= CHECK


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_no_verify_leaves_the_verification_null(lone: Database, mode: str) -> None:
    assert run(lone.url, "--mode", mode, "--no-verify").document["verification"] is None


def test_a_purge_has_no_verification(documents: dict[str, dict[str, Any]]) -> None:
    assert documents["purge"]["verification"] is None


def test_verify_has_the_documented_keys(documents: dict[str, dict[str, Any]]) -> None:
    document = documents["verify"]

    assert document["schema"] == "okrseed.verify/1"
    assert document.keys() >= VERIFY
    assert all(check.keys() >= CHECK and check["status"] in ("pass", "warn", "fail") for check in document["checks"])


def test_verify_counts_what_it_lists(documents: dict[str, dict[str, Any]]) -> None:
    document = documents["verify"]

    assert document["passed"] + document["warned"] + document["failed"] == len(document["checks"])


@pytest.mark.parametrize("command", ["stages", "schema check"])
def test_every_other_command_names_its_schema(lone: Database, command: str) -> None:
    document = call(*command.split(), "--json", "--database", lone.url).document

    assert document["schema"] == f"okrseed.{command.split()[0]}/1"


def test_a_plan_repeats_what_was_chosen(sqlite_url: str) -> None:
    chosen = ("--size", "demo", "--workspace", "support,people", "--seed", "mine", "--environment", "test")
    document = plan(sqlite_url, "--create-schema", "--mode", "incremental", *chosen).document

    wanted = {
        "blueprint": "okr",
        "tenant": "puzzel-cx-demo",
        "mode": "incremental",
        "size": "demo",
        "environment": "test",
        "as_of": "2025-11-21",
        "seed": "mine",
        "workspaces": ["people", "support"],
    }
    assert {name: document[name] for name in wanted} == wanted


def test_two_plans_of_the_same_have_the_same_fingerprint(lone: Database) -> None:
    assert plan(lone.url).document["fingerprint"] == plan(lone.url).document["fingerprint"]


def test_another_state_of_the_database_has_another_fingerprint(lone: Database) -> None:
    before = plan(lone.url, "--size", "tiny").document["fingerprint"]
    lone.execute(f"DELETE FROM check_ins WHERE id = '{min(lone.table('check_ins'))}'")

    assert plan(lone.url, "--size", "tiny").document["fingerprint"] != before


def test_chosen_is_kept_apart_from_required(sqlite_url: str) -> None:
    document = plan(sqlite_url, "--create-schema", "--select", "users").document

    selected = {stage["id"]: stage["selected"] for stage in document["stages"]}
    assert {name for name, how in selected.items() if how == "chosen"} == {"users"}
    assert {name for name, how in selected.items() if how == "required"} == {"tenant", "workspaces", "teams"}


ALWAYS = [
    ("plan", "--json", "--database", "nonsense"),
    ("plan", "--json", "--database", "postgresql://nobody@127.0.0.1:1/none"),
    ("plan", "--json", "--no-such-option"),
    ("run", "--json", "--mode", "everything"),
    ("run", "--json", "--events", "-"),
    ("purge", "--json"),
    ("verify", "--json"),
    ("run", "--json", "--environment", "production"),
    ("schema", "check", "--json"),
    ("schema", "--json"),
    ("stages", "--json", "--blueprint", "none"),
    ("no-such-command", "--json"),
    ("--json",),
]


@pytest.mark.parametrize("arguments", ALWAYS, ids=" ".join)
def test_stdout_is_one_document_also_when_a_command_cannot_do_its_work(arguments: tuple[str, ...]) -> None:
    outcome = call(*arguments)

    assert outcome.exit > 1
    assert (outcome.document["schema"], outcome.document["exit"]) == ("okrseed.error/1", outcome.exit)
    assert outcome.error.keys() == ERROR
    assert outcome.error["message"].partition(". Nothing was written")[0] in outcome.err


def test_a_run_that_failed_still_prints_its_document(lone: Database) -> None:
    lone.execute(
        "DELETE FROM check_ins",
        "CREATE TRIGGER broken BEFORE INSERT ON check_ins BEGIN SELECT RAISE(ABORT, 'no more check-ins'); END",
    )

    outcome = run(lone.url, "--size", "tiny")

    assert (outcome.exit, outcome.document["status"]) == (1, "failed")
    assert outcome.error.keys() == ERROR
    assert (outcome.error["stage"], outcome.error["table"]) == ("check-ins", "check_ins")
    assert failed_stages(outcome) == {"check-ins"}


def failed_stages(outcome: Outcome) -> set[str]:
    return {stage["id"] for stage in outcome.document["stages"] if stage["status"] == "failed"}


def test_a_plan_into_a_file_and_a_report_leave_stdout_to_the_document(lone: Database, tmp_path: Path) -> None:
    assert isinstance(lone, SqliteDatabase)

    outcome = plan(lone.url, "--report", str(tmp_path / "report.md"))

    assert outcome.document["schema"] == "okrseed.plan/1"
