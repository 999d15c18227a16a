"""Every benchmark runs and prints its table. Never what the figures are: that depends on the machine."""

from __future__ import annotations

import datetime
import re

import pytest

from okrseed.events import StageStarted
from okrseed.progress import RunState
from tests.benchmarks.__main__ import BENCHMARKS, main
from tests.benchmarks.alternating import Alternating
from tests.benchmarks.figures import Figure, table
from tests.core.seeding import Recorder

LINE = re.compile(r"^\S.*?\s{2,}-?[\d,.]+ \S+(\s+< [\d.]+ \S+\s+(holds|MISSED))?$")


@pytest.mark.parametrize("name", BENCHMARKS)
def test_each_benchmark_prints_figures_beside_a_bound(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([name, "--quick"]) == 0
    _, title, heading, *lines = capsys.readouterr().out.rstrip().splitlines()
    assert (title, heading.split()) == (name, ["figure", "measured", "bound"])
    figures = lines[: lines.index("")]
    assert all(LINE.match(line) for line in figures)
    assert any(" < " in line for line in figures)


def test_a_missed_bound_is_said_and_one_that_holds_too() -> None:
    lines = table(
        [Figure("slow", 151, "ms", 150), Figure("quick", 149, "ms", 150), Figure("told", 1, "s")]
    ).splitlines()
    assert [line.split()[-1] for line in lines[1:]] == ["MISSED", "holds", "s"]


def test_only_enforcing_makes_a_missed_bound_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BENCHMARKS, "start", lambda _: [Figure("slow", 2, "s", 1)])
    assert main(["start"]) == 0
    assert main(["start", "--enforce"]) == 1


class Sleeping:
    """Takes a second to fall asleep, on a clock of its own."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self.asleep = False

    def pause(self) -> None:
        self.now_s += 1
        self.asleep = True

    def resume(self) -> None:
        self.asleep = False


def test_the_app_hears_every_other_block_and_pays_for_falling_asleep() -> None:
    app, recorder = Sleeping(), Recorder()
    alternating = Alternating(recorder, app, 2, lambda: app.now_s)
    event = StageStarted(at=datetime.datetime(2025, 11, 20), clock_s=0.0, run_id="run", stage="people")
    asleep = []
    for _ in range(8):
        asleep.append(app.asleep)
        app.now_s += 1 if app.asleep else 2
        alternating.emit(event, RunState())
    alternating.end()

    assert asleep == [False, False, True, True] * 2
    assert len(recorder.events) == 4
    assert alternating.slower == 5 / 2
    assert not app.asleep
