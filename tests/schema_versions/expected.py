"""What a version's database must hold once the tenant is seeded: the canonical rows, adapted by the specification.

The rows that okrseed writes into its own schema (V6) are laid onto the version: a column that it lacks is left out, a
renamed one follows its name, what it adds is filled by the rules of okr, section 1. Rows that the app had made keep
their id, and every reference to them follows.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import Any

from tests.end_to_end.database import Row
from tests.schema_versions.platform import Contents
from tests.schema_versions.real_life import OWN_COLUMNS
from tests.schema_versions.rows import laid_out
from tests.schema_versions.versions import MEMBER_TABLES, Version, named, table_names

MEMBERSHIPS = uuid.UUID("6ba7b81f-9dad-11d1-80b4-00c04fd430c8")

PRESERVED = {
    "users": {"passwordHash", "keycloakId", "avatar"},
    "objectives": {"positionX", "positionY"},
    "key_results": {"positionX", "positionY"},
    "initiatives": {"positionX", "positionY"},
}
"""Never overwritten once present (okr, section 2), beside createdAt."""

NOT_COMPARED = {"updatedAt", "emailLower"}
"""The specification does not compare the one; the database makes the other."""


def expected(version: Version, canonical: Contents, own: Mapping[str, str] | None = None) -> Contents:
    """Every row of the tenant in the version's tables, by table and id; memberships are not among them.

    own: the app's ids of the rows that it had made, by the canonical ones.
    """
    own = own or {}
    organization = next(iter(canonical["organizations"]))
    archived = {row["id"] for row in canonical["cycles"].values() if row["status"] == "ARCHIVED"}
    found: Contents = {}
    for table in table_names(version):
        if table in MEMBER_TABLES:
            continue
        adapted = [
            _adapted(version, table, row, organization, archived=row.get("cycleId") in archived)
            for row in canonical[table].values()
        ]
        rows = [_following(row, own) for row in adapted]
        found[table] = {row["id"]: row for row in rows}
    return found


def comparable(rows: Mapping[str, Row]) -> dict[str, Row]:
    """Rows without what is not compared; a list of ids in the order of the alphabet."""
    return {
        id: {
            name: sorted(value) if isinstance(value, list) else value
            for name, value in row.items()
            if name not in NOT_COMPARED
        }
        for id, row in rows.items()
    }


def merged(table: str, wanted: Row, theirs: Row) -> Row:
    """What a full run makes of a row that the app had made: its preserved values stay, documents are merged."""
    kept = {name: theirs[name] for name in PRESERVED.get(table, set()) | {"createdAt"}}
    for name in {"metadata", "settings"} & wanted.keys():
        kept[name] = (theirs[name] or {}) | (wanted[name] or {})
    if "execOnlyWhitelist" in wanted:
        kept["execOnlyWhitelist"] = list({*(theirs["execOnlyWhitelist"] or []), *wanted["execOnlyWhitelist"]})
    return wanted | kept


def membership_id(user: str, scope: str) -> str:
    """The id of a membership of a user in a scope, both by their canonical ids."""
    return str(uuid.uuid5(MEMBERSHIPS, f"{user}:{scope}"))


def _adapted(version: Version, table: str, row: Row, organization: str, *, archived: bool) -> Row:
    target = named(version, table)
    adapted = laid_out(version, table, row, organization)
    filled = {"period": "QUARTERLY", "state": _state(row, archived=archived), "weight": 1.0}
    adapted |= {name: value for name, value in filled.items() if name in target.names}
    for column in target.columns:
        if column.nullable:
            # What the version adds and may be null is left alone.
            adapted.setdefault(column.name, None)
    for name, value in OWN_COLUMNS.get(table, {}).items():
        adapted.setdefault(name, value)
    return adapted


def _state(row: Row, *, archived: bool) -> str:
    """The state that follows isPublished and status, of rows that have them; archived cycles have archived rows."""
    if archived:
        return "ARCHIVED"
    if not row.get("isPublished"):
        return "DRAFT"
    return "COMPLETED" if row["status"] == "COMPLETED" else "PUBLISHED"


def _following(row: Row, own: Mapping[str, str]) -> Row:
    """The row with every id of a row that the app had made under the app's id."""

    def follow(value: Any) -> Any:
        if isinstance(value, str):
            return own.get(value, value)
        return [follow(part) for part in value] if isinstance(value, list) else value

    return {name: follow(value) for name, value in row.items()}
