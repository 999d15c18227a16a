"""One cell of the matrix, played once: a version, a state and a mode; what was planned, done and left behind."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from tests.end_to_end import program
from tests.end_to_end.program import Outcome, plan, purge, run
from tests.schema_versions import adopted
from tests.schema_versions.expected import expected, merged
from tests.schema_versions.platform import Contents
from tests.schema_versions.queries import dangling, duplicates
from tests.schema_versions.states import SIZE, State
from tests.schema_versions.stock import Stock
from tests.schema_versions.versions import Version

Mode = Literal["full", "incremental"]
RowVersions = list[tuple[Any, ...]]


@dataclass(frozen=True)
class Written:
    """A database before and after a run, and after a second one. `desired` are the tenant's rows as planned by the
    specification, memberships not among them."""

    version: Version
    state: State
    mode: Mode
    desired: Contents
    before: Contents
    planned: Outcome
    ran: Outcome
    after: Contents
    duplicates: list[str]
    dangling: list[str]
    row_versions: RowVersions
    again: Outcome
    row_versions_again: RowVersions

    @property
    def wanted(self) -> Contents:
        """The tenant's rows as the run must leave them: only a full one changes rows that were there."""
        return {
            table: {id: self._wanted(table, row, self.before[table].get(id)) for id, row in rows.items()}
            for table, rows in self.desired.items()
        }

    @property
    def changed(self) -> int:
        """The rows whose values the run changed."""
        return sum(
            _timeless(row) != _timeless(self.after[table][id])
            for table, rows in self.before.items()
            for id, row in rows.items()
        )

    def _wanted(self, table: str, row: dict[str, Any], present: dict[str, Any] | None) -> dict[str, Any]:
        if present is None:
            return row
        return merged(table, row, present) if self.mode == "full" else present


@dataclass(frozen=True)
class Purged:
    """A database before and after a purge; after a second one; and, where it was refused, after it was insisted on."""

    version: Version
    state: State
    before: Contents
    row_versions_before: RowVersions
    planned: Outcome
    ran: Outcome
    after: Contents
    row_versions: RowVersions
    insisted: Outcome
    finally_there: Contents


def play_written(stock: Stock, folder: Path, version: Version, state: State, mode: Mode) -> Written:
    """Plan and run twice."""
    canonical = stock.canonical()
    options = ("--size", SIZE, "--mode", mode)
    with stock.lend(version, state) as platform, program.isolated(folder):
        before = platform.contents()
        planned = plan(platform.url, *options)
        ran = run(platform.url, *options)
        after, row_versions = platform.contents(), platform.row_versions()
        return Written(
            version=version,
            state=state,
            mode=mode,
            desired=expected(version, canonical, adopted.ids(canonical) if state == "adopted" else None),
            before=before,
            planned=planned,
            ran=ran,
            after=after,
            duplicates=duplicates(platform),
            dangling=dangling(platform),
            row_versions=row_versions,
            again=run(platform.url, *options, "--no-verify"),
            row_versions_again=platform.row_versions(),
        )


def play_purged(stock: Stock, folder: Path, version: Version, state: State, *, after_a_run: bool = False) -> Purged:
    """Plan a purge, purge, and purge once more with everything that is in the way."""
    with stock.lend(version, state) as platform, program.isolated(folder):
        if after_a_run:
            assert run(platform.url, "--size", SIZE, "--no-verify").exit == 0
        before, row_versions_before = platform.contents(), platform.row_versions()
        planned = plan(platform.url, "--size", SIZE, "--mode", "purge")
        ran = purge(platform.url, "--size", SIZE, "--yes")
        after, row_versions = platform.contents(), platform.row_versions()
        insisted = purge(platform.url, "--size", SIZE, "--yes", "--with-unseeded")
        return Purged(
            version=version,
            state=state,
            before=before,
            row_versions_before=row_versions_before,
            planned=planned,
            ran=ran,
            after=after,
            row_versions=row_versions,
            insisted=insisted,
            finally_there=platform.contents(),
        )


def _timeless(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "updatedAt"}
