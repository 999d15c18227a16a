"""The platform's schema over time (okr, section 1): V6 changed as the specification's second table tells.

The table has no column for V3: nothing that okrseed writes changed between V2 and V4, so V3 is V2 and is not tested.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Literal, get_args

from tests.schema_versions import canonical
from tests.schema_versions.tables import Table, table

Version = Literal["V1", "V2", "V4", "V5", "V6", "V7", "V8"]
VERSIONS: tuple[Version, ...] = get_args(Version)

_TENANT = "tenantId -> organizations CASCADE"
_STATE_LABELS = ("DRAFT", "PUBLISHED", "COMPLETED", "ARCHIVED")
_LATER_ENUMS = {
    "MemberRole": ("ORG_ADMIN", "WORKSPACE_OWNER", "TEAM_LEAD", "MEMBER", "VIEWER"),
    "Period": ("MONTHLY", "QUARTERLY", "ANNUAL", "CUSTOM"),
    "ObjectiveState": _STATE_LABELS,
    "KeyResultState": _STATE_LABELS,
}

MEMBER_TABLES = {
    "team_members": ("teamId", "teams"),
    "workspace_members": ("workspaceId", "workspaces"),
    "organization_members": ("organizationId", "organizations"),
}
"""The column that names the scope, and the table it points at."""

RENAMED = ("workspaces", "cycles", "strategic_pillars", "check_in_requests", "objectives")
"""Tables whose organizationId is called tenantId from V7 on."""

Tables = dict[str, Table]


@cache
def schema(version: Version) -> tuple[Table, ...]:
    """The tables of a version, parents first."""
    tables = {table.name: table for table in canonical.TABLES}
    for versions, change in _CHANGES:
        if version in versions:
            change(tables)
    return tuple(tables.values())


@cache
def enums(version: Version) -> dict[str, tuple[str, ...]]:
    """The enum types that the version's columns have, with their labels."""
    labels = canonical.ENUMS | _LATER_ENUMS
    used = {column.type for table in schema(version) for column in table.columns if column.is_enum}
    return {name: labels[name] for name in labels if name in used}


@cache
def table_names(version: Version) -> tuple[str, ...]:
    """The tables of a version, parents first."""
    return tuple(table.name for table in schema(version))


def named(version: Version, name: str) -> Table:
    """A table of a version."""
    return next(table for table in schema(version) if table.name == name)


def _without_cycles_and_pillars(tables: Tables) -> None:
    del tables["cycles"], tables["strategic_pillars"]
    tables["objectives"] = tables["objectives"].without("pillarId", "cycleId")
    tables["key_results"] = tables["key_results"].without("checkInCadence")


def _without_requests(tables: Tables) -> None:
    del tables["check_in_requests"], tables["check_in_responses"]


def _with_members_and_periods(tables: Tables) -> None:
    for name, (scope, referred) in MEMBER_TABLES.items():
        tables[name] = table(
            name,
            "userId -> users CASCADE",
            f"{scope} -> {referred} CASCADE",
            "role MemberRole = 'MEMBER'",
            unique=(f"userId, {scope}",),
            indexes=("userId", scope),
        )
    tables["objectives"] = tables["objectives"].adding("period Period")
    for name in ("key_results", "initiatives"):
        tables[name] = tables[name].adding("period? Period")


def _without_settings_and_cycles_of_parts(tables: Tables) -> None:
    tables["users"] = tables["users"].without("settings")
    for name in ("key_results", "initiatives"):
        tables[name] = tables[name].without("cycleId")


def _without_standard_cycles(tables: Tables) -> None:
    tables["cycles"] = tables["cycles"].without("isStandard")


def _with_tenants(tables: Tables) -> None:
    for name in RENAMED:
        tables[name] = tables[name].renaming("organizationId", _TENANT)
    for name in ("key_results", "initiatives"):
        tables[name] = tables[name].adding(_TENANT, indexes=("tenantId",))


def _with_states(tables: Tables) -> None:
    tables["objective_key_results"] = tables["objective_key_results"].adding(
        _TENANT, "weight float8 = 1.0", indexes=("tenantId",)
    )
    tables["objectives"] = tables["objectives"].adding(
        "sponsorId? -> users SET NULL",
        "state ObjectiveState = 'DRAFT'",
        "confidence? smallint",
        "reviewFrequency?",
        "lastReviewedAt? timestamp(3)",
        indexes=("state",),
    )
    tables["key_results"] = tables["key_results"].adding("state KeyResultState = 'DRAFT'")
    tables["strategic_pillars"] = tables["strategic_pillars"].adding("ownerId? -> users SET NULL")


_CHANGES: tuple[tuple[tuple[Version, ...], Callable[[Tables], None]], ...] = (
    (("V1", "V2", "V4"), _with_members_and_periods),
    (("V1", "V2", "V4"), _without_settings_and_cycles_of_parts),
    (("V2", "V4", "V5"), _without_standard_cycles),
    (("V1", "V2"), _without_requests),
    (("V1",), _without_cycles_and_pillars),
    (("V7", "V8"), _with_tenants),
    (("V8",), _with_states),
)
