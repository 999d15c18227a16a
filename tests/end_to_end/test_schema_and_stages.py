"""`okrseed schema`, `okrseed stages`, the Markdown report and the exit codes of a plan."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.end_to_end.database import TABLES, Database, connect
from tests.end_to_end.program import call, plan, run

# Specification: okr, section 6.
EDGES = {
    ("tenant", "workspaces"),
    ("workspaces", "teams"),
    ("tenant", "cycles"),
    ("tenant", "pillars"),
    ("teams", "users"),
    ("users", "roles"),
    ("teams", "okrs"),
    ("users", "okrs"),
    ("cycles", "okrs"),
    ("pillars", "okrs"),
    ("okrs", "check-ins"),
    ("users", "requests"),
}
STAGES = {stage for edge in EDGES for stage in edge}


def test_schema_create_makes_the_tables(database_url: str) -> None:
    outcome = call("schema", "create", "--json", "--database", database_url)

    assert outcome.exit == 0
    assert set(outcome.document["created"]) == set(TABLES)
    assert set(connect(database_url).counts().values()) == {0}


def test_schema_create_again_makes_nothing(empty: Database) -> None:
    outcome = call("schema", "create", "--json", "--database", empty.url)

    assert (outcome.exit, outcome.document["created"]) == (0, [])


def test_schema_create_leaves_rows_alone(lone: Database) -> None:
    before = lone.digest()

    call("schema", "create", "--json", "--database", lone.url)

    assert lone.digest() == before


def test_schema_create_completes_a_schema(empty: Database) -> None:
    empty.execute("DROP TABLE check_in_responses")

    outcome = call("schema", "create", "--json", "--database", empty.url)

    assert outcome.document["created"] == ["check_in_responses"]


def test_schema_check_finds_that_the_tables_fit(empty: Database) -> None:
    outcome = call("schema", "check", "--json", "--database", empty.url)

    assert (outcome.exit, set(outcome.document["tables"])) == (0, set(TABLES))


def test_schema_check_refuses_a_database_without_tables_and_makes_none(database_url: str, tmp_path: Path) -> None:
    outcome = call("schema", "check", "--json", "--database", database_url)

    assert outcome.exit == 4
    assert "schema create" in outcome.told
    assert not (tmp_path / "demo.db").exists()


def test_tables_that_are_created_are_announced_by_the_plan(database_url: str) -> None:
    notes = plan(database_url, "--create-schema", "--size", "tiny").document["notes"]

    assert any("14 tables" in note for note in notes)


def test_stages_are_listed_as_text_after_what_they_need() -> None:
    lines = call("stages").out.splitlines()

    order = [line.split()[0] for line in lines]
    assert set(order) == STAGES
    assert all(order.index(need) < order.index(stage) for need, stage in EDGES)


def test_stages_as_json_tell_what_each_needs() -> None:
    for arguments in (("--format", "json"), ("--json",)):
        document = call("stages", *arguments).document
        assert {(need, stage["id"]) for stage in document["stages"] for need in stage["depends_on"]} == EDGES


def test_stages_as_dot_are_a_graph() -> None:
    text = call("stages", "--format", "dot").out

    assert text.startswith("digraph")
    assert set(re.findall(r'"([\w-]+)" -> "([\w-]+)"', text)) == EDGES


def test_stages_as_mermaid_are_a_graph() -> None:
    text = call("stages", "--format", "mermaid").out

    assert text.startswith("graph")
    assert set(re.findall(r"([\w-]+) --> ([\w-]+)", text)) == EDGES


def test_stages_need_no_database(home: Path) -> None:
    assert call("stages").exit == 0
    assert list(home.iterdir()) == []


SELECTED = {
    "okrs": {"okrs"},
    "+okrs": STAGES - {"roles", "check-ins", "requests"},
    "okrs+": {"okrs", "check-ins"},
    "1+okrs": {"okrs", "teams", "users", "cycles", "pillars"},
    "tag:people": {"users", "roles", "requests"},
    "t*": {"tenant", "teams"},
    "users roles": {"users", "roles"},
    "t*,+okrs": {"tenant", "teams"},
}


@pytest.mark.parametrize("selector", SELECTED)
def test_every_form_of_selector_is_understood(sqlite_url: str, selector: str) -> None:
    document = plan(sqlite_url, "--create-schema", "--select", selector).document

    assert {stage["id"] for stage in document["stages"] if stage["selected"] == "chosen"} == SELECTED[selector]


def test_an_excluded_stage_that_is_needed_and_missing_is_an_error_that_names_both(empty: Database) -> None:
    outcome = run(empty.url, "--exclude", "teams", "--size", "tiny")

    assert outcome.exit == 2
    assert "'teams'" in outcome.told
    assert "'users'" in outcome.told
    assert set(empty.counts().values()) == {0}


def test_an_excluded_stage_whose_rows_are_there_is_left_out(lone: Database) -> None:
    lone.execute("UPDATE teams SET name = 'Changed'")

    assert run(lone.url, "--exclude", "teams", "--size", "tiny", "--no-verify").exit == 0
    assert {row["name"] for row in lone.table("teams").values()} == {"Changed"}


def test_a_plan_with_changes_exits_with_zero(empty: Database) -> None:
    assert plan(empty.url, "--size", "tiny").exit == 0


def test_detailed_exitcode_tells_that_there_are_changes(empty: Database) -> None:
    assert plan(empty.url, "--size", "tiny", "--detailed-exitcode").exit == 6


def test_detailed_exitcode_is_zero_without_changes(lone: Database) -> None:
    assert plan(lone.url, "--size", "tiny", "--detailed-exitcode").exit == 0


def test_detailed_exitcode_counts_deletions_as_changes(lone: Database) -> None:
    assert plan(lone.url, "--mode", "purge", "--detailed-exitcode").exit == 6


def test_differences_that_incremental_leaves_are_no_changes(lone: Database) -> None:
    lone.execute("UPDATE teams SET name = 'Changed'")

    assert plan(lone.url, "--size", "tiny", "--mode", "incremental", "--detailed-exitcode").exit == 0


def test_a_report_is_written_as_markdown(sqlite_url: str, tmp_path: Path) -> None:
    path = tmp_path / "reports" / "dry-run.md"

    outcome = plan(sqlite_url, "--create-schema", "--size", "tiny", "--report", str(path))

    text = path.read_text(encoding="utf-8")
    assert outcome.exit == 0
    assert text.startswith("# ")
    assert "563 create" in text
    assert "| users | chosen | users | 25 | 0 | 0 | 0 | 0 |" in text


def test_a_report_goes_to_its_usual_place_without_a_path(sqlite_url: str) -> None:
    plan(sqlite_url, "--create-schema", "--size", "tiny", "--report")

    assert Path("docs/audit/SEED_DRY_RUN_REPORT.md").read_text(encoding="utf-8").startswith("# ")


def test_an_as_of_outside_the_active_quarters_is_noted_and_the_way_out_offered(sqlite_url: str) -> None:
    noted = plan(sqlite_url, "--create-schema", as_of="2031-05-14").document["notes"]
    rolled = plan(sqlite_url, "--create-schema", "--roll-cycles", as_of="2031-05-14").document["notes"]

    assert any("--roll-cycles" in note for note in noted)
    assert not any("--roll-cycles" in note for note in rolled)
