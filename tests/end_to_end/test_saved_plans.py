"""A plan that is kept in a file is applied as it was shown, or refused with what has changed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import AS_OF, Outcome, call, plan, seed
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

KEPT = "kept.json"


def keep(database: Database, *arguments: str) -> Outcome:
    """Plan, and keep the plan."""
    outcome = plan(database.url, "--out", KEPT, *arguments)
    assert outcome.exit == 0, outcome.err
    return outcome


def apply(database: Database, *arguments: str) -> Outcome:
    """Run the plan that was kept."""
    return call("run", KEPT, "--json", "--database", database.url, *arguments)


def spoil(change: Callable[[dict[str, object]], object]) -> None:
    document = json.loads(Path(KEPT).read_text())
    change(document)
    Path(KEPT).write_text(json.dumps(document))


def test_a_kept_plan_is_what_the_run_does(empty: Database) -> None:
    planned = keep(empty, "--size", "tiny", "--workspace", "sales,support", "--exclude", "requests")
    done = apply(empty)
    assert done.exit == 0, done.err
    assert done.document["plan"] | {"estimate_s": None} == planned.document | {"estimate_s": None}
    assert done.totals["created"] == planned.totals["create"]


def test_a_kept_purge_is_a_purge(small: Database) -> None:
    planned = keep(small, "--mode", "purge")
    assert apply(small).error["code"] == "not_confirmed"
    done = apply(small, "--yes")
    assert done.exit == 0, done.err
    assert done.totals["deleted"] == planned.totals["delete"] > 0
    again = apply(small, "--yes")
    assert again.error["code"] == "stale_plan"
    assert "organizations: 0 to delete instead of 1" in again.error["message"]


def test_a_kept_plan_says_so_to_people_only(small: Database) -> None:
    outcome = keep(small)
    assert "okrseed run kept.json" in outcome.err
    assert outcome.document["schema"] == "okrseed.plan/1"


def stale(database: Database) -> str:
    """Why the run is refused; nothing was written."""
    before = database.digest()
    refused = apply(database)
    assert (refused.exit, refused.error["code"]) == (4, "stale_plan")
    assert "Nothing was written" in refused.error["message"]
    assert database.digest() == before
    return refused.told


def test_it_is_stale_after_it_was_applied(empty: Database) -> None:
    keep(empty, "--size", "tiny")
    assert apply(empty).exit == 0
    words = stale(empty)
    assert "organizations: 0 to create instead of 1" in words
    assert "okrseed plan --out" in words


def test_it_is_stale_when_a_row_it_would_write_was_edited(small: Database) -> None:
    keep(small)
    small.execute("UPDATE teams SET name = 'Renamed' WHERE name = 'Enterprise Sales'")
    assert "teams: 1 to update instead of 0" in stale(small)


def test_it_is_stale_when_the_same_number_of_rows_would_change_otherwise(small: Database) -> None:
    small.execute("UPDATE teams SET name = 'Renamed' WHERE name = 'Enterprise Sales'")
    keep(small)
    small.execute("UPDATE teams SET name = 'Renamed again' WHERE name = 'Renamed'")
    assert "as many changes, but not the same ones" in stale(small)


def test_rows_that_it_does_not_concern_do_not_make_it_stale(small: Database) -> None:
    """What only the app may write is no difference, so it is none between two plans either."""
    small.execute("UPDATE teams SET name = 'Renamed' WHERE name = 'Enterprise Sales'")
    keep(small)
    small.execute("UPDATE users SET avatar = 'https://example.org/a.png'")
    assert apply(small).exit == 0


def test_it_is_stale_when_the_schema_moved(small: Database) -> None:
    small.execute("UPDATE teams SET name = 'Renamed' WHERE name = 'Enterprise Sales'")
    keep(small)
    small.execute("ALTER TABLE teams ADD COLUMN motto TEXT")
    assert "the tables are not as they were" in stale(small)


def test_it_is_stale_for_another_database(empty: Database, templates: Templates) -> None:
    keep(empty, "--size", "tiny")
    words = stale(templates.copy("sqlite", "empty"))
    assert "it was made for" in words


def test_it_is_stale_for_another_version_of_the_blueprint(small: Database) -> None:
    keep(small)
    spoil(lambda document: document["basis"].update(blueprint="okr 0.0"))  # type: ignore[attr-defined]
    assert "the blueprint was okr 0.0, and is okr " in stale(small)


@pytest.mark.parametrize(
    "options",
    [["--size", "tiny"], ["--mode", "reset"], ["--select", "okrs"], ["--workspace", "sales"], ["--as-of", AS_OF]],
    ids=lambda options: options[0],
)
def test_what_to_do_is_said_once(lone: Database, options: list[str]) -> None:
    keep(lone)
    refused = apply(lone, *options)
    assert (refused.exit, refused.error["code"]) == (2, "usage")
    assert options[0] in refused.error["message"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{}",
        "[]",
        "null",
        '{"schema": "okrseed.plan/1"}',
        "not json",
        "[" * 100_000,
        '{"schema": "okrseed.saved-plan/2"}',
    ],
    ids=["empty", "object", "list", "null", "a plan document", "text", "deep", "nothing in it"],
)
def test_a_file_that_is_no_plan_is_refused(lone: Database, text: str) -> None:
    Path(KEPT).write_text(text)
    refused = apply(lone)
    assert (refused.exit, refused.error["code"]) == (2, "bad_plan_file")
    assert "Nothing was written" in refused.error["message"]


def test_a_plan_of_another_version_is_told_as_such(lone: Database) -> None:
    keep(lone)
    text = Path(KEPT).read_text()
    assert '"okrseed.saved-plan/2"' in text
    Path(KEPT).write_text(text.replace("okrseed.saved-plan/2", "okrseed.saved-plan/1"))
    refused = apply(lone)
    assert (refused.exit, refused.error["code"]) == (2, "bad_plan_file")
    assert "another version" in refused.error["message"]
    assert "Nothing was written" in refused.error["message"]


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="not run: there is no /dev/zero")
def test_a_file_without_end_is_refused(lone: Database) -> None:
    refused = call("run", "--json", "/dev/zero", "--database", lone.url)
    assert (refused.exit, refused.error["code"]) == (2, "bad_plan_file")


def test_a_plan_that_is_not_there_is_told(lone: Database) -> None:
    refused = call("run", "--json", "nowhere.json", "--database", lone.url)
    assert (refused.exit, refused.error["code"]) == (2, "bad_plan_file")
    assert "nowhere.json" in refused.error["message"]


def test_a_plan_that_cannot_be_kept_is_told(lone: Database) -> None:
    outcome = plan(lone.url, "--out", "no/such/folder.json")
    assert (outcome.exit, outcome.error["code"]) == (2, "bad_plan_file")


def test_no_password_is_kept(empty_postgres: Database) -> None:
    separator = "&" if "?" in empty_postgres.url else "?"
    outcome = plan(f"{empty_postgres.url}{separator}password=hunter2hunter2", "--out", KEPT, "--size", "tiny")
    assert outcome.exit == 0, outcome.err
    assert "hunter2" not in Path(KEPT).read_text()


def test_an_adopted_choice_in_the_file_counts_as_any_other(lone: Database) -> None:
    """A stage that the blueprint does not know, say, is refused like one on the command line."""
    keep(lone)
    spoil(lambda document: document["choices"].update(stages=["nonsense"]))  # type: ignore[attr-defined]
    refused = apply(lone)
    assert (refused.exit, refused.error["code"]) == (2, "unknown_stage")


def test_a_plan_for_a_tenant_of_another_configuration_is_applied_to_that_one(lone: Database, home: Path) -> None:
    seeded = seed(lone.url)
    assert seeded.exit == 0
    Path("okrseed.toml").write_text('[okr]\nname = "Other"\nslug = "other"\ndomain = "other.example"\n')
    planned = plan(lone.url, "--mode", "purge", "--tenant", "puzzel-cx-demo", "--out", KEPT)
    assert planned.exit == 0, planned.err
    done = apply(lone, "--yes")
    assert done.exit == 0, done.err
    assert done.totals["deleted"] == planned.totals["delete"] > 0
    configure_small()
