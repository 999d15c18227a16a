"""Where a setting comes from: flags, environment variables, .env, profiles, okrseed.toml, the embedded default."""

from __future__ import annotations

from pathlib import Path

import platformdirs
import pytest

from tests.end_to_end.database import connect
from tests.end_to_end.program import Outcome, call

SOURCES = ("flag", "OKRSEED_DATABASE_URL", "DATABASE_URL", ".env", "profile", "default")


def plan(*arguments: str) -> Outcome:
    return call("plan", "--json", "--create-schema", *arguments)


def written(name: str, text: str) -> None:
    """Write a file into the working folder."""
    Path(name).write_text(text, encoding="utf-8")


def in_user_configuration(text: str) -> None:
    folder = Path(platformdirs.user_config_dir("okrseed"))
    folder.mkdir(parents=True)
    (folder / "okrseed.toml").write_text(text, encoding="utf-8")


def target(outcome: Outcome) -> str:
    """The name of the database file that was used."""
    assert outcome.exit == 0, outcome.err
    return Path(outcome.document["target"]).stem


@pytest.mark.parametrize("strongest", range(len(SOURCES)), ids=SOURCES)
def test_the_database_comes_from_the_strongest_source(monkeypatch: pytest.MonkeyPatch, strongest: int) -> None:
    present = SOURCES[strongest:]
    if "OKRSEED_DATABASE_URL" in present:
        monkeypatch.setenv("OKRSEED_DATABASE_URL", "sqlite:///okrseed_variable.db")
    if "DATABASE_URL" in present:
        monkeypatch.setenv("DATABASE_URL", "sqlite:///variable.db")
    if ".env" in present:
        written(".env", 'PORT=3000\n# DATABASE_URL=sqlite:///no.db\nexport DATABASE_URL="sqlite:///dotenv.db"\n')
    if "profile" in present:
        written("okrseed.toml", 'profile = "mine"\n[profiles.mine]\ndatabase = "sqlite:///profile.db"\n')
    flag = ["--database", "sqlite:///flag.db"] if "flag" in present else []

    used = target(plan(*flag))

    names = ("flag", "okrseed_variable", "variable", "dotenv", "profile", "demo")
    assert used == names[strongest]


def test_a_chosen_profile_counts_more_than_the_top_of_the_file() -> None:
    written(
        "okrseed.toml",
        'database = "sqlite:///top.db"\nsize = "demo"\n'
        '[profiles.mine]\ndatabase = "sqlite:///profile.db"\nsize = "tiny"\n',
    )

    outcome = plan("--profile", "mine")

    assert (target(outcome), outcome.document["size"]) == ("profile", "tiny")


@pytest.mark.parametrize(
    ("flag", "variable", "toml", "size"),
    [
        ("demo", "tiny", "full", "demo"),
        (None, "tiny", "full", "tiny"),
        (None, None, "demo", "demo"),
        (None, None, None, "full"),
    ],
)
def test_flags_beat_variables_which_beat_the_file(
    monkeypatch: pytest.MonkeyPatch, flag: str | None, variable: str | None, toml: str | None, size: str
) -> None:
    if variable:
        monkeypatch.setenv("OKRSEED_SIZE", variable)
    if toml:
        written("okrseed.toml", f'size = "{toml}"\n')

    assert plan(*(["--size", flag] if flag else [])).document["size"] == size


@pytest.mark.parametrize(
    ("flag", "okrseed", "node", "environment"),
    [
        ("test", "development", "production", "test"),
        (None, "test", "production", "test"),
        (None, None, "test", "test"),
        (None, None, None, "development"),
    ],
)
def test_the_environment_comes_from_the_strongest_source(
    monkeypatch: pytest.MonkeyPatch, flag: str | None, okrseed: str | None, node: str | None, environment: str
) -> None:
    if okrseed:
        monkeypatch.setenv("OKRSEED_ENVIRONMENT", okrseed)
    if node:
        monkeypatch.setenv("NODE_ENV", node)

    assert plan(*(["--environment", flag] if flag else [])).document["environment"] == environment


@pytest.mark.parametrize(("environment", "size"), [("development", "full"), ("test", "tiny")])
def test_the_environment_chooses_the_size(environment: str, size: str) -> None:
    assert plan("--environment", environment).document["size"] == size


def test_the_file_of_the_working_folder_beats_that_of_the_user() -> None:
    in_user_configuration('size = "tiny"\n')
    written("okrseed.toml", 'size = "demo"\n')

    assert plan().document["size"] == "demo"


def test_the_file_of_the_user_is_read() -> None:
    in_user_configuration('size = "tiny"\n')

    assert plan().document["size"] == "tiny"


def test_a_named_file_is_read_instead() -> None:
    written("okrseed.toml", 'size = "demo"\n')
    written("other.toml", 'size = "tiny"\n')

    assert plan("--config", "other.toml").document["size"] == "tiny"


def test_a_profile_holds_settings_too() -> None:
    written("okrseed.toml", '[profiles.ci]\nsize = "tiny"\nworkspaces = ["sales"]\nas_of = 2026-02-11\n')

    document = plan("--profile", "ci").document

    assert (document["size"], document["workspaces"], document["as_of"]) == ("tiny", ["sales"], "2026-02-11")


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ('sise = "tiny"', "sise"),
        ('[profiles.ci]\nsise = "tiny"', "sise"),
        ('[okr]\nslgu = "acme"', "slgu"),
        ('[[okr.workspaces]]\nname = "A"\nteams = ["T"]\nmember = 3', "member"),
        ('[okrs]\nslug = "acme"', "okrs"),
        ('jobs = "many"', "jobs"),
        ("[okr]\nslug = 3", "slug"),
        ('workspaces = "sales"', "workspaces"),
        ('workspaces = ["salse"]', "salse"),
        ("size = ", "okrseed.toml"),
    ],
)
def test_what_cannot_be_understood_in_the_file_is_named(text: str, key: str) -> None:
    written("okrseed.toml", text)

    outcome = plan("--profile", "ci") if "profiles" in text else plan()

    assert outcome.exit == 2
    assert key in outcome.error["message"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (f"jobs = {'9' * 5_000}", "not TOML that can be read"),
        ("a." * 10_000 + "a = 1", "a line with more than 100 dots"),
        ("a = " + "[" * 100_000, "not TOML that can be read"),
        (f'seed = "{"x" * 100_000}"', "seed in"),
        (f'{"x" * 100_000} = "a"', "characters more"),
        ('seed = "\\u001b[31m"', "U+001B"),
        ('workspaces = ["sales\\u200b"]', "U+200B"),
        ('[profiles."\\u202e"]\nsize = "tiny"', "U+202E"),
        ("#" * 2_000_000, "larger than"),
    ],
)
def test_what_nobody_writes_in_a_file_is_a_short_and_clear_refusal(text: str, said: str) -> None:
    written("okrseed.toml", text)

    outcome = plan()

    assert outcome.exit == 2
    assert said in outcome.error["message"]
    assert len(outcome.out) < 20_000


def test_a_number_of_thousands_of_digits_in_a_variable_is_a_usage_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKRSEED_JOBS", "9" * 5_000)

    assert plan().exit == 2


@pytest.mark.parametrize("option", ["--seed", "--size", "--select", "--workspace", "--profile"])
@pytest.mark.parametrize("text", ["\x1b[31m", "\u202e", "\udcff", "x" * 2_000])
def test_what_cannot_be_shown_or_read_is_refused_in_an_option(option: str, text: str) -> None:
    outcome = plan(option, text)

    assert (outcome.exit, outcome.error["code"]) == (2, "bad_text")
    assert option in outcome.error["message"]


def test_a_file_named_too_long_for_any_file_is_a_usage_error() -> None:
    assert plan("--config", "x" * 5_000).error["code"] == "bad_config"


def test_lines_of_a_dotenv_that_double_the_one_before_are_a_usage_error() -> None:
    written(".env", "A=xxxxxxxx\n" + "A=${A}${A}\n" * 60)

    outcome = plan()

    assert outcome.exit == 2
    assert "A in" in outcome.error["message"]


@pytest.mark.parametrize("text", ['sise = "tiny"', '[okr]\nslgu = "acme"', 'jobs = "many"'])
def test_the_file_with_the_mistake_is_named(text: str) -> None:
    written("okrseed.toml", text)

    assert "okrseed.toml" in plan().error["message"]


def test_a_variable_that_cannot_be_understood_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OKRSEED_JOBS", "many")

    outcome = call("run", "--json")

    assert outcome.exit == 2
    assert "OKRSEED_JOBS" in outcome.error["message"]


def test_without_any_setting_the_embedded_database_is_made_with_its_tables(home: Path) -> None:
    outcome = call("run", "--json", "--size", "tiny", "--as-of", "2025-11-21")

    path = Path(platformdirs.user_data_dir("okrseed")) / "demo.db"
    assert outcome.exit == 0, outcome.err
    assert path.is_relative_to(home)
    assert sum(connect(f"sqlite:///{path}").counts().values()) == outcome.totals["created"] == 563


def test_the_embedded_database_is_found_again() -> None:
    call("run", "--json", "--size", "tiny", "--as-of", "2025-11-21", "--no-verify")

    assert call("plan", "--json", "--size", "tiny", "--as-of", "2025-11-21").totals["unchanged"] == 563


def test_a_tenant_of_ones_own_is_seeded() -> None:
    written(
        "okrseed.toml",
        '[okr]\nname = "Acme"\nslug = "acme"\ndomain = "acme.example"\npillars = ["Growth", "Quality"]\n'
        '[[okr.workspaces]]\nname = "Field Sales"\nteams = ["North", "South"]\n'
        "leads = 2\nteam_leads = 2\nmembers = 5\n",
    )

    outcome = call("run", "--json", "--as-of", "2025-11-21")

    assert (outcome.exit, outcome.document["verification"]["failed"]) == (0, 0)
    database = connect(f"sqlite:///{platformdirs.user_data_dir('okrseed')}/demo.db")
    assert {row["slug"] for row in database.table("organizations").values()} == {"acme"}
    assert {row["name"] for row in database.table("teams").values()} == {"North", "South"}
    assert {row["name"] for row in database.table("strategic_pillars").values()} == {"Growth", "Quality"}
    assert {row["email"].partition("@")[2] for row in database.table("users").values()} == {"acme.example"}
    assert len(database.table("users")) == 7 + 2 + 2 + 5


def test_a_relative_path_is_that_of_the_working_folder() -> None:
    call("run", "--json", "--size", "tiny", "--create-schema", "--no-verify", "--database", "sqlite:///here.db")

    assert Path("here.db").exists()
