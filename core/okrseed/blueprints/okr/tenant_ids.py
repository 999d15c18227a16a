"""The ids of one tenant's rows by their names inside the tenant; those that many rows refer to are made once."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

from okrseed.blueprints.okr import identities
from okrseed.blueprints.okr.cycles import Quarter
from okrseed.blueprints.okr.okrs import ObjectiveDraft
from okrseed.blueprints.okr.remembered import Remembered
from okrseed.blueprints.okr.roster import Person
from okrseed.blueprints.okr.tenant import TenantConfig

Workspaces = Remembered[str, str]
Teams = Remembered[tuple[str, str], str]
Cycles = Remembered[Quarter, str]
Scoped = Callable[[str | None, str | None], tuple[str | None, str | None]]


class ObjectiveIds(NamedTuple):
    """The ids of an objective and of its key results, in their order."""

    objective: str
    key_results: tuple[str, ...]


class TenantIds:
    """Ids by what they are made of: slugs, quarters, logins, drafts.

    What makes them refers to no more than it needs: a cycle would keep the tenant in memory until the collector comes.
    """

    def __init__(self, config: TenantConfig) -> None:
        self._domain = domain = config.domain
        self.organization = organization = identities.organization_id(config.slug)
        self.workspaces: Remembered[str, str] = Remembered(partial(identities.workspace_id, organization))
        self.teams = Remembered(partial(_team, self.workspaces))
        self.cycles = Remembered(partial(_cycle, organization))
        self.pillars: Remembered[str, str] = Remembered(partial(identities.pillar_id, organization))
        self.users = Remembered(partial(_user, domain))
        self.scope: Scoped = partial(_scope, self.workspaces, self.teams)
        """The ids of a workspace and of a team in it, of those that are named."""
        self.objectives = Remembered(partial(_objective, organization, self.scope, self.cycles))

    def email(self, person: Person) -> str:
        return f"{person.login}@{self._domain}"


def _team(workspaces: Workspaces, slugs: tuple[str, str]) -> str:
    workspace, team = slugs
    return identities.team_id(workspaces[workspace], team)


def _cycle(organization: str, quarter: Quarter) -> str:
    return identities.cycle_id(organization, quarter.name)


def _user(domain: str, login: str) -> str:
    return identities.user_id(f"{login}@{domain}")


def _scope(
    workspaces: Workspaces, teams: Teams, workspace: str | None, team: str | None
) -> tuple[str | None, str | None]:
    if workspace is None:
        return None, None
    return workspaces[workspace], None if team is None else teams[workspace, team]


def _objective(organization: str, scope: Scoped, cycles: Cycles, draft: ObjectiveDraft) -> ObjectiveIds:
    workspace, team = scope(draft.scope.workspace, draft.scope.team)
    id = identities.objective_id(
        organization,
        draft.scope.kind,
        team or workspace or "",
        cycles[draft.cycle.quarter],
        draft.text.title,
    )
    return ObjectiveIds(id, tuple([identities.key_result_id(id, part.text.title) for part in draft.key_results]))
