"""How many tenants and which part of them: from every source of settings, and refused before anything where wrong."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import AS_OF, Outcome, call, plan, run

FIRST, SECOND, THIRD = ("puzzel-cx-demo", "puzzel-cx-demo-2", "puzzel-cx-demo-3")
THREE = ("--tenants", "3")
PARTS = ("0/2", "3/2", "x", "2", "1/0", "-1/2", "1/2/3", "")
NUMBERS = ("0", "-1", "x", "1.5", "", "99999999999", "1000001")
COMMANDS = (("plan",), ("run",), ("purge", "--yes"), ("verify",))


@pytest.fixture
def untouched(lone: Database) -> Iterator[Database]:
    """A small tenant that no mistake may change."""
    before = lone.digest()
    yield lone
    assert lone.digest() == before


def mistaken(command: tuple[str, ...], database: Database, *arguments: str) -> Outcome:
    return call(*command, "--json", "--database", database.url, *arguments)


def assert_usage_error(outcome: Outcome, *words: str) -> None:
    """Exit 2 and one message that names these words, for scripts and for people, without a traceback."""
    assert outcome.exit == 2, outcome.out
    for word in words:
        assert word in outcome.told, outcome.told
        assert word in outcome.err
    assert outcome.told.count("Nothing was written.") == 1
    assert "Traceback" not in outcome.err


def listed(outcome: Outcome) -> str | list[str]:
    """The tenants of a plan, as its document has them."""
    assert outcome.exit == 0, outcome.err
    tenants: str | list[str] = outcome.document["tenant"]
    return tenants


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_makes_no_sense_is_refused_with_an_example(
    untouched: Database, command: tuple[str, ...], part: str
) -> None:
    outcome = mistaken(command, untouched, *THREE, f"--shard={part}")

    assert_usage_error(outcome, "--shard", repr(part), "2/4")
    assert outcome.error["code"] == "bad_shard"


@pytest.mark.parametrize("arguments", [("--shard", "2/2"), (*THREE, "--shard", "4/4")], ids=" ".join)
def test_a_part_without_any_tenant_is_refused(untouched: Database, arguments: tuple[str, ...]) -> None:
    assert_usage_error(mistaken(("run",), untouched, *arguments), "has none", "--tenants")


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_of_tenants_that_makes_no_sense_is_refused(
    untouched: Database, command: tuple[str, ...], number: str
) -> None:
    outcome = mistaken(command, untouched, f"--tenants={number}")

    assert_usage_error(outcome, "tenants", "from 1 to", repr(number))
    assert outcome.error["code"] == "bad_number"


def test_many_cannot_be_one_transaction(untouched: Database) -> None:
    assert_usage_error(mistaken(("run",), untouched, *THREE, "--atomic"), "--atomic")


def test_many_cannot_be_resumed(untouched: Database) -> None:
    assert_usage_error(mistaken(("run",), untouched, *THREE, "--resume"), "--resume", "running again")


def test_a_plan_of_many_cannot_be_kept(untouched: Database) -> None:
    outcome = mistaken(("plan",), untouched, *THREE, "--out", "kept.plan", "--report", "report.md")

    assert_usage_error(outcome, "--out", "--tenants")
    assert not Path("kept.plan").exists()
    assert not Path("report.md").exists()


def test_a_kept_plan_is_for_one_tenant(untouched: Database) -> None:
    assert mistaken(("plan",), untouched, "--out", "kept.plan").exit == 0

    assert_usage_error(mistaken(("run", "kept.plan"), untouched, *THREE), "a saved plan", "leave out --tenants")


@pytest.mark.parametrize("slug", [FIRST, SECOND, "no-such-tenant"])
def test_one_tenant_by_its_slug_and_many_are_two_wishes(untouched: Database, slug: str) -> None:
    outcome = mistaken(("purge", "--yes"), untouched, *THREE, "--tenant", slug)

    assert_usage_error(outcome, "--tenant names one tenant", "--tenants")


@pytest.mark.parametrize("mode", ["full", "incremental", "reset"])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_stage_that_is_excluded_and_missing_in_one_of_many_is_told_before_anything(
    untouched: Database, command: str, mode: str
) -> None:
    confirmed = ("--yes",) if command == "run" else ()
    chosen = ("--select", "roles", "--exclude", "users", "--mode", mode, "--size", "tiny")

    outcome = mistaken((command, *confirmed), untouched, *THREE, *chosen, "--as-of", AS_OF)

    assert outcome.exit == 2, outcome.out
    assert "stage 'users' is excluded, but 'roles' needs it" in outcome.told
    assert "--exclude users" in outcome.told


def test_the_number_of_tenants_comes_from_the_strongest_source(lone: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = Path("okrseed.toml")
    configuration.write_text("tenants = 2\n" + configuration.read_text(encoding="utf-8"), encoding="utf-8")
    assert listed(plan(lone.url)) == [FIRST, SECOND]

    monkeypatch.setenv("OKRSEED_TENANTS", "3")
    assert listed(plan(lone.url)) == [FIRST, SECOND, THIRD]
    assert listed(plan(lone.url, "--tenants", "1")) == FIRST


def test_a_run_and_verify_take_the_number_of_tenants_from_the_environment(
    lone: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OKRSEED_TENANTS", "2")

    assert run(lone.url, "--size", "tiny").document["plan"]["tenant"] == [FIRST, SECOND]
    checks = call("verify", "--json", "--database", lone.url).document["checks"]
    assert all("each of 2 tenants" in check["expected"] for check in checks)


@pytest.mark.parametrize("number", ["0", "x", "99999999999"])
def test_a_wrong_number_in_the_environment_is_refused_too(
    untouched: Database, monkeypatch: pytest.MonkeyPatch, number: str
) -> None:
    monkeypatch.setenv("OKRSEED_TENANTS", number)

    outcome = mistaken(("run",), untouched)

    assert_usage_error(outcome, number)
    assert "tenants" in outcome.told.lower()


@pytest.mark.parametrize("number", ["0", "-1", '"x"', "1000001", "[2]", "true"])
def test_a_wrong_number_in_the_configuration_is_refused_too(untouched: Database, number: str) -> None:
    Path("okrseed.toml").write_text(f"tenants = {number}\n", encoding="utf-8")

    assert_usage_error(mistaken(("run",), untouched), "tenants")
