"""Passwords are shown nowhere: through each door that one comes in, whatever goes wrong, in every output there is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from psycopg import sql

from okrseed.configuration import configure, system_surroundings
from okrseed.invocation import understand
from okrseed.options import headless_parser
from tests.end_to_end.program import Outcome, call, ended, start
from tests.targets.secured import PASSWORD, SecuredServer

WRONG = "fälsch/und:ge%heim@1?"
"""A password that no server knows."""


@dataclass(frozen=True)
class Way:
    """Where a URL leads and what it says there."""

    password: str
    port: int
    database: str = "postgres"
    parameters: str = ""

    def url(self, credentials: str, more: str = "") -> str:
        parameters = "&".join(filter(None, (self.parameters, more)))
        return f"postgresql://{credentials}@127.0.0.1:{self.port}/{self.database}?{parameters}".rstrip("?")

    @property
    def with_password(self) -> str:
        return self.url(f"guest:{quote(self.password, safe='')}")


def flag(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    return ("--database", way.with_password)


def parameter(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    return ("--database", way.url("guest", f"password={quote(way.password, safe='')}"))


def own_variable(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    patch.setenv("OKRSEED_DATABASE_URL", way.with_password)
    return ()


def variable(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    patch.setenv("DATABASE_URL", way.with_password)
    return ()


def dotenv(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    Path(".env").write_text(f"DATABASE_URL='{way.with_password}'\n")
    return ()


def profile(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    Path("okrseed.toml").write_text(f'[profiles.mine]\ndatabase = "{way.with_password}"\n')
    return ("--profile", "mine")


def libpqs_variable(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    patch.setenv("PGPASSWORD", way.password)
    return ("--database", way.url("guest"))


def password_file(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    path = Path("pgpass")
    path.write_text("*:*:*:guest:" + way.password.replace("\\", r"\\").replace(":", r"\:") + "\n")
    path.chmod(0o600)
    patch.setenv("PGPASSFILE", str(path))
    return ("--database", way.url("guest"))


def service(way: Way, patch: pytest.MonkeyPatch) -> Sequence[str]:
    Path("services").write_text(f"[ours]\npassword={way.password}\n")
    patch.setenv("PGSERVICEFILE", "services")
    return ("--database", way.url("guest", "service=ours"))


DOORS = (flag, parameter, own_variable, variable, dotenv, profile, libpqs_variable, password_file, service)
PLANTED = {".env", "okrseed.toml", "pgpass", "services"}
COMMANDS = (
    ("plan", "--report", "report.md"),
    ("run", "--create-schema", "--events", "events.ndjson"),
    ("run", "--json"),
    ("verify",),
    ("verify", "--json"),
    ("doctor",),
    ("schema", "check", "--json"),
    ("stages",),
    ("purge",),
    ("purge", "--yes", "--json"),
)


@pytest.fixture(params=DOORS, ids=lambda door: door.__name__)
def door(request: pytest.FixtureRequest) -> object:
    """Each way that a password comes in."""
    return request.param


@pytest.fixture
def database(secured: SecuredServer) -> Iterator[str]:
    """A new database of the user's own."""
    name = sql.Identifier("shown")
    secured.administer(sql.SQL("create database {} owner guest").format(name))
    yield "shown"
    secured.administer(sql.SQL("drop database {} with (force)").format(name))


def check_hidden(password: str, folder: Path, outcomes: Sequence[Outcome]) -> None:
    """The password is in no output and in no file, except where it was planted."""
    forms = {password, quote(password), quote(password, safe=""), repr(password)[1:-1]}
    said = {f"output {number}": one.out + one.err for number, one in enumerate(outcomes)}
    for path in folder.rglob("*"):
        if path.is_file() and path.name not in PLANTED:
            said[str(path)] = path.read_bytes().decode(errors="replace")
    assert [(where, form) for where, text in said.items() for form in forms if form in text] == []


def test_no_command_that_works_shows_it(
    secured: SecuredServer, database: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: object
) -> None:
    arguments = door(Way(PASSWORD, secured.port, database), monkeypatch)  # type: ignore[operator]

    outcomes = [call(*command, *arguments, "--size", "tiny") for command in COMMANDS]

    assert [one.exit for one in outcomes] == [4, 0, 0, 0, 0, 0, 0, 0, 4, 0], outcomes[1].err
    assert list(tmp_path.rglob("history.db"))
    check_hidden(PASSWORD, tmp_path, outcomes)


@pytest.mark.parametrize(
    ("failure", "exit"),
    [("wrong", 3), ("unreachable", 3), ("tls", 3), ("unknown parameter", 2), ("bad value", 2), ("remote", 4)],
)
def test_no_command_that_fails_shows_it(
    secured: SecuredServer,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    door: object,
    failure: str,
    exit: int,
) -> None:
    parameters = {
        "tls": f"sslmode=verify-full&sslrootcert={quote(str(secured.other))}",
        "unknown parameter": "colour=red",
        "bad value": "connection_limit=none",
        "remote": "hostaddr=192.0.2.1&connect_timeout=2",
    }
    port = 1 if failure == "unreachable" else secured.port
    arguments = door(Way(WRONG, port, parameters=parameters.get(failure, "")), monkeypatch)  # type: ignore[operator]
    commands = [command for command in COMMANDS if command not in (("stages",), ("purge",))]
    if failure == "remote":
        # Looking there is allowed, and takes until the connection is given up.
        commands = [("run", "--json"), ("run",)]

    outcomes = [call(*command, *arguments) for command in commands]

    assert {one.exit for one in outcomes} == {exit}
    check_hidden(WRONG, tmp_path, outcomes)


def test_a_defect_shows_it_nowhere_either(
    secured: SecuredServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, door: object
) -> None:
    way = Way(WRONG, secured.port)
    arguments = door(way, monkeypatch)  # type: ignore[operator]

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"no answer from {way.with_password}")

    monkeypatch.setattr("okrseed.commands.planning.make_plan", broken)
    outcomes = [call("plan", *arguments), call("plan", "--json", *arguments)]

    assert [one.exit for one in outcomes] == [1, 1]
    assert outcomes[1].error["code"] == "defect"
    assert "RuntimeError" in outcomes[0].err
    assert "test_no_password_is_shown.py" in outcomes[0].err
    check_hidden(WRONG, tmp_path, outcomes)


@pytest.mark.parametrize("option", ["", "--size", "--profile", "--config", "--blueprint", "--environment", "--select"])
def test_a_url_in_the_wrong_place_is_repeated_without_it(tmp_path: Path, option: str) -> None:
    url = Way(WRONG, 1).with_password
    outcomes = [call("run", *filter(None, (option, url)), *more) for more in ((), ("--json",))]

    assert {one.exit for one in outcomes} == {2}
    check_hidden(WRONG, tmp_path, outcomes)


@pytest.mark.parametrize("allowed", ["--allow-remote", "--allow-production"])
def test_a_url_as_a_confirmation_is_not_repeated(tmp_path: Path, allowed: str) -> None:
    url = f"postgresql://app:{quote(WRONG, safe='')}@192.0.2.1/shop"
    outcome = call("run", "--database", url, allowed, url)

    assert outcome.exit == 4
    check_hidden(WRONG, tmp_path, [outcome])


def test_no_repr_shows_it(monkeypatch: pytest.MonkeyPatch, door: object) -> None:
    arguments = door(Way(WRONG, 1), monkeypatch)  # type: ignore[operator]
    made = understand(headless_parser().parse_args(["run", *arguments]), system_surroundings())
    settings = configure({"database": Way(WRONG, 1).with_password}, system_surroundings())

    for shown in (made, made.address, made.configuration, made.surroundings, settings, settings.values):
        text = repr(shown) + str(shown)
        assert WRONG not in text
        assert quote(WRONG, safe="") not in text


@pytest.mark.parametrize("failing", [False, True])
def test_pythons_own_diagnoses_do_not_show_it(
    secured: SecuredServer, database: str, tmp_path: Path, failing: bool
) -> None:
    way = Way(WRONG if failing else PASSWORD, secured.port, database)
    environ = {"PYTHONFAULTHANDLER": "1", "PYTHONDEVMODE": "1", "DATABASE_URL": way.with_password}

    outcome = ended(start("run", "--create-schema", "--size", "tiny", environ=environ))

    assert outcome.exit == (3 if failing else 0), outcome.err
    check_hidden(way.password, tmp_path, [outcome])


def test_what_is_looked_for_would_be_found(tmp_path: Path) -> None:
    (tmp_path / "events.ndjson").write_text(f"… {quote(WRONG, safe='')} …")

    with pytest.raises(AssertionError):
        check_hidden(WRONG, tmp_path, [])
    with pytest.raises(psycopg.Error):
        psycopg.connect(Way(WRONG, 1).with_password)
