"""Another tenant in the same database, made by the app: no run and no purge of ours may touch it.

Its objective has the title of one of ours, and every other table of the platform has a row of its own.
"""

from __future__ import annotations

from tests.end_to_end.database import Row
from tests.schema_versions.platform import Platform
from tests.schema_versions.rows import cuid, insert, laid_out
from tests.schema_versions.versions import MEMBER_TABLES

_MOMENT = "2025-01-01T00:00:00"
_DAYS = {"startDate": "2025-10-01T00:00:00", "endDate": "2025-12-31T23:59:59.999"}


def _id(what: str) -> str:
    return cuid(f"neighbour {what}")


_ORGANIZATION = _id("organization")

_ROWS: dict[str, Row] = {
    "organizations": {"name": "Neighbour", "slug": "neighbour", "metadata": {"theme": "teal"}},
    "workspaces": {"name": "Sales"},
    "teams": {"name": "Enterprise Sales", "workspaceId": _id("workspaces")},
    "users": {"email": "someone@neighbour.example", "name": "Someone", "passwordHash": "theirs", "avatar": "face.png"},
    "cycles": {"name": "Q4 2025", "status": "ACTIVE", **_DAYS},
    "strategic_pillars": {"name": "Product Excellence"},
    "objectives": {
        "title": "Improve Customer Satisfaction",
        "workspaceId": _id("workspaces"),
        "teamId": _id("teams"),
        "cycleId": _id("cycles"),
        "pillarId": _id("strategic_pillars"),
        "ownerId": _id("users"),
        **_DAYS,
    },
    "key_results": {
        "title": "Raise NPS from 60 to 75",
        "ownerId": _id("users"),
        "metricType": "INCREASE",
        "startValue": 60,
        "targetValue": 75,
        "currentValue": 61,
        "cycleId": _id("cycles"),
    },
    "objective_key_results": {"objectiveId": _id("objectives"), "keyResultId": _id("key_results")},
    "initiatives": {
        "title": "Deploy Customer Feedback Portal",
        "objectiveId": _id("objectives"),
        "keyResultId": _id("key_results"),
        "ownerId": _id("users"),
    },
    "check_ins": {"keyResultId": _id("key_results"), "userId": _id("users"), "value": 61, "confidence": 3},
    "check_in_requests": {"requesterUserId": _id("users"), "targetUserId": _id("users"), "dueAt": _MOMENT},
    "check_in_responses": {"requestId": _id("check_in_requests"), "targetUserId": _id("users"), "submittedAt": _MOMENT},
    "role_assignments": {
        "userId": _id("users"),
        "role": "WORKSPACE_LEAD",
        "scopeType": "WORKSPACE",
        "scopeId": _id("workspaces"),
    },
    "team_members": {"teamId": _id("teams")},
    "workspace_members": {"workspaceId": _id("workspaces")},
    "organization_members": {"role": "ORG_ADMIN"},
}

_OTHER_ROWS: dict[str, Row] = {
    "activities": {
        "id": _id("activity"),
        "userId": _id("users"),
        "entityType": "X",
        "entityId": "x",
        "createdAt": _MOMENT,
    },
    "audit_logs": {"actorUserId": _id("users"), "organizationId": _ORGANIZATION, "action": "login"},
    "tags": {"id": _id("tag"), "name": "urgent", "organizationId": _ORGANIZATION},
    "objective_tags": {"objectiveId": _id("objectives"), "tagId": _id("tag")},
    "share_links": {"id": _id("link"), "keyResultId": _id("key_results"), "createdBy": _id("users")},
    "user_layouts": {"userId": _id("users"), "layout": {"columns": 3}},
}

_WITH_ORGANIZATION = ("workspaces", "cycles", "strategic_pillars", "objectives", "check_in_requests")


def write(platform: Platform) -> None:
    """Write the tenant, as far as the version has tables for it."""
    statements = []
    for table in platform.tables:
        row = {"id": _ORGANIZATION if table == "organizations" else _id(table), **_ROWS[table]}
        row |= {"createdAt": _MOMENT, "updatedAt": _MOMENT}
        if table in _WITH_ORGANIZATION or table == "organization_members":
            row["organizationId"] = _ORGANIZATION
        if table in MEMBER_TABLES:
            row["userId"] = _id("users")
        statements.append(insert(table, laid_out(platform.version, table, row, _ORGANIZATION)))
    platform.execute(*statements, *(insert(table, row) for table, row in _OTHER_ROWS.items()))
