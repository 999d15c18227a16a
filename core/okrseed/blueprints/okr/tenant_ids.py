"""The ids of one tenant's rows by their names inside the tenant; those that many rows refer to are made once."""

from __future__ import annotations

from typing import NamedTuple

from okrseed.blueprints.okr import identities
from okrseed.blueprints.okr.cycles import Quarter
from okrseed.blueprints.okr.okrs import ObjectiveDraft
from okrseed.blueprints.okr.remembered import Remembered
from okrseed.blueprints.okr.roster import Person
from okrseed.blueprints.okr.tenant import TenantConfig


class ObjectiveIds(NamedTuple):
    """The ids of an objective and of its key results, in their order."""

    objective: str
    key_results: tuple[str, ...]


class TenantIds:
    """Ids by what they are made of: slugs, quarters, logins, drafts."""

    def __init__(self, config: TenantConfig) -> None:
        self._domain = config.domain
        self.organization = identities.organization_id(config.slug)
        self.workspaces = Remembered(self._workspace)
        self.teams = Remembered(self._team)
        self.cycles = Remembered(self._cycle)
        self.pillars = Remembered(self._pillar)
        self.users = Remembered(self._user)
        self.objectives = Remembered(self._objective)

    def email(self, person: Person) -> str:
        return f"{person.login}@{self._domain}"

    def scope(self, workspace: str | None, team: str | None) -> tuple[str | None, str | None]:
        """The ids of a workspace and of a team in it, of those that are named."""
        if workspace is None:
            return None, None
        return self.workspaces[workspace], None if team is None else self.teams[workspace, team]

    def _workspace(self, slug: str) -> str:
        return identities.workspace_id(self.organization, slug)

    def _team(self, slugs: tuple[str, str]) -> str:
        workspace, team = slugs
        return identities.team_id(self.workspaces[workspace], team)

    def _cycle(self, quarter: Quarter) -> str:
        return identities.cycle_id(self.organization, quarter.name)

    def _pillar(self, name: str) -> str:
        return identities.pillar_id(self.organization, name)

    def _user(self, login: str) -> str:
        return identities.user_id(f"{login}@{self._domain}")

    def _objective(self, draft: ObjectiveDraft) -> ObjectiveIds:
        workspace, team = self.scope(draft.scope.workspace, draft.scope.team)
        id = identities.objective_id(
            self.organization,
            draft.scope.kind,
            team or workspace or "",
            self.cycles[draft.cycle.quarter],
            draft.text.title,
        )
        return ObjectiveIds(id, tuple([identities.key_result_id(id, part.text.title) for part in draft.key_results]))
