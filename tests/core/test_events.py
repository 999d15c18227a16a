"""Events: stable codes, and for every start exactly one end, whatever happens."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence

import pytest

from okrseed import events
from okrseed.events import Event, RunFinished, StageFinished, StageStarted, summary
from tests.core.endings import Ending, Way, cancelled_after_a_chunk, failed_by_a_constraint, succeeded

CODES = {
    "RunStarted": "R001",
    "SchemaCreated": "R002",
    "LockAwaited": "R003",
    "TenantsCommitted": "R004",
    "TenantsLoaded": "R005",
    "RunFinished": "R009",
    "StageStarted": "S001",
    "StageSurveyed": "S002",
    "RowsWritten": "S003",
    "RetryScheduled": "S004",
    "RetryStarted": "S005",
    "StageFinished": "S009",
    "VerificationStarted": "V001",
    "CheckFinished": "V002",
    "VerificationFinished": "V009",
}
"""What scripts rely on: codes may be added here, never changed."""


def test_codes_are_the_ones_that_scripts_know() -> None:
    kinds = [kind for kind in vars(events).values() if isinstance(kind, type) and issubclass(kind, Event)]
    assert {kind.__name__: kind.code for kind in kinds if kind is not Event} == CODES


def test_no_two_kinds_of_event_share_a_code() -> None:
    assert len(set(CODES.values())) == len(CODES)


def _of_a_stage(told: Sequence[Event], kind: type[Event]) -> Counter[str | None]:
    return Counter(event.stage for event in told if isinstance(event, kind))


def test_every_stage_that_started_finishes_once(ending: Ending) -> None:
    told = ending.recorder.events
    started = _of_a_stage(told, StageStarted)
    assert set(started.values()) == {1}
    assert _of_a_stage(told, StageFinished) == started


def test_a_stage_finishes_after_everything_else_it_tells(ending: Ending) -> None:
    told = ending.recorder.events
    for stage in _of_a_stage(told, StageStarted):
        own = [event for event in told if event.stage == stage]
        assert isinstance(own[0], StageStarted)
        assert isinstance(own[-1], StageFinished)


def test_a_run_starts_with_its_first_event_and_finishes_with_its_last(ending: Ending) -> None:
    names = [type(event).__name__ for event in ending.recorder.events]
    assert (names[0], names[-1]) == ("RunStarted", "RunFinished")
    assert (names.count("RunStarted"), names.count("RunFinished")) == (1, 1)


def test_a_verification_that_started_finishes_once(ending: Ending) -> None:
    names = [type(event).__name__ for event in ending.recorder.events]
    assert names.count("VerificationFinished") == names.count("VerificationStarted") <= 1


def test_the_last_event_says_how_the_run_ended(ending: Ending) -> None:
    report, recorder = ending
    (finished,) = recorder.of(RunFinished)
    assert finished.status == report.status


def test_every_stage_of_the_run_is_told(ending: Ending) -> None:
    told = ending.recorder.events
    assert isinstance(told[0], events.RunStarted)
    assert set(told[0].stages) == {event.stage for event in told if isinstance(event, StageStarted)}


@pytest.mark.parametrize("way", [succeeded, failed_by_a_constraint, cancelled_after_a_chunk])
def test_on_postgresql_every_start_has_one_end(postgres_url: str, way: Way) -> None:
    told = way(postgres_url).recorder.events
    assert _of_a_stage(told, StageFinished) == _of_a_stage(told, StageStarted)
    assert isinstance(told[-1], RunFinished)


def test_times_are_told_in_the_order_they_pass(sqlite_url: str) -> None:
    told = succeeded(sqlite_url).recorder.events
    assert [event.clock_s for event in told] == sorted(event.clock_s for event in told)
    assert [event.at for event in told] == sorted(event.at for event in told)


def test_every_event_is_one_line_of_json_with_its_code(sqlite_url: str) -> None:
    for event in failed_by_a_constraint(sqlite_url).recorder.events:
        document = json.loads(json.dumps(event.document(), default=str))
        assert document["code"] == CODES[document["event"]]
        assert document["run_id"] == "run"
        assert document["at"].endswith("Z")


def test_every_event_has_a_line_of_words(sqlite_url: str) -> None:
    lines = [summary(event) for event in failed_by_a_constraint(sqlite_url).recorder.events]
    assert all(line and "\n" not in line for line in lines)
