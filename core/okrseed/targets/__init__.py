"""Databases that can be seeded, behind one small protocol. Targets know rows and columns, not blueprints."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

if TYPE_CHECKING:
    import datetime

    from okrseed.blueprint import Key, Row
    from okrseed.definition import Define
    from okrseed.targets.health import Health
    from okrseed.targets.observations import Observation
    from okrseed.targets.schema import Catalogue, ForeignKey, Projection
    from okrseed.targets.url import Address

Conditions = Sequence[tuple[str, Sequence[Any]]]
"""Rows where any of the named columns holds any of its values: (column, values), joined by OR."""


class Member(NamedTuple):
    """`column` holds a value that a row of another extent has in its `member`, alone or in a list."""

    column: str
    table: str
    member: str


class Extent(NamedTuple):
    """Some rows of a table: those that meet a condition, and those that refer to rows of extents before it."""

    projection: Projection
    conditions: Conditions
    members: Sequence[Member]


class Digest(NamedTuple):
    """Some rows of a table: how many, and a sum that changes with any value of any of them.

    `late` are the places of those that were written since a moment, none where there are too many of them; `late_sum`
    is theirs, a part of the whole.
    """

    rows: int
    sum: int
    late: tuple[str, ...] = ()
    late_sum: int = 0

    @property
    def whole(self) -> tuple[int, int]:
        """How many rows, and their sum; equal for equal rows, whenever they were written."""
        return self.rows, self.sum


class Session(Protocol):
    """One connection, used by one thread. Errors are `DatabaseFailure`, with `transient` set where a retry may help."""

    statements: int
    """Statements sent so far, transaction control included."""

    def transaction(self) -> AbstractContextManager[None]:
        """Commit at the end, roll back when an exception passes."""

    def reading(self) -> AbstractContextManager[None]:
        """Several reads, outside of a transaction that writes, in as few round trips as can be."""

    def inspect(self, tables: Sequence[str]) -> Catalogue:
        """What the database says of these tables, its enums and every foreign key that refers to them."""

    def read(self, projection: Projection, conditions: Conditions) -> list[Row]:
        """The rows that meet any condition, each row once, in the order of the entity's columns."""

    def read_each(self, questions: Sequence[tuple[Projection, Conditions]]) -> list[list[Row]]:
        """What `read` gives for each of these, in as few round trips as can be."""

    def empty(self, projections: Sequence[Projection]) -> frozenset[str]:
        """The tables among these that hold no row at all."""

    def digest(self, extents: Sequence[Extent], since: str | None = None) -> Mapping[str, Digest] | None:
        """The digests of these, by table; None where the database cannot make them. `since`: an earlier moment."""

    def digest_of(self, projection: Projection, rows: Sequence[Row]) -> Digest | None:
        """What the digest of these rows would be if they stood in the table; None as in `digest`."""

    def at(self, projection: Projection, places: Sequence[str]) -> list[Row]:
        """The rows at the places that `digest` has told, as `read` gives them; none where they cannot be read so."""

    def moment(self) -> str | None:
        """Which transactions this one sees: as long as the answer is the same, so are all rows. None: unknown."""

    def insert(self, projection: Projection, rows: Sequence[Row]) -> None:
        """Write new rows."""

    def update(self, projection: Projection, rows: Sequence[Row]) -> int:
        """Set every column of the rows with these keys; returns how many rows there were."""

    def delete(self, projection: Projection, keys: Sequence[Key]) -> int:
        """Delete the rows with these keys; returns how many rows there were."""

    def referring(self, foreign_key: ForeignKey, keys: Sequence[Key]) -> list[tuple[Key, Key]]:
        """(referring row, key it refers to) for each row outside that refers to one of these keys."""

    def create(self, define: Define) -> list[str]:
        """Create the tables, enums and indexes that do not exist yet; returns the names of the tables created."""

    def create_bare(self, define: Define) -> list[str]:
        """Create every table without keys, indexes and references, for a load; `index` and `refer` add those.

        Returns the names of the tables. Raises UsageError on a target that cannot.
        """

    def index(self, define: Define, tables: Collection[str]) -> None:
        """Add keys and indexes to tables that were made bare; a key that is there twice is found."""

    def refer(self, define: Define) -> None:
        """Add the references between tables that were made bare; one that leads nowhere is found."""

    def ping(self) -> None:
        """Send the least there is and wait for the answer: what a round trip takes."""

    def health(self, tables: Sequence[str]) -> Health:
        """Facts about the database and these tables that decide whether seeding will work, and work well."""

    def observe(self, tables: Sequence[str]) -> list[Observation]:
        """What the database says of itself and of these tables."""

    def analyze(self, columns: Mapping[str, Sequence[str]]) -> None:
        """Refresh the planner's statistics of these columns, by table; coarsely, where the database can."""


class Holder(NamedTuple):
    """Who has a tenant's lock: a run's id and whose it is, in words; since when (UTC, without zone), where it is told.

    passing: what is left of a run that is over or lost its lock; it ends by itself.
    """

    who: str
    since: datetime.datetime | None = None
    passing: bool = False

    @property
    def words(self) -> str:
        return self.who + (f", since {self.since:%Y-%m-%d %H:%M:%S} UTC" if self.since else "")


class Lock(Protocol):
    """The right to write to one tenant, or several; whoever dies loses it.

    While it is taken, every writing transaction of its target makes sure of it before anything else, and fails
    (`DatabaseFailure`, code lock_lost, transient) where it was lost; whoever takes it next waits for the transactions
    that began before. So two never write at once.
    """

    def take(self) -> Holder | None:
        """Take it, or take it again where it was lost. Returns None, or who has it."""

    def release(self) -> None:
        """Give it back, if it is held."""


class Target(Protocol):
    """One database."""

    address: Address
    connections: int
    """How many sessions may be used side by side."""
    processes: int
    """How many processes may write side by side, each to tenants of its own."""

    def session(self, label: str, *, read_only: bool = False) -> AbstractContextManager[Session]:
        """A session for one piece of work; `label` (a stage) is shown to the server where it can be."""

    def lock(self, tenants: Sequence[str], run_id: str, who: str) -> Lock:
        """The lock of the tenants with these slugs, not yet taken; others are told `run_id` and `who`."""

    def interrupt(self) -> None:
        """Cancel what the sessions are doing, on the server, until none is at work; may be called from any thread.

        Whoever asks for another session is refused (`DatabaseFailure`, interrupted).
        """

    def close(self) -> None:
        """Close every connection."""


@contextmanager
def open_target(address: Address) -> Iterator[Target]:
    """The target at an address, closed afterwards. No connection is made before the first session."""
    target = _target(address)
    try:
        yield target
    finally:
        target.close()


def _target(address: Address) -> Target:
    # The drivers are imported here because their import costs more than everything else in a start.
    if address.dialect == "sqlite":
        from okrseed.targets.sqlite import SqliteTarget

        return SqliteTarget(address)
    from okrseed.targets.postgres import PostgresTarget

    return PostgresTarget(address)
