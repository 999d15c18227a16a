"""The canonical schema of the OKR platform (specification: okr, section 1, V6), as tables.

Loaded only to create them: what a run has to know of them is kept (`table_facts`).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    Enum,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from okrseed.blueprints.okr import column_types

metadata = MetaData()
older = MetaData()
"""Tables of older versions of the platform: written where they are, never created."""

CYCLE_STATUS = Enum("DRAFT", "ACTIVE", "LOCKED", "ARCHIVED", name="CycleStatus")
OKR_STATUS = Enum("ON_TRACK", "AT_RISK", "OFF_TRACK", "COMPLETED", "CANCELLED", name="OKRStatus")
METRIC_TYPE = Enum("INCREASE", "DECREASE", "REACH", "MAINTAIN", name="MetricType")
INITIATIVE_STATUS = Enum("NOT_STARTED", "IN_PROGRESS", "COMPLETED", "BLOCKED", name="InitiativeStatus")
CADENCE = Enum("WEEKLY", "BIWEEKLY", "MONTHLY", "NONE", name="CheckInCadence")
VISIBILITY = Enum(
    "PUBLIC_TENANT",
    "PRIVATE",
    "WORKSPACE_ONLY",
    "TEAM_ONLY",
    "MANAGER_CHAIN",
    "EXEC_ONLY",
    name="VisibilityLevel",
)
ROLE = Enum(
    "SUPERUSER",
    "TENANT_OWNER",
    "TENANT_ADMIN",
    "TENANT_VIEWER",
    "WORKSPACE_LEAD",
    "WORKSPACE_ADMIN",
    "WORKSPACE_MEMBER",
    "TEAM_LEAD",
    "TEAM_CONTRIBUTOR",
    "TEAM_VIEWER",
    name="RBACRole",
)
SCOPE_TYPE = Enum("PLATFORM", "TENANT", "WORKSPACE", "TEAM", name="ScopeType")
MEMBER_ROLE = Enum("ORG_ADMIN", "WORKSPACE_OWNER", "TEAM_LEAD", "MEMBER", name="MemberRole")
REQUEST_STATUS = Enum("OPEN", "SUBMITTED", "LATE", "CANCELLED", name="CheckInRequestStatus")

_MOMENT = column_types.Moment()
_DOCUMENT = column_types.Document()
_NUMBER = column_types.Number()
_NOW = text("CURRENT_TIMESTAMP")


def _created() -> Column[Any]:
    return Column("createdAt", _MOMENT, nullable=False, server_default=_NOW)


def _updated() -> Column[Any]:
    return Column("updatedAt", _MOMENT, nullable=False)


def _to(name: str, target: str, on_delete: str, *, required: bool = True) -> Column[Any]:
    key = ForeignKey(f"{target}.id", ondelete=on_delete, onupdate="CASCADE")
    return Column(name, Text, key, nullable=not required)


def _indexes(table: Table, *columns: tuple[str, ...] | str) -> None:
    for group in columns:
        names = (group,) if isinstance(group, str) else group
        Index(f"{table.name}_{'_'.join(names)}_idx", *(table.c[name] for name in names))


organizations = Table(
    "organizations",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("slug", Text, nullable=False, unique=True),
    Column("allowTenantAdminExecVisibility", Boolean, nullable=False, server_default=false()),
    Column("execOnlyWhitelist", _DOCUMENT),
    Column("metadata", _DOCUMENT),
    _created(),
    _updated(),
)


workspaces = Table(
    "workspaces",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    _to("organizationId", "organizations", "CASCADE"),
    _to("parentWorkspaceId", "workspaces", "SET NULL", required=False),
    _created(),
    _updated(),
)
_indexes(workspaces, "organizationId", "parentWorkspaceId")


teams = Table(
    "teams",
    metadata,
    Column("id", Text, primary_key=True),
    Column("name", Text, nullable=False),
    _to("workspaceId", "workspaces", "CASCADE"),
    _created(),
    _updated(),
)
_indexes(teams, "workspaceId")


users = Table(
    "users",
    metadata,
    Column("id", Text, primary_key=True),
    Column("email", Text, nullable=False, unique=True),
    Column("keycloakId", Text, unique=True),
    Column("name", Text, nullable=False),
    Column("passwordHash", Text),
    Column("avatar", Text),
    Column("isSuperuser", Boolean, nullable=False, server_default=false()),
    Column("settings", _DOCUMENT, server_default=text("'{}'")),
    _to("managerId", "users", "SET NULL", required=False),
    _created(),
    _updated(),
)
_indexes(users, "email", "keycloakId", "isSuperuser", "managerId")


cycles = Table(
    "cycles",
    metadata,
    Column("id", Text, primary_key=True),
    _to("organizationId", "organizations", "CASCADE"),
    Column("name", Text, nullable=False),
    Column("status", CYCLE_STATUS, nullable=False, server_default="DRAFT"),
    Column("startDate", _MOMENT, nullable=False),
    Column("endDate", _MOMENT, nullable=False),
    Column("isStandard", Boolean, nullable=False, server_default=false()),
    _created(),
    _updated(),
)
_indexes(cycles, "organizationId", "status", "isStandard")


strategic_pillars = Table(
    "strategic_pillars",
    metadata,
    Column("id", Text, primary_key=True),
    _to("organizationId", "organizations", "CASCADE"),
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("color", Text),
    _created(),
    _updated(),
)
_indexes(strategic_pillars, "organizationId")


objectives = Table(
    "objectives",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    _to("organizationId", "organizations", "CASCADE", required=False),
    _to("workspaceId", "workspaces", "CASCADE", required=False),
    _to("teamId", "teams", "SET NULL", required=False),
    _to("pillarId", "strategic_pillars", "SET NULL", required=False),
    _to("cycleId", "cycles", "SET NULL", required=False),
    _to("ownerId", "users", "CASCADE"),
    _to("parentId", "objectives", "SET NULL", required=False),
    Column("startDate", _MOMENT, nullable=False),
    Column("endDate", _MOMENT, nullable=False),
    Column("status", OKR_STATUS, nullable=False, server_default="ON_TRACK"),
    Column("progress", _NUMBER, nullable=False, server_default=text("0")),
    Column("visibilityLevel", VISIBILITY, nullable=False, server_default="PUBLIC_TENANT"),
    Column("isPublished", Boolean, nullable=False, server_default=false()),
    Column("positionX", _NUMBER),
    Column("positionY", _NUMBER),
    _created(),
    _updated(),
)
_indexes(
    objectives,
    "organizationId",
    "workspaceId",
    "teamId",
    "ownerId",
    "parentId",
    "pillarId",
    "cycleId",
    "visibilityLevel",
    "isPublished",
)


key_results = Table(
    "key_results",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("ownerId", Text, nullable=False),
    Column("metricType", METRIC_TYPE, nullable=False),
    Column("startValue", _NUMBER, nullable=False),
    Column("targetValue", _NUMBER, nullable=False),
    Column("currentValue", _NUMBER, nullable=False),
    Column("unit", Text),
    Column("status", OKR_STATUS, nullable=False, server_default="ON_TRACK"),
    Column("progress", _NUMBER, nullable=False, server_default=text("0")),
    Column("visibilityLevel", VISIBILITY, nullable=False, server_default="PUBLIC_TENANT"),
    Column("isPublished", Boolean, nullable=False, server_default=false()),
    Column("checkInCadence", CADENCE),
    _to("cycleId", "cycles", "SET NULL", required=False),
    Column("startDate", _MOMENT),
    Column("endDate", _MOMENT),
    Column("positionX", _NUMBER),
    Column("positionY", _NUMBER),
    _created(),
    _updated(),
)
_indexes(key_results, "ownerId", "visibilityLevel", "isPublished", "cycleId")


objective_key_results = Table(
    "objective_key_results",
    metadata,
    Column("id", Text, primary_key=True),
    _to("objectiveId", "objectives", "CASCADE"),
    _to("keyResultId", "key_results", "CASCADE"),
    _created(),
    UniqueConstraint("objectiveId", "keyResultId"),
)
_indexes(objective_key_results, "objectiveId", "keyResultId")


initiatives = Table(
    "initiatives",
    metadata,
    Column("id", Text, primary_key=True),
    Column("title", Text, nullable=False),
    Column("description", Text),
    Column("keyResultId", Text),
    _to("objectiveId", "objectives", "SET NULL", required=False),
    _to("cycleId", "cycles", "SET NULL", required=False),
    Column("ownerId", Text, nullable=False),
    Column("status", INITIATIVE_STATUS, nullable=False, server_default="NOT_STARTED"),
    Column("startDate", _MOMENT),
    Column("endDate", _MOMENT),
    Column("dueDate", _MOMENT),
    Column("positionX", _NUMBER),
    Column("positionY", _NUMBER),
    _created(),
    _updated(),
)
_indexes(initiatives, "keyResultId", "objectiveId", "ownerId", "cycleId")


check_ins = Table(
    "check_ins",
    metadata,
    Column("id", Text, primary_key=True),
    _to("keyResultId", "key_results", "CASCADE"),
    Column("userId", Text, nullable=False),
    Column("value", _NUMBER, nullable=False),
    Column("confidence", Integer, nullable=False),
    Column("note", Text),
    Column("blockers", Text),
    _created(),
)
_indexes(check_ins, "keyResultId", "userId")


check_in_requests = Table(
    "check_in_requests",
    metadata,
    Column("id", Text, primary_key=True),
    _to("requesterUserId", "users", "CASCADE"),
    _to("targetUserId", "users", "CASCADE"),
    _to("organizationId", "organizations", "CASCADE"),
    Column("dueAt", _MOMENT, nullable=False),
    Column("status", REQUEST_STATUS, nullable=False, server_default="OPEN"),
    _created(),
    _updated(),
)
_indexes(check_in_requests, "requesterUserId", "targetUserId", "organizationId", "status", "dueAt")


check_in_responses = Table(
    "check_in_responses",
    metadata,
    Column("id", Text, primary_key=True),
    Column(
        "requestId",
        Text,
        ForeignKey("check_in_requests.id", ondelete="CASCADE", onupdate="CASCADE"),
        nullable=False,
        unique=True,
    ),
    _to("targetUserId", "users", "CASCADE"),
    Column("summaryWhatMoved", Text),
    Column("summaryBlocked", Text),
    Column("summaryNeedHelp", Text),
    Column("submittedAt", _MOMENT, nullable=False, server_default=_NOW),
    _created(),
)
_indexes(check_in_responses, "targetUserId", "submittedAt")


role_assignments = Table(
    "role_assignments",
    metadata,
    Column("id", Text, primary_key=True),
    _to("userId", "users", "CASCADE"),
    Column("role", ROLE, nullable=False),
    Column("scopeType", SCOPE_TYPE, nullable=False),
    Column("scopeId", Text),
    _created(),
    _updated(),
    UniqueConstraint("userId", "role", "scopeType", "scopeId"),
)
_indexes(role_assignments, "userId", ("scopeType", "scopeId"), "role")


def _members(name: str, scope: str) -> Table:
    """A table of members; no foreign keys here, as these tables are never created."""
    return Table(
        name,
        older,
        Column("id", Text, primary_key=True),
        Column("userId", Text, nullable=False),
        Column(scope, Text, nullable=False),
        Column("role", MEMBER_ROLE, nullable=False),
        _created(),
        _updated(),
    )


organization_members = _members("organization_members", "organizationId")
workspace_members = _members("workspace_members", "workspaceId")
team_members = _members("team_members", "teamId")
