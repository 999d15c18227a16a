"""What had nothing left to do is remembered in the user's cache folder, and never believed without the server."""

from __future__ import annotations

from pathlib import Path

import pytest

from okrseed.survey import Surveyor
from okrseed.targets.postgres_session import PostgresSession
from tests.end_to_end.database import PostgresDatabase
from tests.end_to_end.program import call, plan, run

TINY = ("--size", "tiny")


def seals(home: Path) -> list[Path]:
    return [file for file in home.rglob("seals/*") if file.is_file()]


@pytest.fixture
def surveyed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The stages whose rows were compared."""
    stages: list[str] = []
    survey = Surveyor.stage

    def noting(surveyor: Surveyor, session: object, stage: object, removed: object = None) -> object:
        stages.append(stage.id)  # type: ignore[attr-defined]
        return survey(surveyor, session, stage, *([] if removed is None else [removed]))  # type: ignore[arg-type]

    monkeypatch.setattr(Surveyor, "stage", noting)
    return stages


def test_the_third_of_three_runs_compares_no_row_and_says_the_same(
    postgres: PostgresDatabase, home: Path, surveyed: list[str]
) -> None:
    first = run(postgres.url, *TINY)
    assert len(seals(home)) == 1
    surveyed.clear()
    again = run(postgres.url, *TINY)
    assert surveyed == []
    assert again.exit == 0
    assert again.document["verification"] == first.document["verification"]
    told = ("created", "updated", "unchanged", "deleted", "errors")
    assert [again.totals[name] for name in told] == [first.totals[name] for name in told]
    assert again.totals["statements"] < first.totals["statements"]


def test_a_plan_says_the_same_with_and_without_what_is_known(postgres: PostgresDatabase, surveyed: list[str]) -> None:
    looked = plan(postgres.url, *TINY)
    surveyed.clear()
    assert plan(postgres.url, *TINY).document == looked.document
    assert surveyed == []
    assert plan(postgres.url, *TINY, "--afresh").document == looked.document
    assert surveyed != []


def test_afresh_keeps_nothing_either(postgres: PostgresDatabase, home: Path) -> None:
    run(postgres.url, *TINY, "--afresh")
    plan(postgres.url, *TINY, "--afresh")
    assert not seals(home)


def test_a_tenant_with_adopted_rows_is_looked_at_each_time(
    postgres: PostgresDatabase, home: Path, surveyed: list[str]
) -> None:
    postgres.execute(
        "update strategic_pillars set id = 'made-by-the-app' where id = (select min(id) from strategic_pillars)"
    )
    plans = [plan(postgres.url, *TINY).document for _ in range(2)]
    assert plans[0] == plans[1]
    assert [words for words in plans[0]["adaptations"] if "1 rows of strategic_pillars are adopted" in words]
    assert plans[0]["totals"]["update"] == plans[0]["totals"]["create"] == 0
    assert not seals(home)


def test_verify_looks_for_itself(postgres: PostgresDatabase, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(postgres.url, *TINY)
    assert len(seals(home)) == 1

    def asked(*_: object) -> None:
        raise AssertionError("a digest was asked for")

    monkeypatch.setattr(PostgresSession, "digest", asked)
    assert call("verify", "--database", postgres.url).exit == 0
    assert plan(postgres.url, *TINY).exit == 1


def test_many_tenants_are_known_by_tens(postgres: PostgresDatabase, home: Path, surveyed: list[str]) -> None:
    many = ("--size", "tiny", "--tenants", "12", "--jobs", "1")
    run(postgres.url, *many)
    looked = run(postgres.url, *many)
    # The server's own housekeeping may come between a look and its digest.
    while surveyed:
        surveyed.clear()
        known = run(postgres.url, *many)
    assert len(seals(home)) == 2
    assert known.document["verification"] == looked.document["verification"]
    assert known.totals["unchanged"] == looked.totals["unchanged"] > 0


def test_rows_are_counted_as_the_next_plan_would_whatever_a_run_writes_into_the_stamp(
    own_postgres: PostgresDatabase,
) -> None:
    """What is ours follows from the stamp, too, and the run has just written another one."""
    assert run(own_postgres.url, *TINY, "--roll-cycles", as_of="2025-07-15").exit == 0
    own_postgres.execute("update objectives set title = title || ' (mine)'")
    assert run(own_postgres.url, *TINY, as_of="2025-12-01").exit == 0
    known = plan(own_postgres.url, *TINY, as_of="2025-12-01")
    looked = plan(own_postgres.url, *TINY, "--afresh", as_of="2025-12-01")
    assert known.document == looked.document
    assert [words for words in looked.document["notes"] if "unseeded rows in objectives" in words]
