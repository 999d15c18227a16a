"""One tenant made ready for one selection: everything the producers of the stages share."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from okrseed.blueprint import Family
from okrseed.blueprints.okr import identities
from okrseed.blueprints.okr.checkins import check_ins
from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.cycles import CycleSpec, cycles_of
from okrseed.blueprints.okr.okrs import Drafting, ObjectiveDraft
from okrseed.blueprints.okr.people import membership_rows, password_hash, role_rows, user_rows
from okrseed.blueprints.okr.requests import asks, request_rows
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.tables import (
    Cycle,
    Initiative,
    KeyResult,
    Link,
    Objective,
    Organization,
    Pillar,
    Team,
    Workspace,
)
from okrseed.blueprints.okr.tenant import TenantConfig, WorkspaceConfig
from okrseed.chance import Chance
from okrseed.identity import slug
from okrseed.selection import Selection

STAMP = "okrseed"


class World:
    """Yields the desired rows of each stage. `populated` is False where no demo people are allowed."""

    def __init__(self, config: TenantConfig, selection: Selection, *, version: str, populated: bool) -> None:
        self.config = config
        self.selection = selection
        self._version = version
        self._populated = populated
        self.chance = Chance(selection.seed)
        self.organization = identities.organization_id(config.slug)
        self.rolled = "roll_cycles" in selection.options

    @property
    def moment(self) -> datetime.datetime:
        """The instant of `as_of`: 18:00 UTC."""
        return datetime.datetime.combine(self.selection.as_of, datetime.time(18))

    @cached_property
    def cycles(self) -> tuple[CycleSpec, ...]:
        return cycles_of(self.selection.as_of, rolled=self.rolled)

    @cached_property
    def archived_cycles(self) -> frozenset[str]:
        """The ids of archived cycles."""
        return frozenset(
            identities.cycle_id(self.organization, cycle.quarter.name)
            for cycle in self.cycles
            if cycle.status == "ARCHIVED"
        )

    @cached_property
    def roster(self) -> Roster:
        return Roster(self.config, self.selection.size, self.chance)

    @cached_property
    def workspaces(self) -> tuple[WorkspaceConfig, ...]:
        """The chosen workspaces, in the order of the configuration."""
        return tuple(workspace for workspace in self.config.workspaces if workspace.slug in self.selection.scopes)

    @cached_property
    def people(self) -> list[Person]:
        """The chosen people: the tenant level, and everyone in the chosen workspaces."""
        chosen = {workspace.slug for workspace in self.workspaces}
        return [person for person in self.roster.people if person.workspace is None or person.workspace in chosen]

    @cached_property
    def drafting(self) -> Drafting:
        return Drafting(self.config, self.selection.size, self.cycles, self.roster, self.chance)

    def objectives(self) -> Iterator[ObjectiveDraft]:
        """The chosen objectives, parents first."""
        yield from self.drafting.tenant()
        for workspace in self.workspaces:
            yield from self.drafting.workspace(workspace)

    def workspace_id(self, workspace: str) -> str:
        return identities.workspace_id(self.organization, workspace)

    def pillar_names(self) -> tuple[str, ...]:
        """The tenant's own pillars, or those of the content."""
        return self.config.pillars or tuple(pillar.name for pillar in content().pillars)

    def password(self) -> str:
        """The hash of the demo password; slow on purpose, asked for only when somebody is created."""
        return password_hash(self.selection.seed, self.config.slug)

    # The producers, one for each stage.

    def tenant_rows(self) -> Iterable[Family]:
        yield {
            "organizations": [
                Organization(
                    id=self.organization,
                    name=self.config.name,
                    slug=self.config.slug,
                    allowTenantAdminExecVisibility=False,
                    execOnlyWhitelist=self.roster.whitelist if self._populated else None,
                    metadata={STAMP: self._stamp()},
                    createdAt=self.moment,
                    updatedAt=self.moment,
                )
            ]
        }

    def workspace_rows(self) -> Iterable[Family]:
        for workspace in self.workspaces:
            id = self.workspace_id(workspace.slug)
            row = Workspace(id, workspace.name, self.organization, None, self.moment, self.moment)
            yield {"workspaces": [row]}

    def team_rows(self) -> Iterable[Family]:
        for workspace in self.workspaces:
            parent = self.workspace_id(workspace.slug)
            yield {
                "teams": [
                    Team(identities.team_id(parent, slug(team)), team, parent, self.moment, self.moment)
                    for team in workspace.teams
                ]
            }

    def cycle_rows(self) -> Iterable[Family]:
        for cycle in self.cycles:
            quarter = cycle.quarter
            row = Cycle(
                id=identities.cycle_id(self.organization, quarter.name),
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
                id=identities.pillar_id(self.organization, name),
                organizationId=self.organization,
                name=name,
                description=text.description if text.name == name else None,
                color=text.color,
                createdAt=self.moment,
                updatedAt=self.moment,
            )
            yield {"strategic_pillars": [row]}

    def user_rows(self) -> Iterable[Family]:
        for row in user_rows(self.roster, self.people, self.moment):
            yield {"users": [row]}

    def role_rows(self) -> Iterable[Family]:
        workspaces = {workspace.slug: self.workspace_id(workspace.slug) for workspace in self.workspaces}
        teams = {
            slug(team): identities.team_id(workspaces[workspace.slug], slug(team))
            for workspace in self.workspaces
            for team in workspace.teams
        }
        for row in role_rows(self.people, self.organization, workspaces, teams, self.moment):
            yield {"role_assignments": [row]}
        for table, member in membership_rows(self.people, self.organization, workspaces, teams, self.moment):
            yield {table: [member]}

    def okr_rows(self) -> Iterable[Family]:
        for draft in self.objectives():
            yield self._objective_family(draft)

    def check_in_rows(self) -> Iterable[Family]:
        for draft in self.objectives():
            rows = check_ins(draft, self.selection.as_of, self.chance)
            if rows:
                yield {"check_ins": rows}

    def request_rows(self) -> Iterable[Family]:
        for ask in asks(self.roster, [workspace.slug for workspace in self.workspaces]):
            request, response = request_rows(ask, self.organization, self.selection.as_of, self.chance)
            family: dict[str, list[Any]] = {"check_in_requests": [request]}
            if response is not None:
                family["check_in_responses"] = [response]
            yield family

    def _objective_family(self, draft: ObjectiveDraft) -> Family:
        quarter = draft.cycle.quarter
        visibility = "PRIVATE" if draft.private else "PUBLIC_TENANT"
        objective = Objective(
            id=draft.id,
            title=draft.text.title,
            description=draft.text.description,
            organizationId=self.organization,
            workspaceId=self.workspace_id(draft.workspace) if draft.workspace else None,
            teamId=draft.scope_id if draft.slot.scope == "team" else None,
            pillarId=self._pillar_id(draft),
            cycleId=draft.cycle_id,
            ownerId=draft.owner.id,
            parentId=draft.parent.id if draft.parent else None,
            startDate=quarter.start,
            endDate=quarter.end,
            status=draft.status,
            progress=draft.progress,
            visibilityLevel=visibility,
            isPublished=draft.published,
            positionX=None,
            positionY=None,
            createdAt=quarter.start,
            updatedAt=self.moment,
        )
        key_results = [
            KeyResult(
                id=part.id,
                title=part.text.title,
                description=None,
                ownerId=part.owner.id,
                metricType=part.text.metric,
                startValue=part.text.start,
                targetValue=part.text.target,
                currentValue=part.current,
                unit=part.text.unit,
                status=draft.status,
                progress=part.progress,
                visibilityLevel=visibility,
                isPublished=draft.published,
                checkInCadence=part.cadence,
                cycleId=draft.cycle_id,
                startDate=quarter.start,
                endDate=quarter.end,
                positionX=None,
                positionY=None,
                createdAt=quarter.start,
                updatedAt=self.moment,
            )
            for part in draft.key_results
        ]
        return {
            "objectives": [objective],
            "key_results": key_results,
            "objective_key_results": [
                Link(identities.link_id(draft.id, part.id), draft.id, part.id, quarter.start)
                for part in draft.key_results
            ],
            "initiatives": self._initiatives(draft),
        }

    def _initiatives(self, draft: ObjectiveDraft) -> list[Initiative]:
        quarter = draft.cycle.quarter
        return [
            Initiative(
                id=part.id,
                title=part.text.title,
                description=part.text.description,
                keyResultId=part.key_result.id,
                objectiveId=draft.id,
                cycleId=draft.cycle_id,
                ownerId=part.key_result.owner.id,
                status=part.status,
                startDate=quarter.start,
                endDate=quarter.end,
                dueDate=quarter.end - datetime.timedelta(days=7 * self.chance.below(6, f"due:{part.id}")),
                positionX=None,
                positionY=None,
                createdAt=quarter.start,
                updatedAt=self.moment,
            )
            for part in draft.initiatives
        ]

    def _pillar_id(self, draft: ObjectiveDraft) -> str:
        """The content's pillar, or the one in its place among the tenant's own."""
        written = [pillar.name for pillar in content().pillars]
        own = self.pillar_names()
        place = written.index(draft.pillar) if draft.pillar in written else 0
        return identities.pillar_id(self.organization, own[place % len(own)])

    def _stamp(self) -> dict[str, Any]:
        selection = self.selection
        return {
            "blueprint": f"okr/{self._version}",
            "seed": selection.seed,
            "size": selection.size,
            "as_of": selection.as_of.isoformat(),
            "calendar": "rolled" if self.rolled else "fixed",
            "workspaces": sorted(selection.scopes),
        }
