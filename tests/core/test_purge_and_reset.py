"""Purge and reset: one transaction, what is not ours refuses them, what others use is kept and named."""

from __future__ import annotations

import pytest

from okrseed.errors import Refused
from okrseed.events import RowsWritten
from okrseed.selection import Mode
from tests.core.disturbances import AUTHORS, SHELVES, another_branch, link, unseeded_book
from tests.core.endings import failed_by_a_constraint_in_a_reset, failed_by_a_producer_in_a_reset
from tests.core.library import TABLES
from tests.core.seeding import Recorder, ask, choose, contents, execute, plan, row_counts, run

NOTHING = dict.fromkeys(TABLES, 0)
PURGE, RESET = choose(mode=Mode.PURGE), choose(mode=Mode.RESET)
NO_BRANCH_MAY_GO = {
    "sqlite": ("create trigger keep before delete on branches begin select raise(abort, 'the branch stays'); end",),
    "postgresql": (
        "create function keep() returns trigger language plpgsql as $$ begin raise 'the branch stays'; end $$",
        "create trigger keep before delete on branches for each row execute function keep()",
    ),
}
"""Triggers that let a purge fail at its very end: the branch is what is deleted last."""


def _guarded(url: str) -> str:
    run(url)
    execute(url, *NO_BRANCH_MAY_GO[url.partition(":")[0]])
    return url


def test_a_purge_removes_the_tenant_and_everything_under_it(database_url: str) -> None:
    run(database_url)
    run(database_url, PURGE)
    assert row_counts(database_url) == NOTHING


def test_a_purge_deletes_children_before_their_parents(postgres_url: str) -> None:
    run(postgres_url)
    execute(
        postgres_url,
        'alter table "bookLoans" drop constraint "bookLoans_bookId_fkey"',
        'alter table "bookLoans" add foreign key ("bookId") references books (id) on delete restrict',
    )
    assert run(postgres_url, PURGE).status == "succeeded"


def test_a_purge_of_an_absent_tenant_deletes_nothing(database_url: str) -> None:
    report = run(database_url, PURGE)
    assert (report.status, report.document()["totals"]["deleted"]) == ("succeeded", 0)


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_what_fails_while_deleting_leaves_everything_as_it_was(database_url: str, mode: Mode) -> None:
    before = contents(_guarded(database_url))
    report = run(database_url, choose(mode=mode))
    assert report.status == "failed"
    assert contents(database_url) == before


def test_a_reset_that_fails_while_creating_leaves_everything_as_it_was(database_url: str) -> None:
    run(database_url)
    before = contents(database_url)
    report = failed_by_a_constraint_in_a_reset(database_url).report
    assert report.status == "failed"
    assert contents(database_url) == before


def test_a_reset_whose_producer_raises_leaves_everything_as_it_was(database_url: str) -> None:
    run(database_url)
    before = contents(database_url)
    report = failed_by_a_producer_in_a_reset(database_url).report
    assert (report.status, report.error and report.error.code) == ("failed", "defect")
    assert contents(database_url) == before


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_what_was_rolled_back_is_not_told_as_written(sqlite_url: str, mode: Mode) -> None:
    recorder = Recorder()
    report = run(_guarded(sqlite_url), choose(mode=mode), sink=recorder)
    assert recorder.of(RowsWritten) == []
    assert report.document()["totals"]["deleted"] == 0
    assert report.error is not None
    assert "rolled back" in report.error.safe


def test_a_reset_gives_back_what_people_changed_and_what_is_preserved_otherwise(database_url: str) -> None:
    run(database_url)
    before = contents(database_url)
    execute(database_url, "update books set title = 'Mine'", "update authors set \"penName\" = 'Pen'")
    run(database_url, RESET)
    assert contents(database_url) == before


def test_a_reset_into_an_empty_database_creates_everything(database_url: str) -> None:
    report = run(database_url, RESET)
    assert report.document()["totals"]["created"] == sum(row_counts(database_url).values()) > 0


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_rows_that_are_not_ours_refuse_it_and_are_named(database_url: str, mode: Mode) -> None:
    run(database_url)
    execute(database_url, *unseeded_book(SHELVES[0]))
    before = contents(database_url)
    with pytest.raises(Refused, match=r"1 unseeded rows in books \(gift\)") as refused:
        run(database_url, choose(mode=mode))
    assert refused.value.code == "unseeded_rows"
    assert contents(database_url) == before


def test_with_unseeded_rows_of_the_app_go_too(database_url: str) -> None:
    run(database_url)
    execute(database_url, *unseeded_book(SHELVES[0]), link("gift", AUTHORS[0]))
    run(database_url, choose(mode=Mode.PURGE, with_unseeded=True))
    assert row_counts(database_url) == NOTHING


def test_a_branch_that_okrseed_did_not_make_refuses_a_purge(database_url: str) -> None:
    run(database_url)
    execute(database_url, "delete from branches", "delete from authors", *another_branch_called_ours())
    with pytest.raises(Refused, match="no stamp"):
        run(database_url, PURGE)
    assert row_counts(database_url)["branches"] == 1


def another_branch_called_ours() -> tuple[str, ...]:
    """A branch with our slug, made by the app."""
    made = "'2025-11-20 10:00:00'"
    return (
        'insert into branches (id, slug, name, "createdAt", "updatedAt")'
        f" values ('theirs', 'main-street', 'Theirs', {made}, {made})",
    )


def test_rows_of_tables_that_are_not_seeded_refuse_a_purge_and_are_named(database_url: str) -> None:
    """The foreign key is found in the catalogue; its CASCADE would delete the row unseen."""
    run(database_url)
    execute(
        database_url,
        "create table reviews (id text primary key, book text references books (id) on delete cascade)",
        "insert into reviews select 'review', min(id) from books",
    )
    with pytest.raises(Refused, match=r"1 rows of reviews\.book .*ON DELETE CASCADE"):
        run(database_url, PURGE)
    assert ask(database_url, "select count(*) from reviews") == [(1,)]


def test_a_shared_row_that_another_tenant_uses_is_kept_and_named(database_url: str) -> None:
    run(database_url)
    execute(database_url, *another_branch(AUTHORS[3]))
    report = run(database_url, PURGE)
    assert list(contents(database_url)["authors"]) == [AUTHORS[3]]
    assert [note for note in report.plan.notes if AUTHORS[3] in note and "is kept" in note]


def test_a_purge_touches_nothing_of_another_tenant(database_url: str) -> None:
    run(database_url)
    execute(database_url, *another_branch(AUTHORS[3]))
    run(database_url, PURGE)
    assert [list(contents(database_url)[table]) for table in ("branches", "shelves", "books")] == [
        ["branch-of-elm-road"],
        ["elm-shelf"],
        ["elm-book"],
    ]


def test_a_kept_row_is_not_changed_behind_the_back_of_the_plan(database_url: str) -> None:
    """The kept author has a mentor: deleting that one would set the kept row's column to NULL."""
    run(database_url)
    execute(database_url, *another_branch(AUTHORS[4]))
    before = contents(database_url)["authors"][AUTHORS[4]]
    assert plan(database_url, PURGE).total("update") == 0
    run(database_url, PURGE)
    assert contents(database_url)["authors"][AUTHORS[4]] == before


def test_rows_of_ours_that_a_deleted_tenant_left_behind_are_purged_too(database_url: str) -> None:
    run(database_url)
    execute(database_url, "delete from branches")
    assert row_counts(database_url) == {**NOTHING, "authors": 9}
    run(database_url, PURGE)
    assert row_counts(database_url) == NOTHING
