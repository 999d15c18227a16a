"""Check-ins that make an attention feed worth showing (specification: okr, section 5).

Values come from the seed string; `as_of` moves dates only.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Literal, NamedTuple

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


class Point(NamedTuple):
    """One check-in of a series before it becomes a row."""

    value: float
    day: datetime.date


class Series:
    """The check-ins of one key result of an active cycle, oldest first."""

    def __init__(self, objective: ObjectiveDraft, draft: KeyResultDraft, as_of: datetime.date, chance: Chance) -> None:
        assert draft.position is not None
        self._objective = objective
        self._draft = draft
        self._as_of = as_of
        self._chance = chance
        self._feed = feed_states(draft.position + 1)[draft.position]

    def rows(self) -> Iterator[CheckIn]:
        """The rows; none where the cadence is NONE."""
        if self._feed is None:
            return
        values = self._values(self._length())
        days = self._days(len(values))
        for ordinal, (value, day) in enumerate(zip(values, days, strict=True)):
            before = values[ordinal - 1] if ordinal else None
            yield self._row(ordinal, value, before, day)

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

    def _days(self, length: int) -> list[datetime.date]:
        """Weekdays, a cadence apart, the last one as long before `as_of` as the feed says."""
        assert self._feed is not None
        earliest, latest = _DAYS_BEFORE[self._feed]
        candidates = [
            day
            for days in range(earliest, latest + 1)
            if (day := self._as_of - datetime.timedelta(days=days)).weekday() < 5
        ]
        last = self._chance.pick(candidates, f"last:{self._draft.id}")
        gap = GAP_DAYS[self._draft.cadence]
        return [_weekday(last - datetime.timedelta(days=gap * (length - 1 - place))) for place in range(length)]

    def _row(self, ordinal: int, value: float, before: float | None, day: datetime.date) -> CheckIn:
        draft = self._draft
        key = f"{draft.id}:{ordinal}"
        lowest, highest = _CONFIDENCE[self._objective.status]
        confidence = lowest + self._chance.below(highest - lowest + 1, f"confidence:{key}")
        minutes = self._chance.below(9 * 60, f"time:{key}")
        blocked = confidence <= _BLOCKED_UP_TO
        return CheckIn(
            id=check_in_id(draft.id, ordinal),
            keyResultId=draft.id,
            userId=draft.owner.id,
            value=value,
            confidence=confidence,
            note=self._words(self._kind(value, before), key, value, before),
            blockers=self._words("blocked", key, value, before) if blocked else None,
            createdAt=datetime.datetime.combine(day, datetime.time(8)) + datetime.timedelta(minutes=minutes),
        )

    def _kind(self, value: float, before: float | None) -> str:
        if value == self._draft.text.target:
            return "done"
        if before is None:
            return "first"
        return "flat" if value == before else "moved"

    def _words(self, kind: str, key: str, value: float, before: float | None) -> str:
        text = self._draft.text
        initiatives = self._objective.initiatives
        own = [initiative for initiative in initiatives if initiative.key_result.id == self._draft.id]
        templates = content().notes[kind]
        if before in (None, value):
            # There was no step from one value to another that a note could speak of.
            templates = tuple(text for text in templates if "{before}" not in text) or templates
        template = self._chance.pick(templates, f"{kind}:{key}")
        return template.format(
            measure=text.measure,
            Measure=text.measure[:1].upper() + text.measure[1:],
            value=text.shown(value),
            before=text.shown(value if before is None else before),
            target=text.shown(text.target),
            initiative=(own or initiatives)[0].text.title,
        )


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
