"""What verification looks at (specification: okr, section 7).

Distributions look at the desired rows of the selection as found; integrity checks look at every row of the tenant.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any

from okrseed.blueprint import Check, Finding, Rows
from okrseed.blueprints.okr import quotas
from okrseed.blueprints.okr.checkins import OVERDUE_DAYS, never_at_weekends
from okrseed.blueprints.okr.tenant import PUZZEL_WORKSPACES
from okrseed.blueprints.okr.world import World

MOST_REPORTING_LEVELS = 5
CHECK_INS_AT_FULL = (1_800, 2_200)
# Shares of the active key results that have a cadence (lowest, highest).
FEED_SHARES = {"overdue": (0.10, 0.15), "without progress": (0.15, 0.25), "checked in within a week": (0.55, 0.65)}
STALLED_DAYS = 14
FRESH_DAYS = 7

Stratum = str | None


def _finding(check: str, title: str, problems: Sequence[str], expected: str, found: str, rows: Rows) -> Finding:
    """Pass, or else fail where values are held to the declaration, and warn where people may have changed them."""
    if not problems:
        return Finding(check, title, "pass", expected, found)
    return Finding(check, title, "fail" if rows.strict else "warn", expected, "; ".join(problems))


def _none(check: str, title: str, problems: Sequence[str]) -> Finding:
    """An integrity check: nothing may be found."""
    shown = ", ".join(problems[:5]) + (f" and {len(problems) - 5} more" if len(problems) > 5 else "")
    return Finding(check, title, "fail" if problems else "pass", "none", shown or "none")


def _tolerance(world: World, count: int) -> float:
    return max(1.0, 0.05 * count) if world.selection.size == "full" else 1.0


def _cycle_status(rows: Rows) -> dict[str, str]:
    return {cycle.id: cycle.status for cycle in rows.found("cycles")}


def _active(rows: Rows, table: str) -> list[Any]:
    status = _cycle_status(rows)
    return [row for row in rows.found(table) if status.get(row.cycleId) == "ACTIVE"]


def _strata(rows: Rows) -> dict[str, Stratum]:
    """Workspace (None: tenant level) of every objective, key result and initiative found, by id."""
    strata: dict[str, Stratum] = {row.id: row.workspaceId for row in rows.found("objectives")}
    for link in rows.found("objective_key_results"):
        strata[link.keyResultId] = strata.get(link.objectiveId)
    for initiative in rows.found("initiatives"):
        strata[initiative.id] = strata.get(initiative.objectiveId)
    return strata


def _shares(
    world: World,
    rows: Rows,
    check: str,
    title: str,
    subjects: Sequence[Any],
    value: Callable[[Any], Hashable],
    weights: Mapping[Any, int],
) -> Finding:
    """Whether each stratum holds its quota of every category."""
    strata = _strata(rows)
    grouped: defaultdict[Stratum, Counter[Hashable]] = defaultdict(Counter)
    for row in subjects:
        grouped[strata.get(row.id)][value(row)] += 1
    problems = []
    for stratum, counts in grouped.items():
        size = sum(counts.values())
        for category, weight in weights.items():
            aim = size * weight / 100
            if abs(counts[category] - aim) > _tolerance(world, size):
                problems.append(f"{counts[category]} of {size} {category} in {stratum or 'the tenant level'}")
    total = Counter(value(row) for row in subjects)
    expected = ", ".join(f"{category} {weight} %" for category, weight in weights.items())
    found = ", ".join(f"{category} {_percent(total[category], len(subjects))}" for category in weights)
    return _finding(check, title, problems, expected, found, rows)


def _percent(count: int, whole: int) -> str:
    return f"{100 * count / whole:.0f} %" if whole else "–"


def _same_counts(check: str, title: str, rows: Rows, table: str, value: Callable[[Any], Hashable]) -> Finding:
    """Whether the rows found fall into the same categories as the desired ones."""
    wanted = Counter(value(row) for row in rows.desired(table))
    found = Counter(value(row) for row in rows.found(table))
    words = [", ".join(f"{count} {name}" for name, count in sorted(side.items())) or "none" for side in (wanted, found)]
    return _finding(check, title, [] if wanted == found else [words[1]], words[0], words[1], rows)


def roles(world: World, rows: Rows) -> Finding:
    return _same_counts("roles", "role assignments by role", rows, "role_assignments", lambda row: row.role)


def cycle_statuses(world: World, rows: Rows) -> Finding:
    return _same_counts("cycles", "cycles by status", rows, "cycles", lambda row: row.status)


def requests(world: World, rows: Rows) -> Finding:
    return _same_counts("requests", "check-in requests by status", rows, "check_in_requests", lambda row: row.status)


def visibility(world: World, rows: Rows) -> Finding:
    title = "PRIVATE objectives"
    return _same_counts("private", title, rows, "objectives", lambda row: row.visibilityLevel)


def published(world: World, rows: Rows) -> Finding:
    active = _active(rows, "objectives")
    title = "published objectives in active cycles"
    return _shares(world, rows, "published", title, active, lambda row: row.isPublished, quotas.PUBLISHED)


def objective_status(world: World, rows: Rows) -> Finding:
    active = _active(rows, "objectives")
    title = "status of objectives in active cycles"
    return _shares(world, rows, "status.active", title, active, lambda row: row.status, quotas.ACTIVE_STATUS)


def archived_status(world: World, rows: Rows) -> Finding:
    cycles = _cycle_status(rows)
    archived = [row for row in rows.found("objectives") if cycles.get(row.cycleId) == "ARCHIVED"]
    title = "status of objectives in archived cycles"
    return _shares(world, rows, "status.archived", title, archived, lambda row: row.status, quotas.ARCHIVED_STATUS)


def cadence(world: World, rows: Rows) -> Finding:
    active = _active(rows, "key_results")
    return _shares(
        world,
        rows,
        "cadence",
        "check-in cadence of active key results",
        active,
        lambda row: row.checkInCadence,
        quotas.CADENCE,
    )


def initiative_status(world: World, rows: Rows) -> Finding:
    active = _active(rows, "initiatives")
    title = "status of initiatives in active cycles"
    return _shares(world, rows, "status.initiatives", title, active, lambda row: row.status, quotas.ACTIVE_INITIATIVE)


def progress(world: World, rows: Rows) -> Finding:
    """A key result's progress follows from its values, an objective's is the mean of its key results."""
    problems = []
    by_objective: defaultdict[str, list[float]] = defaultdict(list)
    key_results = {row.id: row for row in rows.found("key_results")}
    for row in key_results.values():
        way = row.targetValue - row.startValue
        reached = 100 * (row.currentValue - row.startValue) / way if way else row.progress
        if abs(reached - row.progress) > 0.01:
            problems.append(f"key result {row.id}")
    for link in rows.found("objective_key_results"):
        if link.keyResultId in key_results:
            by_objective[link.objectiveId].append(key_results[link.keyResultId].progress)
    for row in rows.found("objectives"):
        parts = by_objective.get(row.id)
        if parts and abs(sum(parts) / len(parts) - row.progress) > 0.01:
            problems.append(f"objective {row.id}")
    return _finding("progress", "progress follows from values", problems, "agrees", "agrees", rows)


def check_in_count(world: World, rows: Rows) -> Finding:
    found = len(rows.found("check_ins"))
    # The range was specified for the default tenant; any other holds what its own rows say.
    whole = world.workspaces == PUZZEL_WORKSPACES
    wanted = len(rows.desired("check_ins"))
    low, high = CHECK_INS_AT_FULL if whole and world.selection.size == "full" and wanted else (wanted, wanted)
    problems = [] if low <= found <= high else [str(found)]
    return _finding("check_ins", "check-ins of active cycles", problems, f"{low}–{high}", str(found), rows)


def weekdays(world: World, rows: Rows) -> Finding:
    late = [row.id for row in rows.found("check_ins") if row.createdAt > world.moment]
    problems = [] if never_at_weekends(rows.found("check_ins")) else ["some at a weekend"]
    problems += [f"{len(late)} after as_of"] if late else []
    return _finding("weekdays", "check-ins on weekdays, none after as_of", problems, "weekdays", "weekdays", rows)


class Feed:
    """The last check-ins of active key results that have a cadence."""

    def __init__(self, world: World, rows: Rows) -> None:
        series: defaultdict[str, list[Any]] = defaultdict(list)
        for row in rows.found("check_ins"):
            series[row.keyResultId].append(row)
        self.key_results = [row for row in _active(rows, "key_results") if row.checkInCadence not in (None, "NONE")]
        self._last = {id: sorted(check_ins, key=lambda row: row.createdAt)[-2:] for id, check_ins in series.items()}
        self._as_of = world.selection.as_of

    def days(self, key_result: Any) -> int | None:
        """Calendar days since the last check-in; None where there is none."""
        last = self._last.get(key_result.id)
        return (self._as_of - last[-1].createdAt.date()).days if last else None

    def is_overdue(self, key_result: Any) -> bool:
        days = self.days(key_result)
        return days is not None and days > OVERDUE_DAYS[key_result.checkInCadence]

    def is_without_progress(self, key_result: Any) -> bool:
        days, last = self.days(key_result), self._last.get(key_result.id, [])
        return days is not None and days > STALLED_DAYS and len(last) == 2 and last[0].value == last[1].value

    def is_fresh(self, key_result: Any) -> bool:
        days = self.days(key_result)
        return days is not None and days <= FRESH_DAYS


def feed(world: World, rows: Rows) -> Finding:
    """Shares of overdue, standing and fresh key results, in each stratum."""
    state = Feed(world, rows)
    strata = _strata(rows)
    tests = dict(zip(FEED_SHARES, (state.is_overdue, state.is_without_progress, state.is_fresh), strict=True))
    grouped: defaultdict[Stratum, list[Any]] = defaultdict(list)
    for row in state.key_results:
        grouped[strata.get(row.id)].append(row)
    problems = []
    for stratum, members in grouped.items():
        for name, (low, high) in FEED_SHARES.items():
            count, size = sum(map(tests[name], members)), len(members)
            if not low * size - _tolerance(world, size) <= count <= high * size + _tolerance(world, size):
                problems.append(f"{count} of {size} {name} in {stratum or 'the tenant level'}")
    whole = state.key_results
    found = ", ".join(f"{name} {_percent(sum(map(test, whole)), len(whole))}" for name, test in tests.items())
    expected = ", ".join(f"{name} {low:.0%}–{high:.0%}" for name, (low, high) in FEED_SHARES.items())
    return _finding("feed", "last check-ins", problems, expected, found, rows)


def attention(world: World, rows: Rows) -> Finding:
    """The attention feed has something to show."""
    state = Feed(world, rows)
    active = _active(rows, "key_results")
    with_cadence = {row.id for row in state.key_results}
    items = [
        row
        for row in active
        if row.status in ("AT_RISK", "OFF_TRACK")
        or (row.id in with_cadence and (state.is_overdue(row) or state.is_without_progress(row)))
    ]
    problems = [] if items or not active else ["0"]
    return _finding("attention", "attention items", problems, "more than 0", str(len(items)), rows)


def leakage(world: World, rows: Rows) -> Finding:
    """No objective's organisation differs from that of anything it refers to."""
    workspace = {row.id: row.organizationId for row in rows.present("workspaces")}
    team = {row.id: workspace.get(row.workspaceId) for row in rows.present("teams")}
    cycle = {row.id: row.organizationId for row in rows.present("cycles")}
    pillar = {row.id: row.organizationId for row in rows.present("strategic_pillars")}
    objective = {row.id: row.organizationId for row in rows.present("objectives")}
    key_result = {row.id: cycle.get(row.cycleId) for row in rows.present("key_results")}
    problems = [
        f"objective {row.id}"
        for row in rows.present("objectives")
        for reference, owners in (
            (row.workspaceId, workspace),
            (row.teamId, team),
            (row.cycleId, cycle),
            (row.pillarId, pillar),
            (row.parentId, objective),
        )
        if reference is not None and owners.get(reference) != row.organizationId
    ]
    problems += [
        f"link {link.id}"
        for link in rows.present("objective_key_results")
        if key_result.get(link.keyResultId) is not None
        and key_result[link.keyResultId] != objective.get(link.objectiveId)
    ]
    return _none("leakage", "references across organisations", problems)


def orphans(world: World, rows: Rows) -> Finding:
    linked = {link.keyResultId for link in rows.present("objective_key_results")}
    objectives = {row.id for row in rows.present("objectives")}
    key_results = {row.id for row in rows.present("key_results")}
    problems = [f"key result {row.id}" for row in rows.present("key_results") if row.id not in linked]
    problems += [f"initiative {row.id}" for row in rows.present("initiatives") if row.objectiveId not in objectives]
    problems += [f"check-in {row.id}" for row in rows.present("check_ins") if row.keyResultId not in key_results]
    return _none("orphans", "orphaned rows", problems)


def whitelist(world: World, rows: Rows) -> Finding:
    """Every PRIVATE objective's owner and everyone on the whitelist exist."""
    users = {row.id for row in rows.present("users")}
    problems = [
        f"owner of {row.id}"
        for row in rows.present("objectives")
        if row.visibilityLevel == "PRIVATE" and row.ownerId not in users
    ]
    if rows.desired("users"):
        for row in rows.found("organizations"):
            problems += [f"whitelisted {id}" for id in row.execOnlyWhitelist or () if id not in users]
    return _none("whitelist", "people missing behind PRIVATE objectives and the whitelist", problems)


def reporting_line(world: World, rows: Rows) -> Finding:
    manager = {row.id: row.managerId for row in rows.present("users")}
    problems = [f"user {id}" for id in manager if _levels_above(id, manager) > MOST_REPORTING_LEVELS]
    return _none("reporting_line", f"reporting lines with a cycle or deeper than {MOST_REPORTING_LEVELS}", problems)


def _levels_above(id: str, manager: Mapping[str, str | None]) -> int:
    levels = 1
    above = manager.get(id)
    while above is not None and levels <= MOST_REPORTING_LEVELS:
        levels += 1
        above = manager.get(above)
    return levels


def platform(world: World, rows: Rows) -> Finding:
    """The platform's superuser belongs to no tenant."""
    superusers = {row.id for row in rows.present("users") if row.isSuperuser}
    problems = [
        f"role {row.role} of {row.userId}"
        for row in rows.present("role_assignments")
        if row.userId in superusers and row.scopeType != "PLATFORM"
    ]
    return _none("platform", "tenant roles of the platform's superuser", problems)


ABOUT: Mapping[str, tuple[str, ...]] = {"cycle_statuses": ("cycles",), "requests": ("check_in_requests",)}
"""Checks that say nothing where older versions of the platform lack their tables."""


def _all(functions: Iterable[Callable[[World, Rows], Finding]]) -> tuple[Check, ...]:
    return tuple(
        Check(
            function.__name__,
            (function.__doc__ or function.__name__).split("\n")[0],
            function,
            ABOUT.get(function.__name__, ()),
        )
        for function in functions
    )


CHECKS = _all(
    (
        roles,
        cycle_statuses,
        requests,
        visibility,
        published,
        objective_status,
        archived_status,
        cadence,
        initiative_status,
        progress,
        check_in_count,
        weekdays,
        feed,
        attention,
        leakage,
        orphans,
        whitelist,
        reporting_line,
        platform,
    )
)
