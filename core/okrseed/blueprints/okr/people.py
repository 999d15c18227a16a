"""Rows of users and role assignments."""

from __future__ import annotations

import datetime
import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache

from okrseed.blueprint import Family, OnCreate
from okrseed.blueprints.okr.by_position import by_position
from okrseed.blueprints.okr.identities import membership_id, role_id
from okrseed.blueprints.okr.lazily import Lazily
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.row_types import Membership, RoleAssignment, User
from okrseed.blueprints.okr.tenant_ids import TenantIds
from okrseed.identity import slug

PASSWORD = "changeme"  # noqa: S105 - the demo password that the specification gives everyone
BCRYPT_COST = 10
INSPECTOR = {"debug": {"rbacInspectorEnabled": True}}

_role_assignment = by_position(RoleAssignment)
_membership = by_position(Membership)
_BCRYPT_ALPHABET = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def user_rows(
    roster: Roster, people: Iterable[Person], names: Mapping[str, str], ids: TenantIds, moment: datetime.datetime
) -> Iterator[User]:
    """Rows in the order of the people."""
    for person in people:
        manager = roster.managers.get(person.login)
        yield User(
            id=ids.users[person.login],
            email=ids.email(person),
            keycloakId=None,
            name=names[person.login],
            passwordHash=OnCreate.VALUE,
            avatar=None,
            isSuperuser=person.kind == "platform",
            settings=INSPECTOR if person.login in roster.inspectors else {},
            managerId=ids.users[manager.login] if manager else None,
            createdAt=moment,
            updatedAt=moment,
        )


def role_rows(person: Person, ids: TenantIds, moment: datetime.datetime) -> list[RoleAssignment]:
    """First and second role."""
    user = ids.users[person.login]
    workspace, team = ids.scope(person.workspace, person.team)
    scopes = {"PLATFORM": None, "TENANT": ids.organization, "WORKSPACE": workspace, "TEAM": team}
    return [
        _role_assignment((role_id(user, role, kind, scopes[kind]), user, role, kind, scopes[kind], moment, moment))
        for role, kind in _roles(person)
    ]


def membership_rows(people: Sequence[Person], ids: TenantIds, moment: datetime.datetime) -> Family:
    """Where people belong, by table, for older versions of the platform; platform belongs to no tenant."""

    def member(person: Person, scope: str, role: str) -> Membership:
        user = ids.users[person.login]
        return _membership((membership_id(user, scope), user, scope, role, moment, moment))

    def of_organization(person: Person) -> Membership:
        return member(person, ids.organization, "ORG_ADMIN" if person.kind in ("founder", "admin") else "MEMBER")

    def of_workspace(person: Person) -> Membership:
        workspace = ids.workspaces[person.workspace or ""]
        return member(person, workspace, "WORKSPACE_OWNER" if person.kind == "lead" else "MEMBER")

    def of_team(person: Person) -> Membership:
        team = ids.teams[person.workspace or "", person.team or ""]
        return member(person, team, "TEAM_LEAD" if person.kind == "team_lead" else "MEMBER")

    return {
        "organization_members": Lazily(of_organization, [person for person in people if person.kind != "platform"]),
        "workspace_members": Lazily(of_workspace, [person for person in people if person.workspace]),
        "team_members": Lazily(of_team, [person for person in people if person.team]),
    }


@lru_cache(maxsize=8)
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
