"""Where a run is allowed: production and remote targets need a confirmation that is bound to them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import Outcome, call, plan, purge, run
from tests.postgres import Server

ESSENTIAL = {"organizations", "workspaces", "teams", "cycles", "strategic_pillars"}
ELSEWHERE = "postgresql://app@db.example.com:6543/shop"
ELSEWHERE_IDENTITY = "app@db.example.com:6543/shop"


@pytest.fixture
def production(server: Server) -> Iterator[str]:
    """The URL of a database with the word production in its name, with tables."""
    url = server.create_database("shop_production")
    assert run(url, "--create-schema", "--environment", "production", "--allow-production", identity(url)).exit == 0
    PostgresDatabase(url).execute("DELETE FROM organizations")
    yield url
    server.drop_database("shop_production")


def identity(url: str) -> str:
    return url.removeprefix("postgresql://")


def filled(url: str) -> set[str]:
    return {table for table, rows in PostgresDatabase(url).counts().items() if rows}


def assert_refused(outcome: Outcome, *words: str) -> None:
    assert outcome.exit == 4, outcome.err
    for word in (*words, "Nothing was written."):
        assert word in outcome.told


@pytest.mark.parametrize("mode", ["full", "incremental", "purge", "reset"])
def test_another_host_is_refused_before_it_is_asked(mode: str) -> None:
    outcome = run(ELSEWHERE, "--mode", mode, "--yes")

    assert_refused(outcome, "not on this machine", f"--allow-remote {ELSEWHERE_IDENTITY}")


def test_creating_tables_on_another_host_is_refused() -> None:
    assert_refused(call("schema", "create", "--json", "--database", ELSEWHERE), "--allow-remote")


@pytest.mark.parametrize(
    "other", ["app@db.example.com:5432/shop", "app@db.example.com:6543/other", "root@db.example.com:6543/shop", "yes"]
)
def test_a_confirmation_of_another_target_does_not_count(other: str) -> None:
    assert_refused(run(ELSEWHERE, "--allow-remote", other), ELSEWHERE_IDENTITY)


def test_a_confirmation_of_production_is_none_for_a_remote_target() -> None:
    assert_refused(run(ELSEWHERE, "--allow-production", ELSEWHERE_IDENTITY), "--allow-remote")


@pytest.fixture
def remote(postgres: PostgresDatabase) -> str:
    """A URL whose host is not known to be this machine, though it leads here: 127.1 is short for 127.0.0.1."""
    return postgres.url.replace("@127.0.0.1", "@127.1")


def test_a_confirmed_remote_target_is_written(remote: str, postgres: PostgresDatabase) -> None:
    postgres.execute("DELETE FROM check_ins")

    assert run(remote, "--size", "tiny", "--allow-remote", identity(remote)).exit == 0
    assert postgres.counts()["check_ins"] > 0


def test_looking_at_a_remote_target_needs_no_confirmation(remote: str) -> None:
    assert plan(remote, "--size", "tiny").exit == 0
    assert call("verify", "--json", "--database", remote).exit == 0


def test_an_address_elsewhere_is_remote_whatever_the_host_is_called() -> None:
    # Addresses of RFC 5737 belong to nobody.
    outcome = run("postgresql://app@localhost/shop?hostaddr=192.0.2.1&connect_timeout=2")

    assert_refused(outcome, "--allow-remote")


@pytest.mark.parametrize("variable", ["PGHOST", "PGHOSTADDR"])
def test_a_host_from_libpqs_own_variables_is_remote(monkeypatch: pytest.MonkeyPatch, variable: str) -> None:
    monkeypatch.setenv(variable, "192.0.2.1")

    assert_refused(run("postgresql://app@/shop?connect_timeout=2"), "--allow-remote")


@pytest.mark.parametrize("url", ["127.0.0.1", "localhost"])
def test_a_target_on_this_machine_needs_no_confirmation(postgres: PostgresDatabase, url: str) -> None:
    outcome = run(postgres.url.replace("127.0.0.1", url), "--size", "tiny", "--no-verify")

    assert outcome.exit == 0, outcome.err


def test_a_unix_socket_needs_no_confirmation(server: Server, postgres: PostgresDatabase) -> None:
    host, _, database = identity(postgres.url).partition("@")[2].partition("/")
    port = host.partition(":")[2]
    url = f"postgresql://okrseed@/{database}?host={server.directory}&port={port}"

    assert run(url, "--size", "tiny", "--no-verify").exit == 0


def test_a_name_that_says_production_allows_only_the_essential_stages(production: str) -> None:
    outcome = run(production, "--allow-production", identity(production))

    assert_refused(outcome, "shop_production", "essential", "users")
    assert filled(production) == set()


def test_a_name_that_says_production_needs_a_confirmation(production: str) -> None:
    outcome = run(production, "--environment", "production")

    assert_refused(outcome, f"--allow-production {identity(production)}")
    assert filled(production) == set()


def test_a_confirmed_production_target_gets_the_essential_rows_and_no_people(production: str) -> None:
    outcome = run(production, "--environment", "production", "--allow-production", identity(production))

    assert (outcome.exit, outcome.document["verification"]["failed"]) == (0, 0)
    assert filled(production) == ESSENTIAL


@pytest.mark.parametrize("mode", ["purge", "reset"])
def test_deleting_in_production_needs_yes_and_a_confirmation(production: str, mode: str) -> None:
    options = ("--environment", "production", "--mode", mode)

    assert_refused(run(production, *options, "--yes"), "--allow-production")
    assert_refused(run(production, *options, "--allow-production", identity(production)), "--yes")


@pytest.mark.parametrize("stages", ["users", "okrs", "+roles", "tenant+"])
def test_the_environment_production_refuses_what_is_not_essential(postgres: PostgresDatabase, stages: str) -> None:
    before = postgres.digest()

    outcome = run(postgres.url, "--environment", "production", "--select", stages)

    assert_refused(outcome, "production", "essential")
    assert postgres.digest() == before


def test_the_environment_production_needs_a_confirmation_also_here(postgres: PostgresDatabase) -> None:
    outcome = run(postgres.url, "--environment", "production", "--size", "tiny")

    assert_refused(outcome, "the environment is production", "--allow-production")


@pytest.mark.parametrize("profile", ["production", "eu-prod", "live"])
def test_a_profile_that_says_production_counts_as_production(
    postgres: PostgresDatabase, tmp_path_factory: pytest.TempPathFactory, profile: str
) -> None:
    path = tmp_path_factory.mktemp("configuration") / "okrseed.toml"
    path.write_text(f'[profiles.{profile}]\ndatabase = "{postgres.url}"\n')

    outcome = call("run", "--json", "--config", str(path), "--profile", profile, "--size", "tiny")

    assert_refused(outcome, profile, "essential")


@pytest.mark.parametrize("name", ["product", "delivery", "alive", "reproduction"])
def test_a_name_that_only_looks_like_production_does_not_count(server: Server, name: str) -> None:
    url = server.create_database(name)
    try:
        assert run(url, "--create-schema", "--select", "tenant", "--no-verify").exit == 0
    finally:
        server.drop_database(name)


def test_a_purge_of_a_remote_target_needs_both(remote: str, postgres: PostgresDatabase) -> None:
    confirmed = ("--allow-remote", identity(remote))

    assert_refused(purge(remote, "--yes"), "--allow-remote")
    assert_refused(purge(remote, *confirmed), "--yes")
    assert purge(remote, "--yes", *confirmed).exit == 0
    assert set(postgres.counts().values()) == {0}
