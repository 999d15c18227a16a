"""What the audience of the demo will see: the OKR tree, the reporting line, the logins. From desired rows alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

from okrseed.blueprint import Outline
from okrseed.blueprints.okr.okrs import ObjectiveDraft
from okrseed.blueprints.okr.people import PASSWORD
from okrseed.blueprints.okr.roster import Person
from okrseed.blueprints.okr.world import World

_KIND_WORDS = {
    "platform": "superuser of the platform",
    "founder": "owner",
    "admin": "admin",
    "lead": "workspace lead",
    "team_lead": "team lead",
    "member": "member",
}


def outline(world: World) -> tuple[Outline, ...]:
    """Three trees: objectives by cycle and workspace, the reporting line, and who can log in."""
    return (_okrs(world), _reporting_line(world), _logins(world))


def _okrs(world: World) -> Outline:
    by_cycle: defaultdict[str, list[ObjectiveDraft]] = defaultdict(list)
    for draft in world.objectives():
        by_cycle[draft.cycle.quarter.name].append(draft)
    names = {workspace.slug: workspace.name for workspace in world.workspaces}
    cycles = []
    for cycle in world.cycles:
        drafts = by_cycle[cycle.quarter.name]
        levels: list[tuple[str, list[ObjectiveDraft]]] = [
            (world.config.name, [draft for draft in drafts if draft.scope.workspace is None])
        ]
        levels += [(name, [draft for draft in drafts if draft.scope.workspace == slug]) for slug, name in names.items()]
        cycles.append(
            Outline(
                f"{cycle.quarter.name} · {cycle.status.lower()}",
                f"{len(drafts)} objectives",
                _mean(draft.progress for draft in drafts),
                tuple(
                    Outline(
                        name,
                        f"{len(own)} objectives",
                        _mean(draft.progress for draft in own),
                        tuple(map(_objective, own)),
                    )
                    for name, own in levels
                    if own
                ),
            )
        )
    return Outline("Objectives", "by cycle and workspace", None, tuple(cycles))


def _objective(draft: ObjectiveDraft) -> Outline:
    words = draft.text.title if draft.scope.team is None else f"{draft.scope.team}: {draft.text.title}"
    marks = [draft.status.replace("_", " ").lower()]
    marks += ["private"] if draft.private else []
    marks += [] if draft.published else ["unpublished"]
    parts = [
        Outline(
            part.text.title,
            f"{part.text.shown(part.current)} of {part.text.shown(part.text.target)} · {part.cadence.lower()}",
            part.progress,
        )
        for part in draft.key_results
    ]
    parts += [
        Outline(f"Initiative: {part.text.title}", part.status.replace("_", " ").lower()) for part in draft.initiatives
    ]
    return Outline(words, " · ".join(marks), draft.progress, tuple(parts))


def _reporting_line(world: World) -> Outline:
    chosen = {person.login for person in world.people}
    reports: defaultdict[str, list[Person]] = defaultdict(list)
    for person in world.people:
        manager = world.roster.managers.get(person.login)
        if manager is not None and manager.login in chosen:
            reports[manager.login].append(person)
    tops = world.roster.of_kind("founder")
    return Outline("Reporting line", f"{len(chosen)} people", None, tuple(_person(world, top, reports) for top in tops))


def _person(world: World, person: Person, reports: dict[str, list[Person]]) -> Outline:
    own: Sequence[Person] = reports.get(person.login, [])
    where = person.team or person.workspace
    detail = _KIND_WORDS[person.kind] + (f" · {where}" if where else "")
    return Outline(world.names[person.login], detail, None, tuple(_person(world, report, reports) for report in own))


def _logins(world: World) -> Outline:
    by_kind: defaultdict[str, list[Outline]] = defaultdict(list)
    for person in world.people:
        by_kind[_KIND_WORDS[person.kind]].append(Outline(world.ids.email(person), world.names[person.login]))
    kinds = tuple(Outline(kind, str(len(people)), None, tuple(people)) for kind, people in by_kind.items())
    return Outline("Logins", f"the password of all is {PASSWORD}", None, kinds)


def _mean(values: Iterable[float]) -> float | None:
    known = list(values)
    return round(sum(known) / len(known), 1) if known else None
