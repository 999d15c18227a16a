"""Rows of ours by their own natural key (specification: okr, section 2), whatever the selection produces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from okrseed.blueprint import Key
from okrseed.blueprints.okr import identities
from okrseed.blueprints.okr.row_types import CheckInRequest, Objective
from okrseed.identity import slug

MOST_CHECK_INS = 12
MOST_REQUESTS = 4


def recognise(present: Mapping[str, Sequence[Any]]) -> dict[str, frozenset[Key]]:
    """The keys of rows whose id is the UUIDv5 of their present natural key, by table."""
    objectives_of: defaultdict[str, list[str]] = defaultdict(list)
    for link in present["objective_key_results"]:
        objectives_of[link.keyResultId].append(link.objectiveId)
    candidates: dict[str, Iterator[tuple[str, Sequence[str]]]] = {
        "organizations": ((row.id, [identities.organization_id(row.slug)]) for row in present["organizations"]),
        "workspaces": (
            (row.id, [identities.workspace_id(row.organizationId, slug(row.name))]) for row in present["workspaces"]
        ),
        "teams": ((row.id, [identities.team_id(row.workspaceId, slug(row.name))]) for row in present["teams"]),
        "users": ((row.id, [identities.user_id(row.email)]) for row in present["users"]),
        "cycles": ((row.id, [identities.cycle_id(row.organizationId, row.name)]) for row in present["cycles"]),
        "strategic_pillars": (
            (row.id, [identities.pillar_id(row.organizationId, row.name)]) for row in present["strategic_pillars"]
        ),
        "objectives": ((row.id, [_objective(row)]) for row in present["objectives"]),
        "key_results": (
            (row.id, [identities.key_result_id(parent, row.title) for parent in objectives_of[row.id]])
            for row in present["key_results"]
        ),
        "objective_key_results": (
            (row.id, [identities.link_id(row.objectiveId, row.keyResultId)]) for row in present["objective_key_results"]
        ),
        "initiatives": (
            (row.id, [identities.initiative_id(row.objectiveId or "", row.title)]) for row in present["initiatives"]
        ),
        "check_ins": (
            (row.id, [identities.check_in_id(row.keyResultId, place) for place in range(MOST_CHECK_INS)])
            for row in present["check_ins"]
        ),
        "check_in_requests": (
            (row.id, [_request(row, place) for place in range(MOST_REQUESTS)]) for row in present["check_in_requests"]
        ),
        "check_in_responses": (
            (row.id, [identities.response_id(row.requestId)]) for row in present["check_in_responses"]
        ),
        "role_assignments": (
            (row.id, [identities.role_id(row.userId, row.role, row.scopeType, row.scopeId)])
            for row in present["role_assignments"]
        ),
        **{
            table: ((row.id, [identities.membership_id(row.userId, row.scopeId)]) for row in present.get(table, ()))
            for table in ("organization_members", "workspace_members", "team_members")
        },
    }
    return {table: frozenset(id for id, names in found if id in names) for table, found in candidates.items()}


def _objective(row: Objective) -> str:
    if row.teamId:
        scope_type, scope = "team", row.teamId
    elif row.workspaceId:
        scope_type, scope = "workspace", row.workspaceId
    else:
        scope_type, scope = "tenant", ""
    return identities.objective_id(row.organizationId or "", scope_type, scope, row.cycleId or "", row.title)


def _request(row: CheckInRequest, ordinal: int) -> str:
    return identities.request_id(row.organizationId, row.requesterUserId, row.targetUserId, ordinal)
