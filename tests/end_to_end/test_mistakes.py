"""A mistake ends with one clear message and its exit code; nothing is written, and nothing looks like a crash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import Outcome, call, ended, plan, run, start, wait_until
from tests.end_to_end.templates import Templates
from tests.postgres import Server

SECRET = "correct-horse"


def assert_says(outcome: Outcome, exit: int, *words: str) -> None:
    """One message that names these words, says that nothing was written, and is no traceback."""
    assert outcome.exit == exit, outcome.err
    for word in words:
        assert word in outcome.told
        assert word in outcome.err
    assert outcome.told.count("Nothing was written.") == 1
    assert "Traceback" not in outcome.err


@pytest.mark.parametrize(
    "url",
    [
        "nonsense",
        "mysql://localhost/app",
        "postgresql://localhost:port/app",
        "postgresql://[::1/app",
        "sqlite://demo.db",
        "sqlite://",
        "sqlite:///:memory:",
        "postgresql://localhost/app?connection_limit=none",
    ],
)
def test_a_url_that_cannot_be_understood_is_a_usage_error(url: str) -> None:
    assert_says(run(url), 2, "URL")


def test_an_unknown_parameter_of_the_url_is_named() -> None:
    assert_says(run("postgresql://localhost/app?conection_limit=1"), 2, "conection_limit")


@pytest.mark.parametrize(
    ("option", "given", "nearest"),
    [
        ("--workspace", "salse", "sales"),
        ("--workspace", "sales,enginering", "engineering"),
        ("--size", "ful", "full"),
        ("--environment", "prodution", "production"),
        ("--blueprint", "okrs", "okr"),
        ("--select", "okr", "okrs"),
        ("--select", "tag:peple", "tag:people"),
        ("--exclude", "+chek-ins", "check-ins"),
        ("--mode", "incremetal", "incremental"),
    ],
)
def test_an_unknown_name_is_a_usage_error_that_offers_the_nearest(
    sqlite_url: str, option: str, given: str, nearest: str
) -> None:
    outcome = run(sqlite_url, "--create-schema", option, given)

    assert_says(outcome, 2, given.split(",")[-1].lstrip("+"), f"'{nearest}'")


@pytest.mark.parametrize(
    ("option", "given"),
    [
        ("--as-of", "tomorrow"),
        ("--as-of", "2025-02-30"),
        ("--jobs", "0"),
        ("--jobs", "many"),
        ("--batch", "-1"),
        ("--retries", "1.5"),
        ("--seed", ""),
        ("--workspace", ""),
        ("--select", " "),
        ("--config", "not-there.toml"),
        ("--profile", "nobody"),
    ],
)
def test_a_value_that_makes_no_sense_is_a_usage_error(sqlite_url: str, option: str, given: str) -> None:
    assert_says(run(sqlite_url, "--create-schema", option, given), 2)


def test_a_usage_error_makes_no_file(sqlite_url: str, tmp_path: Path) -> None:
    run(sqlite_url, "--create-schema", "--size", "ful")

    assert not (tmp_path / "demo.db").exists()


@pytest.mark.parametrize("command", ["plan", "run", "purge", "verify", "schema create", "schema check"])
def test_an_unreachable_server_is_no_connection(command: str) -> None:
    yes = ["--yes"] if command == "purge" else []
    outcome = call(*command.split(), "--json", "--database", "postgresql://okrseed@127.0.0.1:1/app", *yes)

    assert_says(outcome, 3, "okrseed@127.0.0.1:1/app")


def test_a_database_that_does_not_exist_is_no_connection(server: Server) -> None:
    assert_says(run(server.url("nowhere")), 3, "nowhere", "does not exist")


def test_an_unknown_user_is_no_connection(server: Server) -> None:
    assert_says(run(server.url().replace("okrseed@", "stranger@")), 3, "stranger")


def test_a_host_that_does_not_resolve_is_no_connection() -> None:
    outcome = plan("postgresql://okrseed@nowhere.invalid/app")

    assert_says(outcome, 3, "nowhere.invalid")


@pytest.fixture
def guarded(server: Server, postgres: PostgresDatabase) -> Iterator[str]:
    """The URL of a user who must give a password, without it."""
    configuration = server.directory / "data/pg_hba.conf"
    trusting = configuration.read_text()
    configuration.write_text(f"host all okrseed_guarded all scram-sha-256\n{trusting}")
    postgres.execute(f"CREATE ROLE okrseed_guarded LOGIN SUPERUSER PASSWORD '{SECRET}'", "SELECT pg_reload_conf()")
    url = postgres.url.replace("okrseed@", "okrseed_guarded@")
    wait_until(lambda: call("plan", "--database", url).exit == 3)
    yield url
    configuration.write_text(trusting)
    postgres.execute("DROP ROLE okrseed_guarded", "SELECT pg_reload_conf()")


def with_password(url: str, password: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.replace("@", f":{password}@")).geturl()


def test_a_wrong_password_is_no_connection(guarded: str) -> None:
    assert_says(run(with_password(guarded, "wrong")), 3, "password")


def test_a_password_is_never_shown(guarded: str, tmp_path: Path) -> None:
    shown = []
    for password in (SECRET, f"{SECRET}-no"):
        url = with_password(guarded, password)
        events = tmp_path / "events"
        for arguments in (("run", "--events", str(events)), ("plan", "--report", str(tmp_path / "report.md"))):
            for json in ([], ["--json"]):
                outcome = call(*arguments, *json, "--database", url, "--size", "tiny")
                shown += [outcome.out, outcome.err]
    shown += [path.read_text() for path in (tmp_path / "events", tmp_path / "report.md")]

    assert [text for text in shown if SECRET in text] == []


@pytest.mark.parametrize("command", ["plan", "run", "verify", "schema check"])
def test_a_database_without_tables_is_refused(database_url: str, command: str) -> None:
    outcome = call(*command.split(), "--json", "--database", database_url)

    assert_says(outcome, 4, "tables")
    assert "create" in outcome.told


def test_a_database_that_lacks_the_tenants_own_table_is_refused_and_names_it(templates: Templates) -> None:
    database = templates.copy("postgresql", "empty")
    database.execute("DROP TABLE organizations CASCADE")

    assert_says(run(database.url), 4, "organizations")


def test_a_database_that_lacks_another_table_is_seeded_without_its_stage(templates: Templates) -> None:
    database = templates.copy("postgresql", "empty")
    database.execute("DROP TABLE check_in_responses")

    outcome = run(database.url, "--size", "tiny")

    assert (outcome.exit, outcome.document["verification"]["failed"]) == (0, 0)
    assert outcome.document["plan"]["adaptations"] == [
        "stage requests is off: there is no table check_in_responses",
    ]
    assert database.value("SELECT count(*) FROM check_in_requests") == 0


def test_a_run_without_tables_makes_no_file(sqlite_url: str, tmp_path: Path) -> None:
    run(sqlite_url)

    assert not (tmp_path / "demo.db").exists()


@pytest.mark.parametrize("path", ["a-folder", "a-file/demo.db", f"{'long' * 100}.db"])
@pytest.mark.parametrize("command", ["plan", "run"])
def test_a_file_that_cannot_be_opened_is_no_connection(tmp_path: Path, command: str, path: str) -> None:
    (tmp_path / "a-folder").mkdir()
    (tmp_path / "a-file").write_text("")

    outcome = call(command, "--json", "--create-schema", "--database", f"sqlite:///{tmp_path / path}")

    assert_says(outcome, 3)


@pytest.mark.parametrize("command", ["plan", "run", "verify"])
def test_a_file_that_is_no_database_is_left_alone(tmp_path: Path, command: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("These are my notes, and no database. " * 100)
    before = path.read_bytes()

    outcome = call(command, "--json", "--create-schema", "--database", f"sqlite:///{path}")

    assert path.read_bytes() == before
    assert_says(outcome, 1, "not a database")


@pytest.mark.parametrize("options", [("--json",), ()])
def test_a_terminal_that_knows_few_characters_is_no_defect(sqlite_url: str, options: tuple[str, ...]) -> None:
    """The words for a target have a dot that is not ASCII."""
    process = start(
        *("plan", "--database", sqlite_url, "--create-schema", "--size", "tiny", *options),
        environ={"PYTHONIOENCODING": "ascii"},
    )
    outcome = ended(process)

    assert outcome.exit == 0, outcome.err
    assert r"sqlite \u00b7 " in outcome.out
    assert not options or outcome.document["target"].startswith("sqlite · ")


@pytest.mark.parametrize("word", ["\udcff", "\x1b[31m", "\u202e"])
def test_a_word_that_cannot_be_shown_is_told_in_both_outputs(word: str) -> None:
    """The first comes from an argument that is not UTF-8, which the strict stdout of a process could not write."""
    outcome = ended(start("plan", "--json", word))

    assert_says(outcome, 2, "unrecognized arguments")
    assert not {"\x1b", "\u202e"} & set(outcome.out + outcome.err)


@pytest.mark.parametrize("option", ["--config", "--database", "--workspace", "--tenant"])
def test_two_dashes_are_no_value(option: str) -> None:
    assert_says(call("plan", "--json", f"{option}=--"), 2, option)


@pytest.mark.parametrize("host", ["..127.0.0.1", ".localhost", "a..b", "x" * 64], ids=["dots", "dot", "gap", "label"])
@pytest.mark.parametrize("command", ["plan", "run", "doctor"])
def test_a_name_that_no_host_can_have_is_no_connection(command: str, host: str) -> None:
    """Found by the fuzzer, seed 20261122: Python's resolver refuses such a name in a way of its own."""
    confirmed = [f"--allow-remote=ada@{host}:1/library"] if command == "run" else []
    refused = call(command, "--json", "--database", f"postgresql://ada:{SECRET}@{host}:1/library", *confirmed)

    assert_says(refused, 3, "no host can have this name")
    assert refused.error["code"] == "no_connection"
    assert SECRET not in refused.out + refused.err
