"""What must not be in any database of the platform: two rows of one natural key, references to nothing."""

from __future__ import annotations

from tests.schema_versions.platform import Platform

NATURAL_KEYS = {
    "organizations": ("slug",),
    "workspaces": ("organizationId", "name"),
    "teams": ("workspaceId", "name"),
    "users": ("email",),
    "cycles": ("organizationId", "name"),
    "strategic_pillars": ("organizationId", "name"),
    "objectives": ("organizationId", "workspaceId", "teamId", "cycleId", "title"),
    "objective_key_results": ("objectiveId", "keyResultId"),
    "initiatives": ("objectiveId", "title"),
    "role_assignments": ("userId", "role", "scopeType", "scopeId"),
    "team_members": ("userId", "teamId"),
    "workspace_members": ("userId", "workspaceId"),
    "organization_members": ("userId", "organizationId"),
}
"""The columns that tell the rows of a table apart for people (okr, section 2)."""

_LOOSE = (
    ("key_results", "ownerId", "users"),
    ("initiatives", "ownerId", "users"),
    ("initiatives", "keyResultId", "key_results"),
    ("check_ins", "userId", "users"),
)
"""References without a foreign key."""

_SCOPES = (("TENANT", "organizations"), ("WORKSPACE", "workspaces"), ("TEAM", "teams"))

_KEY_RESULTS = """
    SELECT 'key_results' AS of FROM key_results k JOIN objective_key_results l ON l."keyResultId" = k.id
     GROUP BY l."objectiveId", k.title HAVING count(*) > 1
"""
_STRANGE_INITIATIVES = """
    SELECT 'initiatives of another objective''s key result' AS of FROM initiatives i
     WHERE "keyResultId" IS NOT NULL AND NOT EXISTS (
           SELECT FROM objective_key_results l
            WHERE l."keyResultId" = i."keyResultId" AND l."objectiveId" = i."objectiveId")
"""


def duplicates(platform: Platform) -> list[str]:
    """The tables with two rows of one natural key."""
    queries = [_KEY_RESULTS]
    for table, names in NATURAL_KEYS.items():
        if table in platform.tables:
            columns = ", ".join(f'"{_column(platform, table, name)}"' for name in names)
            queries.append(f"SELECT '{table}' AS of FROM {table} GROUP BY {columns} HAVING count(*) > 1")
    return [row["of"] for row in platform.rows(" UNION ALL ".join(queries))]


def dangling(platform: Platform) -> list[str]:
    """References to rows that are not there, where the database has no foreign key to see to that."""
    queries = [_STRANGE_INITIATIVES]
    queries += [
        f"""SELECT '{table}.{column}' AS of FROM {table} t WHERE "{column}" IS NOT NULL
            AND NOT EXISTS (SELECT FROM {referred} r WHERE r.id = t."{column}")"""
        for table, column, referred in _LOOSE
    ]
    queries += [
        f"""SELECT 'role_assignments.scopeId of {scope}' AS of FROM role_assignments t WHERE "scopeType" = '{scope}'
            AND NOT EXISTS (SELECT FROM {referred} r WHERE r.id = t."scopeId")"""
        for scope, referred in _SCOPES
    ]
    queries.append(
        """SELECT 'execOnlyWhitelist' AS of
             FROM organizations, jsonb_array_elements_text("execOnlyWhitelist") listed(id)
            WHERE slug = 'puzzel-cx-demo' AND NOT EXISTS (SELECT FROM users u WHERE u.id = listed.id)"""
    )
    return [row["of"] for row in platform.rows(" UNION ALL ".join(queries))]


def _column(platform: Platform, table: str, name: str) -> str:
    """The name that the version has for a column; without cycles, what tells objectives apart is their start."""
    names = next(found.names for found in platform.schema if found.name == table)
    if name in names:
        return name
    return {"organizationId": "tenantId", "cycleId": "startDate"}[name]
