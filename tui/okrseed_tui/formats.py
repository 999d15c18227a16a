"""Numbers and times as the screen writes them. Pure functions."""

from __future__ import annotations

from collections.abc import Sequence

_BARS = "▁▂▃▄▅▆▇█"


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


def milliseconds(duration_s: float) -> str:
    """A short time: 12 ms, 0.4 ms, <0.1 ms."""
    duration = duration_s * 1000
    if duration < 0.1:
        return "<0.1 ms"
    return f"{duration:.1f} ms" if duration < 10 else f"{duration:.0f} ms"


def rate(count: float) -> str:
    """Rows per second: 950/s, 12.4k/s."""
    return f"{count:.0f}/s" if count < 10_000 else f"{count / 1000:.1f}k/s"


def bar(done: int, planned: int, width: int) -> str:
    """A bar of `width` cells; full only when everything is done."""
    most = width if done >= planned else width - 1
    filled = min(most, done * width // planned) if planned > 0 else 0
    return "━" * filled + "─" * (width - filled)


def sparkline(values: Sequence[float]) -> str:
    """One character per value, scaled to the largest."""
    most = max(values, default=0.0)
    if most <= 0:
        return _BARS[0] * len(values)
    return "".join(_BARS[min(len(_BARS) - 1, int(value / most * (len(_BARS) - 1) + 0.5))] for value in values)


def counts(create: int, update: int, unchanged: int, delete: int) -> str:
    """The four counts of a plan with their signs: +create ~update =unchanged −delete."""
    return f"+{rows(create)} ~{rows(update)} ={rows(unchanged)} −{rows(delete)}"
