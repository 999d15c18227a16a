"""Stages that do not depend on each other run side by side, on connections of their own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest

from okrseed.blueprint import Family
from okrseed.events import StageFinished, StageStarted, StageSurveyed
from okrseed.targets import open_target
from okrseed.targets.url import parse
from tests.core.library import Library, World
from tests.core.seeding import Recorder, choose, plan, run, with_parameter
from tests.core.waiting import DEADLINE_S, connections, sessions, until

Before = Callable[[], object]


def library_that(*, before_authors: Before, before_shelves: Before) -> Library:
    """The library, with something that happens before the rows of two independent stages are made."""

    def authors(world: World) -> Iterator[Family]:
        before_authors()
        return world.author_rows()

    def shelves(world: World) -> Iterator[Family]:
        before_shelves()
        return world.shelf_rows()

    return Library().with_stage("authors", producer=authors).with_stage("shelves", producer=shelves)


def test_independent_stages_run_at_the_same_time(postgres_url: str) -> None:
    together = threading.Barrier(2, timeout=DEADLINE_S)
    report = run(
        postgres_url, library=library_that(before_authors=together.wait, before_shelves=together.wait), verify=False
    )
    assert (report.status, together.broken) == ("succeeded", False)


def test_each_stage_has_a_session_named_after_it(postgres_url: str) -> None:
    # Into empty tables nothing is read, and no session is needed before there is something to write.
    run(postgres_url)
    seen: set[str] = set()
    together = threading.Barrier(2, action=lambda: seen.update(sessions(postgres_url)), timeout=DEADLINE_S)
    run(postgres_url, library=library_that(before_authors=together.wait, before_shelves=together.wait), verify=False)
    assert {"okrseed/authors", "okrseed/shelves"} <= seen


@pytest.mark.parametrize(("limit", "allowed"), [(1, 2), (2, 2), (3, 3)])
def test_a_connection_limit_is_kept_and_the_locks_own_connection_is_one_of_them(
    postgres_url: str, limit: int, allowed: int
) -> None:
    """But there are always two: a run without a lock would be worse."""
    most = 0

    def count() -> None:
        nonlocal most
        most = max(most, connections(postgres_url))

    url = with_parameter(postgres_url, f"connection_limit={limit}")
    report = run(url, library=library_that(before_authors=count, before_shelves=count))
    assert report.status == "succeeded"
    assert 2 <= most <= allowed


def test_no_session_is_left_after_a_run(postgres_url: str) -> None:
    with open_target(parse(postgres_url)) as target:
        with target.session("loans") as session, session.transaction():
            # A transaction begins with its first statement.
            session.ping()
            assert sessions(postgres_url) == {"okrseed/loans"}
        # Kept for the next stage, but without a transaction, a name or a setting.
        assert (connections(postgres_url), sessions(postgres_url)) == (1, set())
    until(lambda: connections(postgres_url) == 0, "the connection to end")


def _spans(recorder: Recorder) -> list[str]:
    """Starts and ends of the two independent stages, in the order they were told."""
    kinds = {StageStarted: "starts", StageFinished: "ends"}
    return [
        f"{event.stage} {kinds[type(event)]}"
        for event in recorder.events
        if isinstance(event, StageStarted | StageFinished) and event.stage in ("authors", "shelves")
    ]


ONE_AFTER_THE_OTHER = ["authors starts", "authors ends", "shelves starts", "shelves ends"]


def test_with_one_job_stages_run_one_after_the_other(postgres_url: str) -> None:
    recorder = Recorder()
    run(postgres_url, sink=recorder, jobs=1)
    assert _spans(recorder) == ONE_AFTER_THE_OTHER


def test_a_stage_that_is_not_parallel_runs_alone(postgres_url: str) -> None:
    recorder = Recorder()
    library = Library().with_stage("authors", parallel=False)
    run(postgres_url, library=library, sink=recorder, jobs=4)
    spans = _spans(recorder)
    assert spans.index("authors ends") == spans.index("authors starts") + 1
    assert len(spans) == 4


def test_the_plan_of_a_run_does_not_depend_on_which_stage_was_quicker(postgres_url: str) -> None:
    """Authors come first in a plan; here shelves are surveyed first."""
    library = Library()
    run(postgres_url, choose(library, size="small", scopes=("fiction",)))
    made = plan(postgres_url, library=library)
    surveyed = threading.Event()

    def note(event: StageSurveyed) -> None:
        if event.stage == "shelves":
            surveyed.set()

    slow = library_that(before_authors=lambda: surveyed.wait(DEADLINE_S), before_shelves=lambda: None)
    report = run(postgres_url, library=slow, sink=Recorder({StageSurveyed: note}))
    assert report.plan.fingerprint == made.fingerprint
