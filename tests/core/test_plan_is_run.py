"""A run does what its plan says, whatever stands in the database: the dry run cannot drift from the run."""

from __future__ import annotations

import itertools
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import given
from hypothesis import strategies as st

from okrseed.errors import OkrseedError
from okrseed.plan import Plan
from okrseed.report import RunReport
from okrseed.selection import Mode, Selection
from tests.core.disturbances import AUTHORS, BOOKS, BRANCH, DISTURBANCES, OTHERS, SHELVES, another_branch
from tests.core.library import SECTIONS, TABLES
from tests.core.properties import on_a_database
from tests.core.seeding import Contents, choose, contents, execute, plan, run
from tests.postgres import Server

_numbers = itertools.count()


class Outcome(NamedTuple):
    """A plan and the run after it, or what each of them refused; and what stood in the database around the run."""

    url: str
    selection: Selection
    planned: Plan | OkrseedError
    done: RunReport | OkrseedError
    before: Contents
    after: Contents


def _outcome(url: str, selection: Selection) -> Outcome:
    planned: Plan | OkrseedError
    done: RunReport | OkrseedError
    before = contents(url)
    try:
        planned = plan(url, selection)
    except OkrseedError as refusal:
        planned = refusal
    try:
        done = run(url, selection, verify=False)
    except OkrseedError as refusal:
        done = refusal
    return Outcome(url, selection, planned, done, before, contents(url))


def _changes(before: Contents, after: Contents) -> dict[str, tuple[int, int, int]]:
    """Rows created, updated and deleted by table, as the database shows them."""
    return {
        table: (
            len(after[table].keys() - before[table].keys()),
            sum(after[table][key] != row for key, row in before[table].items() if key in after[table]),
            len(before[table].keys() - after[table].keys()),
        )
        for table in TABLES
    }


def _planned_changes(made: Plan) -> dict[str, tuple[int, int, int]]:
    """The same, as the plan says."""
    changes = dict.fromkeys(TABLES, (0, 0, 0))
    for table in (table for stage in made.stages for table in stage.tables):
        changes[table.table] = (table.create, table.update, table.delete)
    return changes


def _the_database_changes_as_planned(outcome: Outcome) -> None:
    if isinstance(outcome.planned, OkrseedError) or isinstance(outcome.done, OkrseedError):
        return
    changes, planned = _changes(outcome.before, outcome.after), _planned_changes(outcome.planned)
    if outcome.selection.mode is Mode.DRY_RUN:
        assert outcome.after == outcome.before
    elif outcome.selection.mode is Mode.RESET:
        # Rows that were deleted and made again look as if they had stayed.
        net = {table: created - deleted for table, (created, _, deleted) in changes.items()}
        assert net == {table: created - deleted for table, (created, _, deleted) in planned.items()}
    else:
        assert changes == planned


def _the_run_carries_the_same_plan(outcome: Outcome) -> None:
    if isinstance(outcome.planned, OkrseedError) or isinstance(outcome.done, OkrseedError):
        return
    assert outcome.done.plan.document() == outcome.planned.document()


def _the_report_counts_what_was_planned(outcome: Outcome) -> None:
    if isinstance(outcome.planned, OkrseedError) or isinstance(outcome.done, OkrseedError):
        return
    planned, totals = outcome.planned.document()["totals"], outcome.done.document()["totals"]
    counts = {"unchanged": planned["unchanged"]}
    if outcome.selection.mode is not Mode.DRY_RUN:
        counts |= {"created": planned["create"], "updated": planned["update"], "deleted": planned["delete"]}
    assert {name: totals[name] for name in counts} == counts


def _what_the_plan_refuses_or_warns_of_the_run_refuses(outcome: Outcome) -> None:
    planned, done, selection = outcome.planned, outcome.done, outcome.selection
    if isinstance(planned, Plan) and not (selection.mode.deletes and planned.warnings and not selection.with_unseeded):
        assert isinstance(done, RunReport)
        assert (done.status, done.error) == ("succeeded", None)
        return
    assert isinstance(done, OkrseedError)
    codes = {"unseeded_rows"} if selection.mode.deletes else set()
    assert done.code in codes | ({planned.code} if isinstance(planned, OkrseedError) else set())
    assert outcome.after == outcome.before


def _afterwards_there_is_nothing_left_to_do(outcome: Outcome) -> None:
    if isinstance(outcome.done, RunReport) and outcome.selection.mode not in (Mode.DRY_RUN, Mode.RESET):
        assert plan(outcome.url, outcome.selection).changes == 0


LAWS = (
    _the_database_changes_as_planned,
    _the_run_carries_the_same_plan,
    _the_report_counts_what_was_planned,
    _what_the_plan_refuses_or_warns_of_the_run_refuses,
    _afterwards_there_is_nothing_left_to_do,
)
each_law = pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__.removeprefix("_"))
Law = Callable[[Outcome], None]


@st.composite
def selections(draw: st.DrawFn) -> Selection:
    """Every mode, with sizes, sections and stages where the mode takes them."""
    mode = draw(st.sampled_from(Mode))
    request: dict[str, Any] = {"size": draw(st.sampled_from(["small", "large"]))}
    if mode.deletes:
        request["with_unseeded"] = draw(st.booleans())
    if mode is not Mode.PURGE:
        request["scopes"] = tuple(draw(st.sets(st.sampled_from(SECTIONS), min_size=1)))
        request["select"] = draw(st.sampled_from([None, "books", "+books", "shelves", "tag:media"]))
        request["exclude"] = draw(st.sampled_from([None, None, "authors", "loans"]))
    return choose(mode=mode, **request)


@pytest.fixture(scope="module")
def seeded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with everything seeded; tests work on copies beside it."""
    path = tmp_path_factory.mktemp("seeded") / "library.db"
    assert run(f"sqlite:///{path}").status == "succeeded"
    return path


@each_law
@given(st.lists(DISTURBANCES, max_size=5), OTHERS, selections())
@on_a_database
def test_on_sqlite(
    seeded: Path, law: Law, disturbances: list[tuple[str, ...]], others: tuple[str, ...], selection: Selection
) -> None:
    copy = seeded.with_name(f"{next(_numbers)}.db")
    shutil.copy(seeded, copy)
    url = f"sqlite:///{copy}"
    execute(url, *others, *itertools.chain(*disturbances))
    law(_outcome(url, selection))


EDITS = (
    "update branches set name = 'Renamed'",
    f"update books set title = 'Retitled', pages = 1 where id = '{BOOKS[0]}'",
    f"""update book_authors set position = 9 where "bookId" = '{BOOKS[1]}'""",
    f"delete from shelves where id = '{SHELVES[2]}'",
    f"delete from authors where id = '{AUTHORS[0]}'",
)
NOTHING = (f"delete from branches where id = '{BRANCH}'", "delete from authors")
CASES: dict[str, tuple[tuple[str, ...], Selection]] = {
    "full": (EDITS, choose(mode=Mode.FULL)),
    "incremental": (EDITS, choose(mode=Mode.INCREMENTAL)),
    "dry run": (EDITS, choose(mode=Mode.DRY_RUN)),
    "reset": (EDITS, choose(mode=Mode.RESET)),
    "purge": (EDITS, choose(mode=Mode.PURGE)),
    "one stage of one section": (EDITS, choose(select="books", scopes=("science",))),
    "full without a stage whose rows are missing": (EDITS, choose(exclude="authors")),
    "reset without a stage that is needed": ((), choose(mode=Mode.RESET, exclude="authors")),
    "full into nothing": (NOTHING, choose()),
    "purge beside another branch": (another_branch(AUTHORS[3]), choose(mode=Mode.PURGE)),
    "reset beside another branch": (another_branch(AUTHORS[3]), choose(mode=Mode.RESET, size="small")),
}


@pytest.fixture(scope="module", params=list(CASES.values()), ids=list(CASES))
def outcome_on_postgresql(request: pytest.FixtureRequest, server: Server) -> Outcome:
    statements, selection = request.param
    url = server.create_database(f"plan_is_run_{next(_numbers)}")
    run(url)
    execute(url, *statements)
    return _outcome(url, selection)


@each_law
def test_on_postgresql(outcome_on_postgresql: Outcome, law: Law) -> None:
    law(outcome_on_postgresql)


def test_where_there_are_no_tables_yet_a_run_does_what_its_plan_says(database_url: str) -> None:
    made = plan(database_url)
    run(database_url)
    after = contents(database_url)
    assert _planned_changes(made) == {table: (len(rows), 0, 0) for table, rows in after.items()}


def test_a_plan_creates_no_file(tmp_path: Path) -> None:
    plan(f"sqlite:///{tmp_path / 'library.db'}")
    assert list(tmp_path.iterdir()) == []
