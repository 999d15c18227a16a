"""Past runs, in a SQLite file of the user's data folder: what to expect of the next one, and what got slower."""

from __future__ import annotations

import json
import sqlite3
import statistics
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Any

from okrseed.errors import OkrseedError
from okrseed.plan import Plan, StagePlan
from okrseed.report import RunReport

FILE_NAME = "history.db"
MOST_RUNS = 1_000
EXPECT_FROM = 5
REGRESSION = 1.5
SAME_ROWS = 0.1
"""Counts of rows that differ by no more than this share are about the same."""

_SCHEMA = """
    create table if not exists runs (
        run_id text primary key, started_at text not null, target text not null, tenant text not null,
        mode text not null, size text not null, status text not null, duration_s real not null, rows integer not null,
        statements integer not null, retries integer not null, stages text not null
    );
    create table if not exists attempts (
        target text not null, tenant text not null, run_id text not null, choices text not null,
        unfinished text not null, whole integer not null, atomic integer not null, primary key (target, tenant)
    );
"""


@dataclass(frozen=True)
class PastRun:
    """One finished run; `stages` maps stage ids to (seconds, rows)."""

    run_id: str
    started_at: str
    target: str
    tenant: str
    mode: str
    size: str
    status: str
    duration_s: float
    rows: int
    statements: int
    retries: int
    stages: Mapping[str, tuple[float, int]]


@dataclass(frozen=True)
class Attempt:
    """A run that began: its choices (`recorded.choices_document`), and the stages that it has not done so far.

    whole: it was one transaction, so that it did everything or nothing; atomic: because that was asked for.
    """

    run_id: str
    choices: Any
    unfinished: frozenset[str]
    whole: bool = False
    atomic: bool = False


_FIELDS = tuple(field.name for field in fields(PastRun))


class History:
    """Reads and writes one history file. A file that cannot be used raises OkrseedError; no run depends on it."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / FILE_NAME

    def begin(self, target: str, tenant: str, attempt: Attempt) -> Attempt | None:
        """A run of this tenant begins. Returns the attempt before it.

        Said before the run, so that one that is killed can be resumed as well.
        """
        with self._written() as connection:
            before = self._attempt(connection, target, tenant)
            _keep(connection, target, tenant, attempt)
        return before

    def never_began(self, target: str, tenant: str, before: Attempt | None) -> None:
        """The run was refused before it did anything: what counts is the attempt before it, again."""
        with self._written() as connection:
            if before is None:
                connection.execute("delete from attempts where target = ? and tenant = ?", [target, tenant])
            else:
                _keep(connection, target, tenant, before)

    def last_attempt(self, target: str, tenant: str) -> Attempt | None:
        """The last run of this tenant that began, on this machine and by this user."""
        if not self._path.exists():
            return None
        with self._written() as connection:
            return self._attempt(connection, target, tenant)

    def _attempt(self, connection: sqlite3.Connection, target: str, tenant: str) -> Attempt | None:
        found = connection.execute(
            "select run_id, choices, unfinished, whole, atomic from attempts where target = ? and tenant = ?",
            [target, tenant],
        ).fetchone()
        if found is None:
            return None
        run_id, choices, unfinished, whole, atomic = found
        return Attempt(run_id, json.loads(choices), frozenset(json.loads(unfinished)), bool(whole), bool(atomic))

    def record(self, report: RunReport) -> None:
        """Remember a run; the oldest ones beyond a thousand are forgotten."""
        state = report.state
        stages = {
            stage.id: (round(stage.duration_s, 4), stage.done)
            for stage in state.stages.values()
            if stage.duration_s is not None
        }
        values = (
            report.run_id,
            report.started_at.isoformat(timespec="seconds"),
            state.target,
            state.tenant,
            state.mode,
            report.plan.selection.size,
            report.status,
            round(state.duration_s or 0.0, 4),
            state.done,
            state.statements,
            len(state.retries),
            json.dumps(stages),
        )
        unfinished = sorted(stage.id for stage in state.stages.values() if stage.progress not in ("done", "unchanged"))
        with self._written() as connection:
            connection.execute(f"insert or replace into runs values ({', '.join('?' * len(values))})", values)
            connection.execute(
                "delete from runs where run_id not in (select run_id from runs order by started_at desc limit ?)",
                [MOST_RUNS],
            )
            connection.execute(
                "update attempts set unfinished = ? where run_id = ?", [json.dumps(unfinished), report.run_id]
            )

    @contextmanager
    def _written(self) -> Iterator[sqlite3.Connection]:
        """A transaction on the file, which is made where there is none."""
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(self._open()) as connection, connection:
                yield connection
        except (sqlite3.Error, OSError, ValueError) as error:
            raise _unusable(self._path, error) from None

    def runs(self, limit: int = 100) -> list[PastRun]:
        """The latest runs, newest first."""
        if not self._path.exists():
            return []
        try:
            with closing(self._open()) as connection:
                rows = connection.execute(
                    "select * from runs order by started_at desc, run_id limit ?", [limit]
                ).fetchall()
        except (sqlite3.Error, ValueError) as error:
            raise _unusable(self._path, error) from None
        return [PastRun(**{**dict(zip(_FIELDS, row, strict=True)), "stages": _stages(row[-1])}) for row in rows]

    def _open(self) -> sqlite3.Connection:
        connection = sqlite3.connect(self._path, timeout=5)
        connection.executescript(_SCHEMA)
        return connection


def _keep(connection: sqlite3.Connection, target: str, tenant: str, attempt: Attempt) -> None:
    unfinished = json.dumps(sorted(attempt.unfinished))
    connection.execute(
        "insert or replace into attempts values (?, ?, ?, ?, ?, ?, ?)",
        [target, tenant, attempt.run_id, json.dumps(attempt.choices), unfinished, attempt.whole, attempt.atomic],
    )


def with_estimates(plan: Plan, runs: Sequence[PastRun]) -> Plan:
    """The plan with the seconds to expect of each stage: the median of what it took lately for about as many rows.

    Only runs that succeeded on the same target in the same mode count; a stage without such a run keeps None.
    """
    alike = [
        run
        for run in runs
        if (run.target, run.mode, run.status) == (plan.target, plan.selection.mode.value, "succeeded")
    ]
    stages = tuple(replace(stage, estimate_s=_estimate(stage, alike)) for stage in plan.stages)
    whole = [run.duration_s for run in alike if _about_as_many(run.rows, plan.changes)][:EXPECT_FROM]
    return replace(plan, stages=stages, estimate_s=statistics.median(whole) if whole else None)


def _estimate(stage: StagePlan, alike: Sequence[PastRun]) -> float | None:
    if stage.selected == "off":
        return None
    past = [run.stages[stage.id] for run in alike if stage.id in run.stages]
    times = [duration for duration, rows in past if _about_as_many(rows, stage.changes)][:EXPECT_FROM]
    return statistics.median(times) if times else None


def _about_as_many(rows: int, others: int) -> bool:
    return abs(rows - others) <= SAME_ROWS * max(rows, others)


def is_regression(run: PastRun, runs: Sequence[PastRun]) -> bool:
    """Whether a run took half as long again as the median of the earlier ones alike that wrote about as much.

    One that knew its tenant by a seal asked for next to nothing: it says nothing of one that had to look.
    """
    alike = [
        other.duration_s
        for other in runs
        if other.started_at < run.started_at
        and (other.target, other.mode, other.size, other.status) == (run.target, run.mode, run.size, "succeeded")
        and _about_as_many(other.rows, run.rows)
        and 2 * other.statements >= run.statements
    ]
    return run.status == "succeeded" and len(alike) >= 2 and run.duration_s > REGRESSION * statistics.median(alike)


def _stages(text: str) -> dict[str, tuple[float, int]]:
    return {stage: (float(duration), int(rows)) for stage, (duration, rows) in json.loads(text).items()}


def _unusable(path: Path, error: Exception) -> OkrseedError:
    return OkrseedError(
        f"the history {path} cannot be used: {error}",
        code="history",
        safe="The run itself is not affected.",
        hint="Move the file away; a new one is made.",
    )
