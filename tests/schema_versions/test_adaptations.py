"""A plan says in words what it adapts to the version that it finds, and which stages that switches off."""

from __future__ import annotations

import re

import pytest

from tests.end_to_end.program import call, plan, run
from tests.schema_versions import canonical
from tests.schema_versions.expected import comparable
from tests.schema_versions.states import SIZE
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import MEMBER_TABLES, RENAMED, VERSIONS, Version, schema

OFF: dict[Version, dict[str, tuple[str, ...]]] = {
    "V1": {
        "cycles": ("cycles",),
        "pillars": ("strategic_pillars",),
        "requests": ("check_in_requests", "check_in_responses"),
    },
    "V2": {"requests": ("check_in_requests", "check_in_responses")},
}
"""The stages that a version switches off, and the tables whose absence is the reason."""


def adapted(version: Version) -> set[tuple[str, str]]:
    """What a plan must speak of, as table and column: left out, written under another name, filled."""
    usual = {table.name: table.names for table in canonical.TABLES}
    pairs = set()
    for table in schema(version):
        before = usual.get(table.name, ())
        lacking = set(before) - set(table.names)
        filled = {column.name for column in table.columns if column.must_be_given and column.name not in before}
        filled |= {"state", "period"} & set(table.names)
        if table.name not in MEMBER_TABLES:
            pairs |= {(table.name, column) for column in lacking | filled}
    return pairs


def mentioned(told: list[str], *words: str) -> bool:
    """Whether one of the sentences has all of these words."""
    return any(set(words) <= set(re.findall(r"\w+", sentence)) for sentence in told)


@pytest.fixture(scope="module", params=VERSIONS)
def version(request: pytest.FixtureRequest) -> Version:
    version: Version = request.param
    return version


def test_this_file_knows_the_renamed_columns() -> None:
    renamed = {(table, name) for table in RENAMED for name in ("organizationId", "tenantId")}

    assert adapted("V7") == renamed | {("key_results", "tenantId"), ("initiatives", "tenantId")}
    assert adapted("V6") == set()


def test_every_adaptation_is_named(stock: Stock, version: Version) -> None:
    told = plan(stock.original(version, "empty").url, "--size", SIZE).document["adaptations"]

    assert {pair for pair in adapted(version) if not mentioned(told, *pair)} == set()


def test_what_is_canonical_needs_no_adaptation(stock: Stock) -> None:
    assert plan(stock.original("V6", "empty").url, "--size", SIZE).document["adaptations"] == []


@pytest.mark.parametrize("version", ["V1", "V2", "V4"])
@pytest.mark.parametrize("table", MEMBER_TABLES)
def test_memberships_are_an_adaptation(stock: Stock, version: Version, table: str) -> None:
    assert mentioned(plan(stock.original(version, "empty").url, "--size", SIZE).document["adaptations"], table)


def test_what_a_version_adds_and_we_leave_alone_is_not_named(stock: Stock) -> None:
    told = plan(stock.original("V8", "empty").url, "--size", SIZE).document["adaptations"]

    for column in ("externalRef", "lastLoginAt", "emailLower", "billingPlan", "mood", "lastReviewedAt"):
        assert not mentioned(told, column)


def test_people_read_the_adaptations_too(stock: Stock) -> None:
    url = stock.original("V1", "empty").url
    told = call("plan", "--database", url, "--size", SIZE)

    for adaptation in plan(url, "--size", SIZE).document["adaptations"]:
        assert adaptation in told.out + told.err


def test_a_missing_table_switches_its_stage_off_with_the_reason(stock: Stock, version: Version) -> None:
    stages = plan(stock.original(version, "empty").url, "--size", SIZE).document["stages"]
    off = {stage["id"]: stage["reason"] for stage in stages if stage["selected"] == "off"}

    expected = OFF.get(version, {})
    assert off.keys() == expected.keys()
    for stage, tables in expected.items():
        assert any(table in off[stage] for table in tables)


def test_the_stages_that_are_off_have_no_rows(stock: Stock, version: Version) -> None:
    stages = plan(stock.original(version, "empty").url, "--size", SIZE).document["stages"]

    for stage in stages:
        rows = sum(table["create"] for table in stage["tables"])
        assert (rows == 0) == (stage["selected"] == "off"), stage["id"]


def test_a_schema_of_any_version_is_found_suitable(stock: Stock, version: Version) -> None:
    outcome = call("schema", "check", "--json", "--database", stock.original(version, "empty").url)

    assert outcome.exit == 0, why(outcome)


def test_verify_passes_on_what_was_seeded(stock: Stock, version: Version) -> None:
    outcome = call("verify", "--json", "--database", stock.original(version, "seeded").url)

    assert outcome.exit == 0, why(outcome)
    assert outcome.document["failed"] == 0
    assert outcome.document["passed"] > 0


@pytest.mark.parametrize("version", ["V1", "V4", "V8"])
def test_a_reset_brings_the_same_rows_back(stock: Stock, version: Version) -> None:
    with stock.lend(version, "seeded") as platform:
        before = platform.contents()
        outcome = run(platform.url, "--size", SIZE, "--mode", "reset", "--yes")
        after = platform.contents()

    assert outcome.exit == 0, why(outcome)
    assert outcome.totals["deleted"] == outcome.totals["created"] > 0
    assert {table: comparable(rows) for table, rows in after.items()} == {
        table: comparable(rows) for table, rows in before.items()
    }
