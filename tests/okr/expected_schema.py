"""The canonical schema as the specification lists it (okr, section 1). A question mark says: nullable."""

from __future__ import annotations

ENUMS = {
    "CycleStatus": "DRAFT ACTIVE LOCKED ARCHIVED",
    "OKRStatus": "ON_TRACK AT_RISK OFF_TRACK COMPLETED CANCELLED",
    "MetricType": "INCREASE DECREASE REACH MAINTAIN",
    "InitiativeStatus": "NOT_STARTED IN_PROGRESS COMPLETED BLOCKED",
    "CheckInCadence": "WEEKLY BIWEEKLY MONTHLY NONE",
    "VisibilityLevel": "PUBLIC_TENANT PRIVATE WORKSPACE_ONLY TEAM_ONLY MANAGER_CHAIN EXEC_ONLY",
    "RBACRole": (
        "SUPERUSER TENANT_OWNER TENANT_ADMIN TENANT_VIEWER WORKSPACE_LEAD WORKSPACE_ADMIN WORKSPACE_MEMBER"
        " TEAM_LEAD TEAM_CONTRIBUTOR TEAM_VIEWER"
    ),
    "ScopeType": "PLATFORM TENANT WORKSPACE TEAM",
    "CheckInRequestStatus": "OPEN SUBMITTED LATE CANCELLED",
}

COLUMNS = {
    "organizations": (
        "id text, name text, slug text, allowTenantAdminExecVisibility bool, execOnlyWhitelist jsonb?, metadata jsonb?,"
        " createdAt ts, updatedAt ts"
    ),
    "workspaces": ("id text, name text, organizationId text, parentWorkspaceId text?, createdAt ts, updatedAt ts"),
    "teams": "id text, name text, workspaceId text, createdAt ts, updatedAt ts",
    "users": (
        "id text, email text, keycloakId text?, name text, passwordHash text?, avatar text?, isSuperuser bool,"
        " settings jsonb?, managerId text?, createdAt ts, updatedAt ts"
    ),
    "cycles": (
        "id text, organizationId text, name text, status CycleStatus, startDate ts, endDate ts, isStandard bool,"
        " createdAt ts, updatedAt ts"
    ),
    "strategic_pillars": (
        "id text, organizationId text, name text, description text?, color text?, createdAt ts, updatedAt ts"
    ),
    "objectives": (
        "id text, title text, description text?, organizationId text?, workspaceId text?, teamId text?, pillarId text?,"
        " cycleId text?, ownerId text, parentId text?, startDate ts, endDate ts, status OKRStatus, progress float8,"
        " visibilityLevel VisibilityLevel, isPublished bool, positionX float8?, positionY float8?,"
        " createdAt ts, updatedAt ts"
    ),
    "key_results": (
        "id text, title text, description text?, ownerId text, metricType MetricType, startValue float8,"
        " targetValue float8, currentValue float8, unit text?, status OKRStatus, progress float8,"
        " visibilityLevel VisibilityLevel, isPublished bool, checkInCadence CheckInCadence?, cycleId text?,"
        " startDate ts?, endDate ts?, positionX float8?, positionY float8?, createdAt ts, updatedAt ts"
    ),
    "objective_key_results": "id text, objectiveId text, keyResultId text, createdAt ts",
    "initiatives": (
        "id text, title text, description text?, keyResultId text?, objectiveId text?, cycleId text?, ownerId text,"
        " status InitiativeStatus, startDate ts?, endDate ts?, dueDate ts?, positionX float8?, positionY float8?,"
        " createdAt ts, updatedAt ts"
    ),
    "check_ins": (
        "id text, keyResultId text, userId text, value float8, confidence int, note text?, blockers text?, createdAt ts"
    ),
    "check_in_requests": (
        "id text, requesterUserId text, targetUserId text, organizationId text, dueAt ts, status CheckInRequestStatus,"
        " createdAt ts, updatedAt ts"
    ),
    "check_in_responses": (
        "id text, requestId text, targetUserId text, summaryWhatMoved text?, summaryBlocked text?,"
        " summaryNeedHelp text?, submittedAt ts, createdAt ts"
    ),
    "role_assignments": (
        "id text, userId text, role RBACRole, scopeType ScopeType, scopeId text?, createdAt ts, updatedAt ts"
    ),
}

FOREIGN_KEYS = {
    "organizations": "",
    "workspaces": "organizationId organizations CASCADE, parentWorkspaceId workspaces SET NULL",
    "teams": "workspaceId workspaces CASCADE",
    "users": "managerId users SET NULL",
    "cycles": "organizationId organizations CASCADE",
    "strategic_pillars": "organizationId organizations CASCADE",
    "objectives": (
        "organizationId organizations CASCADE, workspaceId workspaces CASCADE, teamId teams SET NULL,"
        " pillarId strategic_pillars SET NULL, cycleId cycles SET NULL, ownerId users CASCADE,"
        " parentId objectives SET NULL"
    ),
    "key_results": "cycleId cycles SET NULL",
    "objective_key_results": "objectiveId objectives CASCADE, keyResultId key_results CASCADE",
    "initiatives": "objectiveId objectives SET NULL, cycleId cycles SET NULL",
    "check_ins": "keyResultId key_results CASCADE",
    "check_in_requests": (
        "requesterUserId users CASCADE, targetUserId users CASCADE, organizationId organizations CASCADE"
    ),
    "check_in_responses": "requestId check_in_requests CASCADE, targetUserId users CASCADE",
    "role_assignments": "userId users CASCADE",
}

UNIQUE = {
    "organizations": "slug",
    "users": "email; keycloakId",
    "objective_key_results": "objectiveId keyResultId",
    "check_in_responses": "requestId",
    "role_assignments": "userId role scopeType scopeId",
}

INDEXES = {
    "workspaces": "organizationId; parentWorkspaceId",
    "teams": "workspaceId",
    "users": "email; keycloakId; isSuperuser; managerId",
    "cycles": "organizationId; status; isStandard",
    "strategic_pillars": "organizationId",
    "objectives": (
        "organizationId; workspaceId; teamId; ownerId; parentId; pillarId; cycleId; visibilityLevel; isPublished"
    ),
    "key_results": "ownerId; visibilityLevel; isPublished; cycleId",
    "objective_key_results": "objectiveId; keyResultId",
    "initiatives": "keyResultId; objectiveId; ownerId; cycleId",
    "check_ins": "keyResultId; userId",
    "check_in_requests": "requesterUserId; targetUserId; organizationId; status; dueAt",
    "check_in_responses": "targetUserId; submittedAt",
    "role_assignments": "userId; scopeType scopeId; role",
}

DEFAULTS = {
    "organizations": {"allowTenantAdminExecVisibility": "false", "createdAt": "CURRENT_TIMESTAMP"},
    "workspaces": {"createdAt": "CURRENT_TIMESTAMP"},
    "teams": {"createdAt": "CURRENT_TIMESTAMP"},
    "users": {"isSuperuser": "false", "settings": "'{}'", "createdAt": "CURRENT_TIMESTAMP"},
    "cycles": {"status": "'DRAFT'", "isStandard": "false", "createdAt": "CURRENT_TIMESTAMP"},
    "strategic_pillars": {"createdAt": "CURRENT_TIMESTAMP"},
    "objectives": {
        "status": "'ON_TRACK'",
        "progress": "0",
        "visibilityLevel": "'PUBLIC_TENANT'",
        "isPublished": "false",
        "createdAt": "CURRENT_TIMESTAMP",
    },
    "key_results": {"progress": "0", "createdAt": "CURRENT_TIMESTAMP"},
    "objective_key_results": {"createdAt": "CURRENT_TIMESTAMP"},
    "initiatives": {"createdAt": "CURRENT_TIMESTAMP"},
    "check_ins": {"createdAt": "CURRENT_TIMESTAMP"},
    "check_in_requests": {"status": "'OPEN'", "createdAt": "CURRENT_TIMESTAMP"},
    "check_in_responses": {"submittedAt": "CURRENT_TIMESTAMP", "createdAt": "CURRENT_TIMESTAMP"},
    "role_assignments": {"createdAt": "CURRENT_TIMESTAMP"},
}
