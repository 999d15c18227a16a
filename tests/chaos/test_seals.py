"""Whatever somebody does to seeded tenants, who knows a seal plans and writes what a look at every row would."""

from __future__ import annotations

import datetime
import random
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from okrseed.amended import Amended
from okrseed.blueprint import Blueprint, Tenant
from okrseed.blueprints import load
from okrseed.events import Silence
from okrseed.many import runner_of
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.seal import NO_SEALS, Seal, Sealing, Seals
from okrseed.selection import Request, Selection, resolve
from okrseed.settings import RunSettings
from okrseed.targets import Session, Target, open_target
from okrseed.targets.url import parse
from okrseed.tenants import tenants_of
from tests.chaos.conftest import Tell
from tests.chaos.effort import chance, rounds
from tests.chaos.families import counted
from tests.postgres import Server

TENANTS = (1, 3, 12)
"""Alone, in one group, in two."""
VISITS = 10
"""How often somebody comes by at each database."""
DEEDS = (
    "update objectives set title = title || '!' where {those}",
    'update objectives set "positionX" = coalesce("positionX", 0) + 1 where {those}',
    'update objectives set "ownerId" = (select min(id) from users) where {those}',
    'update key_results set "currentValue" = "currentValue" + 1 where {those}',
    "update check_ins set note = 'edited', confidence = 1 where {those}",
    "update check_ins set value = value + 1 where {those}",
    "update users set name = 'Edited' where {those}",
    """update users set settings = '{{"theme": "dark"}}' where {those}""",
    "update users set \"passwordHash\" = 'another' where {those}",
    "update initiatives set status = 'BLOCKED' where {those}",
    'update role_assignments set "updatedAt" = now() where {those}',
    "update organizations set name = name || '?' where {those}",
    "update strategic_pillars set color = '#000000' where {those}",
    "delete from check_ins where {those}",
    "delete from initiatives where {those}",
)


class Demo:
    """So many tiny tenants in one database, and what is known of them in one folder."""

    def __init__(self, url: str, folder: Path, count: int) -> None:
        self._url = url
        self._folder = folder
        self._blueprint: Blueprint = load("okr", {})
        self._selection: Selection = resolve(self._blueprint, Request(size="tiny"), today=datetime.date(2025, 11, 20))
        self._tenants: tuple[Tenant, ...] = tenants_of(self._blueprint, count)

    def plan(self, *, afresh: bool) -> Plan:
        with self._target() as target:
            seals = NO_SEALS if afresh else Seals(self._folder)
            return make_plan(target, self._blueprint, self._selection, tenants=self._tenants, seals=seals)

    def run(self) -> None:
        settings = RunSettings(create_schema=True, verify=False, jobs=1)
        with self._target() as target:
            how = {"run_id": "chaos", "sink": Silence(), "settings": settings, "seals": Seals(self._folder)}
            report = runner_of(target, self._blueprint, self._selection, self._tenants, **how).run()
        assert report.error is None, report.error

    def visited(self, chance: random.Random) -> None:
        """Somebody does up to two things, each to some rows."""
        with psycopg.connect(self._url) as visitor:
            for _ in range(chance.randint(0, 2)):
                those = f"abs(hashtext(id || '{chance.random()}')) % {chance.choice((2, 10, 50))} = 0"
                visitor.execute(chance.choice(DEEDS).format(those=those).encode())

    @contextmanager
    def _target(self) -> Iterator[Target]:
        with open_target(parse(self._url)) as target:
            yield target


def test_edited_tenants_are_planned_and_written_as_if_nothing_were_known(
    server: Server, tmp_path: Path, tell: Tell, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers, edited = Counter[str](), Counter[str]()
    changes = Sealing._changes

    def noting(sealing: Sealing, session: Session, seal: Seal) -> Mapping[str, Amended] | None:
        found = changes(sealing, session, seal)
        answers["of which nothing was known" if found is None else "edited" if found else "as they were"] += 1
        edited.update(list(found or ()))
        return found

    monkeypatch.setattr(Sealing, "_changes", noting)
    by_chance, visits = chance("seals"), 0
    for number in range(rounds(3, 60)):
        name = f"sealed_{number}"
        demo = Demo(server.create_database(name), tmp_path / name, TENANTS[number % len(TENANTS)])
        demo.run()
        for _ in range(VISITS):
            if by_chance.random() < 0.7:
                demo.plan(afresh=False)
            demo.visited(by_chance)
            assert demo.plan(afresh=False) == demo.plan(afresh=True), (number, visits)
            demo.run()
            assert demo.plan(afresh=True).changes == 0, (number, visits)
            visits += 1
        server.drop_database(name)

    tell(f"{visits} visits, {answers.total()} answers about tenants: {counted(answers)}; {counted(edited)}")
    assert len(answers) == 3
    assert {"objectives", "check_ins", "initiatives", "users"} <= edited.keys()
