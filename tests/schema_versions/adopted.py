"""A tenant that the app has made some of, under its own ids, before okrseed ever saw the database."""

from __future__ import annotations

from collections.abc import Callable

from tests.end_to_end.database import Row
from tests.schema_versions.people import FOUNDER, IN_TINY, MADE_BY_THE_APP, MEMBER_OF_SALES
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.rows import cuid, insert, laid_out
from tests.schema_versions.versions import MEMBER_TABLES

LONG_AGO = "2025-09-01T08:00:00"

TITLES = (
    "Improve Customer Satisfaction",
    "Turn support into a reason to stay",
    "Build a skilled and confident sales team",
)
"""Objectives of Q4 2025, two of the tenant and one of Sales; no other cycle has an objective of these titles."""

KEY_RESULT = "Raise NPS from 60 to 75"
INITIATIVE = "Deploy Customer Feedback Portal"
TEAMS = ("Enterprise Sales", "SMB Sales", "Tier 1 Support")

_CHOSEN: dict[str, Callable[[Row], bool]] = {
    "organizations": lambda row: True,
    "workspaces": lambda row: row["name"] in ("Sales", "Support"),
    "teams": lambda row: row["name"] in TEAMS,
    "cycles": lambda row: row["name"] == "Q4 2025",
    "objectives": lambda row: row["title"] in TITLES,
    "key_results": lambda row: row["title"] == KEY_RESULT,
    "initiatives": lambda row: row["title"] == INITIATIVE,
}
"""Which rows of a seeded tenant the app has made too."""


def _person(email: str) -> str:
    return cuid(f"users {email}")


_OWN: dict[str, Row] = {
    "organizations": {
        "name": "Puzzel (trial)",
        "metadata": {"plan": {"seats": 50}},
        "execOnlyWhitelist": [_person(IN_TINY[2])],
    },
    "workspaces": {"parentWorkspaceId": None},
    "users": {"name": "Known By Another Name", "settings": {"theme": "dark"}, "isSuperuser": False, "managerId": None},
    "objectives": {"description": "In their own words.", "pillarId": None, "parentId": None, "progress": 1},
    "key_results": {"currentValue": 60, "progress": 0, "description": "As they measure it."},
    "initiatives": {"status": "BLOCKED", "keyResultId": None},
}
"""What the app wrote there instead."""


def ids(canonical: Contents) -> dict[str, str]:
    """The app's id of every row that it has made too, by the canonical one."""
    return (
        {
            row["id"]: cuid(f"{table} {row['id']}")
            for table, chosen in _CHOSEN.items()
            for row in canonical[table].values()
            if chosen(row)
        }
        | {row["id"]: cuid(row["id"]) for row in _joining(canonical)}
        | people_ids(canonical)
    )


def people_ids(canonical: Contents) -> dict[str, str]:
    """The app's id of everybody whom it knows, by the canonical one."""
    people = canonical["users"].values()
    return {row["id"]: _person(row["email"]) for row in people if row["email"] in MADE_BY_THE_APP}


def write(platform: Platform, canonical: Contents) -> None:
    """Write the app's rows, as far as the version has tables for them."""
    own = ids(canonical)
    organization = own[next(iter(canonical["organizations"]))]
    made = [
        (table, _made(table, row, own))
        for table in canonical.keys() & set(platform.tables)
        for row in canonical[table].values()
        if row["id"] in own
    ]
    made += [("users", row) for row in _others(canonical)]
    if "team_members" in platform.tables:
        made += _members(canonical, own)
    # Parents first, as the version lists its tables.
    made.sort(key=lambda entry: platform.tables.index(entry[0]))
    platform.execute(
        *(insert(table, laid_out(platform.version, table, row, organization)) for table, row in made),
    )


def write_people(platform: Platform, canonical: Contents) -> None:
    """Write nothing but the people whom the app knows."""
    own = people_ids(canonical)
    rows = [_made("users", row, own) for row in canonical["users"].values() if row["id"] in own]
    rows += _others(canonical)
    platform.execute(*(insert("users", laid_out(platform.version, "users", row, "")) for row in rows))


def _joining(canonical: Contents) -> list[Row]:
    """The link of the one key result, the founder's role and that of the first lead of Sales."""
    key_result = next(row["id"] for row in canonical["key_results"].values() if row["title"] == KEY_RESULT)
    sales = next(row["id"] for row in canonical["workspaces"].values() if row["name"] == "Sales")
    roles = [
        row
        for row in canonical["role_assignments"].values()
        if row["role"] == "TENANT_OWNER" or (row["role"], row["scopeId"]) == ("WORKSPACE_LEAD", sales)
    ]
    links = [row for row in canonical["objective_key_results"].values() if row["keyResultId"] == key_result]
    return links + roles


def _made(table: str, row: Row, own: dict[str, str]) -> Row:
    """The app's row in the place of a canonical one."""
    made = {name: own.get(value, value) if isinstance(value, str) else value for name, value in row.items()}
    made |= _OWN.get(table, {}) | {"createdAt": LONG_AGO}
    if "updatedAt" in made:
        made["updatedAt"] = LONG_AGO
    if table == "users":
        made |= _credentials(row["email"])
    return made


def _others(canonical: Contents) -> list[Row]:
    """The people whom the canonical rows do not have at this size."""
    known = {row["email"] for row in canonical["users"].values()}
    return [
        {
            "id": _person(email),
            "email": email,
            "name": "Not In Tiny",
            "createdAt": LONG_AGO,
            "updatedAt": LONG_AGO,
            **_credentials(email),
        }
        for email in MADE_BY_THE_APP
        if email not in known
    ]


def _credentials(email: str) -> Row:
    return {
        "passwordHash": f"a hash of {email}'s own",
        "avatar": f"https://pictures.example/{email}.png",
        "keycloakId": cuid(f"keycloak {email}"),
    }


def _members(canonical: Contents, own: dict[str, str]) -> list[tuple[str, Row]]:
    """The founder in the organisation and a member of Sales in a team, as the app has them."""
    team = next(row["id"] for row in canonical["teams"].values() if row["name"] == "Enterprise Sales")
    organization = next(iter(canonical["organizations"]))
    return [
        (
            table,
            {
                "id": cuid(f"{table} {email}"),
                "userId": _person(email),
                MEMBER_TABLES[table][0]: own[scope],
                "role": role,
                "createdAt": LONG_AGO,
                "updatedAt": LONG_AGO,
            },
        )
        for table, scope, email, role in (
            ("organization_members", organization, FOUNDER, "ORG_ADMIN"),
            ("team_members", team, MEMBER_OF_SALES, "MEMBER"),
        )
    ]
