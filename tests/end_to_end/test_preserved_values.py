"""What the app wrote into rows of ours survives every run, also where the row is written again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import pytest

from tests.end_to_end.database import Database, Row
from tests.end_to_end.program import Outcome, isolated, run
from tests.end_to_end.templates import Kind, Templates
from tests.end_to_end.tenants import configure_small

FOUNDER = "20688f78-5e1e-50ae-bab2-bc9ae47c7e82"
OBJECTIVE = "caa1a002-ca31-5186-8f93-202813bb7cb1"
ORGANIZATION = "9db37585-85ed-5f07-882c-4b69f52fd4d1"
THEIRS: Row = {"passwordHash": "a hash of their own", "avatar": "https://pictures.example/me.png", "keycloakId": "f3c1"}
SETTINGS = {"debug": {"rbacInspectorEnabled": True, "verbose": True}, "theme": "dark"}
LONG_AGO = "2020-02-02T02:02:02"


@dataclass(frozen=True)
class Survivors:
    """A tenant after the app wrote into it and a run came by; and what the app had left there."""

    outcome: Outcome
    founder: Row
    objective: Row
    organization: Row
    metadata: Any
    whitelist: list[str]


def written(value: Any) -> str:
    """A document as an SQL literal."""
    return f"'{json.dumps(value)}'"


def write_as_the_app(database: Database) -> tuple[Any, list[str]]:
    """Write all that must survive; returns the metadata and the whitelist as they then stand."""
    organization = database.table("organizations")[ORGANIZATION]
    metadata = organization["metadata"] | {"theme": {"colour": "teal"}}
    whitelist = ["someone-else", *organization["execOnlyWhitelist"], "another"]
    theirs = ", ".join(f"\"{column}\" = '{value}'" for column, value in THEIRS.items())
    database.execute(
        f"UPDATE users SET {theirs}, settings = {written(SETTINGS)}, \"createdAt\" = '{LONG_AGO}'"
        f" WHERE id = '{FOUNDER}'",
        f"""UPDATE objectives SET "positionX" = 12.5, "positionY" = -3 WHERE id = '{OBJECTIVE}'""",
        f"""UPDATE organizations SET metadata = {written(metadata)}, "execOnlyWhitelist" = {written(whitelist)}""",
    )
    return metadata, whitelist


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="module", params=["full", "incremental", "full, nothing else to write"])
def survivors(
    request: pytest.FixtureRequest, templates: Templates, kind: Kind, tmp_path_factory: pytest.TempPathFactory
) -> Survivors:
    """After a run that found something else to put back in each of the rows, or nothing else."""
    database = templates.copy(kind, "small")
    metadata, whitelist = write_as_the_app(database)
    mode, _, nothing_else = request.param.partition(", ")
    if not nothing_else:
        database.execute(
            f"UPDATE users SET name = 'Changed' WHERE id = '{FOUNDER}'",
            f"UPDATE objectives SET title = 'Changed' WHERE id = '{OBJECTIVE}'",
            "UPDATE organizations SET name = 'Changed'",
        )
    with isolated(tmp_path_factory.mktemp("survivors")):
        configure_small()
        outcome = run(database.url, "--mode", mode, "--no-verify")
    assert outcome.totals["updated"] == (3 if request.param == "full" else 0)
    return Survivors(
        outcome,
        database.table("users")[FOUNDER],
        database.table("objectives")[OBJECTIVE],
        database.table("organizations")[ORGANIZATION],
        metadata,
        whitelist,
    )


@pytest.mark.parametrize("column", THEIRS)
def test_what_the_app_set_for_a_person_survives(survivors: Survivors, column: str) -> None:
    assert survivors.founder[column] == THEIRS[column]


def test_keys_that_the_app_added_to_somebodys_settings_survive(survivors: Survivors) -> None:
    assert survivors.founder["settings"] == SETTINGS


def test_created_at_survives(survivors: Survivors) -> None:
    assert survivors.founder["createdAt"].isoformat() == LONG_AGO


def test_where_somebody_put_an_objective_survives(survivors: Survivors) -> None:
    assert (survivors.objective["positionX"], survivors.objective["positionY"]) == (12.5, -3)


def test_keys_that_the_app_added_to_the_metadata_survive(survivors: Survivors) -> None:
    assert survivors.organization["metadata"] == survivors.metadata


def test_ids_that_the_app_added_to_the_whitelist_survive(survivors: Survivors) -> None:
    assert survivors.organization["execOnlyWhitelist"] == survivors.whitelist


def test_our_own_keys_are_put_back_beside_those_of_the_app(lone: Database) -> None:
    settings = {"debug": {"rbacInspectorEnabled": False}, "theme": "dark"}
    lone.execute(f"UPDATE users SET settings = {written(settings)} WHERE id = '{FOUNDER}'")

    run(lone.url, "--size", "tiny", "--no-verify")

    after = lone.table("users")[FOUNDER]["settings"]
    assert after == {"debug": {"rbacInspectorEnabled": True}, "theme": "dark"}


def test_our_own_ids_are_put_back_on_the_whitelist(lone: Database) -> None:
    ours = lone.table("organizations")[ORGANIZATION]["execOnlyWhitelist"]
    lone.execute(f"""UPDATE organizations SET "execOnlyWhitelist" = {written(["someone-else", ours[1]])}""")

    run(lone.url, "--size", "tiny", "--no-verify")

    assert set(lone.table("organizations")[ORGANIZATION]["execOnlyWhitelist"]) == {"someone-else", *ours}


def test_the_day_of_a_check_in_is_data_and_put_back(lone: Database) -> None:
    before = lone.contents()
    lone.execute("""UPDATE check_ins SET "createdAt" = '2020-02-02 02:02:02'""")

    run(lone.url, "--size", "tiny", "--no-verify")

    assert lone.contents() == before


def test_somebody_who_must_be_created_gets_the_same_hash_as_before(lone: Database) -> None:
    before = lone.table("users")
    lone.execute("DELETE FROM users WHERE email LIKE 'member-%'")

    run(lone.url, "--size", "tiny", "--no-verify")

    assert lone.table("users") == before
