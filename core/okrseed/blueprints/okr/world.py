"""One tenant made ready for one selection: everything the producers of the stages share."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from okrseed.blueprint import Family
from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.cycles import CycleSpec
from okrseed.blueprints.okr.drafts import Drafts
from okrseed.blueprints.okr.okrs import ObjectiveDraft
from okrseed.blueprints.okr.people import membership_rows, password_hash, role_rows, user_rows
from okrseed.blueprints.okr.remembered import Remembered
from okrseed.blueprints.okr.requests import asks, request_rows
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.row_types import Cycle, Organization, Pillar, Team, Workspace
from okrseed.blueprints.okr.rows import check_in_rows, objective_family
from okrseed.blueprints.okr.tenant import TenantConfig, WorkspaceConfig
from okrseed.blueprints.okr.tenant_ids import TenantIds
from okrseed.selection import Selection

STAMP = "okrseed"
MEMBERS_A_FAMILY = 100


class World:
    """Yields the desired rows of each stage. `populated` is False where no demo people are allowed.

    with_platform: the platform's superuser is among the people. salt: what the password's salt is made of, beside the
    seed string; one for all tenants of a database, so that the hash is made once.
    """

    def __init__(
        self,
        config: TenantConfig,
        selection: Selection,
        drafts: Drafts,
        *,
        version: str,
        populated: bool,
        with_platform: bool = True,
        salt: str,
    ) -> None:
        self.config = config
        self.selection = selection
        self._drafts = drafts
        self._version = version
        self._populated = populated
        self._with_platform = with_platform
        self._salt = salt
        self.ids = TenantIds(config)
        self.organization = self.ids.organization
        self.moment = datetime.datetime.combine(selection.as_of, datetime.time(18))
        """The instant of `as_of`: 18:00 UTC."""

    @property
    def cycles(self) -> tuple[CycleSpec, ...]:
        return self._drafts.cycles

    @property
    def roster(self) -> Roster:
        return self._drafts.roster

    @cached_property
    def archived_cycles(self) -> frozenset[str]:
        """The ids of archived cycles."""
        return frozenset(self.ids.cycles[cycle.quarter] for cycle in self.cycles if cycle.status == "ARCHIVED")

    @cached_property
    def workspaces(self) -> tuple[WorkspaceConfig, ...]:
        """The chosen workspaces, in the order of the configuration."""
        return tuple(workspace for workspace in self.config.workspaces if workspace.slug in self.selection.scopes)

    @cached_property
    def people(self) -> list[Person]:
        """The chosen people: the tenant level, and everyone in the chosen workspaces."""
        return self._chosen(self.roster.people)

    @cached_property
    def names(self) -> dict[str, str]:
        """The full name of everyone in the configured tenant, by login."""
        return self.roster.names(self.config.domain)

    def objectives(self) -> Iterator[ObjectiveDraft]:
        """The chosen objectives, parents first."""
        return self._drafts.objectives(self.workspaces)

    def pillar_names(self) -> tuple[str, ...]:
        """The tenant's own pillars, or those of the content."""
        return self.config.pillars or tuple(pillar.name for pillar in content().pillars)

    def password(self) -> str:
        """The hash of the demo password; slow on purpose, asked for only when somebody is created."""
        return password_hash(self.selection.seed, self._salt)

    # The producers, one for each stage.

    def tenant_rows(self) -> Iterable[Family]:
        yield {
            "organizations": [
                Organization(
                    id=self.organization,
                    name=self.config.name,
                    slug=self.config.slug,
                    allowTenantAdminExecVisibility=False,
                    execOnlyWhitelist=self._whitelist() if self._populated else None,
                    metadata={STAMP: self._stamp()},
                    createdAt=self.moment,
                    updatedAt=self.moment,
                )
            ]
        }

    def workspace_rows(self) -> Iterable[Family]:
        for workspace in self.workspaces:
            id = self.ids.workspaces[workspace.slug]
            row = Workspace(id, workspace.name, self.organization, None, self.moment, self.moment)
            yield {"workspaces": [row]}

    def team_rows(self) -> Iterable[Family]:
        for workspace in self.workspaces:
            parent = self.ids.workspaces[workspace.slug]
            yield {
                "teams": [
                    Team(self.ids.teams[workspace.slug, slug], team, parent, self.moment, self.moment)
                    for slug, team in zip(workspace.team_slugs, workspace.teams, strict=True)
                ]
            }

    def cycle_rows(self) -> Iterable[Family]:
        for cycle in self.cycles:
            quarter = cycle.quarter
            row = Cycle(
                id=self.ids.cycles[quarter],
                organizationId=self.organization,
                name=quarter.name,
                status=cycle.status,
                startDate=quarter.start,
                endDate=quarter.end,
                isStandard=True,
                createdAt=self.moment,
                updatedAt=self.moment,
            )
            yield {"cycles": [row]}

    def pillar_rows(self) -> Iterable[Family]:
        texts = content().pillars
        for place, name in enumerate(self.pillar_names()):
            text = texts[place % len(texts)]
            row = Pillar(
                id=self.ids.pillars[name],
                organizationId=self.organization,
                name=name,
                description=text.description if text.name == name else None,
                color=text.color,
                createdAt=self.moment,
                updatedAt=self.moment,
            )
            yield {"strategic_pillars": [row]}

    def user_rows(self) -> Iterable[Family]:
        """Managers before their reports, so that every reference points at a row already there."""
        for row in user_rows(self.roster, self._chosen(self.roster.managers_first), self.names, self.ids, self.moment):
            yield {"users": [row]}

    def role_rows(self) -> Iterable[Family]:
        for person in self.people:
            yield {"role_assignments": role_rows(person, self.ids, self.moment)}
        for start in range(0, len(self.people), MEMBERS_A_FAMILY):
            yield membership_rows(self.people[start : start + MEMBERS_A_FAMILY], self.ids, self.moment)

    def okr_rows(self) -> Iterable[Family]:
        for draft in self.objectives():
            yield objective_family(draft, self.ids, self._pillars[draft.pillar], self.moment)

    def check_in_rows(self) -> Iterable[Family]:
        for draft in self.objectives():
            rows = check_in_rows(draft, self._drafts.check_ins[draft], self.ids)
            if rows:
                yield {"check_ins": rows}

    def request_rows(self) -> Iterable[Family]:
        for ask in asks(self.roster, [workspace.slug for workspace in self.workspaces]):
            request, response = request_rows(ask, self.ids, self.selection.as_of, self._drafts.chance)
            family: dict[str, list[Any]] = {"check_in_requests": [request]}
            if response is not None:
                family["check_in_responses"] = [response]
            yield family

    def _chosen(self, people: Iterable[Person]) -> list[Person]:
        chosen = {workspace.slug for workspace in self.workspaces}
        return [
            person
            for person in people
            if (person.workspace is None or person.workspace in chosen)
            and (self._with_platform or person.kind != "platform")
        ]

    def _whitelist(self) -> list[str]:
        return [self.ids.users[person.login] for person in self.roster.whitelist]

    @cached_property
    def _pillars(self) -> Remembered[str | None, str]:
        """The id that stands for a pillar of the content: its own, or that in its place among the tenant's own."""
        written = [pillar.name for pillar in content().pillars]
        own, ids = self.pillar_names(), self.ids.pillars

        def standing_for(pillar: str | None) -> str:
            place = written.index(pillar) if pillar in written else 0
            return ids[own[place % len(own)]]

        return Remembered(standing_for)

    def _stamp(self) -> dict[str, Any]:
        selection = self.selection
        return {
            "blueprint": f"okr/{self._version}",
            "seed": selection.seed,
            "size": selection.size,
            "as_of": selection.as_of.isoformat(),
            "calendar": "rolled" if self._drafts.shape.rolled else "fixed",
            "workspaces": sorted(selection.scopes),
        }
