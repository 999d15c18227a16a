"""How fast a tenant gets into PostgreSQL, against the fastest way there is to get these rows there.

The baseline B is `COPY … FROM STDIN` of the very same rows, as text that was made before, into the same tables with all
their indexes and foreign keys, in one transaction on one connection. okrseed's side has to make the rows first, look at
what is there, and take the tenant's lock. Each way has a database of its own with empty tables in each repetition; they
take turns, and a figure is the median of the ratios of neighbours. The whole process is the installed program
from its start to its end, verification included; beside it stands what importing its drivers alone takes.
"""

from __future__ import annotations

import itertools
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from okrseed.blueprint import Blueprint, Tenant
from okrseed.blueprints import load
from okrseed.events import Silence
from okrseed.many import runner_of
from okrseed.planner import make_plan
from okrseed.prepare import create_schema
from okrseed.report import RunReport
from okrseed.seal import NO_SEALS, Seals
from okrseed.selection import Request, Selection, resolve
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.hosted import AS_OF
from tests.benchmarks.pseudo_terminal import environment
from tests.postgres import PostgresError, Server

EMPTY, UNCHANGED, CHANGED, STATEMENTS = 1.10, 0.30, 0.40, 150
MICROSECONDS_A_ROW = 1e6 / 150_000
PROCESS_RATIO = 3.0
DRIVERS = "import psycopg, sqlalchemy, tenacity, bcrypt"
# One row in a hundred gets a new title or value, as if somebody had been at work.
CHANGES = (
    "update key_results set title = title || ' (edited)' where abs(hashtext(id)) % 100 = 0",
    "update check_ins set note = 'edited' where abs(hashtext(id)) % 100 = 0",
    "update objectives set description = 'edited' where abs(hashtext(id)) % 100 = 0",
    "update initiatives set title = title || ' (edited)' where abs(hashtext(id)) % 100 = 0",
)


@dataclass(frozen=True)
class Round:
    """The seconds that each way took in one round; `statements` are those of the run into empty tables."""

    copied: float
    loaded: float
    unchanged: float
    known: float
    planned: float
    plan_known: float
    changed: float
    process: float
    drivers: float
    statements: int


def measure(effort: Effort) -> Sequence[Figure]:
    """Ratios to the baseline; microseconds for each row that is made."""
    blueprint = load("okr", {})
    size = "tiny" if effort.quick else "full"
    made = _generation(size, effort.repetitions)
    try:
        with Server() as server:
            rounds = list(_rounds(server, blueprint, size, effort.repetitions))
    except PostgresError as error:
        print(f"loading: not on PostgreSQL: {error}", file=sys.stderr)
        return made
    return [
        *made,
        Figure("B: COPY of the same rows", _median(rounds, "copied") * 1000, "ms"),
        _ratio("empty tables, generation included, one connection / B", rounds, "loaded", EMPTY),
        _ratio("nothing changed / B", rounds, "known", UNCHANGED),
        _ratio("nothing changed, every row compared / B", rounds, "unchanged", UNCHANGED),
        _ratio("plan of nothing changed / B", rounds, "plan_known", UNCHANGED),
        _ratio("plan of nothing changed, every row compared / B", rounds, "planned", UNCHANGED),
        _ratio("1 % of rows changed / B", rounds, "changed", CHANGED),
        Figure("whole process into empty tables", _median(rounds, "process") * 1000, "ms"),
        Figure("import of the drivers alone", _median(rounds, "drivers") * 1000, "ms"),
        Figure(
            "(whole process - import of the drivers) / B",
            statistics.median((one.process - one.drivers) / one.copied for one in rounds),
            "×",
            PROCESS_RATIO,
        ),
        Figure("statements sent for it", rounds[0].statements, "statements", STATEMENTS + 1),
    ]


def _median(rounds: Sequence[Round], name: str) -> float:
    return statistics.median(getattr(one, name) for one in rounds)


def _ratio(what: str, rounds: Sequence[Round], name: str, bound: float) -> Figure:
    return Figure(what, statistics.median(getattr(one, name) / one.copied for one in rounds), "×", bound)


def _selection(blueprint: Blueprint, size: str) -> Selection:
    return resolve(blueprint, Request(size=size), today=AS_OF)


def _generation(size: str, repetitions: int) -> list[Figure]:
    """The processor time of each row of a tenant, and of one more of its shape; only the texts were read before."""
    first, further = [], []
    for _ in range(repetitions + 1):
        blueprint = load("okr", {})
        first.append(_seconds_a_row(blueprint, size, blueprint.tenant()))
        further.append(_seconds_a_row(blueprint, size, Tenant("another", "Another", {"domain": "another.example"})))
    # The first repetition reads the texts.
    return [
        Figure("making a row of a tenant", statistics.median(first[1:]) * 1e6, "µs", MICROSECONDS_A_ROW),
        Figure("making a row of one more tenant", statistics.median(further[1:]) * 1e6, "µs", MICROSECONDS_A_ROW),
    ]


def _seconds_a_row(blueprint: Blueprint, size: str, tenant: Tenant) -> float:
    started = time.thread_time()
    world = blueprint.world(_selection(blueprint, size), tenant)
    families = itertools.chain.from_iterable(stage.producer(world) for stage in blueprint.stages())
    # Each row is looked at: some are made no sooner.
    rows = sum(1 for family in families for found in family.values() for _ in found)
    return (time.thread_time() - started) / rows


class Ways:
    """The ways to fill a database with so many tenants, each timed."""

    def __init__(self, server: Server, blueprint: Blueprint, size: str, tenants: int = 1) -> None:
        self._tenants = tenants_of(blueprint, tenants)
        self._server = server
        self._blueprint = blueprint
        self._size = size
        self._selection = _selection(blueprint, size)
        self._numbers = itertools.count(1)
        self._texts = self._copied_out()

    @contextmanager
    def database(self, *, empty: bool = False) -> Iterator[str]:
        """A database with empty tables, or with none."""
        name = f"loading_{next(self._numbers)}"
        url = self._server.create_database(name)
        if not empty:
            with open_target(parse(url)) as target, target.session("schema") as session:
                create_schema(session, self._blueprint)
        yield url
        self._server.drop_database(name)

    def round(self) -> Round:
        """Every way once, on databases of its own."""
        with self.database() as url:
            copied = timed(lambda: self.copy_in(url))
        with self.database() as url:
            loaded = timed(lambda: self.run(url))
            unchanged = timed(lambda: self.run(url))
            planned = timed(lambda: self.plan(url))
            with self.seals(url) as seals:
                known = timed(lambda: self.run(url, seals=seals()))
                plan_known = timed(lambda: self.plan(url, seals=seals()))
                self.change(url)
                changed = timed(lambda: self.run(url, seals=seals()))
        with self.database() as url:
            statements = self.run(url).document()["totals"]["statements"]
        with self.database() as url:
            process = timed(lambda: program("run", *self.arguments(url)))
        drivers = timed(lambda: _python("-c", DRIVERS))
        return Round(copied, loaded, unchanged, known, planned, plan_known, changed, process, drivers, statements)

    def arguments(self, url: str) -> list[str]:
        """What the program is called with."""
        return ["--database", url, "--size", self._size, "--as-of", AS_OF.isoformat(), "--quiet"]

    @contextmanager
    def seals(self, url: str) -> Iterator[Callable[[], Seals]]:
        """What a call of the program knows when another one has looked at every row before it."""
        with tempfile.TemporaryDirectory() as folder:
            self.plan(url, seals=Seals(Path(folder)))
            yield lambda: Seals(Path(folder))

    def run(self, url: str, jobs: int = 1, *, bulk: bool = False, seals: Seals = NO_SEALS) -> RunReport:
        """What `okrseed run` does, without verification; `--afresh` where no seals are given."""
        settings = RunSettings(jobs=jobs, verify=False, bulk=bulk)
        sink, blueprint, selection, tenants = Silence(), self._blueprint, self._selection, self._tenants
        with open_target(parse(url)) as target:
            how = {"run_id": "loading", "sink": sink, "settings": settings, "seals": seals}
            report = runner_of(target, blueprint, selection, tenants, **how).run()
        assert report.error is None, report.error
        return report

    def plan(self, url: str, *, seals: Seals = NO_SEALS) -> None:
        """What `okrseed plan` does; `--afresh` where no seals are given."""
        with open_target(parse(url)) as target:
            make_plan(target, self._blueprint, self._selection, tenants=self._tenants, seals=seals)

    def change(self, url: str) -> None:
        """Change one row in a hundred, by hand."""
        with psycopg.connect(url) as connection:
            for change in CHANGES:
                connection.execute(change.encode())

    def _copied_out(self) -> Mapping[str, list[bytes]]:
        """The rows of a seeded tenant as COPY writes them, by table, parents first."""
        texts: dict[str, list[bytes]] = {}
        with self.database() as url:
            self.run(url)
            with psycopg.connect(url) as connection, connection.cursor() as cursor:
                for table in self._blueprint.entities():
                    if cursor.execute("select to_regclass(%s)", [f'"{table}"']).fetchone() == (None,):
                        continue
                    # In the order they were written, so that a row comes after the one that it refers to.
                    query = sql.SQL("copy (select * from {} order by ctid) to stdout").format(sql.Identifier(table))
                    with cursor.copy(query) as copy:
                        texts[table] = [bytes(part) for part in copy]
        return texts

    def copy_in(self, url: str) -> None:
        """The baseline."""
        with psycopg.connect(url) as connection, connection.cursor() as cursor:
            for table, text in self._texts.items():
                with cursor.copy(sql.SQL("copy {} from stdin").format(sql.Identifier(table))) as copy:
                    copy.write(b"".join(text))


def _rounds(server: Server, blueprint: Blueprint, size: str, repetitions: int) -> Iterator[Round]:
    ways = Ways(server, blueprint, size)
    ways.round()  # Fills the caches of files, bytecode and the server.
    for _ in range(repetitions):
        yield ways.round()


def timed(work: Callable[[], object]) -> float:
    """The seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def program(*arguments: str) -> str:
    """Run okrseed in a process of its own; returns what it printed."""
    return _python("-m", "okrseed.cli", *arguments)


def _python(*arguments: str) -> str:
    with tempfile.TemporaryDirectory() as folder:
        return subprocess.run(
            [sys.executable, *arguments],
            check=True,
            capture_output=True,
            text=True,
            cwd=folder,
            env=environment(Path(folder)),
        ).stdout
