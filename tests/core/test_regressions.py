"""A run that took longer than those alike is told; those that knew everything already are not alike."""

from __future__ import annotations

import pytest

from okrseed.history import PastRun, is_regression


def past(number: int, duration_s: float, statements: int, rows: int = 0) -> PastRun:
    at = f"2025-11-2{number}T10:00:00"
    return PastRun(str(number), at, "db", "acme", "full", "full", "succeeded", duration_s, rows, statements, 0, {})


@pytest.mark.parametrize(
    ("earlier", "run", "slower"),
    [
        ([past(1, 1.0, 35), past(2, 1.0, 35)], past(3, 1.6, 35), True),
        ([past(1, 1.0, 35), past(2, 1.0, 35)], past(3, 1.4, 35), False),
        ([past(1, 1.0, 35)], past(3, 9.0, 35), False),
        # Two that only asked whether their seal holds.
        ([past(1, 0.1, 0), past(2, 0.1, 0)], past(3, 0.4, 35), False),
        ([past(1, 0.1, 0), past(2, 0.1, 0)], past(3, 0.4, 0), True),
        ([past(1, 0.1, 8), past(2, 0.1, 8), past(3, 1.0, 62), past(4, 1.0, 62)], past(5, 1.6, 62), True),
        ([past(1, 1.0, 35, 4_000), past(2, 1.0, 35, 4_000)], past(3, 1.6, 35), False),
    ],
)
def test_only_runs_alike_are_compared(earlier: list[PastRun], run: PastRun, slower: bool) -> None:
    assert is_regression(run, [*earlier, run]) is slower
