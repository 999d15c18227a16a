"""What the app wrote into rows of ours survives every run, also when the row is written again."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import run

FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
OBJECTIVE = "caa1a002-ca31-5186-8f93-202813bb7cb1"
ORGANIZATION = "9db37585-85ed-5f07-882c-4b69f52fd4d1"
MODES = ("full", "incremental")
PRESERVED = {
    "passwordHash": "'a hash of their own'",
    "avatar": "'https://pictures.example/me.png'",
    "keycloakId": "'f3c1'",
}


def written(value: Any) -> str:
    """A value as an SQL literal."""
    return f"'{json.dumps(value)}'"


def run_again(database: Database, mode: str) -> None:
    """Run with something else to put back in each row that the tests look at."""
    database.execute(
        f"UPDATE users SET name = 'Changed' WHERE id = '{FOUNDER}'",
        f"UPDATE objectives SET title = 'Changed' WHERE id = '{OBJECTIVE}'",
        f"UPDATE organizations SET name = 'Changed' WHERE id = '{ORGANIZATION}'",
    )
    outcome = run(database.url, "--size", "tiny", "--mode", mode, "--no-verify")
    assert outcome.totals["updated"] == (3 if mode == "full" else 0)


def organization(database: Database) -> dict[str, Any]:
    return database.table("organizations")[ORGANIZATION]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("column", PRESERVED)
def test_what_the_app_set_for_a_person_survives(tiny: Database, column: str, mode: str) -> None:
    tiny.execute(f"UPDATE users SET \"{column}\" = {PRESERVED[column]} WHERE id = '{FOUNDER}'")

    run_again(tiny, mode)

    assert tiny.table("users")[FOUNDER][column] == PRESERVED[column].strip("'")


@pytest.mark.parametrize("column", PRESERVED)
def test_what_the_app_set_for_a_person_is_no_difference(tiny: Database, column: str) -> None:
    tiny.execute(f"UPDATE users SET \"{column}\" = {PRESERVED[column]} WHERE id = '{FOUNDER}'")

    assert run(tiny.url, "--size", "tiny", "--no-verify").totals["updated"] == 0


@pytest.mark.parametrize("mode", MODES)
def test_where_somebody_put_an_objective_survives(tiny: Database, mode: str) -> None:
    tiny.execute(f"""UPDATE objectives SET "positionX" = 12.5, "positionY" = -3 WHERE id = '{OBJECTIVE}'""")

    run_again(tiny, mode)

    objective = tiny.table("objectives")[OBJECTIVE]
    assert (objective["positionX"], objective["positionY"]) == (12.5, -3)


@pytest.mark.parametrize("mode", MODES)
def test_keys_that_the_app_added_to_the_metadata_survive(tiny: Database, mode: str) -> None:
    metadata = organization(tiny)["metadata"] | {"theme": {"colour": "teal"}}
    tiny.execute(f"UPDATE organizations SET metadata = {written(metadata)}")

    run_again(tiny, mode)

    assert organization(tiny)["metadata"] == metadata


@pytest.mark.parametrize("mode", MODES)
def test_keys_that_the_app_added_to_somebodys_settings_survive(tiny: Database, mode: str) -> None:
    settings = {"debug": {"rbacInspectorEnabled": True, "verbose": True}, "theme": "dark"}
    tiny.execute(f"UPDATE users SET settings = {written(settings)} WHERE id = '{FOUNDER}'")

    run_again(tiny, mode)

    assert tiny.table("users")[FOUNDER]["settings"] == settings


@pytest.mark.parametrize("mode", MODES)
def test_ids_that_the_app_added_to_the_whitelist_survive(tiny: Database, mode: str) -> None:
    whitelist = ["someone-else", *organization(tiny)["execOnlyWhitelist"], "another"]
    tiny.execute(f"""UPDATE organizations SET "execOnlyWhitelist" = {written(whitelist)}""")

    run_again(tiny, mode)

    assert organization(tiny)["execOnlyWhitelist"] == whitelist


def test_our_own_keys_are_put_back_beside_those_of_the_app(tiny: Database) -> None:
    settings = {"debug": {"rbacInspectorEnabled": False}, "theme": "dark"}
    tiny.execute(f"UPDATE users SET settings = {written(settings)} WHERE id = '{FOUNDER}'")

    run(tiny.url, "--size", "tiny", "--no-verify")

    after = tiny.table("users")[FOUNDER]["settings"]
    assert after == {"debug": {"rbacInspectorEnabled": True}, "theme": "dark"}


def test_our_own_ids_are_put_back_on_the_whitelist(tiny: Database) -> None:
    ours = organization(tiny)["execOnlyWhitelist"]
    tiny.execute(f"""UPDATE organizations SET "execOnlyWhitelist" = {written(["someone-else", ours[1]])}""")

    run(tiny.url, "--size", "tiny", "--no-verify")

    assert set(organization(tiny)["execOnlyWhitelist"]) == {"someone-else", *ours}


def test_created_at_survives(tiny: Database) -> None:
    tiny.execute(f"""UPDATE users SET "createdAt" = '2020-02-02 02:02:02' WHERE id = '{FOUNDER}'""")

    run_again(tiny, "full")

    assert tiny.table("users")[FOUNDER]["createdAt"].isoformat() == "2020-02-02T02:02:02"


def test_the_day_of_a_check_in_is_data_and_put_back(tiny: Database) -> None:
    before = tiny.contents()
    tiny.execute("""UPDATE check_ins SET "createdAt" = '2020-02-02 02:02:02'""")

    run(tiny.url, "--size", "tiny", "--no-verify")

    assert tiny.contents() == before


def test_the_hash_of_somebody_who_must_be_created_is_the_same_as_before(tiny: Database) -> None:
    before = tiny.table("users")
    tiny.execute("DELETE FROM users WHERE email LIKE 'member-%'")

    run(tiny.url, "--size", "tiny", "--no-verify")

    assert tiny.table("users") == before
