"""Tenants beside the default one: a small one, a second one, one written by hand; and which rows are whose."""

from __future__ import annotations

from pathlib import Path

from tests.end_to_end.database import TABLES, Database, Row

ACME = """
[okr]
name = "Acme"
slug = "acme"
domain = "acme.local"
"""
"""The configuration of a second tenant, with the default workspaces."""

SMALL = """
[[okr.workspaces]]
name = "Sales"
teams = ["Enterprise Sales", "SMB Sales"]
leads = 2
team_leads = 2
members = 4

[[okr.workspaces]]
name = "Support"
teams = ["Tier 1 Support"]
leads = 2
team_leads = 1
members = 2

[[okr.workspaces]]
name = "People"
teams = ["HR Operations"]
leads = 2
team_leads = 1
members = 2
"""
"""The default tenant with fewer workspaces: the same laws hold, and it is quicker to look through."""

Contents = dict[str, dict[str, Row]]
"""Rows by table, then by id."""

_PARENTS = (
    ("workspaces", "organizationId"),
    ("teams", "workspaceId"),
    ("cycles", "organizationId"),
    ("strategic_pillars", "organizationId"),
    ("objectives", "organizationId"),
    ("objective_key_results", "objectiveId"),
    ("initiatives", "objectiveId"),
    ("check_in_requests", "organizationId"),
    ("check_in_responses", "requestId"),
)
"""Tables whose rows name the row that they belong to."""

MOMENT = "'2025-01-01 00:00:00.000000'"


def acme_configuration(folder: Path) -> str:
    """Write the configuration of the second tenant; returns its path."""
    path = folder / "acme.toml"
    path.write_text(ACME, encoding="utf-8")
    return str(path)


def configure_small(size: str | None = "tiny") -> None:
    """From now on the working folder's configuration is that of the small tenant, at a size or the usual one."""
    chosen = f'size = "{size}"\n' if size else ""
    Path("okrseed.toml").write_text(chosen + SMALL, encoding="utf-8")


def write_neighbour(database: Database, *, owner: str | None = None) -> None:
    """Write a small tenant by hand; its objective belongs to its own person, or to `owner`."""
    database.execute(
        f"""INSERT INTO organizations (id, name, slug, "updatedAt")
            VALUES ('neighbour', 'Neighbour', 'neighbour', {MOMENT})""",
        f"""INSERT INTO workspaces (id, name, "organizationId", "updatedAt")
            VALUES ('neighbour-sales', 'Sales', 'neighbour', {MOMENT})""",
        f"""INSERT INTO users (id, email, name, "updatedAt")
            VALUES ('neighbour-user', 'someone@neighbour.example', 'Someone', {MOMENT})""",
        f"""INSERT INTO role_assignments (id, "userId", role, "scopeType", "scopeId", "updatedAt")
            VALUES ('neighbour-role', 'neighbour-user', 'WORKSPACE_LEAD', 'WORKSPACE', 'neighbour-sales', {MOMENT})""",
        f"""INSERT INTO objectives (id, title, "organizationId", "ownerId", "startDate", "endDate", "updatedAt")
            VALUES ('neighbour-objective', 'Improve Customer Satisfaction', 'neighbour',
                    '{owner or "neighbour-user"}', {MOMENT}, {MOMENT}, {MOMENT})""",
        f"""INSERT INTO key_results (id, title, "ownerId", "metricType", "startValue", "targetValue", "currentValue",
                                     "updatedAt")
            VALUES ('neighbour-key-result', 'Raise NPS from 60 to 75', 'neighbour-user', 'INCREASE', 60, 75, 65,
                    {MOMENT})""",
        """INSERT INTO objective_key_results (id, "objectiveId", "keyResultId")
            VALUES ('neighbour-link', 'neighbour-objective', 'neighbour-key-result')""",
        f"""INSERT INTO initiatives (id, title, "objectiveId", "ownerId", "updatedAt")
            VALUES ('neighbour-initiative', 'Deploy', 'neighbour-objective', 'neighbour-user', {MOMENT})""",
        """INSERT INTO check_ins (id, "keyResultId", "userId", value, confidence)
            VALUES ('neighbour-check-in', 'neighbour-key-result', 'neighbour-user', 65, 3)""",
    )


def apart(contents: Contents) -> dict[str, Contents]:
    """The rows of each tenant by its slug, found by what they refer to; people belong where their roles are.

    Whoever has a role on the platform belongs to the first tenant. Fails for a row that is nobody's.
    """
    of = {id: row["slug"] for id, row in contents["organizations"].items()}
    for table, column in _PARENTS:
        of |= {id: of[row[column]] for id, row in contents[table].items()}
    roles = contents["role_assignments"].values()
    of |= {row["userId"]: of[row["scopeId"]] if row["scopeId"] else min(of.values()) for row in roles}
    of |= {link["keyResultId"]: of[link["objectiveId"]] for link in contents["objective_key_results"].values()}
    of |= {id: of[row["keyResultId"]] for id, row in contents["check_ins"].items()}
    of |= {id: of[row["userId"]] for id, row in contents["role_assignments"].items()}
    return {
        slug: {table: {id: row for id, row in contents[table].items() if of[id] == slug} for table in TABLES}
        for slug in {row["slug"] for row in contents["organizations"].values()}
    }
