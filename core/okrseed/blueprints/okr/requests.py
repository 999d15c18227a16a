"""Check-in requests from managers to their own reports, and the responses (specification: okr, section 5)."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

from okrseed.blueprints.okr.content import content
from okrseed.blueprints.okr.identities import request_id, response_id
from okrseed.blueprints.okr.roster import Person, Roster
from okrseed.blueprints.okr.row_types import CheckInRequest, CheckInResponse
from okrseed.blueprints.okr.tenant_ids import TenantIds
from okrseed.chance import Chance

Status = Literal["OPEN", "SUBMITTED", "LATE"]

# Days between as_of and the due date: an open request is due later, a late one was due earlier.
_DUE_DAYS: dict[Status, tuple[int, int]] = {"OPEN": (1, 6), "SUBMITTED": (-10, -3), "LATE": (-9, -2)}


class Ask(NamedTuple):
    """Who asks whom, for the how-manieth time, and what became of it."""

    requester: Person
    target: Person
    ordinal: int
    status: Status


def asks(roster: Roster, workspaces: Sequence[str]) -> Iterator[Ask]:
    """Six at the tenant level, four in each workspace: the same people at every size."""
    (founder,) = roster.of_kind("founder")
    admins = roster.of_kind("admin")
    for place, status in enumerate(("SUBMITTED", "SUBMITTED", "SUBMITTED", "LATE", "LATE", "LATE")):
        ordinal, admin = divmod(place, len(admins))
        yield Ask(founder, admins[admin], ordinal, status)  # type: ignore[arg-type]
    for workspace in workspaces:
        lead = roster.of_kind("lead", workspace)[0]
        team_lead = roster.of_kind("team_lead", workspace)[0]
        member = roster.of_kind("member", workspace)[0]
        yield Ask(lead, team_lead, 0, "OPEN")
        yield Ask(team_lead, member, 0, "OPEN")
        yield Ask(team_lead, member, 1, "OPEN")
        yield Ask(lead, team_lead, 1, "SUBMITTED")


def request_rows(
    ask: Ask, ids: TenantIds, as_of: datetime.date, chance: Chance
) -> tuple[CheckInRequest, CheckInResponse | None]:
    """The request, and the response where it was submitted."""
    requester, target = ids.users[ask.requester.login], ids.users[ask.target.login]
    id = request_id(ids.organization, requester, target, ask.ordinal)
    to_due, to_submitted, *draws = chance.numbers(f"request:{ask.requester.login}:{ask.target.login}:{ask.ordinal}")
    instant = datetime.datetime.combine(as_of, datetime.time(18))
    first, last = _DUE_DAYS[ask.status]
    due_day = as_of + datetime.timedelta(days=first + to_due % (last - first + 1))
    due = datetime.datetime.combine(due_day, datetime.time(17))
    request = CheckInRequest(
        id=id,
        requesterUserId=requester,
        targetUserId=target,
        organizationId=ids.organization,
        dueAt=due,
        status=ask.status,
        createdAt=instant,
        updatedAt=instant,
    )
    if ask.status != "SUBMITTED":
        return request, None
    kinds = (content().notes[kind] for kind in ("what_moved", "what_blocked", "need_help"))
    moved, blocked, need_help = (texts[number % len(texts)] for texts, number in zip(kinds, draws, strict=False))
    response = CheckInResponse(
        id=response_id(id),
        requestId=id,
        targetUserId=target,
        summaryWhatMoved=moved,
        summaryBlocked=blocked,
        summaryNeedHelp=need_help,
        submittedAt=due - datetime.timedelta(hours=4 + to_submitted % 20),
        createdAt=instant,
    )
    return request, response
