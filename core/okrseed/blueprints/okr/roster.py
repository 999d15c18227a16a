"""The people of the tenant: who they are, what they are called, whom they report to (specification: okr, section 4).

Computed over the whole configured tenant and size first; a selection filters afterwards, so it changes nobody. Nothing
here keeps the tenant's slug or domain: tenants of one shape share their roster.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cached_property
from itertools import chain, filterfalse
from typing import Literal, NamedTuple

from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.tenant import WorkspaceConfig
from okrseed.chance import Chance

Kind = Literal["platform", "founder", "admin", "lead", "team_lead", "member"]
KINDS: tuple[Kind, ...] = ("platform", "founder", "admin", "lead", "team_lead", "member")
ADMINS = 5
SENIOR_WORKSPACES = 3
INSPECTOR_WORKSPACES = 2


class Person(NamedTuple):
    """One person; `workspace` and `team` are slugs, None for people of the whole tenant."""

    login: str
    """The part of the e-mail address before the @; no two people of a tenant have the same."""
    kind: Kind
    number: int = 1
    workspace: str | None = None
    team: str | None = None


class Roster:
    """Everyone in the configured tenant at one size, in roster order."""

    def __init__(self, workspaces: Sequence[WorkspaceConfig], size: str, chance: Chance) -> None:
        self._workspaces = workspaces
        self._tiny = size == "tiny"
        self._chance = chance

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Platform, founder, admins, then workspace by workspace: leads, team leads, members."""
        everyone = [
            Person("platform", "platform"),
            Person("founder", "founder"),
            *(Person(f"admin{number}", "admin", number) for number in range(1, ADMINS + 1)),
        ]
        for workspace in self._workspaces:
            everyone += self._of_workspace(workspace)
        return tuple(everyone)

    def names(self, domain: str) -> dict[str, str]:
        """Full name by login, chosen by e-mail; a collision takes the next family name, in roster order."""
        given, family = content().given_names, content().family_names
        taken: set[str] = set()
        names: dict[str, str] = {}
        for person in self.people:
            email = f"{person.login}@{domain}"
            first = self._chance.pick(given, f"given:{email}")
            start = self._chance.below(len(family), f"family:{email}")
            full = next(filterfalse(taken.__contains__, _full_names(first, family, start)))
            taken.add(full)
            names[person.login] = full
        return names

    @cached_property
    def managers(self) -> dict[str, Person]:
        """Whom each person reports to, by login; founder and platform report to nobody."""
        senior = [person for person in self._kind("lead") if self._is_senior(person)]
        others = [person for person in self._kind("lead") if not self._is_senior(person)]
        managers: dict[str, Person] = {}
        for level, above in (
            (self._kind("admin"), self._kind("founder")),
            (senior, self._kind("admin")),
            (others, senior),
            (self._kind("team_lead"), senior),
            (self._kind("member"), self._kind("team_lead")),
        ):
            managers |= _round_robin(level, above)
        return managers

    @cached_property
    def managers_first(self) -> tuple[Person, ...]:
        """Everyone, managers before their reports."""
        depth: dict[str, int] = {}
        # The reporting line is drawn level by level, so whoever reports to somebody comes after them.
        for login, manager in self.managers.items():
            depth[login] = depth.get(manager.login, 0) + 1
        return tuple(sorted(self.people, key=lambda person: (depth.get(person.login, 0), KINDS.index(person.kind))))

    def of_kind(self, kind: Kind, workspace: str | None = None, team: str | None = None) -> tuple[Person, ...]:
        """The people of a kind, by login; of one workspace, or of a team in it, where named."""
        return self._groups.get((kind, workspace, team), ())

    @cached_property
    def _groups(self) -> dict[tuple[Kind, str | None, str | None], tuple[Person, ...]]:
        """Every group that can be asked for: a kind, in the tenant, in a workspace, in a team."""
        groups: defaultdict[tuple[Kind, str | None, str | None], list[Person]] = defaultdict(list)
        for person in chain.from_iterable(self._by_kind.values()):
            for place in dict.fromkeys(((None, None), (person.workspace, None), (person.workspace, person.team))):
                groups[person.kind, *place].append(person)
        return {key: tuple(people) for key, people in groups.items()}

    @cached_property
    def whitelist(self) -> tuple[Person, ...]:
        """Founder, admin1 and admin2: who may see EXEC_ONLY rows."""
        return (*self._kind("founder"), *(person for person in self._kind("admin") if person.number <= 2))

    @cached_property
    def inspectors(self) -> frozenset[str]:
        """The logins of those who have the role inspector switched on."""
        first = [workspace.slug for workspace in self._workspaces[:INSPECTOR_WORKSPACES]]
        leads = (person for person in self._kind("lead") if person.number == 1 and person.workspace in first)
        return frozenset(person.login for person in (*self.whitelist, *leads))

    def _kind(self, kind: Kind) -> list[Person]:
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[Kind, list[Person]]:
        """People by kind, by login."""
        kinds: dict[Kind, list[Person]] = {kind: [] for kind in KINDS}
        for person in sorted(self.people, key=_by_login):
            kinds[person.kind].append(person)
        return kinds

    def _is_senior(self, lead: Person) -> bool:
        """Leads 1 and 2 of every workspace, and lead 3 of the first three workspaces by slug."""
        first = sorted(workspace.slug for workspace in self._workspaces)[:SENIOR_WORKSPACES]
        return lead.number <= 2 or (lead.number == 3 and lead.workspace in first)

    def _of_workspace(self, workspace: WorkspaceConfig) -> Iterator[Person]:
        name = workspace.slug
        leads = 1 if self._tiny else workspace.leads
        for number in range(1, leads + 1):
            yield Person(f"workspace-lead-{name}-{number}", "lead", number, name)
        team_leads = list(self._team_leads(workspace))
        # The smallest size keeps the team lead who reports to lead 1 and leads member 1 at every size.
        yield from ([min(team_leads, key=_by_login)] if self._tiny else team_leads)
        members = 1 if self._tiny else workspace.members
        for number in range(1, members + 1):
            team = workspace.team_slugs[(number - 1) % len(workspace.teams)]
            yield Person(f"member-{name}-{number}", "member", number, name, team)

    def _team_leads(self, workspace: WorkspaceConfig) -> Iterator[Person]:
        """One for each team, the extra ones for the first teams as listed."""
        teams = workspace.team_slugs
        for place in range(workspace.team_leads):
            team, number = teams[place % len(teams)], place // len(teams) + 1
            yield Person(f"team-lead-{team}-{number}", "team_lead", number, workspace.slug, team)


def _full_names(first: str, family: Sequence[str], start: int) -> Iterator[str]:
    """A given name with each family name in turn, then with two of them; there are always enough."""
    for turn in range(len(family)):
        yield f"{first} {family[(start + turn) % len(family)]}"
    turned = [family[(start + turn) % len(family)] for turn in range(len(family))]
    yield from (f"{first} {name}-{other}" for name in turned for other in turned)


def _by_login(person: Person) -> str:
    return person.login


def _round_robin(level: Sequence[Person], above: Sequence[Person]) -> dict[str, Person]:
    """Each person of a level gets one of the level above in turn: of the own workspace where it has anyone there."""
    own: dict[str | None, list[Person]] = {}
    for manager in above:
        own.setdefault(manager.workspace, []).append(manager)
    turns: dict[str | None, int] = {}
    managers: dict[str, Person] = {}
    for person in level:
        choice, pool = (own[person.workspace], person.workspace) if person.workspace in own else (above, None)
        turn = turns.get(pool, 0)
        turns[pool] = turn + 1
        managers[person.login] = choice[turn % len(choice)]
    return managers
