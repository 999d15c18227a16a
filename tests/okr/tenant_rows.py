"""All desired rows of a selection by table, from the producers of the stages; no database is asked."""

from __future__ import annotations

import datetime
import hashlib
from collections import defaultdict
from collections.abc import Sequence
from functools import cached_property, lru_cache
from typing import Any

from okrseed.blueprint import Family, Stage
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.row_types import (
    CheckIn,
    CheckInRequest,
    CheckInResponse,
    Cycle,
    Initiative,
    KeyResult,
    Link,
    Objective,
    Organization,
    Pillar,
    RoleAssignment,
    Team,
    User,
    Workspace,
)
from okrseed.blueprints.okr.world import World
from okrseed.selection import Request, Selection, resolve

WEDNESDAY = datetime.date(2026, 2, 11)
"""A day in the middle of an active quarter."""

SIZES = ("tiny", "demo", "full")
WORKSPACES = ("sales", "support", "marketing", "product", "engineering", "people")
SEEDS = ("puzzel-cx-demo-seed-2025", "another seed string", "Ünïcode ☂", "x")
MANY_SEEDS = ("puzzel-cx-demo-seed-2025", *(f"seed string {number}" for number in range(19)))
TABLES = (
    "organizations",
    "workspaces",
    "teams",
    "users",
    "cycles",
    "strategic_pillars",
    "objectives",
    "key_results",
    "objective_key_results",
    "initiatives",
    "check_ins",
    "check_in_requests",
    "check_in_responses",
    "role_assignments",
)
OKR_TABLES = ("objectives", "key_results", "objective_key_results", "initiatives", "check_ins")


def selection_for(
    size: str = "full",
    *,
    seed: str | None = None,
    as_of: datetime.date = WEDNESDAY,
    rolled: bool = False,
    workspaces: tuple[str, ...] | None = None,
    environment: str = "development",
    blueprint: OkrBlueprint | None = None,
) -> Selection:
    """The validated selection of everything that the environment allows."""
    request = Request(
        size=size,
        seed=seed,
        as_of=as_of,
        scopes=workspaces,
        environment=environment,
        options=frozenset({"roll_cycles"} if rolled else ()),
    )
    return resolve(blueprint or OkrBlueprint(), request, today=as_of)


def tenant_rows(
    size: str = "full",
    *,
    seed: str | None = None,
    as_of: datetime.date = WEDNESDAY,
    rolled: bool = False,
    workspaces: tuple[str, ...] | None = None,
    environment: str = "development",
    blueprint: OkrBlueprint | None = None,
) -> TenantRows:
    """The desired rows of a selection; the same object for the same question asked shortly after."""
    return _produced(blueprint or _puzzel(), size, seed, as_of, rolled, workspaces, environment)


@lru_cache(maxsize=1)
def _puzzel() -> OkrBlueprint:
    return OkrBlueprint()


@lru_cache(maxsize=48)
def _produced(
    blueprint: OkrBlueprint,
    size: str,
    seed: str | None,
    as_of: datetime.date,
    rolled: bool,
    workspaces: tuple[str, ...] | None,
    environment: str,
) -> TenantRows:
    selection = selection_for(
        size,
        seed=seed,
        as_of=as_of,
        rolled=rolled,
        workspaces=workspaces,
        environment=environment,
        blueprint=blueprint,
    )
    return TenantRows(blueprint, selection)


class TenantRows:
    """The desired rows, a stage produced when one of its tables is first looked at."""

    def __init__(self, blueprint: OkrBlueprint, selection: Selection) -> None:
        self.blueprint = blueprint
        self.selection = selection
        self.world: World = blueprint.world(selection, blueprint.tenant())
        self._stages: dict[str, Stage] = {table: stage for stage in blueprint.stages() for table in stage.tables}
        self._tables: dict[str, tuple[Any, ...]] = {}

    def table(self, name: str) -> tuple[Any, ...]:
        """The rows of a table in the order in which they are produced; none where its stage takes no part."""
        if name not in self._tables:
            self._collect(self._stages[name])
        return self._tables[name]

    def families(self, stage: str) -> list[Family]:
        """What the producer of a stage yields, asked anew."""
        (producer,) = [one.producer for one in self.blueprint.stages() if one.id == stage]
        return list(producer(self.world))

    def _collect(self, stage: Stage) -> None:
        rows: dict[str, list[Any]] = {table: [] for table in stage.tables}
        if self.selection.takes_part(stage.id):
            for family in stage.producer(self.world):
                for table, members in family.items():
                    rows[table] += members
        self._tables |= {table: tuple(members) for table, members in rows.items()}

    def by_id(self, name: str) -> dict[str, Any]:
        """The rows of a table by their id."""
        return {row.id: row for row in self.table(name)}

    def ids(self, name: str) -> set[str]:
        return {row.id for row in self.table(name)}

    @cached_property
    def organization(self) -> Organization:
        (row,) = self.table("organizations")
        assert isinstance(row, Organization)
        return row

    @property
    def workspaces(self) -> Sequence[Workspace]:
        return self.table("workspaces")

    @property
    def teams(self) -> Sequence[Team]:
        return self.table("teams")

    @property
    def users(self) -> Sequence[User]:
        return self.table("users")

    @property
    def cycles(self) -> Sequence[Cycle]:
        return self.table("cycles")

    @property
    def pillars(self) -> Sequence[Pillar]:
        return self.table("strategic_pillars")

    @property
    def objectives(self) -> Sequence[Objective]:
        return self.table("objectives")

    @property
    def key_results(self) -> Sequence[KeyResult]:
        return self.table("key_results")

    @property
    def links(self) -> Sequence[Link]:
        return self.table("objective_key_results")

    @property
    def initiatives(self) -> Sequence[Initiative]:
        return self.table("initiatives")

    @property
    def check_ins(self) -> Sequence[CheckIn]:
        return self.table("check_ins")

    @property
    def requests(self) -> Sequence[CheckInRequest]:
        return self.table("check_in_requests")

    @property
    def responses(self) -> Sequence[CheckInResponse]:
        return self.table("check_in_responses")

    @property
    def roles(self) -> Sequence[RoleAssignment]:
        return self.table("role_assignments")

    @cached_property
    def cycle_status(self) -> dict[str | None, str]:
        """ACTIVE, DRAFT or ARCHIVED by the cycle's id."""
        return {cycle.id: cycle.status for cycle in self.cycles}

    @cached_property
    def objective_of(self) -> dict[str, Objective]:
        """The objective of each key result and initiative, by their id."""
        objectives = {row.id: row for row in self.objectives}
        of = {link.keyResultId: objectives[link.objectiveId] for link in self.links}
        return of | {row.id: objectives[row.objectiveId or ""] for row in self.initiatives}

    @cached_property
    def series(self) -> dict[str, list[CheckIn]]:
        """The check-ins of each key result that has any, oldest first."""
        series: defaultdict[str, list[CheckIn]] = defaultdict(list)
        for row in sorted(self.check_ins, key=lambda row: row.createdAt):
            series[row.keyResultId].append(row)
        return dict(series)

    @cached_property
    def home(self) -> dict[str, str | None]:
        """The workspace's id of each user, by user id, as the roles say; None for people of the whole tenant."""
        workspace_of = {row.id: row.id for row in self.workspaces} | {row.id: row.workspaceId for row in self.teams}
        home: dict[str, str | None] = {user.id: None for user in self.users}
        for role in self.roles:
            if role.scopeType in ("WORKSPACE", "TEAM"):
                home[role.userId] = workspace_of[role.scopeId or ""]
        return home


def kind_of(user: User) -> str:
    """What the e-mail address says a person is: platform, founder, admin, workspace-lead, team-lead or member."""
    local = user.email.partition("@")[0]
    kinds = ("platform", "founder", "admin", "workspace-lead", "team-lead", "member")
    return next(kind for kind in kinds if local.startswith(kind))


def digest(size: str) -> str:
    """A fingerprint of every value of every row, the password's hash included."""
    rows = tenant_rows(size)
    state = hashlib.sha256(rows.world.password().encode())
    for table in TABLES:
        for row in rows.table(table):
            state.update(f"{table}:{row!r}\n".encode())
    return state.hexdigest()


def without(row: Any, *columns: str) -> Any:
    """The row with some columns blanked, where it has them."""
    return row._replace(**{name: None for name in columns if name in row._fields})
