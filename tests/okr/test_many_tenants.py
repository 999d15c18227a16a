"""Tenants that differ in slug and domain only look the same inside, and a further one is made from the same drafts."""

from __future__ import annotations

import gc
import weakref
from typing import Any

import pytest

from okrseed.blueprint import Tenant
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.lazily import Lazily
from okrseed.blueprints.okr.world import World
from okrseed.production import Production
from tests.okr.tenant_rows import TABLES, TenantRows, selection_for, without

OTHER = Tenant("another-company", "Another Company", {"domain": "another.example"})
REFERENCES = {
    "id",
    "organizationId",
    "workspaceId",
    "teamId",
    "cycleId",
    "pillarId",
    "ownerId",
    "parentId",
    "objectiveId",
    "keyResultId",
    "userId",
    "managerId",
    "scopeId",
    "requestId",
    "requesterUserId",
    "targetUserId",
}
OWN = {"slug", "email", "execOnlyWhitelist"}
"""And people's names, which are chosen by e-mail address."""


class Pair:
    """The rows of two tenants, one after the other from one blueprint, or each from a blueprint of its own."""

    def __init__(self, blueprints: tuple[OkrBlueprint, OkrBlueprint], size: str = "demo") -> None:
        selection = selection_for(size)
        self.first = TenantRows(blueprints[0], selection)
        self.second = TenantRows(blueprints[1], selection)
        self.second.world = blueprints[1].world(selection, OTHER)


@pytest.fixture(scope="module")
def pair() -> Pair:
    blueprint = OkrBlueprint()
    return Pair((blueprint, blueprint))


def values(rows: TenantRows, table: str) -> list[Any]:
    """The rows without what is a tenant's own."""
    own = {*OWN, "name"} if table in ("users", "organizations") else OWN
    return [without(row, *REFERENCES, *own) for row in rows.table(table)]


@pytest.mark.parametrize("table", TABLES)
def test_two_tenants_differ_in_ids_and_in_what_slug_and_domain_say(pair: Pair, table: str) -> None:
    assert values(pair.first, table) == values(pair.second, table)


@pytest.mark.parametrize("table", TABLES)
def test_two_tenants_share_no_id(pair: Pair, table: str) -> None:
    assert pair.first.ids(table) & pair.second.ids(table) == set()


@pytest.mark.parametrize("table", TABLES)
def test_a_tenant_is_the_same_whichever_was_made_before_it(pair: Pair, table: str) -> None:
    alone = Pair((OkrBlueprint(), OkrBlueprint()))

    assert alone.second.table(table) == pair.second.table(table)


def test_another_selection_of_one_blueprint_gets_drafts_of_its_own() -> None:
    blueprint = OkrBlueprint()
    before = TenantRows(blueprint, selection_for("tiny")).table("check_ins")
    TenantRows(blueprint, selection_for("tiny", seed="another seed string")).table("check_ins")

    assert TenantRows(blueprint, selection_for("tiny")).table("check_ins") == before


def test_memberships_are_made_only_when_somebody_looks_at_them(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []
    monkeypatch.setattr("okrseed.blueprints.okr.people.membership_id", lambda *names: made.append("one") or "")
    world: World = OkrBlueprint().world(selection_for("tiny"), OkrBlueprint().tenant())
    memberships = [rows for family in world.role_rows() for rows in family.values() if isinstance(rows, Lazily)]

    assert sum(map(len, memberships)) > 0
    assert made == []
    assert sum(len(list(rows)) for rows in memberships) == len(made)


def test_rows_made_lazily_are_a_sequence_like_any_other() -> None:
    rows = Lazily(lambda number: (number, number + 1), [1, 2, 3])

    assert list(rows) == [(1, 2), (2, 3), (3, 4)]
    assert (rows[0], rows[1:], len(rows), (3, 4) in rows) == ((1, 2), [(2, 3), (3, 4)], 3, True)
    assert rows == Lazily(lambda number: (number, number + 1), [1, 2, 3])


def test_a_tenant_is_let_go_of_without_the_collector_of_cycles() -> None:
    blueprint = OkrBlueprint()
    world = blueprint.world(selection_for("demo"), OTHER)
    production = Production([world], blueprint.entities())
    for stage in blueprint.stages():
        assert production.desired(stage).families
    last = production.desired(blueprint.stages()[-1])
    known = [weakref.ref(one) for one in (world, world.ids.objectives, last)]
    gc.collect()
    gc.disable()
    try:
        production.close()
        del world, last
        assert [one() for one in known] == [None] * 3
    finally:
        gc.enable()
