"""SIGKILL at any moment: every family is whole or absent, and running again ends where an undisturbed run ends."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.chaos.conftest import Tell
from tests.chaos.effort import chance, rounds, spread
from tests.chaos.families import Census, Families, Samples, counted, sampled
from tests.chaos.seeders import Seeder, seeded
from tests.end_to_end.database import Database, connect
from tests.postgres import Server

PHASES = ("before the first row", "while rows were written", "while verifying", "after the end")


@dataclass(frozen=True)
class Undisturbed:
    """A run that nobody disturbs: how it ends, when its first event came and its last (seconds from the start)."""

    digest: str
    first_s: float
    length_s: float

    def moments(self, name: str, times: int) -> list[float]:
        """When to kill: spread from the middle of the program's start to the end of the run."""
        start = self.first_s / 2
        return [start + place * (self.length_s - start) for place in spread(chance(name), times)]


def undisturbed(database: Database) -> Undisturbed:
    """Measure the run of a whole tenant."""
    started = time.monotonic()
    with Seeder(database.url) as seeder:
        assert seeder.until("R001")
        first_s = time.monotonic() - started
        assert seeder.until("R009")
        length_s = time.monotonic() - started
        assert seeder.ended().exit == 0
    return Undisturbed(database.digest(), first_s, length_s)


def killed(seeder: Seeder, moment: float, whole: Undisturbed) -> None:
    """Kill it at a moment of the undisturbed run; those after its first event are counted from that on."""
    if moment > whole.first_s and seeder.until("R001"):
        moment -= whole.first_s
    seeder.runs_for(moment)
    seeder.kill()


def phase(seeder: Seeder, left: Census, families: Families) -> str:
    """In which phase of its run a process was killed."""
    if seeder.events("R009"):
        return PHASES[3]
    if seeder.events("V001") or left.rows == families.rows:
        return PHASES[2]
    return PHASES[1] if left.rows else PHASES[0]


def told(kind: str, moments: Sequence[float], phases: Counter[str], whole: Undisturbed, digests: set[str]) -> str:
    same = "all re-runs ended alike" if digests == {whole.digest} else f"{len(digests)} DIFFERENT ENDS"
    return (
        f"{len(moments)} kills of a full run of {whole.length_s:.1f} s on {kind}:"
        f" {counted({name: phases[name] for name in PHASES})}; {same}"
    )


def seen(samples: Samples) -> str:
    return (
        f"{samples.looks} looks of a second session, {samples.halfway} of them at a tenant half there:"
        f" {len(samples.partial)} partial families"
    )


@pytest.fixture(scope="module")
def families() -> Families:
    return Families()


def test_after_a_kill_on_postgresql_families_are_whole_and_a_second_run_completes_them(
    server: Server, families: Families, tell: Tell
) -> None:
    whole = undisturbed(connect(server.create_database("undisturbed")))
    server.drop_database("undisturbed")
    moments = whole.moments("kills on PostgreSQL", rounds(2, 200))
    samples, phases, digests = Samples(), Counter[str](), set[str]()
    for moment in moments:
        url = server.create_database("killed")
        with (
            sampled(families.watching_server(url), families, samples),
            families.watching_server(url) as look,
        ):
            with Seeder(url) as seeder:
                killed(seeder, moment, whole)
            left = look()
            phases[phase(seeder, left, families)] += 1
            assert not left.partial, (moment, left.partial)
            totals = seeded(url).totals
            assert totals["created"] + totals["unchanged"] == families.rows
        digests.add(connect(url).digest())
        assert digests == {whole.digest}, moment
        server.drop_database("killed")

    tell(told("PostgreSQL", moments, phases, whole, digests))
    tell(seen(samples))
    assert samples.looks > samples.halfway > 0
    assert not samples.partial


def test_after_a_kill_on_sqlite_the_file_is_sound_and_a_second_run_completes_it(
    tmp_path: Path, families: Families, tell: Tell
) -> None:
    whole = undisturbed(connect(f"sqlite:///{tmp_path / 'undisturbed.db'}"))
    moments = whole.moments("kills on SQLite", rounds(1, 40))
    samples, phases, digests, locks = Samples(), Counter[str](), set[str](), 0
    for number, moment in enumerate(moments):
        folder = tmp_path / f"killed_{number}"
        folder.mkdir()
        path = folder / "demo.db"
        with Seeder(f"sqlite:///{path}") as seeder, sampled(families.watching_file(path), families, samples):
            killed(seeder, moment, whole)
        locks += (folder / "demo.db.okrseed-lock").exists()
        left = families.in_file(path, thorough=True)
        phases[phase(seeder, left, families)] += 1
        assert not left.partial, (moment, left.partial)
        totals = seeded(f"sqlite:///{path}", "--wait-lock", "0").totals
        assert totals["created"] + totals["unchanged"] == families.rows
        digests.add(connect(f"sqlite:///{path}").digest())
        assert digests == {whole.digest}, moment
        assert [left.name for left in folder.iterdir()] == ["demo.db"]

    tell(told("SQLite", moments, phases, whole, digests))
    tell(f"{locks} lock files of killed runs, none of them in the way of the next run nor left behind by it")
    tell(seen(samples))
    assert not samples.partial
