"""What a project brings along, okrseed.toml and .env, leads nowhere but where it says, and confirms nothing."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from tests.end_to_end.database import connect
from tests.end_to_end.program import Outcome, call

ELSEWHERE = "postgresql://app@127.1:1/shop"
"""A host that is not known to be this machine, though it leads to a closed port of it."""
IDENTITY = "app@127.1:1/shop"


def refused(outcome: Outcome) -> str:
    """The code of the refusal; nothing was written."""
    assert outcome.exit in (2, 4), outcome.err
    assert "Nothing was written." in outcome.told
    return str(outcome.error["code"])


@pytest.mark.parametrize("option", [(), ("--profile", "theirs")])
def test_the_database_of_a_project_is_the_one_that_is_shown_and_used(option: tuple[str, ...]) -> None:
    Path("okrseed.toml").write_text(
        'database = "sqlite:///shown.db"\n[profiles.theirs]\ndatabase = "sqlite:///profile.db"\n'
    )
    used = "profile.db" if option else "shown.db"

    planned = call("plan", "--json", "--create-schema", "--size", "tiny", *option)
    done = call("run", "--json", "--create-schema", "--size", "tiny", "--no-verify", *option)

    assert planned.document["target"] == done.document["plan"]["target"] == f"sqlite · {Path.cwd() / used}"
    assert [path.name for path in Path().glob("*.db")] == [used]
    assert sum(connect(f"sqlite:///{used}").counts().values()) == done.totals["created"] > 0


@pytest.mark.parametrize("file", ["okrseed.toml", ".env"])
def test_a_flag_counts_more_than_anything_of_a_project(file: str) -> None:
    theirs = 'database = "sqlite:///theirs.db"\n' if file == "okrseed.toml" else "DATABASE_URL=sqlite:///theirs.db\n"
    Path(file).write_text(theirs)

    done = call("run", "--json", "--database", "sqlite:///mine.db", "--create-schema", "--size", "tiny", "--no-verify")

    assert done.document["plan"]["target"].endswith("/mine.db")
    assert [path.name for path in Path().glob("*.db")] == ["mine.db"]


@pytest.mark.parametrize(
    "line",
    [
        f'allow_remote = "{IDENTITY}"',
        f'allow-remote = "{IDENTITY}"',
        f'allow_production = "{IDENTITY}"',
        "remember = true",
        "yes = true",
        "with_unseeded = true",
        "create_schema = true",
        f'confirmed-targets = ["{IDENTITY}"]',
        'config_directory = "."',
    ],
)
@pytest.mark.parametrize("table", ["", "[profiles.theirs]\n", "[okr]\n", "[confirmed]\n"])
def test_no_file_of_a_project_carries_a_confirmation(table: str, line: str) -> None:
    Path("okrseed.toml").write_text(f"{table}{line}\n" if table else f'database = "{ELSEWHERE}"\n{line}\n')
    profile = ("--profile", "theirs") if "profiles" in table else ()

    assert refused(call("run", "--json", "--database", ELSEWHERE, *profile)) == "bad_config"


def test_no_variable_of_a_dotenv_is_read_but_the_database(home: Path) -> None:
    """Else it could move the folder of confirmed targets into the project, or confirm outright."""
    theirs = Path("theirs/okrseed")
    theirs.mkdir(parents=True)
    (theirs / "confirmed-targets").write_text(f"{IDENTITY}\n")
    Path(".env").write_text(
        f"DATABASE_URL={ELSEWHERE}\nXDG_CONFIG_HOME={theirs.parent.absolute()}\nHOME={theirs.parent.absolute()}\n"
        f"OKRSEED_ALLOW_REMOTE={IDENTITY}\nOKRSEED_YES=1\nOKRSEED_REMEMBER=1\nPGHOSTADDR=127.0.0.1\n"
        "PGHOST=127.0.0.1\nPGSERVICE=theirs\nOKRSEED_DATABASE_URL=sqlite:///other.db\nOKRSEED_ENVIRONMENT=test\n"
    )

    outcome = call("run", "--json")

    assert refused(outcome) == "remote_target"
    assert IDENTITY in outcome.error["message"]


def test_no_variable_confirms_either(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ALLOW_REMOTE", "ALLOW_PRODUCTION", "REMEMBER", "YES", "WITH_UNSEEDED"):
        monkeypatch.setenv(f"OKRSEED_{name}", IDENTITY)

    assert refused(call("run", "--json", "--database", ELSEWHERE)) == "remote_target"
    assert refused(call("purge", "--json", "--database", "sqlite:///mine.db")) == "not_confirmed"


def test_confirmed_targets_are_those_of_the_users_folder(home: Path) -> None:
    """The same file counts there and nowhere in the project."""
    for folder in (Path(), Path("okrseed"), Path(".config/okrseed")):
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "confirmed-targets").write_text(f"{IDENTITY}\n")
    assert refused(call("run", "--json", "--database", ELSEWHERE)) == "remote_target"

    users = Path(platformdirs.user_config_dir("okrseed"))
    users.mkdir(parents=True)
    (users / "confirmed-targets").write_text(f"{IDENTITY}\n")

    assert users.is_relative_to(home)
    assert call("run", "--json", "--database", ELSEWHERE).exit == 3
