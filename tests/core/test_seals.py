"""What is known of tenants that had nothing left to do is used again, as long as nothing whatsoever has changed."""

from __future__ import annotations

import dataclasses
import datetime
import itertools
import json
import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from psycopg import sql

from okrseed import seal
from okrseed.blueprint import Stage
from okrseed.desired import Desired
from okrseed.events import StageFinished, StageStarted, VerificationStarted
from okrseed.many import ManyRunner
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.production import Production
from okrseed.report import RunReport
from okrseed.run import Runner
from okrseed.seal import Seal, Seals
from okrseed.selection import Mode, Request, Selection, resolve
from okrseed.settings import RunSettings
from okrseed.survey import Surveyor
from okrseed.targets import Digest, Extent, open_target, postgres_digest
from okrseed.targets.postgres_session import PostgresSession
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.core.disturbances import (
    AUTHORS,
    BOOKS,
    BRANCH,
    DISTURBANCES,
    LOANS,
    OTHERS,
    SHELVES,
    another_branch,
    unseeded_book,
)
from tests.core.library import SECTIONS, Library
from tests.core.properties import on_a_database
from tests.core.seeding import QUICK, Recorder, ask, choose, contents, execute
from tests.core.seeding import run as seed
from tests.postgres import Server

_numbers = itertools.count()


def plan(url: str, seals: Seals, selection: Selection | None = None, library: Library | None = None) -> Plan:
    """A plan as a process of its own makes it."""
    library, seals = library or Library(), Seals(seals.folder)
    with open_target(parse(url)) as target:
        return make_plan(target, library, selection or choose(library), seals=seals)


def run(
    url: str,
    seals: Seals,
    selection: Selection | None = None,
    *,
    sink: Recorder | None = None,
    tenants: int = 1,
    **settings: Any,
) -> RunReport:
    """A run as a process of its own does it."""
    library = Library()
    how: dict[str, Any] = {
        "run_id": "sealed",
        "sink": sink or Recorder(),
        "settings": RunSettings(**{"retry": QUICK, "create_schema": True, "jobs": 1, **settings}),
        "seals": Seals(seals.folder),
    }
    with open_target(parse(url)) as target:
        chosen = selection or choose()
        if tenants == 1:
            return Runner(target, library, chosen, **how).run()
        return ManyRunner(target, library, chosen, tenants_of(library, tenants), **how).run()


def run_until_known(url: str, seals: Seals, **how: Any) -> RunReport:
    """Runs that change nothing until one has left its seals: the server's own housekeeping may come in between."""
    run(url, Seals(), **how)
    for _ in range(50):
        report = run(url, seals, **how)
        assert report.plan.changes == 0
        if kept(seals) and (report.state.findings == () or _findings(seals)):
            return report
    raise AssertionError("no run was left alone")


def _findings(seals: Seals) -> bool:
    found = [seals.find(file.name) for file in kept(seals)]
    return all(one is not None and one.findings for one in found)


def kept(seals: Seals) -> list[Path]:
    return sorted(seals.folder.iterdir()) if seals.folder is not None and seals.folder.exists() else []


@pytest.fixture
def seals(tmp_path: Path) -> Seals:
    return Seals(tmp_path / "seals")


@pytest.fixture
def nothing_is_compared(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Once it is called, a row that is made or compared is an error."""

    def forbidden(*_: object) -> None:
        raise AssertionError("somebody looks for himself")

    def forbid() -> None:
        monkeypatch.setattr(Surveyor, "stage", forbidden)
        monkeypatch.setattr(Production, "desired", forbidden)

    yield forbid
    monkeypatch.undo()


def test_a_plan_of_what_is_known_compares_no_row(
    postgres_url: str, seals: Seals, nothing_is_compared: Callable[[], None]
) -> None:
    seed(postgres_url)
    execute(postgres_url, *unseeded_book(SHELVES[1]))
    # A smaller selection, so that there are rows of ours outside of it, and one that is not ours.
    smaller = choose(size="small", scopes=SECTIONS[:2])
    run(postgres_url, Seals(), smaller)
    looked = plan(postgres_url, seals, smaller)
    nothing_is_compared()
    known = plan(postgres_url, seals, smaller)
    assert (looked.total("kept") > 0, looked.total("unseeded"), looked.changes) == (True, 1, 0)
    assert (known.document(), known) == (looked.document(), looked)


@pytest.mark.parametrize("tenants", [1, 3])
@pytest.mark.parametrize("verify", [True, False])
def test_a_run_of_what_is_known_compares_no_row_and_ends_alike(
    postgres_url: str, seals: Seals, nothing_is_compared: Callable[[], None], tenants: int, verify: bool
) -> None:
    looked = run_until_known(postgres_url, seals, tenants=tenants, verify=verify)
    nothing_is_compared()
    known = run(postgres_url, seals, tenants=tenants, verify=verify)
    assert (known.status, looked.status) == ("succeeded", "succeeded")
    assert known.plan == looked.plan
    assert known.state.findings == looked.state.findings
    assert (len(known.state.findings) > 0) is verify
    assert _outcomes(known) == _outcomes(looked)


def _outcomes(report: RunReport) -> list[tuple[Any, ...]]:
    counts = ("id", "status", "created", "updated", "unchanged", "deleted")
    return [tuple(stage[count] for count in counts) for stage in report.document()["stages"]]


def test_a_dry_run_of_what_is_known_compares_no_row(
    postgres_url: str, seals: Seals, nothing_is_compared: Callable[[], None]
) -> None:
    dry = choose(mode=Mode.DRY_RUN)
    run(postgres_url, seals, tenants=3)
    looked = run(postgres_url, seals, dry, tenants=3)
    # In one transaction, which no other has a part in.
    assert len(kept(seals)) == 1
    nothing_is_compared()
    assert run(postgres_url, seals, dry, tenants=3).plan == looked.plan


def test_processes_share_what_is_known(postgres_url: str, seals: Seals) -> None:
    looked = run(postgres_url, Seals(), tenants=4)
    while len(kept(seals)) < 2:
        run_until_known(postgres_url, seals, tenants=4, jobs=2, verify=False)
    known = run(postgres_url, seals, tenants=4, jobs=2)
    assert known.plan == run(postgres_url, Seals(), tenants=4, jobs=2).plan
    assert known.state.findings == looked.state.findings


def test_the_checks_run_once_more_where_only_a_plan_has_looked(postgres_url: str, seals: Seals) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    first = run(postgres_url, seals)
    assert [finding.status for finding in first.state.findings].count("pass") > 0
    assert run(postgres_url, seals).state.findings == first.state.findings


PAIR = f"('{BOOKS[0]}', '{BOOKS[1]}')"
CHANGES = {
    "a value": (f"update books set pages = pages + 1 where id = '{BOOKS[3]}'",),
    "values that change places": (
        f"update books one set title = other.title from books other"
        f" where one.id in {PAIR} and other.id in {PAIR} and one.id <> other.id",
    ),
    "a row less": ("""delete from "bookLoans" where id = (select min(id) from "bookLoans")""",),
    "a row of the app's own": unseeded_book(SHELVES[1]),
    "what is merged with ours": (f"""update branches set facts = facts || '{{"more": [1]}}' where id = '{BRANCH}'""",),
}
HARMLESS = ("a row of the app's own", "what is merged with ours")


@pytest.mark.parametrize("what", CHANGES)
def test_a_change_is_noticed(
    postgres_url: str, seals: Seals, what: str, nothing_is_compared: Callable[[], None]
) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    execute(postgres_url, *CHANGES[what])
    looked = plan(postgres_url, Seals())
    assert plan(postgres_url, seals) == looked
    assert (looked.changes == 0) is (what in HARMLESS)
    # Of a state that was not known, the plan made one that is.
    assert len(kept(seals)) == 1
    nothing_is_compared()
    if what in HARMLESS:
        assert plan(postgres_url, seals) == looked
        return
    with pytest.raises(AssertionError, match="looks for himself"):
        plan(postgres_url, seals)


def test_the_digest_that_broke_a_seal_makes_the_next_one(
    postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    execute(postgres_url, *CHANGES["a row of the app's own"])
    told: list[Mapping[str, Digest] | None] = []
    digest = PostgresSession.digest

    def noting(
        session: PostgresSession, extents: Sequence[Extent], since: str | None = None
    ) -> Mapping[str, Digest] | None:
        told.append(digest(session, extents, since))
        return told[-1]

    monkeypatch.setattr(PostgresSession, "digest", noting)
    plan(postgres_url, seals)
    (kept_now,) = kept(seals)
    found = seals.find(kept_now.name)
    assert found is not None
    assert len(told) == 1
    assert told[0] is not None
    assert {table: (one.rows, one.sum) for table, one in told[0].items()} == found.digests


EDITS = {
    "a value": (f"update books set title = 'Edited' where id in ({BOOKS[3]!r}, {BOOKS[0]!r})",),
    "two tables": (
        f"update books set pages = 0, genre = 'ESSAY' where id = '{BOOKS[1]}'",
        f"update authors set name = 'Edited' where id = '{AUTHORS[0]}'",
    ),
    "a key of two columns": (f"""update book_authors set position = 9 where "bookId" = '{BOOKS[2]}'""",),
    "nothing that counts": (f"""update books set "updatedAt" = "updatedAt" + '1 day' where id = '{BOOKS[4]}'""",),
    "a value that is none": (f"update books set rating = case when rating is null then 1 end where id = '{BOOKS[5]}'",),
}
"""Of rows that we have seeded."""


@pytest.fixture
def no_table_is_read(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Once it is called, it is an error to look at more than single rows."""

    def forbidden(*_: object) -> None:
        raise AssertionError("somebody looks at all rows")

    yield lambda: monkeypatch.setattr(Surveyor, "stage", forbidden)
    monkeypatch.undo()


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_of_edited_rows_a_plan_reads_only_those(
    postgres_url: str, seals: Seals, no_table_is_read: Callable[[], None], edit: str, mode: Mode
) -> None:
    seed(postgres_url)
    execute(postgres_url, *unseeded_book(SHELVES[1]))
    selection = choose(mode=mode)
    plan(postgres_url, seals, selection)
    execute(postgres_url, *EDITS[edit])
    looked = plan(postgres_url, Seals(), selection)
    no_table_is_read()
    assert plan(postgres_url, seals, selection) == looked
    assert looked.total("unseeded") == 1
    assert (looked.changes > 0) is (edit != "nothing that counts" and mode is Mode.FULL)


@pytest.mark.parametrize("edit", EDITS)
@pytest.mark.parametrize("tenants", [1, 3])
def test_of_edited_rows_a_run_reads_and_writes_only_those(
    postgres_url: str, seals: Seals, no_table_is_read: Callable[[], None], edit: str, tenants: int
) -> None:
    run(postgres_url, Seals(), tenants=tenants)
    before = contents(postgres_url)
    run_until_known(postgres_url, seals, tenants=tenants)
    execute(postgres_url, *EDITS[edit])
    looked = run(postgres_url, Seals(), choose(mode=Mode.DRY_RUN), tenants=tenants).plan
    no_table_is_read()
    report = run(postgres_url, seals, tenants=tenants, verify=False)
    totals = report.document()["totals"]
    assert (report.status, totals["created"]) == ("succeeded", 0)
    assert (totals["updated"], totals["unchanged"]) == (looked.total("update"), looked.total("unchanged"))
    if edit != "nothing that counts":
        assert contents(postgres_url) == before


WHOLE = {
    **{what: CHANGES[what] for what in ("a row less", "a row of the app's own", "what is merged with ours")},
    "a row for another": (
        f"""delete from "bookLoans" where id = '{LOANS[0]}'""",
        f"""insert into "bookLoans" select * from (select (jsonb_populate_record(loan, '{{"id": "another"}}')).*
            from "bookLoans" loan where loan.id = '{LOANS[1]}') as copied""",
    ),
    "a row that refers to another": (
        f"""update books set "shelfId" = '{SHELVES[1]}' where id = '{BOOKS[0]}' and "shelfId" <> '{SHELVES[1]}'""",
    ),
    "a row that leaves": (
        f"""update shelves set "branchId" = (select id from branches
        where slug <> 'main-street' limit 1) where id = '{SHELVES[0]}'""",
    ),
}
"""What only a look at all rows can tell."""


@pytest.mark.parametrize("what", WHOLE)
def test_what_single_rows_do_not_tell_is_looked_at_as_a_whole(
    postgres_url: str, seals: Seals, no_table_is_read: Callable[[], None], what: str
) -> None:
    seed(postgres_url)
    execute(postgres_url, *another_branch(AUTHORS[0])[:1])
    plan(postgres_url, seals)
    execute(postgres_url, *WHOLE[what])
    looked = plan(postgres_url, Seals())
    assert plan(postgres_url, Seals(_copied(seals))) == looked
    no_table_is_read()
    with pytest.raises(AssertionError, match="all rows"):
        plan(postgres_url, seals)


def _copied(seals: Seals) -> Path:
    """A folder with the same seals, for somebody who will keep others there."""
    assert seals.folder is not None
    return Path(shutil.copytree(seals.folder, seals.folder.with_name("copied")))


@pytest.mark.parametrize("moment", ["3:3:", "4000000000:4000000000:"])
@pytest.mark.parametrize("edit", EDITS)
def test_transactions_may_have_any_numbers(postgres_url: str, seals: Seals, edit: str, moment: str) -> None:
    """As on a branch of a database, or a copy of it: every row may seem to be new, or none."""
    seed(postgres_url)
    plan(postgres_url, seals)
    (file,) = kept(seals)
    known = seals.find(file.name)
    assert known is not None
    Seals(seals.folder).keep(file.name, known._replace(moment=moment))
    execute(postgres_url, *EDITS[edit])
    assert plan(postgres_url, seals) == plan(postgres_url, Seals())


def test_an_edit_that_seems_older_than_the_seal_is_seen(postgres_url: str, seals: Seals) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    (file,) = kept(seals)
    known = seals.find(file.name)
    assert known is not None
    execute(postgres_url, f"update books set title = 'Edited' where id = '{BOOKS[3]}'")
    with open_target(parse(postgres_url)) as target, target.session("look", read_only=True) as session:
        moment = session.moment()
        assert moment is not None
    Seals(seals.folder).keep(file.name, known._replace(moment=moment))
    execute(postgres_url, f"update books set title = 'Edited' where id = '{BOOKS[4]}'")
    found = plan(postgres_url, seals)
    assert found == plan(postgres_url, Seals())
    assert found.total("update") == 2


def test_an_edit_that_nobody_asks_about_makes_no_row(
    postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(postgres_url)
    selection = choose(select="authors")
    plan(postgres_url, seals, selection)
    execute(postgres_url, f"""update "bookLoans" set reader = 'Edited' where id = '{LOANS[0]}'""")
    looked = plan(postgres_url, Seals(), selection)
    made: list[str] = []
    desired = Production.desired

    def noting(production: Production, stage: Stage) -> Desired:
        made.append(stage.id)
        return desired(production, stage)

    monkeypatch.setattr(Production, "desired", noting)
    assert plan(postgres_url, seals, selection) == looked
    assert "loans" not in made


def test_what_is_preserved_may_have_been_changed_before(
    postgres_url: str, seals: Seals, no_table_is_read: Callable[[], None]
) -> None:
    seed(postgres_url)
    execute(postgres_url, f"""update authors set "penName" = 'Long ago' where id = '{AUTHORS[0]}'""")
    assert plan(postgres_url, seals).changes == 0
    execute(postgres_url, f"update authors set name = 'Edited' where id = '{AUTHORS[0]}'")
    looked = plan(postgres_url, Seals())
    no_table_is_read()
    assert plan(postgres_url, seals) == looked
    assert looked.total("update") == 1


def test_what_is_preserved_stays_as_it_is_when_a_row_is_written(postgres_url: str, seals: Seals) -> None:
    """Whoever writes to an edited row after it was looked at first loses nothing."""
    run(postgres_url, Seals())
    run_until_known(postgres_url, seals)
    execute(postgres_url, f"update authors set name = 'Edited' where id = '{AUTHORS[0]}'")
    late = f"""update authors set "penName" = 'Late' where id = '{AUTHORS[0]}'"""
    sink = Recorder({StageStarted: lambda event: event.stage == "authors" and execute(postgres_url, late)})
    report = run(postgres_url, seals, sink=sink, verify=False)
    assert (report.status, report.document()["totals"]["updated"]) == ("succeeded", 1)
    assert ask(postgres_url, f"""select "penName" from authors where id = '{AUTHORS[0]}'""") == [("Late",)]


def test_where_places_cannot_be_told_the_digest_is_asked_for_alone(
    postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch, no_table_is_read: Callable[[], None]
) -> None:
    """As where tables keep their rows in a way that knows no transactions."""
    seed(postgres_url)
    looked = plan(postgres_url, seals)
    execute(postgres_url, "create table of_somebody_else (id text)")
    question = postgres_digest.question

    def plain_only(extents: Sequence[Extent], since: str | None) -> tuple[sql.Composed, list[Any]]:
        return (sql.SQL("select 1 / 0").format(), []) if since is not None else question(extents, since)

    monkeypatch.setattr(postgres_digest, "question", plain_only)
    no_table_is_read()
    assert plan(postgres_url, seals) == looked


def test_rows_that_were_edited_before_the_seal_prove_nothing(postgres_url: str, seals: Seals) -> None:
    """What we never compare may have stood differently; then the others are not known by what we would write."""
    seed(postgres_url)
    later = f"""update books set "updatedAt" = "updatedAt" + '1 day' where id = '{BOOKS[4]}'"""
    execute(postgres_url, later)
    plan(postgres_url, seals)
    execute(postgres_url, later, f"update books set title = 'Edited' where id = '{BOOKS[4]}'")
    assert plan(postgres_url, seals) == plan(postgres_url, Seals())


def test_what_happens_to_others_is_none_of_it(
    postgres_url: str, seals: Seals, nothing_is_compared: Callable[[], None]
) -> None:
    seed(postgres_url)
    looked = plan(postgres_url, seals)
    execute(postgres_url, *another_branch("nobody")[:-1])
    nothing_is_compared()
    assert plan(postgres_url, seals) == looked


@given(st.lists(DISTURBANCES, max_size=3), OTHERS, st.sampled_from([Mode.FULL, Mode.INCREMENTAL]))
@on_a_database
def test_whatever_has_happened_the_plan_is_that_of_a_look_at_every_row(
    server: Server,
    tmp_path_factory: pytest.TempPathFactory,
    disturbances: Sequence[Sequence[str]],
    others: Sequence[str],
    mode: Mode,
) -> None:
    name = f"sealed_{next(_numbers)}"
    url = server.create_database(name)
    try:
        seals, selection = Seals(tmp_path_factory.mktemp("seals")), choose(mode=mode)
        seed(url, verify=False)
        plan(url, seals, selection)
        assert len(kept(seals)) == 1
        execute(url, *others, *itertools.chain(*disturbances))
        looked = plan(url, Seals(), selection)
        assert [plan(url, seals, selection) for _ in range(2)] == [looked] * 2
    finally:
        server.drop_database(name)


def test_nothing_is_kept_while_something_is_left_to_do(postgres_url: str, seals: Seals) -> None:
    seed(postgres_url)
    execute(postgres_url, f"update books set title = 'Edited' where id = '{BOOKS[0]}'")
    plan(postgres_url, seals)
    assert not kept(seals)
    # What a mode leaves alone is left, too.
    run(postgres_url, seals, choose(mode=Mode.INCREMENTAL))
    assert not kept(seals)
    run(postgres_url, seals, verify=False)
    assert not kept(seals)


def test_a_run_that_writes_leaves_what_its_checks_have_seen(
    postgres_url: str, seals: Seals, nothing_is_compared: Callable[[], None]
) -> None:
    first = run(postgres_url, seals)
    assert len(kept(seals)) == 1
    looked = run(postgres_url, Seals())
    nothing_is_compared()
    known = run(postgres_url, seals)
    assert known.plan == looked.plan == plan(postgres_url, seals)
    assert known.state.findings == first.state.findings


def test_a_run_leaves_nothing_where_somebody_has_edited_a_row_before_its_checks(
    postgres_url: str, seals: Seals
) -> None:
    edit = f"update books set title = 'Edited' where id = '{BOOKS[0]}'"
    edited = Recorder({VerificationStarted: lambda event: execute(postgres_url, edit)})
    report = run(postgres_url, seals, sink=edited)
    assert [finding.status for finding in report.state.findings].count("fail") == 1
    assert not kept(seals)


def test_rows_that_came_before_the_checks_are_counted_as_the_next_plan_would(postgres_url: str, seals: Seals) -> None:
    added = Recorder({VerificationStarted: lambda event: execute(postgres_url, *unseeded_book(SHELVES[1]))})
    run(postgres_url, seals, sink=added)
    assert len(kept(seals)) == 1
    assert plan(postgres_url, seals) == plan(postgres_url, Seals())
    assert plan(postgres_url, seals).total("unseeded") == 1


def test_nothing_is_kept_of_rows_that_somebody_wrote_meanwhile(postgres_url: str, seals: Seals) -> None:
    """Even if everything stands as before at the end: a stage may have seen what stood there in between."""
    seed(postgres_url)
    there_and_back = (
        f"update books set title = title || '!' where id = '{BOOKS[0]}'",
        f"update books set title = rtrim(title, '!') where id = '{BOOKS[0]}'",
    )
    meanwhile = Recorder({StageFinished: lambda event: execute(postgres_url, *there_and_back)})
    report = run(postgres_url, seals, sink=meanwhile, verify=False)
    assert (report.status, report.plan.changes) == ("succeeded", 0)
    assert not kept(seals)


def test_sqlite_is_looked_at_each_time(sqlite_url: str, seals: Seals) -> None:
    reports = [run(sqlite_url, seals) for _ in range(3)]
    assert [report.status for report in reports] == ["succeeded"] * 3
    assert plan(sqlite_url, seals).changes == 0
    assert not kept(seals)


def test_a_purge_and_a_reset_know_nothing(postgres_url: str, seals: Seals) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    for mode in (Mode.RESET, Mode.PURGE):
        assert run(postgres_url, seals, choose(mode=mode)).plan.changes > 0
    assert plan(postgres_url, seals).total("create") > 0


ANOTHER: Mapping[str, Callable[[Library], tuple[Library, Request]]] = {
    "date": lambda library: (library, Request(as_of=datetime.date(2025, 11, 20))),
    "size": lambda library: (library, Request(size="small")),
    "mode": lambda library: (library, Request(mode=Mode.INCREMENTAL)),
    "sections": lambda library: (library, Request(scopes=SECTIONS[:1])),
    "stages": lambda library: (library, Request(select="books")),
    "stages left out": lambda library: (library, Request(exclude="loans")),
    "configuration": lambda library: (dataclasses.replace(library, configured="another"), Request()),
    "version": lambda library: (dataclasses.replace(library, version="2"), Request()),
}


@pytest.mark.parametrize("what", ANOTHER)
def test_what_is_known_answers_no_other_question(
    postgres_url: str, seals: Seals, what: str, nothing_is_compared: Callable[[], None]
) -> None:
    seed(postgres_url)
    plan(postgres_url, seals)
    library, request = ANOTHER[what](Library())
    selection = resolve(library, request, today=choose().as_of)
    nothing_is_compared()
    plan(postgres_url, seals)
    with pytest.raises(AssertionError, match="looks for himself"):
        plan(postgres_url, seals, selection, library)


def test_code_that_has_changed_knows_nothing(postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch) -> None:
    seed(postgres_url)
    for state, known in (("as it was", 1), ("changed", 2), ("as it was", 2), (None, 2)):
        monkeypatch.setattr(seal, "state_of", lambda maker, state=state: state)
        plan(postgres_url, seals)
        assert len(kept(seals)) == known


def test_a_database_that_does_not_tell_what_it_sees_is_looked_at_each_time(
    postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(postgres_url, seals)
    (before,) = kept(seals)
    written = before.stat().st_mtime_ns
    monkeypatch.setattr(PostgresSession, "moment", lambda session: None)
    edit = f"update books set title = 'Edited' where id = '{BOOKS[0]}'"
    edited = Recorder({VerificationStarted: lambda event: execute(postgres_url, edit)})
    report = run(postgres_url, seals, sink=edited)
    assert [finding.status for finding in report.state.findings].count("fail") == 1
    run(postgres_url, seals)
    plan(postgres_url, seals)
    run(postgres_url, seals, tenants=2, verify=False)
    assert kept(seals) == [before]
    assert json.loads(before.read_text().partition("\n")[2])
    assert before.stat().st_mtime_ns >= written


def test_a_digest_that_cannot_be_made_fails_nothing(
    postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(postgres_url, seals)
    looked = run(postgres_url, Seals())
    monkeypatch.setattr(postgres_digest, "question", lambda extents, since: (sql.SQL("select 1 / 0"), []))
    for tenants in (1, 2):
        report = run(postgres_url, seals, tenants=tenants)
        assert (report.status, report.error) == ("succeeded", None)
    assert plan(postgres_url, seals) == looked.plan
    assert len(kept(seals)) == 1


@pytest.mark.parametrize("what", ["a view", "a foreign table elsewhere"])
def test_what_may_change_without_a_transaction_is_looked_at_each_time(
    postgres_url: str, seals: Seals, what: str
) -> None:
    seed(postgres_url)
    if what == "a view":
        execute(postgres_url, 'alter table "bookLoans" rename to lent', 'create view "bookLoans" as select * from lent')
    else:
        # Without a handler it cannot be read, and stands for one that can.
        execute(
            postgres_url,
            "create foreign data wrapper nothing",
            "create server nowhere foreign data wrapper nothing",
            "create foreign table far (id text) server nowhere",
        )
    assert plan(postgres_url, seals).changes == 0
    assert run(postgres_url, seals).status == "succeeded"
    assert not kept(seals)


@pytest.mark.parametrize(
    "damage",
    [lambda text: text[:-10], lambda text: "", lambda text: text.replace("books", "boots"), lambda text: "\0" + text],
)
def test_a_damaged_seal_is_none(postgres_url: str, seals: Seals, damage: Callable[[str], str]) -> None:
    seed(postgres_url)
    looked = plan(postgres_url, seals)
    (file,) = kept(seals)
    whole = file.read_text()
    file.write_text(damage(whole))
    assert plan(postgres_url, seals) == looked
    assert file.read_text() == whole


def test_a_folder_that_cannot_be_written_costs_nothing_but_time(postgres_url: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    seals = Seals(tmp_path / "file" / "seals")
    assert [run(postgres_url, seals).status for _ in range(3)] == ["succeeded"] * 3


def test_a_run_over_very_many_keeps_the_first_ones(seals: Seals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MOST_OF_A_RUN", 2)
    for number in range(4):
        seals.keep(str(number), Seal("1:1:", {}, {}, {}))
    assert [file.name for file in kept(seals)] == ["0", "1"]


def test_after_seals_that_were_broken_the_next_ones_are_passed_over(seals: Seals) -> None:
    """Where rows of every tenant have changed, asking costs; where those of one have, the others are known."""
    seals.keep("any", Seal("1:1:", {}, {}, {}))
    asked = []
    for helped in (True, False, False, False, True, True, False):
        passed_over = 0
        while seals.find("any") is None:
            passed_over += 1
        asked.append(passed_over)
        seals.answered(held=False, helped=helped)
    assert asked == [0, 0, 1, 2, 3, 0, 0]


def test_the_oldest_seals_make_room(postgres_url: str, seals: Seals, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seal, "MOST_SEALS", 2)
    seed(postgres_url)
    for section in SECTIONS[:3]:
        plan(postgres_url, seals, choose(scopes=(section,)))
    assert len(kept(seals)) == 2
