"""What a benchmark finds: figures, some of them with a bound, and the table they are printed as."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Effort:
    """How hard to measure. Quick only shows that the programs work; its figures mean little."""

    repetitions: int
    quick: bool = False


@dataclass(frozen=True)
class Figure:
    """One figure in its unit; `bound` is what it has to stay below, None where it is only told."""

    what: str
    value: float
    unit: str
    bound: float | None = None

    @property
    def missed(self) -> bool:
        """Whether there is a bound, and it does not hold."""
        return self.bound is not None and not self.value < self.bound


Benchmark = Callable[[Effort], Sequence[Figure]]


def table(figures: Sequence[Figure]) -> str:
    """The figures beside their bounds, a line each."""
    rows = [("figure", "measured", "bound", "")]
    rows += [(figure.what, _words(figure.value, figure.unit), _bound(figure), _verdict(figure)) for figure in figures]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    lines = [
        f"{what:{widths[0]}}  {value:>{widths[1]}}  {bound:>{widths[2]}}  {verdict}"
        for what, value, bound, verdict in rows
    ]
    return "\n".join(line.rstrip() for line in lines)


def _words(value: float, unit: str) -> str:
    digits = 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2
    return f"{value:,.{digits}f} {unit}"


def _bound(figure: Figure) -> str:
    return "" if figure.bound is None else f"< {figure.bound:g} {figure.unit}"


def _verdict(figure: Figure) -> str:
    if figure.bound is None:
        return ""
    return "MISSED" if figure.missed else "holds"
