"""Lines through the channel between two columns: who shares a trunk, where it turns, in which track it is.

Lines run from left to right. Items with the same targets share one trunk and fan out of it. Where lines that
are not otherwise related reach one target they merge in a trunk of their own, further right: so whoever
follows a line with the eye, always to the right, arrives only where that line really goes.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from graphlib import CycleError, TopologicalSorter
from itertools import count, pairwise
from typing import NamedTuple

from okrseed_tui.graph_columns import Link

_EXACT = 7
"""Up to this many trunks the best of all orders is found; beyond, the best next one is taken each time."""

_Fan = tuple[int, ...]
"""The items that lines from one place lead to, from top to bottom."""
_Rows = Mapping[int, int]
"""The row of every item."""


class Turn(NamedTuple):
    """A line runs to this track, and there up or down to this row."""

    track: int
    row: int


@dataclass(frozen=True, slots=True)
class Channel:
    """The way of each link through one channel. A link without turns runs straight through."""

    tracks: int
    turns: Mapping[Link, tuple[Turn, ...]]
    crossings: int


@dataclass(slots=True)
class _Trunk:
    """A vertical line with the rows of the lines that come in from the left and go out to the right."""

    left: set[int]
    right: set[int]

    @property
    def top(self) -> int:
        return min(self.left | self.right)

    @property
    def bottom(self) -> int:
        return max(self.left | self.right)

    def spans(self, row: int) -> bool:
        return self.top < row < self.bottom


class _Step(NamedTuple):
    """A link turns in this trunk and leaves it on this row."""

    trunk: int
    row: int


_Trunks = dict[int, _Trunk]
_Costs = Mapping[tuple[int, int], int]
"""How many lines are crossed when the first of two trunks stands left of the second."""
_Chains = dict[Link, list[_Step]]


def route(links: Sequence[Link], rows: _Rows) -> Channel:
    """Find the way of every link between two columns.

    Args:
        links: The links that run through this channel.
        rows: The row of every item.
    """
    trunks, chains = _trunks(links, rows)
    _break_circles(trunks, chains, rows)
    order = _order(trunks, _constraints(trunks, chains))
    track = _tracks(trunks, order)
    return Channel(
        tracks=1 + max(track.values(), default=-1),
        turns={link: tuple(Turn(track[s.trunk], s.row) for s in chain) for link, chain in chains.items()},
        crossings=_crossings(trunks, chains, rows, track),
    )


def _trunks(links: Sequence[Link], rows: _Rows) -> tuple[_Trunks, _Chains]:
    """Which trunks there are, and through which of them each link runs."""
    fans = _fans(links, rows)
    merging = _merging(fans)
    meeting = _meeting_rows(fans, merging, rows)
    trunks: _Trunks = {}
    fan_trunks: dict[_Fan, int] = {}
    for fan, sources in fans.items():
        if len(fan) == 1 and fan[0] in merging:
            continue  # These lines run straight into the trunk where they merge.
        fan_trunks[fan] = len(trunks)
        leaving = {meeting.get((fan, target), rows[target]) for target in fan}
        trunks[len(trunks)] = _Trunk({rows[source] for source in sources}, leaving)
    merge_trunks: dict[int, int] = {}
    for target, entering in merging.items():
        merge_trunks[target] = len(trunks)
        arriving = {meeting[fan, target] for fan in entering if fan in fan_trunks}
        arriving |= {rows[source] for source in fans.get((target,), [])}
        trunks[len(trunks)] = _Trunk(arriving, {rows[target]})
    chains: _Chains = {}
    for fan, sources in fans.items():
        for target in fan:
            leaves = meeting.get((fan, target), rows[target])
            steps = [_Step(fan_trunks[fan], leaves)] if fan in fan_trunks else []
            steps += [_Step(merge_trunks[target], rows[target])] if target in merging else []
            chains.update({(source, target): steps for source in sources})
    return _without_straight(trunks, chains)


def _fans(links: Sequence[Link], rows: _Rows) -> dict[_Fan, list[int]]:
    """The items at the left of the channel, from top to bottom, by where they lead."""
    targets_of: dict[int, list[int]] = defaultdict(list)
    for source, target in sorted(links, key=lambda link: (rows[link[0]], rows[link[1]])):
        targets_of[source].append(target)
    fans: dict[_Fan, list[int]] = defaultdict(list)
    for source, targets in targets_of.items():
        fans[tuple(targets)].append(source)
    return fans


def _merging(fans: Iterable[_Fan]) -> dict[int, list[_Fan]]:
    """The targets that several fans reach."""
    entering: dict[int, list[_Fan]] = defaultdict(list)
    for fan in fans:
        for target in fan:
            entering[target].append(fan)
    return {target: into for target, into in entering.items() if len(into) > 1}


def _meeting_rows(
    fans: Mapping[_Fan, list[int]], merging: Mapping[int, list[_Fan]], rows: _Rows
) -> dict[tuple[_Fan, int], int]:
    """The row on which each fan of lines reaches the trunk where it merges with others.

    Best the target's own row; but two lines on one row before they merge would read as one line, so the other
    takes the free row next to it, on the side it comes from.
    """
    taken = {rows[item] for fan, sources in fans.items() for item in (*fan, *sources)}
    meeting: dict[tuple[_Fan, int], int] = {}
    for target, entering in merging.items():
        row = rows[target]
        free_for_one = row not in {rows[source] for source in fans.get((target,), [])}
        spreading = [fan for fan in entering if len(fan) > 1]
        spreading.sort(key=lambda fan: min(abs(rows[source] - row) for source in fans[fan]))
        for fan in spreading:
            if free_for_one:
                meeting[fan, target], free_for_one = row, False
                continue
            from_above = sum(rows[source] - row for source in fans[fan]) < 0
            meeting[fan, target] = _free_row_near(row, taken, above_first=from_above)
            taken.add(meeting[fan, target])
    return meeting


def _free_row_near(row: int, taken: set[int], *, above_first: bool) -> int:
    for distance in count(1):
        sides = (row - distance, row + distance) if above_first else (row + distance, row - distance)
        for candidate in sides:
            if candidate >= 0 and candidate not in taken:
                return candidate
    raise AssertionError("rows do not end")


def _without_straight(trunks: _Trunks, chains: _Chains) -> tuple[_Trunks, _Chains]:
    """Leave out trunks whose lines all run on one row: they are no trunks."""
    standing = {number: trunk for number, trunk in trunks.items() if trunk.top < trunk.bottom}
    kept = {link: [step for step in chain if step.trunk in standing] for link, chain in chains.items()}
    return standing, kept


def _constraints(trunks: _Trunks, chains: _Chains) -> dict[int, set[int]]:
    """For each trunk those that must stand to its left."""
    before = {number: {other for other, _ in _same_row(trunks, chains, number)} for number in trunks}
    for chain in chains.values():
        for first, second in pairwise(chain):
            before[second.trunk].add(first.trunk)
    return before


def _same_row(trunks: _Trunks, chains: _Chains, number: int) -> list[tuple[int, int]]:
    """Trunks, with the row on which a line must have turned into them before another leaves this one."""
    joined = {
        (second.trunk, first.row)
        for chain in chains.values()
        for first, second in pairwise(chain)
        if first.trunk == number
    }
    return [
        (other, row)
        for row in sorted(trunks[number].right)
        for other, another in trunks.items()
        if other != number and row in another.left and (other, row) not in joined
    ]


def _break_circles(trunks: _Trunks, chains: _Chains, rows: _Rows) -> None:
    """Where trunks would each have to stand left of the other, take a line off its row first.

    That takes a trunk of its own. Such a trunk has to wait for no other, so every detour ends at least one
    circle and begins none.
    """
    while True:
        try:
            TopologicalSorter(_constraints(trunks, chains)).prepare()
        except CycleError as error:
            circle: list[int] = error.args[1]
            left, row = next(
                (first, row)
                for first, second in pairwise(circle)
                for other, row in _same_row(trunks, chains, second)
                if other == first
            )
            _detour(trunks, chains, left, row, rows)
        else:
            return


def _detour(trunks: _Trunks, chains: _Chains, number: int, row: int, rows: _Rows) -> None:
    """Let what comes into a trunk on this row come in on a row of its own."""
    trunk = trunks[number]
    taken = {used for each in trunks.values() for used in each.left | each.right} | set(rows.values())
    own = _free_row_near(row, taken, above_first=trunk.top < row)
    turn = _Step(max(trunks) + 1, own)
    trunks[turn.trunk] = _Trunk({row}, {own})
    trunk.left.remove(row)
    trunk.left.add(own)
    for (source, target), chain in chains.items():
        came = [rows[source], *(step.row for step in chain)]
        if (number, row) in ((step.trunk, entered) for step, entered in zip(chain, came, strict=False)):
            place = [step.trunk for step in chain].index(number)
            chains[source, target] = [*chain[:place], turn, *chain[place:]]


def _order(trunks: _Trunks, before: Mapping[int, set[int]]) -> list[int]:
    """An order from left to right that keeps the constraints and crosses few lines."""
    if len(trunks) < 2:
        return list(trunks)
    cost = {
        (first, second): sum(map(trunks[first].spans, trunks[second].left))
        + sum(map(trunks[second].spans, trunks[first].right))
        for first in trunks
        for second in trunks
        if first != second
    }
    return _best_order(trunks, before, cost) if len(trunks) <= _EXACT else _greedy_order(trunks, before, cost)


def _best_order(trunks: _Trunks, before: Mapping[int, set[int]], cost: _Costs) -> list[int]:
    """Build the best order of every set of trunks from those one smaller."""
    best: dict[frozenset[int], tuple[int, list[int]]] = {frozenset(): (0, [])}
    for _ in trunks:
        grown: dict[frozenset[int], tuple[int, list[int]]] = {}
        for placed, (spent, order) in best.items():
            for number in trunks:
                if number in placed or not before[number] <= placed:
                    continue
                total = spent + sum(cost[earlier, number] for earlier in placed)
                key = placed | {number}
                if key not in grown or total < grown[key][0]:
                    grown[key] = (total, [*order, number])
        best = grown
    return next(iter(best.values()))[1]


def _greedy_order(trunks: _Trunks, before: Mapping[int, set[int]], cost: _Costs) -> list[int]:
    order: list[int] = []
    waiting = set(trunks)
    while waiting:
        ready = sorted(number for number in waiting if not before[number] & waiting)
        chosen = min(
            ready,
            key=lambda number: sum(cost[number, other] - cost[other, number] for other in waiting - {number}),
        )
        order.append(chosen)
        waiting.remove(chosen)
    return order


def _tracks(trunks: _Trunks, order: Sequence[int]) -> dict[int, int]:
    """As few tracks as the order allows: trunks share one if a row at least stays free between them."""
    track: dict[int, int] = {}
    for number in order:
        trunk = trunks[number]
        track[number] = 1 + max(
            (
                track[other]
                for other in track
                if trunks[other].top <= trunk.bottom + 1 and trunk.top <= trunks[other].bottom + 1
            ),
            default=-1,
        )
    return track


def _crossings(trunks: _Trunks, chains: _Chains, rows: _Rows, track: Mapping[int, int]) -> int:
    """How many times a line runs across a trunk it has nothing to do with."""
    crossed: set[tuple[int, int]] = set()
    for (source, _), chain in chains.items():
        own = {step.trunk for step in chain}
        row, start = rows[source], -1
        for step in (*chain, None):
            end = track[step.trunk] if step else len(trunks)
            crossed |= {
                (number, row)
                for number, trunk in trunks.items()
                if number not in own and start < track[number] < end and trunk.spans(row)
            }
            if step:
                row, start = step.row, end
    return len(crossed)
