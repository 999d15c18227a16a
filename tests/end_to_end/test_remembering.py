"""A confirmed remote target may be remembered: in the user's own configuration, for another host, never production."""

from __future__ import annotations

import stat
from pathlib import Path

import platformdirs
import pytest

from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import Outcome, call, purge, run

ELSEWHERE = "postgresql://app@192.0.2.1:6543/shop?connect_timeout=1"
IDENTITY = "app@192.0.2.1:6543/shop"


@pytest.fixture
def remote(postgres: PostgresDatabase) -> str:
    """A URL whose host is not known to be this machine, though it leads here."""
    return postgres.url.replace("@127.0.0.1", "@127.1")


def remembered() -> Path:
    return Path(platformdirs.user_config_dir("okrseed")) / "confirmed-targets"


def is_refused(outcome: Outcome) -> bool:
    assert outcome.exit in (0, 3, 4), outcome.err
    return outcome.exit == 4 and outcome.error["code"] == "remote_target"


def test_a_remembered_target_is_not_asked_for_again(remote: str) -> None:
    identity = remote.removeprefix("postgresql://")

    assert is_refused(run(remote, "--size", "tiny"))
    assert run(remote, "--size", "tiny", "--allow-remote", identity, "--remember").exit == 0
    assert run(remote, "--size", "tiny").exit == 0
    assert is_refused(run(remote.replace("127.1", "127.2"), "--size", "tiny"))
    assert purge(remote).error["code"] == "not_confirmed"
    assert stat.S_IMODE(remembered().stat().st_mode) == 0o600


def test_a_confirmation_is_not_remembered_without_being_asked_to(remote: str) -> None:
    assert run(remote, "--size", "tiny", "--allow-remote", remote.removeprefix("postgresql://")).exit == 0
    assert not remembered().exists()


def test_what_stands_in_the_file_stays_and_a_deleted_line_is_asked_for_again() -> None:
    remembered().parent.mkdir(parents=True)
    remembered().write_text("# mine\n\nme@db.example.com:5432/mine")

    run(ELSEWHERE, "--allow-remote", IDENTITY, "--remember")
    run(ELSEWHERE, "--allow-remote", IDENTITY, "--remember")

    assert remembered().read_text() == f"# mine\n\nme@db.example.com:5432/mine\n{IDENTITY}\n"
    assert not is_refused(run(ELSEWHERE))
    remembered().write_text(f"# {IDENTITY}\n")
    assert is_refused(run(ELSEWHERE))


@pytest.mark.parametrize("text", [b"\xff\xfe", b"APP@192.0.2.1:6543/shop\n", b"app@192.0.2.1:6543\n", b""])
def test_a_file_that_does_not_name_the_target_confirms_nothing(text: bytes) -> None:
    remembered().parent.mkdir(parents=True)
    remembered().write_bytes(text)

    assert is_refused(run(ELSEWHERE))


@pytest.mark.parametrize("name", ["okrseed.toml", "confirmed-targets", ".okrseed/confirmed-targets"])
def test_no_file_of_a_project_confirms_anything(name: str) -> None:
    Path(name).parent.mkdir(exist_ok=True)
    Path(name).write_text(f'[confirmed]\ntargets = ["{IDENTITY}"]\n' if name.endswith("toml") else f"{IDENTITY}\n")

    outcome = run(ELSEWHERE)

    assert outcome.exit in (2, 4)
    assert "confirmed" in outcome.told if outcome.exit == 2 else is_refused(outcome)


@pytest.mark.parametrize("text", ['[confirmed]\ntargets = ["{}"]\n', 'allow_remote = "{}"\n'])
def test_no_named_file_confirms_anything(text: str) -> None:
    Path("mine.toml").write_text(text.format(IDENTITY))

    assert run(ELSEWHERE, "--config", "mine.toml").exit == 2


def test_the_okrseed_toml_of_the_user_confirms_nothing_either() -> None:
    remembered().parent.mkdir(parents=True)
    (remembered().parent / "okrseed.toml").write_text(f'[confirmed]\ntargets = ["{IDENTITY}"]\n')

    assert run(ELSEWHERE).exit == 2


@pytest.mark.parametrize(
    "options",
    [
        ("--remember",),
        ("--remember", "--allow-production", IDENTITY),
        ("--remember", "--allow-remote", IDENTITY, "--environment", "production"),
        ("--remember", "--allow-remote", IDENTITY, "--allow-production", IDENTITY, "--environment", "production"),
    ],
)
def test_production_is_never_remembered(options: tuple[str, ...]) -> None:
    outcome = run(ELSEWHERE, *options)

    assert (outcome.exit, outcome.error["code"]) == (2, "not_remembered")
    assert "Nothing was written." in outcome.told
    assert not remembered().exists()


def test_what_is_remembered_does_not_confirm_production() -> None:
    remembered().parent.mkdir(parents=True)
    remembered().write_text(f"{IDENTITY}\napp@192.0.2.1:6543/shop_prod\n")

    by_environment = run(ELSEWHERE, "--environment", "production")
    by_name = run(ELSEWHERE.replace("/shop", "/shop_prod"), "--select", "tenant")

    assert by_environment.error["code"] == "production_unconfirmed"
    assert by_name.error["code"] in ("production_target", "production_unconfirmed")


def test_a_wrong_confirmation_is_not_remembered() -> None:
    assert is_refused(run(ELSEWHERE, "--allow-remote", "app@192.0.2.1:6543/other", "--remember"))
    assert not remembered().exists()


def test_a_folder_that_cannot_be_written_is_told() -> None:
    remembered().parent.parent.mkdir(parents=True)
    remembered().parent.write_text("a file where the folder should be")

    outcome = run(ELSEWHERE, "--allow-remote", IDENTITY, "--remember")

    assert (outcome.exit, outcome.error["code"]) == (2, "not_remembered")
    assert str(remembered()) in outcome.told


def test_creating_tables_is_remembered_too() -> None:
    call("schema", "create", "--json", "--database", ELSEWHERE, "--allow-remote", IDENTITY, "--remember")

    assert not is_refused(call("schema", "create", "--json", "--database", ELSEWHERE))
