"""Numbers and times as the screen writes them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"
_ASCII_BARS = "_.-=+*#@"


def rows(count: int) -> str:
    """A count with thin separators: 4,860."""
    return f"{count:,}"


def seconds(duration: float | None) -> str:
    """0.04 s, 12.3 s, 2 m 05 s; nothing for None."""
    if duration is None:
        return ""
    if duration < 10:
        return f"{duration:.2f} s"
    if duration < 100:
        return f"{duration:.1f} s"
    minutes, rest = divmod(round(duration), 60)
    return f"{minutes} m {rest:02d} s"


def rate(count: float) -> str:
    """Rows per second: 950/s, 12.4k/s."""
    return f"{count:.0f}/s" if count < 10_000 else f"{count / 1000:.1f}k/s"


def bar(done: int, planned: int, width: int, *, ascii_only: bool = False) -> str:
    """A bar of `width` cells; full only when everything is done."""
    most = width if done >= planned else width - 1
    filled = min(most, done * width // planned) if planned > 0 else 0
    full, empty = ("#", "-") if ascii_only else ("━", "─")
    return full * filled + empty * (width - filled)


def sparkline(values: Sequence[float], *, ascii_only: bool = False) -> str:
    """One character per value, scaled to the largest."""
    bars = _ASCII_BARS if ascii_only else _BARS
    most = max(values, default=0.0)
    if most <= 0:
        return bars[0] * len(values)
    return "".join(bars[min(len(bars) - 1, int(value / most * (len(bars) - 1) + 0.5))] for value in values)


def counts(create: int, update: int, unchanged: int, delete: int) -> str:
    """The four counts of a plan with their signs: +create ~update =unchanged −delete."""
    return f"+{rows(create)} ~{rows(update)} ={rows(unchanged)} −{rows(delete)}"
