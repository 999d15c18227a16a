"""Stages are surveyed beside the server's work by a thread of their own, which never uses the session that writes."""

from __future__ import annotations

import datetime
import threading
from collections import defaultdict

import pytest

from okrseed.ahead import Surveys
from okrseed.blueprint import Row
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.many import runner_of
from okrseed.selection import Request, resolve
from okrseed.settings import RunSettings
from okrseed.survey import StageSurvey
from okrseed.targets import Conditions, open_target
from okrseed.targets.postgres_session import PostgresSession
from okrseed.targets.schema import Projection
from okrseed.targets.url import parse
from okrseed.tenants import Shard, tenants_of
from tests.core.seeding import Recorder

TODAY = datetime.date(2025, 11, 20)
BESIDE = "okrseed surveys"


class Threads:
    """Which threads surveyed, by stage, and which read."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.surveyed: defaultdict[str, set[str]] = defaultdict(set)
        self.read: set[str] = set()
        survey, read = Surveys._survey, PostgresSession.read

        def surveying(surveys: Surveys, stage: str) -> StageSurvey:
            self.surveyed[stage].add(_thread())
            return survey(surveys, stage)

        def reading(session: PostgresSession, projection: Projection, conditions: Conditions) -> list[Row]:
            self.read.add(_thread())
            return read(session, projection, conditions)

        monkeypatch.setattr(Surveys, "_survey", surveying)
        monkeypatch.setattr(PostgresSession, "read", reading)


def _thread() -> str:
    return threading.current_thread().name.partition("_")[0]


def seed(url: str, part: Shard, select: str | None = None) -> None:
    blueprint = OkrBlueprint()
    selection = resolve(blueprint, Request(size="tiny", select=select), today=TODAY)
    settings = RunSettings(jobs=1, create_schema=True)
    tenants = tenants_of(blueprint, 4, part)
    with open_target(parse(url)) as target:
        report = runner_of(
            target, blueprint, selection, tenants, run_id="ahead", sink=Recorder(), settings=settings
        ).run()
    assert report.status == "succeeded"


def test_of_new_tenants_all_stages_but_those_that_ask_are_surveyed_ahead(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(postgres_url, Shard(1, 2))
    threads = Threads(monkeypatch)
    seed(postgres_url, Shard(2, 2))
    ahead = {stage for stage, names in threads.surveyed.items() if names == {BESIDE}}
    assert threads.surveyed.keys() - ahead == {"users"}
    assert BESIDE not in threads.read


def test_nothing_is_surveyed_ahead_that_may_refer_to_rows_of_a_stage_left_out(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    seed(postgres_url, Shard(1, 2))
    threads = Threads(monkeypatch)
    # A tenant names some of its people, whose stage does not take part.
    seed(postgres_url, Shard(2, 2), "tenant cycles")
    assert threads.surveyed.keys() == {"tenant", "cycles"}
    assert BESIDE not in {name for names in threads.surveyed.values() for name in names} | threads.read
