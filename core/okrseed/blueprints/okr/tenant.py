"""Who the demo is about: organisation, domain, workspaces, teams, pillars. Puzzel CX unless the user says otherwise."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from functools import cached_property

from okrseed.errors import UsageError
from okrseed.identity import slug


@dataclass(frozen=True)
class WorkspaceConfig:
    """One workspace: its teams and how many people it has beside the tenant-level ones."""

    name: str
    teams: tuple[str, ...]
    leads: int = 4
    team_leads: int = 3
    members: int = 22

    @cached_property
    def slug(self) -> str:
        return slug(self.name)

    @cached_property
    def team_slugs(self) -> tuple[str, ...]:
        return tuple(map(slug, self.teams))


PUZZEL_WORKSPACES = (
    WorkspaceConfig("Sales", ("Enterprise Sales", "SMB Sales", "Account Management")),
    WorkspaceConfig(
        "Support",
        ("Tier 1 Support", "Tier 2 Support", "Technical Support", "Customer Success"),
        team_leads=6,
        members=29,
    ),
    WorkspaceConfig("Marketing", ("Content Marketing", "Demand Generation", "Product Marketing")),
    WorkspaceConfig("Product", ("Product Management", "User Research", "Design"), members=21),
    WorkspaceConfig(
        "Engineering",
        ("Backend Engineering", "Frontend Engineering", "DevOps", "Platform Engineering"),
        team_leads=6,
        members=29,
    ),
    WorkspaceConfig("People", ("HR Operations", "Talent Acquisition", "Learning & Development")),
)


@dataclass(frozen=True)
class TenantConfig:
    """The configured tenant. `pillars` empty means: those of the content."""

    name: str = "Puzzel CX Demo"
    slug: str = "puzzel-cx-demo"
    domain: str = "puzzelcx.local"
    workspaces: tuple[WorkspaceConfig, ...] = field(default=PUZZEL_WORKSPACES)
    pillars: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Raises UsageError for names that would give two rows one identity."""
        if not self.workspaces:
            raise UsageError("the tenant has no workspaces", code="bad_tenant")
        _distinct("workspaces", [workspace.slug for workspace in self.workspaces])
        _distinct("teams", [slug(team) for workspace in self.workspaces for team in workspace.teams])
        _distinct("pillars", list(self.pillars))
        for workspace in self.workspaces:
            if not workspace.teams:
                raise UsageError(f"the workspace {workspace.name!r} has no teams", code="bad_tenant")
            if workspace.leads < 2 or workspace.team_leads < len(workspace.teams) or workspace.members < 1:
                raise UsageError(
                    f"the workspace {workspace.name!r} needs at least 2 leads, a team lead for each team and 1 member",
                    code="bad_tenant",
                )


def _distinct(what: str, identities: list[str]) -> None:
    times = Counter(identities)
    for name in identities:
        if not name or times[name] > 1:
            raise UsageError(f"two {what} of the tenant are called {name!r}, or it is empty", code="bad_tenant")
