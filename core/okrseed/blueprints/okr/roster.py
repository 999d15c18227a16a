"""The people of the tenant: who they are, what they are called, whom they report to (specification: okr, section 4).

Computed over the whole configured tenant and size first; a selection filters afterwards, so it changes nobody.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.identities import user_id
from okrseed.blueprints.okr.tenant import TenantConfig, WorkspaceConfig
from okrseed.chance import Chance
from okrseed.identity import slug

Kind = Literal["platform", "founder", "admin", "lead", "team_lead", "member"]
KINDS: tuple[Kind, ...] = ("platform", "founder", "admin", "lead", "team_lead", "member")
ADMINS = 5
SENIOR_WORKSPACES = 3
INSPECTOR_WORKSPACES = 2


@dataclass(frozen=True)
class Person:
    """One person; `workspace` and `team` are slugs, None for people of the whole tenant."""

    email: str
    kind: Kind
    number: int = 1
    workspace: str | None = None
    team: str | None = None

    @cached_property
    def id(self) -> str:
        return user_id(self.email)


class Roster:
    """Everyone in the configured tenant at one size, in roster order."""

    def __init__(self, config: TenantConfig, size: str, chance: Chance) -> None:
        self._config = config
        self._tiny = size == "tiny"
        self._chance = chance

    @cached_property
    def people(self) -> tuple[Person, ...]:
        """Platform, founder, admins, then workspace by workspace: leads, team leads, members."""
        everyone = [
            self._person("platform", "platform"),
            self._person("founder", "founder"),
            *(self._person(f"admin{number}", "admin", number) for number in range(1, ADMINS + 1)),
        ]
        for workspace in self._config.workspaces:
            everyone += self._of_workspace(workspace)
        return tuple(everyone)

    @cached_property
    def names(self) -> dict[str, str]:
        """Full name by e-mail; a collision takes the next family name, in roster order."""
        given, family = content().given_names, content().family_names
        taken: set[str] = set()
        names: dict[str, str] = {}
        for person in self.people:
            first = self._chance.pick(given, f"given:{person.email}")
            start = self._chance.below(len(family), f"family:{person.email}")
            full = next(name for name in _full_names(first, family, start) if name not in taken)
            taken.add(full)
            names[person.email] = full
        return names

    @cached_property
    def managers(self) -> dict[str, Person]:
        """Whom each person reports to, by e-mail; founder and platform report to nobody."""
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

    def of_kind(self, kind: Kind, workspace: str | None = None, team: str | None = None) -> tuple[Person, ...]:
        """The people of a kind, by e-mail; of one workspace or team where named."""
        return self._groups.get((kind, workspace, team), ())

    @cached_property
    def _groups(self) -> dict[tuple[Kind, str | None, str | None], tuple[Person, ...]]:
        """Every group that can be asked for: each objective and key result asks for one or two."""
        groups: dict[tuple[Kind, str | None, str | None], list[Person]] = {}
        for kind in KINDS:
            for person in self._kind(kind):
                for place in {
                    (None, None),
                    (person.workspace, None),
                    (None, person.team),
                    (person.workspace, person.team),
                }:
                    groups.setdefault((kind, *place), []).append(person)
        return {key: tuple(people) for key, people in groups.items()}

    @cached_property
    def whitelist(self) -> list[str]:
        """Ids of founder, admin1 and admin2: who may see EXEC_ONLY rows."""
        return [person.id for person in self.people if self._leads_tenant(person)]

    def inspects_rbac(self, person: Person) -> bool:
        """Whether the person has the role inspector switched on."""
        first = [workspace.slug for workspace in self._config.workspaces[:INSPECTOR_WORKSPACES]]
        return self._leads_tenant(person) or (
            person.kind == "lead" and person.number == 1 and person.workspace in first
        )

    @staticmethod
    def _leads_tenant(person: Person) -> bool:
        return person.kind == "founder" or (person.kind == "admin" and person.number <= 2)

    def _kind(self, kind: Kind) -> list[Person]:
        return self._by_kind[kind]

    @cached_property
    def _by_kind(self) -> dict[Kind, list[Person]]:
        """People by kind, by e-mail."""
        kinds: dict[Kind, list[Person]] = {kind: [] for kind in KINDS}
        for person in sorted(self.people, key=_by_email):
            kinds[person.kind].append(person)
        return kinds

    def _is_senior(self, lead: Person) -> bool:
        """Leads 1 and 2 of every workspace, and lead 3 of the first three workspaces by slug."""
        first = sorted(workspace.slug for workspace in self._config.workspaces)[:SENIOR_WORKSPACES]
        return lead.number <= 2 or (lead.number == 3 and lead.workspace in first)

    def _of_workspace(self, workspace: WorkspaceConfig) -> Iterator[Person]:
        name = workspace.slug
        leads = 1 if self._tiny else workspace.leads
        for number in range(1, leads + 1):
            yield self._person(f"workspace-lead-{name}-{number}", "lead", number, name)
        team_leads = list(self._team_leads(workspace))
        # The smallest size keeps the team lead who reports to lead 1 and leads member 1 at every size.
        yield from ([min(team_leads, key=_by_email)] if self._tiny else team_leads)
        members = 1 if self._tiny else workspace.members
        for number in range(1, members + 1):
            team = slug(workspace.teams[(number - 1) % len(workspace.teams)])
            yield self._person(f"member-{name}-{number}", "member", number, name, team)

    def _team_leads(self, workspace: WorkspaceConfig) -> Iterator[Person]:
        """One for each team, the extra ones for the first teams as listed."""
        teams = [slug(team) for team in workspace.teams]
        for place in range(workspace.team_leads):
            team, number = teams[place % len(teams)], place // len(teams) + 1
            yield self._person(f"team-lead-{team}-{number}", "team_lead", number, workspace.slug, team)

    def _person(
        self,
        local: str,
        kind: Kind,
        number: int = 1,
        workspace: str | None = None,
        team: str | None = None,
    ) -> Person:
        return Person(f"{local}@{self._config.domain}", kind, number, workspace, team)


def _full_names(first: str, family: Sequence[str], start: int) -> Iterator[str]:
    """A given name with each family name in turn, then with two of them; there are always enough."""
    turned = [*family[start:], *family[:start]]
    yield from (f"{first} {name}" for name in turned)
    yield from (f"{first} {name}-{other}" for name in turned for other in turned)


def _by_email(person: Person) -> str:
    """By the part before the @: as whole e-mails, member 10 would come before member 1."""
    return person.email.partition("@")[0]


def _round_robin(level: Sequence[Person], above: Sequence[Person]) -> dict[str, Person]:
    """Each person of a level gets one of the level above in turn: of the own workspace where it has anyone there."""
    turns: dict[str | None, int] = {}
    managers: dict[str, Person] = {}
    for person in level:
        own = [manager for manager in above if manager.workspace == person.workspace]
        choice, pool = (own, person.workspace) if own else (list(above), None)
        turn = turns.get(pool, 0)
        turns[pool] = turn + 1
        managers[person.email] = choice[turn % len(choice)]
    return managers
