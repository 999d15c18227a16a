"""Every benchmark runs and prints its table. Never what the figures are: that depends on the machine."""

from __future__ import annotations

import re

import pytest

from tests.benchmarks.__main__ import BENCHMARKS, main
from tests.benchmarks.figures import Figure, table

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
