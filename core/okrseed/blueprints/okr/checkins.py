"""Check-ins that make an attention feed worth showing (specification: okr, section 5).

Values come from the seed string; `as_of` moves dates only.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from functools import cache, cached_property, lru_cache
from typing import Literal

from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.identities import check_in_id
from okrseed.blueprints.okr.okrs import KeyResultDraft, ObjectiveDraft, steps_between, value_at
from okrseed.blueprints.okr.quotas import CADENCE
from okrseed.blueprints.okr.tables import CheckIn
from okrseed.chance import Chance, quota

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


class Series:
    """The check-ins of one key result of an active cycle, oldest first."""

    def __init__(self, objective: ObjectiveDraft, draft: KeyResultDraft, as_of: datetime.date, chance: Chance) -> None:
        assert draft.position is not None
        self._objective = objective
        self._draft = draft
        self._as_of = as_of
        self._chance = chance
        # The state of a place is the same in every line that is long enough: one long line serves many.
        self._feed = feed_states((draft.position // LINE + 1) * LINE)[draft.position]

    def rows(self) -> Iterator[CheckIn]:
        """The rows; none where the cadence is NONE."""
        if self._feed is None:
            return
        values = self._values(self._length())
        before: float | None = None
        for ordinal, (value, day) in enumerate(zip(values, self._days(len(values)), strict=True)):
            yield self._row(ordinal, value, before, day)
            before = value

    def _length(self) -> int:
        """8, 4 or 2, give or take one; a value that stands still needs two check-ins to show it."""
        length = SERIES[self._draft.cadence] + self._chance.below(3, f"series:{self._draft.id}") - 1
        return max(2, length) if self._feed in ("stalled", "late_stalled") else max(1, length)

    def _values(self, length: int) -> list[float]:
        """From start to current; the last two are equal exactly where the feed says that the value stands still."""
        text = self._draft.text
        reached = round(steps_between(text) * self._draft.progress / 100)
        still = self._feed in ("stalled", "late_stalled")
        moving = length - 1 if still else length
        steps = [self._step(reached, place, moving) for place in range(moving)]
        if still:
            steps.append(reached)
        elif length > 1 and reached > 0 and steps[-2] >= reached:
            steps[-2] = reached - 1
            steps[:-2] = [min(step, reached - 1) for step in steps[:-2]]
        return [value_at(text, step) for step in steps]

    def _step(self, reached: int, place: int, length: int) -> int:
        if place == length - 1:
            return reached
        jitter = self._chance.fraction(f"walk:{self._draft.id}:{place}") * 0.8 - 0.4
        return max(0, min(reached, round(reached * (place + 1 + jitter) / length)))

    def _days(self, length: int) -> list[datetime.datetime]:
        """Weekdays at eight, a cadence apart, the last one as long before `as_of` as the feed says."""
        assert self._feed is not None
        last = self._chance.pick(_candidates(self._as_of, self._feed), f"last:{self._draft.id}")
        return _series_days(last, GAP_DAYS[self._draft.cadence])[-length:]

    def _row(self, ordinal: int, value: float, before: float | None, day: datetime.datetime) -> CheckIn:
        draft = self._draft
        key = f"{draft.id}:{ordinal}"
        lowest, highest = _CONFIDENCE[self._objective.status]
        confidence = lowest + self._chance.below(highest - lowest + 1, f"confidence:{key}")
        minutes = self._chance.below(9 * 60, f"time:{key}")
        # By position: there are thousands of these rows, and names cost as much as their values.
        return CheckIn(
            check_in_id(draft.id, ordinal),
            draft.id,
            draft.owner.id,
            value,
            confidence,
            self._words(self._kind(value, before), key, value, before),
            self._words("blocked", key, value, before) if confidence <= _BLOCKED_UP_TO else None,
            day + datetime.timedelta(minutes=minutes),
        )

    def _kind(self, value: float, before: float | None) -> str:
        if value == self._draft.text.target:
            return "done"
        if before is None:
            return "first"
        return "flat" if value == before else "moved"

    def _words(self, kind: str, key: str, value: float, before: float | None) -> str:
        # Without a step from one value to another there is none that a note could speak of.
        templates = _templates(kind, stepped=before not in (None, value))
        template = self._chance.pick(templates, f"{kind}:{key}")
        shown = self._draft.text.shown
        return template.format_map(
            self._fields | {"value": shown(value), "before": shown(value if before is None else before)}
        )

    @cached_property
    def _fields(self) -> dict[str, str]:
        """What every note of the series may speak of."""
        text = self._draft.text
        initiatives = self._objective.initiatives
        own = next((one for one in initiatives if one.key_result.id == self._draft.id), initiatives[0])
        return {
            "measure": text.measure,
            "Measure": text.measure[:1].upper() + text.measure[1:],
            "target": text.shown(text.target),
            "initiative": own.text.title,
        }


@cache
def _templates(kind: str, *, stepped: bool) -> tuple[str, ...]:
    templates = content().notes[kind]
    return templates if stepped else tuple(text for text in templates if "{before}" not in text) or templates


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


def check_ins(objective: ObjectiveDraft, as_of: datetime.date, chance: Chance) -> list[CheckIn]:
    """Every check-in of an objective's key results."""
    return [
        row
        for draft in objective.key_results
        if draft.position is not None
        for row in Series(objective, draft, as_of, chance).rows()
    ]


def _weekday(day: datetime.date) -> datetime.date:
    """The day, or the Friday before a weekend."""
    return day - datetime.timedelta(days=max(0, day.weekday() - 4))


def never_at_weekends(rows: Sequence[CheckIn]) -> bool:
    """Whether every check-in was made on a weekday."""
    return all(row.createdAt.weekday() < 5 for row in rows)
