"""A plan says exactly what the run will then do, whatever was chosen and whatever happened before."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, Phase, given, settings

from tests.end_to_end.database import Database
from tests.end_to_end.program import Outcome, plan, run
from tests.end_to_end.selections import Event, Options, histories, selections
from tests.end_to_end.templates import Kind, Templates
from tests.end_to_end.tenants import configure_small, write_neighbour

MODES = ("dry-run", "full", "incremental", "purge", "reset")
SIZES = ("tiny", "tiny", "demo", "full")
WRITTEN = {"create": "created", "update": "updated", "delete": "deleted"}
FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"

law = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
    # An example reads as the commands of a person; making it smaller would take minutes.
    phases=[Phase.generate],
)


def check(database: Database, chosen: Options) -> None:
    """Plan, look, run, and compare all three."""
    before, rows_before = database.digest(), database.counts()
    planned = plan(database.url, *chosen.words)
    assert database.digest() == before, "the plan changed something"
    ran = run(database.url, *chosen.words, "--yes", "--no-verify")
    if planned.exit:
        assert ran.exit == planned.exit, planned.told
        assert ran.error["code"] == planned.error["code"]
        assert database.digest() == before, "a refused run changed something"
        return
    assert ran.exit == 0, ran.err
    compare(planned, ran)
    if chosen.mode == "dry-run":
        assert database.digest() == before, "a dry run changed something"
    else:
        assert_totals_are_the_plans(planned, ran)
        assert grown(rows_before, database.counts()) == growth(planned)
    if chosen.mode in ("full", "incremental"):
        again = plan(database.url, *chosen.words).totals
        assert (again["create"], again["update"], again["delete"]) == (0, 0, 0)


def compare(planned: Outcome, ran: Outcome) -> None:
    told = ran.document["plan"]
    for name in ("totals", "left"):
        assert told[name] == planned.document[name]
    tables = {stage["id"]: stage["tables"] for stage in told["stages"]}
    assert tables == {stage["id"]: stage["tables"] for stage in planned.document["stages"]}


def assert_totals_are_the_plans(planned: Outcome, ran: Outcome) -> None:
    wanted = {WRITTEN[name]: planned.totals[name] for name in WRITTEN} | {"unchanged": planned.totals["unchanged"]}
    assert {name: ran.totals[name] for name in wanted} == wanted


def growth(planned: Outcome) -> dict[str, int]:
    """How many more rows each table should have."""
    tables = [table for stage in planned.document["stages"] for table in stage["tables"]]
    changes = {table["table"]: table["create"] - table["delete"] for table in tables}
    return {table: change for table, change in changes.items() if change}


def grown(before: dict[str, int], after: dict[str, int]) -> dict[str, int]:
    return {table: after[table] - rows for table, rows in before.items() if after[table] != rows}


@pytest.mark.parametrize("mode", MODES)
@given(history=histories(SIZES), chosen=selections(SIZES))
@settings(law, max_examples=5)
def test_on_sqlite_a_run_reports_the_totals_of_its_plan(
    templates: Templates, mode: str, history: list[Event], chosen: Options
) -> None:
    replay(templates, "sqlite", history, chosen.with_mode(mode))


@pytest.mark.parametrize("mode", MODES)
@given(history=histories(SIZES), chosen=selections(SIZES))
@settings(law, max_examples=1)
def test_on_postgresql_a_run_reports_the_totals_of_its_plan(
    templates: Templates, mode: str, history: list[Event], chosen: Options
) -> None:
    replay(templates, "postgresql", history, chosen.with_mode(mode))


def replay(templates: Templates, kind: Kind, history: list[Event], chosen: Options) -> None:
    configure_small()
    with templates.lend(kind, "empty") as database:
        for event in history:
            event.happen(database)
        check(database, chosen)


@pytest.mark.parametrize("stages", ["tenant", "okrs"])
def test_a_reset_of_some_stages_reports_the_totals_of_its_plan(lone: Database, stages: str) -> None:
    check(lone, Options(("--size", "tiny", "--select", stages), "reset"))


def test_a_reset_that_leaves_out_a_stage_is_refused_as_its_plan_is(lone: Database) -> None:
    check(lone, Options(("--size", "tiny", "--exclude", "teams"), "reset"))


@pytest.mark.parametrize("mode", ["purge", "reset"])
def test_deleting_a_tenant_with_somebody_whom_others_need_reports_the_totals_of_its_plan(
    small: Database, mode: str
) -> None:
    write_neighbour(small, owner=FOUNDER)

    check(small, Options(("--size", "tiny"), mode))


@pytest.mark.parametrize("mode", MODES)
def test_into_an_empty_database_without_tables_a_run_reports_the_totals_of_its_plan(
    database_url: str, mode: str
) -> None:
    configure_small()
    chosen = ("--mode", mode, "--size", "tiny", "--create-schema")
    planned = plan(database_url, *chosen)
    ran = run(database_url, *chosen, "--yes", "--no-verify")

    compare(planned, ran)
    assert (planned.totals["create"] == 0) == (mode == "purge")
