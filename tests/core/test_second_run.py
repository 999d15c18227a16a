"""A second run changes nothing: no row, no column, not even the version of a row."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from okrseed.blueprint import Tenant
from okrseed.selection import Mode, Selection
from tests.core.disturbances import AUTHORS, BOOKS, BRANCH
from tests.core.library import STAGES, TABLES, Library, World
from tests.core.seeding import ask, choose, contents, execute, run

NO_CHANGES = {"created": 0, "updated": 0, "deleted": 0}


def _changes(totals: dict[str, int]) -> dict[str, int]:
    return {name: totals[name] for name in NO_CHANGES}


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_a_second_run_leaves_every_value_as_it_was(database_url: str, mode: Mode) -> None:
    run(database_url, choose(mode=mode))
    before = contents(database_url)
    run(database_url, choose(mode=mode))
    assert contents(database_url) == before


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_a_second_run_reports_no_changes(database_url: str, mode: Mode) -> None:
    first = run(database_url, choose(mode=mode)).document()["totals"]
    second = run(database_url, choose(mode=mode)).document()["totals"]
    assert _changes(second) == NO_CHANGES
    assert second["unchanged"] == first["created"]


def _versions(url: str) -> dict[str, list[tuple[object, ...]]]:
    """The transaction that last wrote each row, and where the row lies."""
    return {table: sorted(ask(url, f'select ctid::text, xmin::text from "{table}"')) for table in TABLES}


def test_a_second_run_writes_no_row_anew(postgres_url: str) -> None:
    run(postgres_url)
    before = _versions(postgres_url)
    run(postgres_url)
    assert _versions(postgres_url) == before


def test_another_size_and_back_deletes_and_changes_nothing(database_url: str) -> None:
    run(database_url, choose(size="large"))
    before = contents(database_url)
    totals = run(database_url, choose(size="small")).document()["totals"]
    assert _changes(totals) == NO_CHANGES
    assert contents(database_url) == before


def test_section_after_section_gives_the_same_rows_as_all_at_once(sqlite_url: str, tmp_path: Path) -> None:
    at_once = f"sqlite:///{tmp_path / 'at_once.db'}"
    run(at_once)
    for section in ("science", "fiction", "history"):
        run(sqlite_url, choose(scopes=(section,)))
    assert contents(sqlite_url) == contents(at_once)


def test_what_people_changed_is_put_right_by_a_full_run(database_url: str) -> None:
    run(database_url)
    execute(database_url, f"update books set pages = -1, title = 'Mine' where id = '{BOOKS[0]}'")
    totals = run(database_url).document()["totals"]
    assert _changes(totals) == {**NO_CHANGES, "updated": 1}
    assert ask(database_url, "select count(*) from books where title = 'Mine'") == [(0,)]


def test_what_people_changed_is_left_by_an_incremental_run(database_url: str) -> None:
    run(database_url)
    execute(database_url, f"update books set pages = -1 where id = '{BOOKS[0]}'")
    report = run(database_url, choose(mode=Mode.INCREMENTAL))
    assert ask(database_url, f"select pages from books where id = '{BOOKS[0]}'") == [(-1,)]
    assert report.plan.left == {"books": 1}


def test_preserved_columns_survive_a_full_run(database_url: str) -> None:
    run(database_url)
    execute(
        database_url,
        f"""update authors set "penName" = 'Pen', "cardCode" = 'mine', name = 'Other' where id = '{AUTHORS[0]}'""",
    )
    run(database_url)
    found = ask(database_url, f"""select "penName", "cardCode", name from authors where id = '{AUTHORS[0]}'""")
    assert found == [("Pen", "mine", "Fiction Author 1")]


def test_what_the_app_added_to_a_shared_document_stays(postgres_url: str) -> None:
    run(postgres_url)
    execute(
        postgres_url, f"""update branches set facts = facts || '{{"added": 1, "opens": "x"}}' where id = '{BRANCH}'"""
    )
    run(postgres_url)
    assert ask(postgres_url, "select facts -> 'added', facts ->> 'opens' from branches") == [(1, "09:00")]


def test_a_required_stage_creates_what_is_missing_and_updates_nothing(database_url: str) -> None:
    run(database_url)
    execute(
        database_url,
        "update shelves set label = 'Mine'",
        f"delete from authors where id = '{AUTHORS[8]}'",
    )
    run(database_url, choose(select="books"))
    assert ask(database_url, "select count(*) from shelves where label = 'Mine'") == [(3,)]
    assert ask(database_url, "select count(*) from authors") == [(9,)]


def test_a_value_made_on_creation_is_made_once_for_all_rows_of_a_run(database_url: str) -> None:
    run(database_url, batch=2)
    assert ask(database_url, 'select distinct "cardCode" from authors') == [("card-1",)]


class _Unmakeable(World):
    def card_code(self) -> str:
        raise AssertionError("nobody is to be created")


class _UnmakeableLibrary(Library):
    def world(self, selection: Selection, tenant: Tenant) -> World:
        return _Unmakeable(selection, tenant)


def test_a_value_made_on_creation_is_not_made_for_rows_that_exist(database_url: str) -> None:
    run(database_url)
    execute(database_url, "update authors set name = 'Other' where name = 'Fiction Author 1'")
    assert run(database_url, library=_UnmakeableLibrary()).status == "succeeded"


def test_a_row_that_two_stages_declare_is_written_once_and_verified(database_url: str) -> None:
    again = tuple(
        dataclasses.replace(stage, id=f"{stage.id}-again", depends_on=(stage.id,))
        for stage in STAGES
        if stage.id in ("authors", "books")
    )
    library = Library(graph=(*STAGES, *again))
    report = run(database_url, choose(library), library=library)
    assert (report.status, report.error) == ("succeeded", None)
    assert {finding.status for finding in report.state.findings} == {"pass"}
    assert run(database_url, choose(library), library=library).document()["totals"]["created"] == 0
