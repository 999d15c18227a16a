"""The stages of the blueprint: what they need, what they write, in which families (specification: okr, section 6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

import pytest

from okrseed.blueprint import Stage, stage_graph
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.row_types import (
    CheckInRequest,
    CheckInResponse,
    Initiative,
    KeyResult,
    Link,
    Objective,
)
from tests.okr.tenant_rows import SIZES, TABLES, tenant_rows

NEEDS = {
    "tenant": set(),
    "workspaces": {"tenant"},
    "teams": {"workspaces"},
    "cycles": {"tenant"},
    "pillars": {"tenant"},
    "users": {"teams"},
    "roles": {"users"},
    "okrs": {"teams", "users", "cycles", "pillars"},
    "check-ins": {"okrs"},
    "requests": {"users"},
}
WRITES = {
    "tenant": {"organizations"},
    "workspaces": {"workspaces"},
    "teams": {"teams"},
    "cycles": {"cycles"},
    "pillars": {"strategic_pillars"},
    "users": {"users"},
    "roles": {"role_assignments"},
    "okrs": {"objectives", "key_results", "objective_key_results", "initiatives"},
    "check-ins": {"check_ins"},
    "requests": {"check_in_requests", "check_in_responses"},
}
BUDGETS = {"tenant": 5.0, "cycles": 5.0, "okrs": 120.0, "check-ins": 60.0}
STAGES: dict[str, Stage] = {stage.id: stage for stage in OkrBlueprint().stages()}


def test_verification_is_not_selectable() -> None:
    assert set(STAGES) == set(NEEDS)


@pytest.mark.parametrize("stage", NEEDS)
def test_a_stage_needs_what_is_specified(stage: str) -> None:
    assert set(STAGES[stage].depends_on) == NEEDS[stage]


@pytest.mark.parametrize("stage", WRITES)
def test_a_stage_writes_the_specified_tables(stage: str) -> None:
    assert set(STAGES[stage].tables) >= WRITES[stage]


def test_every_table_has_exactly_one_stage() -> None:
    older = {name for name, entity in OkrBlueprint().entities().items() if entity.optional}
    assert sorted(table for stage in STAGES.values() for table in stage.tables) == sorted({*TABLES, *older})


def test_the_stages_can_be_put_in_order() -> None:
    order = stage_graph(OkrBlueprint()).order()

    assert [
        (stage, need) for stage, needs in NEEDS.items() for need in needs if order.index(need) > order.index(stage)
    ] == []


@pytest.mark.parametrize(("stage", "seconds"), BUDGETS.items())
def test_a_stage_has_the_specified_budget(stage: str, seconds: float) -> None:
    assert STAGES[stage].budget_s == seconds


@pytest.mark.parametrize(
    ("stages", "seconds"), [(("workspaces", "teams"), 10.0), (("users", "roles"), 60.0)], ids=["structure", "people"]
)
def test_stages_that_share_a_budget_are_each_allowed_no_more_than_all_of_it(
    stages: tuple[str, ...], seconds: float
) -> None:
    assert all(0 < (STAGES[stage].budget_s or 0) <= seconds for stage in stages)


def test_the_essential_stages_are_those_of_the_structure() -> None:
    assert {stage.id for stage in STAGES.values() if stage.essential} == {
        "tenant",
        "workspaces",
        "teams",
        "cycles",
        "pillars",
    }


@pytest.mark.parametrize("stage", NEEDS)
@pytest.mark.parametrize("size", SIZES)
def test_a_stage_yields_rows_of_its_own_tables_only(size: str, stage: str) -> None:
    tables = {table for family in tenant_rows(size).families(stage) for table in family}

    assert tables <= set(STAGES[stage].tables)


@pytest.mark.parametrize("size", SIZES)
def test_an_objective_is_one_family_with_all_its_parts(size: str) -> None:
    split = []
    for family in tenant_rows(size).families("okrs"):
        (objective,) = cast("Sequence[Objective]", family["objectives"])
        parts = {row.id for row in cast("Sequence[KeyResult]", family["key_results"])}
        links = {(row.objectiveId, row.keyResultId) for row in cast("Sequence[Link]", family["objective_key_results"])}
        owners = {row.objectiveId for row in cast("Sequence[Initiative]", family["initiatives"])}
        if links != {(objective.id, part) for part in parts} or owners != {objective.id}:
            split.append(objective.title)

    assert split == []


@pytest.mark.parametrize("stage", NEEDS)
@pytest.mark.parametrize("size", SIZES)
def test_a_family_lists_its_tables_parents_first(size: str, stage: str) -> None:
    rows = tenant_rows(size)
    order = list(rows.blueprint.entities())

    assert [family for family in rows.families(stage) if sorted(family, key=order.index) != list(family)] == []


def test_a_response_is_of_the_family_of_its_request() -> None:
    alone = []
    for family in tenant_rows("tiny").families("requests"):
        (request,) = cast("Sequence[CheckInRequest]", family["check_in_requests"])
        responses = cast("Sequence[CheckInResponse]", family.get("check_in_responses", ()))
        alone += [row for row in responses if row.requestId != request.id]

    assert alone == []


@pytest.mark.parametrize("stage", NEEDS)
def test_a_producer_asked_twice_yields_the_same(stage: str) -> None:
    rows = tenant_rows("tiny")

    assert rows.families(stage) == rows.families(stage)
