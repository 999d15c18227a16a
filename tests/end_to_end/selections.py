"""Random selections and random things that happened to a database before, for property tests."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from hypothesis import strategies as st

from tests.end_to_end.database import Database
from tests.end_to_end.program import run

WORKSPACES = ("sales", "support", "people")
"""Those of the small tenant."""
STAGES = (
    *("tenant", "workspaces", "teams", "cycles", "pillars", "users", "roles", "okrs", "check-ins", "requests"),
    *("+okrs", "okrs+", "1+check-ins", "tag:people", "tag:feed", "tag:structure,team*", "users roles", "*s"),
)
CHANGES = (
    "UPDATE objectives SET title = title || '!' WHERE {some}",
    "UPDATE key_results SET status = 'CANCELLED' WHERE {some}",
    "UPDATE users SET name = 'Somebody' WHERE {some}",
    "UPDATE teams SET name = name || '!' WHERE {some}",
    "UPDATE check_ins SET note = 'changed' WHERE {some}",
    "UPDATE organizations SET name = 'Somewhere'",
    """UPDATE users SET "passwordHash" = 'theirs', avatar = 'theirs' WHERE {some}""",
    "DELETE FROM objectives WHERE {some}",
    "DELETE FROM key_results WHERE {some}",
    "DELETE FROM check_ins WHERE {some}",
    "DELETE FROM users WHERE {some}",
    "DELETE FROM role_assignments WHERE {some}",
    "DELETE FROM teams WHERE {some}",
    "DELETE FROM workspaces WHERE {some}",
    "DELETE FROM cycles WHERE {some}",
    "DELETE FROM strategic_pillars",
    "DELETE FROM organizations",
)
SOME = ("id < '1'", "id LIKE '%a'", "id > '8'")
"""Ways to pick some rows: ids are spread evenly."""


@dataclass(frozen=True)
class Options:
    """Options of a plan or run."""

    selection: tuple[str, ...]
    mode: str = "full"

    @property
    def words(self) -> tuple[str, ...]:
        """As they are written; a purge is whole, and takes no choice of workspaces or stages."""
        return ("--mode", self.mode, *(self.selection[:2] if self.mode == "purge" else self.selection))

    def with_mode(self, mode: str) -> Options:
        return replace(self, mode=mode)

    def __repr__(self) -> str:
        return " ".join(self.words)


def selections(sizes: Sequence[str]) -> st.SearchStrategy[Options]:
    """Size, workspaces and stages; workspaces and stages may be left out."""
    chosen = st.lists(st.sampled_from(WORKSPACES), min_size=1, max_size=3, unique=True).map(",".join)
    stages = st.lists(st.sampled_from(STAGES), min_size=1, max_size=2, unique=True).map(" ".join)
    return st.tuples(
        st.sampled_from(sizes), st.none() | chosen, st.none() | stages, st.none() | st.none() | stages
    ).map(_options)


def _options(drawn: tuple[str, str | None, str | None, str | None]) -> Options:
    names = ("--size", "--workspace", "--select", "--exclude")
    given = ((name, value) for name, value in zip(names, drawn, strict=True) if value is not None)
    return Options(tuple(word for pair in given for word in pair))


@dataclass(frozen=True)
class Event:
    """Something that happened to a database."""

    words: str
    happen: Callable[[Database], object]

    def __repr__(self) -> str:
        return self.words


def _ran(chosen: Options) -> Event:
    return Event(f"run {chosen}", lambda database: run(database.url, *chosen.words, "--no-verify"))


def _changed(statement: str) -> Event:
    return Event(statement, lambda database: database.execute(statement))


def histories(sizes: Sequence[str]) -> st.SearchStrategy[list[Event]]:
    """What happened before: runs of any selection, then changes by hand."""
    modes = st.sampled_from(("full", "incremental"))
    runs = st.lists(st.builds(Options.with_mode, selections(sizes), modes).map(_ran), max_size=2)
    changes = st.lists(
        st.tuples(st.sampled_from(CHANGES), st.sampled_from(SOME)).map(lambda pair: pair[0].format(some=pair[1])),
        max_size=3,
    )
    return st.tuples(runs, changes.map(lambda statements: [_changed(statement) for statement in statements])).map(
        lambda parts: [*parts[0], *parts[1]]
    )
