"""The tables of the blueprint in foreign-key order: what is compared, kept, merged, found, and how versions differ.

Sources: specification okr, section 1 (versions of the schema) and section 2 (matching, preserved values).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache, partial
from operator import methodcaller
from typing import TYPE_CHECKING, Any

from okrseed.blueprint import Entity, Known, Natural, Refers, Row, Within
from okrseed.blueprints.okr import merges, row_types
from okrseed.blueprints.okr.table_facts import table_facts
from okrseed.described import ColumnFacts, TableFacts

if TYPE_CHECKING:
    from okrseed.blueprints.okr.world import World

TOUCHED = frozenset({"updatedAt"})
CREATED = frozenset({"createdAt"})
PLACED = CREATED | {"positionX", "positionY"}
QUARTERLY = "QUARTERLY"
STATES = ("DRAFT", "PUBLISHED", "COMPLETED", "ARCHIVED")

_IN_TENANT = (Within("organizationId", "organizations"),)
_OF_TENANT = Refers("organizationId", "organizations")
_TENANT_ID = {"organizationId": "tenantId"}
"""V7 renamed the column."""


def _organization(world: World, row: Row) -> str:
    return world.organization


def _quarterly(world: World, row: Row) -> str:
    return QUARTERLY


def _state(world: World, row: Any) -> str:
    """ObjectiveState and KeyResultState (V8) follow cycle, publication and status."""
    if row.cycleId in world.archived_cycles:
        return "ARCHIVED"
    if not row.isPublished:
        return "DRAFT"
    return "COMPLETED" if row.status == "COMPLETED" else "PUBLISHED"


_TENANT = Known(ColumnFacts("tenantId", "text", nullable=False), _organization, refers="organizations")
_PERIOD = Known(ColumnFacts("period", "text", nullable=False, labels=(QUARTERLY,)), _quarterly)
_STATE = Known(ColumnFacts("state", "text", nullable=False, labels=STATES), _state)


def _members(entity: partial[Entity], table: TableFacts, scope: str, scopes: str) -> Entity:
    def membership(values: Iterable[Any]) -> Row:
        return row_types.Membership._make(values)

    return entity(
        table,
        membership,
        within=(Within(scope, scopes),),
        refers=(Refers("userId", "users"), Refers(scope, scopes)),
        natural=Natural(("userId", scope)),
        optional=True,
    )


@cache
def entities() -> Mapping[str, Entity]:
    """The entities by name."""
    entity, tables = partial(Entity, preserved=CREATED, touched=TOUCHED), table_facts()
    listed = (
        entity(
            tables["organizations"],
            row_types.Organization._make,
            root="slug",
            merges={"metadata": merges.merge_metadata, "execOnlyWhitelist": merges.keep_added_ids},
            refers=(Refers("execOnlyWhitelist", "users", enforced=False, many=True),),
            natural=Natural(("slug",)),
        ),
        entity(
            tables["workspaces"],
            row_types.Workspace._make,
            within=_IN_TENANT,
            refers=(_OF_TENANT, Refers("parentWorkspaceId", "workspaces")),
            natural=Natural(("organizationId", "name")),
            renames=_TENANT_ID,
        ),
        entity(
            tables["teams"],
            row_types.Team._make,
            within=(Within("workspaceId", "workspaces"),),
            refers=(Refers("workspaceId", "workspaces"),),
            natural=Natural(("workspaceId", "name")),
        ),
        entity(
            tables["users"],
            row_types.User._make,
            shared=True,
            preserved=CREATED | {"passwordHash", "keycloakId", "avatar"},
            merges={"settings": merges.keep_added_keys},
            made={"passwordHash": methodcaller("password")},
            within=(
                Within("id", "role_assignments", "userId"),
                Within("id", "organizations", "execOnlyWhitelist"),
            ),
            refers=(Refers("managerId", "users"),),
            natural=Natural(("email",), anywhere="email"),
        ),
        entity(
            tables["cycles"],
            row_types.Cycle._make,
            within=_IN_TENANT,
            refers=(_OF_TENANT,),
            natural=Natural(("organizationId", "name")),
            renames=_TENANT_ID,
        ),
        entity(
            tables["strategic_pillars"],
            row_types.Pillar._make,
            within=_IN_TENANT,
            refers=(_OF_TENANT,),
            natural=Natural(("organizationId", "name")),
            renames=_TENANT_ID,
        ),
        entity(
            tables["objectives"],
            row_types.Objective._make,
            preserved=PLACED,
            within=_IN_TENANT,
            refers=(
                _OF_TENANT,
                Refers("workspaceId", "workspaces"),
                Refers("teamId", "teams"),
                Refers("pillarId", "strategic_pillars"),
                Refers("cycleId", "cycles"),
                Refers("ownerId", "users"),
                Refers("parentId", "objectives"),
            ),
            natural=Natural(("organizationId", "workspaceId", "teamId", "cycleId", "title"), prefer="startDate"),
            renames=_TENANT_ID,
            known=(_TENANT, _PERIOD, _STATE),
        ),
        entity(
            tables["key_results"],
            row_types.KeyResult._make,
            preserved=PLACED,
            within=(Within("id", "objective_key_results", "keyResultId"),),
            refers=(Refers("ownerId", "users", enforced=False), Refers("cycleId", "cycles")),
            natural=Natural(("title",), via=("objective_key_results", "keyResultId", "objectiveId")),
            known=(_TENANT, _PERIOD, _STATE),
        ),
        entity(
            tables["objective_key_results"],
            row_types.Link._make,
            within=(Within("objectiveId", "objectives"),),
            refers=(Refers("objectiveId", "objectives"), Refers("keyResultId", "key_results")),
            natural=Natural(("objectiveId", "keyResultId")),
            known=(_TENANT,),
        ),
        entity(
            tables["initiatives"],
            row_types.Initiative._make,
            preserved=PLACED,
            within=(Within("objectiveId", "objectives"),),
            refers=(
                Refers("keyResultId", "key_results", enforced=False),
                Refers("objectiveId", "objectives"),
                Refers("cycleId", "cycles"),
                Refers("ownerId", "users", enforced=False),
            ),
            natural=Natural(("objectiveId", "title")),
            known=(_TENANT, _PERIOD),
        ),
        entity(
            tables["check_ins"],
            row_types.CheckIn._make,
            # The day of a check-in is data, unlike every other createdAt.
            preserved=frozenset(),
            within=(Within("keyResultId", "key_results"),),
            refers=(Refers("keyResultId", "key_results"), Refers("userId", "users", enforced=False)),
        ),
        entity(
            tables["check_in_requests"],
            row_types.CheckInRequest._make,
            within=_IN_TENANT,
            refers=(Refers("requesterUserId", "users"), Refers("targetUserId", "users"), _OF_TENANT),
            renames=_TENANT_ID,
        ),
        entity(
            tables["check_in_responses"],
            row_types.CheckInResponse._make,
            within=(Within("requestId", "check_in_requests"),),
            refers=(Refers("requestId", "check_in_requests"), Refers("targetUserId", "users")),
        ),
        entity(
            tables["role_assignments"],
            row_types.RoleAssignment._make,
            within=(
                Within("scopeId", "organizations"),
                Within("scopeId", "workspaces"),
                Within("scopeId", "teams"),
            ),
            refers=(
                Refers("userId", "users"),
                Refers("scopeId", "organizations", enforced=False),
                Refers("scopeId", "workspaces", enforced=False),
                Refers("scopeId", "teams", enforced=False),
            ),
            natural=Natural(("userId", "role", "scopeType", "scopeId")),
        ),
        _members(entity, tables["organization_members"], "organizationId", "organizations"),
        _members(entity, tables["workspace_members"], "workspaceId", "workspaces"),
        _members(entity, tables["team_members"], "teamId", "teams"),
    )
    return {entity.name: entity for entity in listed}
