"""Check-ins that make an attention feed worth showing (specification: okr, section 5).

Values come from the seed string; `as_of` moves dates only.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache, lru_cache
from operator import itemgetter
from typing import Any, Literal

from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.okrs import KeyResultDraft, ObjectiveDraft
from okrseed.blueprints.okr.quotas import CADENCE
from okrseed.blueprints.okr.row_types import CheckIn
from okrseed.chance import NUMBER_RANGE, quota

Feed = Literal["fresh", "due", "late", "late_stalled", "stalled"]
"""How a key result stands in the feed, by the days since its last check-in:

fresh: at most 7. due: 8 to 13 and in time. late: overdue, moving. late_stalled: overdue, and its value stands still for
more than 14 days. stalled: in time, its value stands still for more than 14 days.
"""

GAP_DAYS = {"WEEKLY": 7, "BIWEEKLY": 14, "MONTHLY": 30}
SERIES = {"WEEKLY": 8, "BIWEEKLY": 4, "MONTHLY": 2}
OVERDUE_DAYS = {"WEEKLY": 7, "BIWEEKLY": 14, "MONTHLY": 30}

LINE = 128

_ALLOWED: dict[str, tuple[Feed, ...]] = {
    "WEEKLY": ("fresh", "late_stalled", "late"),
    "BIWEEKLY": ("fresh", "due", "late_stalled"),
    "MONTHLY": ("fresh", "due", "stalled"),
}
_DAYS_BEFORE: dict[Feed, tuple[int, int]] = {
    "fresh": (0, 7),
    "due": (8, 13),
    "late": (8, 13),
    "late_stalled": (15, 27),
    "stalled": (15, 27),
}
# Aims as shares of the key results with a cadence: the middle of the ranges that the specification gives.
_AIMS = {"fresh": 0.60, "overdue": 0.125, "no_progress": 0.20}
_COUNTS_AS: dict[Feed, frozenset[str]] = {
    "fresh": frozenset({"fresh"}),
    "due": frozenset(),
    "late": frozenset({"overdue"}),
    "late_stalled": frozenset({"overdue", "no_progress"}),
    "stalled": frozenset({"no_progress"}),
}
_CONFIDENCE = {"COMPLETED": (5, 5), "ON_TRACK": (4, 5), "AT_RISK": (2, 3), "OFF_TRACK": (1, 2)}
_BLOCKED_UP_TO = 2
_KINDS = ("first", "moved", "flat", "done", "blocked")
_WORKING_MINUTES = 9 * 60
_MINUTES = tuple(datetime.timedelta(minutes=minutes) for minutes in range(_WORKING_MINUTES))
_FIELD = re.compile(r"\{(\w+)\}")


@lru_cache(maxsize=64)
def feed_states(length: int) -> tuple[Feed | None, ...]:
    """The feed state of each place in a stratum's line of active key results; None where the cadence is NONE.

    Place by place, of the states that the cadence allows, the one that keeps all three shares nearest to their aims; so
    every prefix, and with it every size, holds them.
    """
    counts = dict.fromkeys(_AIMS, 0)
    with_cadence = 0
    states: list[Feed | None] = []
    for cadence in quota(CADENCE, length):
        if cadence == "NONE":
            states.append(None)
            continue
        with_cadence += 1
        best = min(_ALLOWED[cadence], key=lambda state: _distance(counts, state, with_cadence))
        for share in _COUNTS_AS[best]:
            counts[share] += 1
        states.append(best)
    return tuple(states)


def _distance(counts: dict[str, int], state: Feed, places: int) -> float:
    return sum((counts[share] + (share in _COUNTS_AS[state]) - aim * places) ** 2 for share, aim in _AIMS.items())


CheckInDraft = tuple[float, int, str, str | None, datetime.datetime]
"""A check-in but for its ids: value, confidence, note, blockers and day, in the order of its row."""


def series(objective: ObjectiveDraft, place: int, as_of: datetime.date) -> tuple[CheckInDraft, ...]:
    """The check-ins of one of an objective's key results, oldest first.

    There are none outside active cycles and where the cadence is NONE.
    """
    draft = objective.key_results[place]
    if draft.position is None:
        return ()
    # The state of a place is the same in every line that is long enough: one long line serves many.
    feed = feed_states((draft.position // LINE + 1) * LINE)[draft.position]
    if feed is None:
        return ()
    to_length, to_last, *draws = draft.draws
    still = feed in ("stalled", "late_stalled")
    # 8, 4 or 2, give or take one; a value that stands still needs two check-ins to show it.
    length = max(2 if still else 1, SERIES[draft.cadence] + to_length % 3 - 1)
    last = _candidates(as_of, feed)
    days = _series_days(last[to_last % len(last)], GAP_DAYS[draft.cadence])[-length:]
    values = list(map(draft.text.at, _walk(draft.reached, length, draws, still=still)))
    fields = {**draft.text.fields, "initiative": _initiative(objective, place), "value": ""}
    return tuple(_told(objective.status, draft, fields, values, days, draws))


def _walk(reached: int, length: int, draws: Sequence[int], *, still: bool) -> list[int]:
    """Steps from start to those reached; the last two are equal exactly where the value stands still."""
    moving = length - 1 if still else length
    jitter = 0.8 / NUMBER_RANGE
    steps = [round(reached * (place + 0.6 + jitter * draws[place]) / moving) for place in range(moving - 1)]
    steps.append(reached)
    if still:
        steps.append(reached)
    elif length > 1 and reached > 0 and steps[-2] >= reached:
        steps[:-1] = [min(step, reached - 1) for step in steps[:-1]]
    return steps


def _told(
    status: str,
    draft: KeyResultDraft,
    fields: dict[str, str],
    values: Sequence[float],
    days: Sequence[datetime.datetime],
    draws: Sequence[int],
) -> Iterator[CheckInDraft]:
    """Each check-in with its time of day, confidence and words. The hot path of drafting: thousands for every tenant.

    A check-in has one number to draw from: its remainders, one after the other; the walk took its size.
    """
    wordings = _wordings()
    lowest, highest = _CONFIDENCE[status]
    text = draft.text
    before: float | None = None
    for value, day, draw in zip(values, days, draws, strict=False):
        rest, minutes = divmod(draw, _WORKING_MINUTES)
        rest, more = divmod(rest, highest - lowest + 1)
        confidence = lowest + more
        kind = "done" if value == text.target else "first" if before is None else "flat" if value == before else "moved"
        # Without a step from one value to another there is none that a note could speak of.
        stepped = before is not None and value != before
        fields["before"], fields["value"] = fields["value"], text.shown(value)
        notes = wordings[stepped][kind]
        rest, chosen = divmod(rest, len(notes))
        note, spoken_of = notes[chosen]
        blockers = None
        if confidence <= _BLOCKED_UP_TO:
            blocked = wordings[stepped]["blocked"]
            blocker, named = blocked[rest % len(blocked)]
            blockers = blocker % named(fields)
        yield value, confidence, note % spoken_of(fields), blockers, day + _MINUTES[minutes]
        before = value


def _initiative(objective: ObjectiveDraft, key_result: int) -> str:
    """What notes on a key result call the work on it: an initiative that moves it, or else the first."""
    own = (one for one in objective.initiatives if one.key_result == key_result)
    return next(own, objective.initiatives[0]).text.title


Wording = tuple[str, Callable[[Mapping[str, str]], Any]]
"""A template for the operator %, and what takes its values from the fields.

Filled in by position it takes two thirds of the time that it takes by name.
"""


def _wording(template: str) -> Wording:
    return _FIELD.sub("%s", template.replace("%", "%%")), itemgetter(*_FIELD.findall(template))


@cache
def _wordings() -> tuple[dict[str, tuple[Wording, ...]], dict[str, tuple[Wording, ...]]]:
    """The templates of each kind: those that speak of no value before, and all."""
    notes = {kind: content().notes[kind] for kind in _KINDS}
    unmoved = {kind: [text for text in texts if "{before}" not in text] or texts for kind, texts in notes.items()}
    return (
        {kind: tuple(map(_wording, texts)) for kind, texts in unmoved.items()},
        {kind: tuple(map(_wording, texts)) for kind, texts in notes.items()},
    )


@lru_cache(maxsize=64)
def _candidates(as_of: datetime.date, feed: Feed) -> tuple[datetime.date, ...]:
    """The weekdays on which the last check-in of such a key result may lie."""
    earliest, latest = _DAYS_BEFORE[feed]
    days = (as_of - datetime.timedelta(days=days) for days in range(earliest, latest + 1))
    return tuple(day for day in days if day.weekday() < 5)


@lru_cache(maxsize=256)
def _series_days(last: datetime.date, gap: int) -> list[datetime.datetime]:
    """Weekdays at eight in the morning, so many days apart, up to the last; as many as a series can have."""
    most = max(SERIES.values()) + 1
    days = (_weekday(last - datetime.timedelta(days=gap * back)) for back in range(most - 1, -1, -1))
    return [datetime.datetime.combine(day, datetime.time(8)) for day in days]


def _weekday(day: datetime.date) -> datetime.date:
    """The day, or the Friday before a weekend."""
    return day - datetime.timedelta(days=max(0, day.weekday() - 4))


def never_at_weekends(rows: Sequence[CheckIn]) -> bool:
    """Whether every check-in was made on a weekday."""
    return all(row.createdAt.weekday() < 5 for row in rows)
