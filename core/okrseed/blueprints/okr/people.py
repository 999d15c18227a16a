"""Rows of users and role assignments."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterator

from okrseed.blueprint import OnCreate
from okrseed.blueprints.okr.identities import membership_id, role_id
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.tables import Membership, RoleAssignment, User
from okrseed.identity import slug

PASSWORD = "changeme"  # noqa: S105 - the demo password that the specification gives everyone
BCRYPT_COST = 10
INSPECTOR = {"debug": {"rbacInspectorEnabled": True}}

_RANK = {"platform": 0, "founder": 1, "admin": 2, "lead": 3, "team_lead": 4, "member": 5}
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def user_rows(roster: Roster, people: list[Person], moment: datetime.datetime) -> Iterator[User]:
    """Managers before their reports, so that every reference points at a row already there."""
    for person in sorted(people, key=lambda person: (_depth(roster, person), _RANK[person.kind])):
        manager = roster.managers.get(person.email)
        yield User(
            id=person.id,
            email=person.email,
            keycloakId=None,
            name=roster.names[person.email],
            passwordHash=OnCreate.VALUE,
            avatar=None,
            isSuperuser=person.kind == "platform",
            settings=INSPECTOR if roster.inspects_rbac(person) else {},
            managerId=manager.id if manager else None,
            createdAt=moment,
            updatedAt=moment,
        )


def role_rows(
    people: list[Person],
    organization: str,
    workspaces: dict[str, str],
    teams: dict[str, str],
    moment: datetime.datetime,
) -> Iterator[RoleAssignment]:
    """First and second roles; `workspaces` and `teams` map slugs to ids."""
    for person in people:
        for role, scope_type in _roles(person):
            scope = {
                "PLATFORM": None,
                "TENANT": organization,
                "WORKSPACE": workspaces.get(person.workspace or ""),
                "TEAM": teams.get(person.team or ""),
            }[scope_type]
            yield RoleAssignment(
                id=role_id(person.id, role, scope_type, scope),
                userId=person.id,
                role=role,
                scopeType=scope_type,
                scopeId=scope,
                createdAt=moment,
                updatedAt=moment,
            )


def membership_rows(
    people: list[Person],
    organization: str,
    workspaces: dict[str, str],
    teams: dict[str, str],
    moment: datetime.datetime,
) -> Iterator[tuple[str, Membership]]:
    """Who belongs where, by table, for older versions of the platform; platform belongs to no tenant."""
    for person in people:
        if person.kind == "platform":
            continue
        leading = person.kind in ("founder", "admin")
        scopes = [("organization_members", organization, "ORG_ADMIN" if leading else "MEMBER")]
        if person.workspace is not None:
            role = "WORKSPACE_OWNER" if person.kind == "lead" else "MEMBER"
            scopes.append(("workspace_members", workspaces[person.workspace], role))
        if person.team is not None:
            scopes.append(("team_members", teams[person.team], "TEAM_LEAD" if person.kind == "team_lead" else "MEMBER"))
        for table, scope, role in scopes:
            yield table, Membership(membership_id(person.id, scope), person.id, scope, role, moment, moment)


def password_hash(seed: str, tenant_slug: str) -> str:
    """The bcrypt hash of the demo password, its salt derived from seed string and slug: equal runs, equal hashes."""
    import bcrypt

    digest = hashlib.sha256(f"{seed}:{slug(tenant_slug)}".encode()).digest()
    salt = "".join(_BCRYPT_ALPHABET[byte & 63] for byte in digest[:21])
    # The 22nd character holds only two bits of salt; bcrypt expects the others to be zero.
    return bcrypt.hashpw(PASSWORD.encode(), f"$2b${BCRYPT_COST:02d}${salt}.".encode()).decode()


def _roles(person: Person) -> list[tuple[str, str]]:
    match person.kind:
        case "platform":
            return [("SUPERUSER", "PLATFORM")]
        case "founder":
            return [("TENANT_OWNER", "TENANT")]
        case "admin":
            return [("TENANT_ADMIN", "TENANT")]
        case "lead":
            return [("WORKSPACE_LEAD", "WORKSPACE")]
        case "team_lead":
            return [("TEAM_LEAD", "TEAM"), ("WORKSPACE_MEMBER", "WORKSPACE")]
        case "member":
            first = ("TEAM_VIEWER" if person.number % 10 == 0 else "TEAM_CONTRIBUTOR", "TEAM")
            if person.number <= 3:
                return [first, ("WORKSPACE_MEMBER", "WORKSPACE")]
            if person.number == 4:
                return [first, ("TENANT_VIEWER", "TENANT")]
            return [first]


def _depth(roster: Roster, person: Person) -> int:
    depth = 0
    manager = roster.managers.get(person.email)
    while manager is not None:
        depth += 1
        manager = roster.managers.get(manager.email)
    return depth
