"""What each environment allows (specification: okr, section 8)."""

from __future__ import annotations

import pytest

from okrseed.blueprints.okr import OkrBlueprint
from okrseed.errors import Refused, UsageError
from okrseed.selection import Request, Selection, resolve
from tests.okr.tenant_rows import SIZES, TABLES, WEDNESDAY, tenant_rows

ESSENTIAL = ("tenant", "workspaces", "teams", "cycles", "pillars")
OTHERS = ("users", "roles", "okrs", "check-ins", "requests")
STRUCTURE = ("organizations", "workspaces", "teams", "cycles", "strategic_pillars")


def resolved(environment: str, select: str | None = None, exclude: str | None = None) -> Selection:
    request = Request(environment=environment, select=select, exclude=exclude)
    return resolve(OkrBlueprint(), request, today=WEDNESDAY)


@pytest.mark.parametrize(("environment", "size"), [("development", "full"), ("test", "tiny")])
def test_an_environment_has_its_default_size(environment: str, size: str) -> None:
    assert resolved(environment).size == size


@pytest.mark.parametrize("environment", ["development", "test"])
def test_everything_takes_part_outside_production(environment: str) -> None:
    selection = resolved(environment)

    assert all(selection.takes_part(stage) for stage in (*ESSENTIAL, *OTHERS))


def test_only_the_essential_stages_take_part_in_production() -> None:
    selection = resolved("production")

    assert [stage for stage in (*ESSENTIAL, *OTHERS) if selection.takes_part(stage)] == list(ESSENTIAL)


@pytest.mark.parametrize("stage", OTHERS)
def test_a_stage_left_out_in_production_says_why(stage: str) -> None:
    assert "production" in resolved("production").stages[stage].reason


@pytest.mark.parametrize("stage", OTHERS)
def test_any_other_stage_is_refused_in_production_with_the_reason(stage: str) -> None:
    with pytest.raises(Refused, match=rf"production.* only the essential stages.*{stage}"):
        resolved("production", select=stage)


@pytest.mark.parametrize("selector", ["teams+", "tag:people", "*"])
def test_a_selector_that_reaches_further_is_refused_in_production(selector: str) -> None:
    with pytest.raises(Refused):
        resolved("production", select=selector)


@pytest.mark.parametrize("stage", ESSENTIAL)
def test_an_essential_stage_can_be_chosen_in_production(stage: str) -> None:
    assert resolved("production", select=stage).stages[stage].selected == "chosen"


def test_an_unknown_environment_is_an_error_with_the_nearest_name() -> None:
    with pytest.raises(UsageError) as caught:
        resolved("prodution")

    assert "'production'" in caught.value.hint


@pytest.mark.parametrize("size", SIZES)
def test_production_wants_rows_of_the_structure_only(size: str) -> None:
    rows = tenant_rows(size, environment="production")

    assert [table for table in TABLES if rows.table(table)] == [table for table in TABLES if table in STRUCTURE]


@pytest.mark.parametrize("table", [table for table in STRUCTURE if table != "organizations"])
def test_the_structure_is_the_same_in_production(table: str) -> None:
    assert tenant_rows(environment="production").table(table) == tenant_rows().table(table)


@pytest.mark.parametrize("size", SIZES)
def test_nobody_is_whitelisted_in_production(size: str) -> None:
    assert tenant_rows(size, environment="production").organization.execOnlyWhitelist is None


def test_the_organisation_differs_in_production_by_the_whitelist_alone() -> None:
    production = tenant_rows(environment="production").organization

    assert production == tenant_rows().organization._replace(execOnlyWhitelist=None)
