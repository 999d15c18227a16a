"""Runs that end in every way a run can end: success, failure of each kind, cancellation."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import NamedTuple

from okrseed.blueprint import Check, Family, Finding, Row, Rows
from okrseed.cancellation import Cancellation
from okrseed.events import RowsWritten, StageStarted
from okrseed.report import RunReport
from okrseed.selection import Mode
from tests.core.disturbances import BOOKS
from tests.core.library import ENTITIES, Library, World
from tests.core.seeding import Recorder, choose, execute, run


class Ending(NamedTuple):
    """A report and the events that led to it."""

    report: RunReport
    recorder: Recorder


Way = Callable[[str], Ending]
"""Brings a run to its end on the database at a URL."""


def broken_producer(world: World) -> Iterator[Family]:
    """Yields one good family, then fails as a defect would."""
    yield next(iter(world.author_rows()))
    raise ValueError("the producer broke")


def without(column: str, table: str, family: Family) -> list[Row]:
    """The family's rows of a table, lacking a value that the schema demands."""
    place = ENTITIES[table].positions[column]
    return [(*row[:place], None, *row[place + 1 :]) for row in family[table]]


def pageless_books(world: World) -> Iterator[Family]:
    """Books whose pages are missing, which the schema does not allow."""
    for family in world.book_rows():
        yield {**family, "books": without("pages", "books", family)}


def _broken_check(world: World, rows: Rows) -> Finding:
    raise ValueError("the check broke")


def _failing_check(world: World, rows: Rows) -> Finding:
    return Finding("gloom", "never content", "fail", "more", "less")


BROKEN_AUTHORS = Library().with_stage("authors", producer=broken_producer)
BROKEN_CHECK = Library(all_checks=(Check("broken", "a broken check", _broken_check),))
FAILING_CHECK = Library(all_checks=(Check("gloom", "never content", _failing_check),))


def succeeded(url: str) -> Ending:
    return _ending(url, Library())


def nothing_to_do(url: str) -> Ending:
    run(url)
    return _ending(url, Library())


def looked_only(url: str) -> Ending:
    run(url)
    execute(url, f"delete from books where id = '{BOOKS[0]}'")
    return _ending(url, Library(), Mode.DRY_RUN)


def reset(url: str) -> Ending:
    run(url)
    return _ending(url, Library(), Mode.RESET)


def purged(url: str) -> Ending:
    run(url)
    return _ending(url, Library(), Mode.PURGE)


def failed_by_a_producer(url: str) -> Ending:
    return _ending(url, BROKEN_AUTHORS)


def failed_by_a_constraint(url: str) -> Ending:
    return _ending(url, Library().with_stage("books", producer=pageless_books))


def failed_by_a_producer_while_looking(url: str) -> Ending:
    run(url)
    return _ending(url, BROKEN_AUTHORS, Mode.DRY_RUN)


def failed_by_a_producer_in_a_reset(url: str) -> Ending:
    run(url)
    breaking = iter([False])

    def rows(world: World) -> Iterator[Family]:
        # Ownership generates the rows too, before the reset does.
        return world.author_rows() if next(breaking, True) is False else broken_producer(world)

    return _ending(url, Library().with_stage("authors", producer=rows), Mode.RESET)


def failed_by_a_constraint_in_a_reset(url: str) -> Ending:
    run(url)
    return _ending(url, Library().with_stage("books", producer=pageless_books), Mode.RESET)


def failed_by_a_check(url: str) -> Ending:
    return _ending(url, FAILING_CHECK, verify=True)


def failed_by_a_broken_check(url: str) -> Ending:
    return _ending(url, BROKEN_CHECK, verify=True)


def cancelled_before_the_first_stage(url: str) -> Ending:
    run(url)
    cancellation = Cancellation()
    cancellation.after_chunk()
    return _ending(url, Library(), cancellation=cancellation)


def cancelled_after_a_chunk(url: str) -> Ending:
    cancellation = Cancellation()

    def stop(event: RowsWritten) -> None:
        if event.stage == "books":
            cancellation.after_chunk()

    return _ending(url, Library(), cancellation=cancellation, recorder=Recorder({RowsWritten: stop}), batch=4)


def cancelled_in_a_reset(url: str) -> Ending:
    run(url)
    return _cancelled_at_the_first_start(url, Mode.RESET)


def cancelled_while_looking(url: str) -> Ending:
    run(url)
    return _cancelled_at_the_first_start(url, Mode.DRY_RUN)


ENDINGS: tuple[Way, ...] = (
    succeeded,
    nothing_to_do,
    looked_only,
    reset,
    purged,
    failed_by_a_producer,
    failed_by_a_constraint,
    failed_by_a_producer_while_looking,
    failed_by_a_producer_in_a_reset,
    failed_by_a_constraint_in_a_reset,
    failed_by_a_check,
    failed_by_a_broken_check,
    cancelled_before_the_first_stage,
    cancelled_after_a_chunk,
    cancelled_in_a_reset,
    cancelled_while_looking,
)


def _cancelled_at_the_first_start(url: str, mode: Mode) -> Ending:
    cancellation = Cancellation()
    recorder = Recorder({StageStarted: lambda _: cancellation.after_chunk()})
    return _ending(url, Library(), mode, cancellation=cancellation, recorder=recorder)


def _ending(
    url: str,
    library: Library,
    mode: Mode = Mode.FULL,
    *,
    recorder: Recorder | None = None,
    cancellation: Cancellation | None = None,
    **settings: int,
) -> Ending:
    recorder = recorder or Recorder()
    selection = choose(library, mode)
    report = run(url, selection, library=library, sink=recorder, cancellation=cancellation, **settings)
    return Ending(report, recorder)
