"""Drafts become rows: the hot path of every tenant, and all that a further one of the same shape costs."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from okrseed.blueprint import Family
from okrseed.blueprints.okr.by_position import by_position
from okrseed.blueprints.okr.checkins import CheckInDraft
from okrseed.blueprints.okr.identities import check_in_id, initiative_id, link_id
from okrseed.blueprints.okr.okrs import ObjectiveDraft
from okrseed.blueprints.okr.row_types import CheckIn, Initiative, KeyResult, Link, Objective
from okrseed.blueprints.okr.tenant_ids import TenantIds

_objective = by_position(Objective)
_key_result = by_position(KeyResult)
_link = by_position(Link)
_initiative = by_position(Initiative)
_check_in = by_position(CheckIn)


def objective_family(draft: ObjectiveDraft, ids: TenantIds, pillar: str, moment: datetime.datetime) -> Family:
    """An objective with its key results, their links, and its initiatives; values in the order of the columns."""
    users = ids.users
    id, key_result_ids = ids.objectives[draft]
    workspace, team = ids.scope(draft.scope.workspace, draft.scope.team)
    quarter = draft.cycle.quarter
    cycle, start, end = ids.cycles[quarter], quarter.start, quarter.end
    visibility, published, status = "PRIVATE" if draft.private else "PUBLIC_TENANT", draft.published, draft.status
    # fmt: off
    objective = _objective((
        id, draft.text.title, draft.text.description,
        ids.organization, workspace, team, pillar, cycle, users[draft.owner.login],
        ids.objectives[draft.parent].objective if draft.parent else None,
        start, end, status, draft.progress, visibility, published, None, None, start, moment,
    ))
    key_results = [
        _key_result((
            part_id, text.title, None, users[owner.login],
            text.metric, text.start, text.target, current, text.unit, status, progress, visibility, published, cadence,
            cycle, start, end, None, None, start, moment,
        ))
        for part_id, (text, owner, _, current, progress, cadence, *_) in zip(
            key_result_ids, draft.key_results, strict=True
        )
    ]
    initiatives = [
        _initiative((
            initiative_id(id, text.title), text.title, text.description,
            key_result_ids[place], id, cycle, users[draft.key_results[place].owner.login],
            part_status, start, end, due, None, None, start, moment,
        ))
        for text, place, part_status, due in draft.initiatives
    ]
    # fmt: on
    return {
        "objectives": [objective],
        "key_results": key_results,
        "objective_key_results": [_link((link_id(id, part), id, part, start)) for part in key_result_ids],
        "initiatives": initiatives,
    }


def check_in_rows(draft: ObjectiveDraft, series: Sequence[Sequence[CheckInDraft]], ids: TenantIds) -> list[CheckIn]:
    """The check-ins of an objective's key results, oldest first."""
    rows: list[CheckIn] = []
    for id, part, told in zip(ids.objectives[draft].key_results, draft.key_results, series, strict=True):
        owner = ids.users[part.owner.login]
        rows += [
            _check_in((check_in_id(id, place), id, owner, value, confidence, note, blockers, day))
            for place, (value, confidence, note, blockers, day) in enumerate(told)
        ]
    return rows
