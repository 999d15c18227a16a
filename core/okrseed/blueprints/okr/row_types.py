"""The rows of the canonical tables: NamedTuples in the order of their table's columns; a test holds the two equal."""

from __future__ import annotations

import datetime
from typing import Any, NamedTuple

Moment = datetime.datetime


class Organization(NamedTuple):
    id: str
    name: str
    slug: str
    allowTenantAdminExecVisibility: bool
    execOnlyWhitelist: list[str] | None
    metadata: dict[str, Any] | None
    createdAt: Moment
    updatedAt: Moment


class Workspace(NamedTuple):
    id: str
    name: str
    organizationId: str
    parentWorkspaceId: str | None
    createdAt: Moment
    updatedAt: Moment


class Team(NamedTuple):
    id: str
    name: str
    workspaceId: str
    createdAt: Moment
    updatedAt: Moment


class User(NamedTuple):
    id: str
    email: str
    keycloakId: str | None
    name: str
    passwordHash: Any
    avatar: str | None
    isSuperuser: bool
    settings: dict[str, Any]
    managerId: str | None
    createdAt: Moment
    updatedAt: Moment


class Cycle(NamedTuple):
    id: str
    organizationId: str
    name: str
    status: str
    startDate: Moment
    endDate: Moment
    isStandard: bool
    createdAt: Moment
    updatedAt: Moment


class Pillar(NamedTuple):
    id: str
    organizationId: str
    name: str
    description: str | None
    color: str | None
    createdAt: Moment
    updatedAt: Moment


class Objective(NamedTuple):
    id: str
    title: str
    description: str | None
    organizationId: str | None
    workspaceId: str | None
    teamId: str | None
    pillarId: str | None
    cycleId: str | None
    ownerId: str
    parentId: str | None
    startDate: Moment
    endDate: Moment
    status: str
    progress: float
    visibilityLevel: str
    isPublished: bool
    positionX: float | None
    positionY: float | None
    createdAt: Moment
    updatedAt: Moment


class KeyResult(NamedTuple):
    id: str
    title: str
    description: str | None
    ownerId: str
    metricType: str
    startValue: float
    targetValue: float
    currentValue: float
    unit: str | None
    status: str
    progress: float
    visibilityLevel: str
    isPublished: bool
    checkInCadence: str | None
    cycleId: str | None
    startDate: Moment | None
    endDate: Moment | None
    positionX: float | None
    positionY: float | None
    createdAt: Moment
    updatedAt: Moment


class Link(NamedTuple):
    id: str
    objectiveId: str
    keyResultId: str
    createdAt: Moment


class Initiative(NamedTuple):
    id: str
    title: str
    description: str | None
    keyResultId: str | None
    objectiveId: str | None
    cycleId: str | None
    ownerId: str
    status: str
    startDate: Moment | None
    endDate: Moment | None
    dueDate: Moment | None
    positionX: float | None
    positionY: float | None
    createdAt: Moment
    updatedAt: Moment


class CheckIn(NamedTuple):
    id: str
    keyResultId: str
    userId: str
    value: float
    confidence: int
    note: str | None
    blockers: str | None
    createdAt: Moment


class CheckInRequest(NamedTuple):
    id: str
    requesterUserId: str
    targetUserId: str
    organizationId: str
    dueAt: Moment
    status: str
    createdAt: Moment
    updatedAt: Moment


class CheckInResponse(NamedTuple):
    id: str
    requestId: str
    targetUserId: str
    summaryWhatMoved: str | None
    summaryBlocked: str | None
    summaryNeedHelp: str | None
    submittedAt: Moment
    createdAt: Moment


class RoleAssignment(NamedTuple):
    id: str
    userId: str
    role: str
    scopeType: str
    scopeId: str | None
    createdAt: Moment
    updatedAt: Moment


class Membership(NamedTuple):
    """A row of any of the three tables of members; `scopeId` stands for the id of team, workspace or organisation."""

    id: str
    userId: str
    scopeId: str
    role: str
    createdAt: Moment
    updatedAt: Moment
