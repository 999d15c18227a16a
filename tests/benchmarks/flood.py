"""20,000 events: how long the app stands still, and how much it slows the seeder.

What an honest measurement is: seeder and app share one process and one GIL, so whatever the app computes the seeder
lacks, and a producer that works in pure Python lacks all of it. Therefore the producer here works in pure Python (the
worst case), goes through the engine's real journal, and does the same fixed amount of work on both sides. It is hosted
by the live app in a real pseudo-terminal at 120 × 36. Its slow-down is measured in two ways:

- Such a producer never waits of itself, so whatever its thread took beyond its own processor time it has waited for
  the app. That is exact, whatever the machine's speed is, but knows nothing of caches that are cold afterwards.
- The app looks away for every other block of events (see `alternating`). That knows of everything, and is as inexact
  as the machine's speed is unsteady: with an app that paints nothing it has told of anything up to 5 %.

A real run cannot be cut like that: it is one process with the app against one without it, with a sink that does
nothing, in turns. A figure is the median of the repetitions.

The gaps are measured while events come as fast as they can, without any work between them: between two turns of the
app's event loop (somebody presses a key just then), and between two frames written to the terminal (what somebody
sees). The probe of the turns itself costs time, so the slow-down is measured without it.

How dense events are decides the slow-down. A real run of size full works for many milliseconds between two events;
20,000 of those would take minutes. So it is measured at three densities: the real run itself, a paced producer with
the work that a real run does per event, and 20,000 events with a fraction of that work, which is denser than any run.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from tests.benchmarks.figures import Effort, Figure
from tests.benchmarks.hosted import Task
from tests.benchmarks.hosting import measure as outcome_of
from tests.benchmarks.producer import rounds_for

GAP_MS, SLOWDOWN_PERCENT = 150.0, 5.0
EVENTS, QUICK_EVENTS = 20_000, 500
DENSE_WORK_S = 0.0003
PACED_S = 6.0
BLOCKS = 48
"""So many blocks with the app, and as many without it; each takes an eighth of a second or a little more."""


def measure(effort: Effort) -> Sequence[Figure]:
    """Gaps in ms, slow-downs in per cent."""
    events = QUICK_EVENTS if effort.quick else EVENTS
    flooded = [outcome_of(Task(live=True, events=events, watched=True)) for _ in range(effort.repetitions)]
    figures = [
        *_worst(f"{events:,} events: worst gap between turns of the event loop", [run.worst_turn_s for run in flooded]),
        *_worst(f"{events:,} events: worst gap between frames", [run.worst_frame_s for run in flooded]),
    ]
    if effort.quick:
        return figures
    real, per_event_s = _real_run(effort)
    paced = round(PACED_S / per_event_s)
    return [
        *figures,
        Figure("processor time of a real run, for each event", per_event_s * 1000, "ms"),
        real,
        *_slowdowns(effort, f"{paced:,} events with that work before each", paced, rounds_for(per_event_s)),
        *_slowdowns(
            effort,
            f"{events:,} events, {DENSE_WORK_S * 1000:g} ms of work before each",
            events,
            rounds_for(DENSE_WORK_S),
        ),
    ]


def _worst(what: str, gaps_s: Sequence[float]) -> list[Figure]:
    """Each flood has its worst gap; the bound is for the usual flood, the worst of all floods is told beside it."""
    return [
        Figure(f"{what}, usual flood", statistics.median(gaps_s) * 1000, "ms", GAP_MS),
        Figure(f"{what}, worst flood", max(gaps_s) * 1000, "ms"),
    ]


def _real_run(effort: Effort) -> tuple[Figure, float]:
    """The slow-down of a real run on SQLite, and its processor time for each event when alone (seconds)."""
    pairs = [(outcome_of(Task(live=False)), outcome_of(Task(live=True))) for _ in range(effort.repetitions)]
    per_event_s = statistics.median(alone.cpu_s / alone.events for alone, _ in pairs)
    return _figure("a real run of size full", [live.seconds / alone.seconds for alone, live in pairs]), per_event_s


def _slowdowns(effort: Effort, what: str, events: int, rounds: int) -> list[Figure]:
    whole = Task(live=True, events=events, rounds=rounds)
    in_turns = Task(live=True, events=2 * events, rounds=rounds, block=max(1, events // BLOCKS))
    pairs = [(outcome_of(whole), outcome_of(in_turns)) for _ in range(effort.repetitions)]
    return [
        _figure(f"{what}, waiting for the app", [one.seconds / one.own_s for one, _ in pairs]),
        _figure(f"{what}, in turns without it", [two.slower for _, two in pairs if two.slower is not None]),
    ]


def _figure(what: str, ratios: Sequence[float]) -> Figure:
    slower = statistics.median(ratios) - 1
    return Figure(f"{what}: slower with the app", slower * 100, "%", SLOWDOWN_PERCENT)
