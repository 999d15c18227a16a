"""The configured tenant and further ones like it by number: what each is called, and that none refers to another."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import pytest

from okrseed.blueprint import Tenant
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.people import password_hash
from okrseed.selection import Selection
from tests.okr.own_tenants import harbour
from tests.okr.tenant_rows import SIZES, TABLES, TenantRows, selection_for

NUMBERS = (1, 2, 3)
MEMBERS = ("organization_members", "workspace_members", "team_members")
EVERY_TABLE = (*TABLES, *MEMBERS)
EACH_SIZE = pytest.mark.parametrize("size", SIZES)

REFERENCES = {
    "organizationId": ("organizations",),
    "workspaceId": ("workspaces",),
    "parentWorkspaceId": ("workspaces",),
    "teamId": ("teams",),
    "cycleId": ("cycles",),
    "pillarId": ("strategic_pillars",),
    "parentId": ("objectives",),
    "objectiveId": ("objectives",),
    "keyResultId": ("key_results",),
    "requestId": ("check_in_requests",),
    "ownerId": ("users",),
    "userId": ("users",),
    "managerId": ("users",),
    "requesterUserId": ("users",),
    "targetUserId": ("users",),
    "scopeId": ("organizations", "workspaces", "teams"),
}
"""The tables that a column refers to."""


class Numbered(TenantRows):
    """The desired rows of the tenant with a number."""

    def __init__(self, blueprint: OkrBlueprint, selection: Selection, number: int) -> None:
        super().__init__(blueprint, selection)
        self.world = blueprint.world(selection, blueprint.tenant(number))


def numbered(size: str, number: int, blueprint: OkrBlueprint | None = None, **chosen: Any) -> Numbered:
    """The rows of one numbered tenant; of the default one, unless the test says otherwise."""
    blueprint = blueprint or OkrBlueprint()
    return Numbered(blueprint, selection_for(size, blueprint=blueprint, **chosen), number)


@pytest.fixture(scope="module", params=SIZES)
def tenants(request: pytest.FixtureRequest) -> dict[int, Numbered]:
    """Three tenants of one blueprint, by number."""
    blueprint = OkrBlueprint()
    return {number: numbered(request.param, number, blueprint) for number in NUMBERS}


@pytest.fixture
def no_hash_yet() -> Iterator[None]:
    """As at the start of the program: no password was hashed before, whatever other tests did."""
    password_hash.cache_clear()
    yield
    password_hash.cache_clear()


def references(row: Any) -> list[tuple[str, str]]:
    """What a row refers to: column and id."""
    found = [(name, getattr(row, name)) for name in row._fields if name in REFERENCES]
    return [(name, id) for name, id in found if id is not None]


def test_the_first_tenant_is_the_configured_one() -> None:
    blueprint = OkrBlueprint()

    assert blueprint.tenant(1) == blueprint.tenant() == Tenant("puzzel-cx-demo", "Puzzel CX Demo")


@pytest.mark.parametrize("number", [2, 3, 10, 1_000_000])
def test_a_further_tenant_has_its_number_in_slug_name_and_domain(number: int) -> None:
    rows = numbered("tiny", number)
    name = f"Puzzel CX Demo {number}"

    assert (rows.blueprint.tenant(number).slug, rows.blueprint.tenant(number).title) == (rows.organization.slug, name)
    assert (rows.organization.slug, rows.organization.name) == (f"puzzel-cx-demo-{number}", name)
    assert {user.email.partition("@")[2] for user in rows.users} == {f"{number}.puzzelcx.local"}


def test_ones_own_tenant_is_numbered_too() -> None:
    rows = numbered("tiny", 3, harbour())

    assert (rows.organization.slug, rows.organization.name) == ("harbour-3", "Harbour & Sons 3")
    assert {user.email.partition("@")[2] for user in rows.users} == {"3.harbour.example"}
    assert [workspace.name for workspace in rows.workspaces] == ["Legal", "Finance", "Fleet Operations"]


def test_the_stamp_of_every_tenant_is_the_same(tenants: dict[int, Numbered]) -> None:
    stamps = [(rows.organization.metadata or {})["okrseed"] for rows in tenants.values()]

    assert stamps[0] == stamps[1] == stamps[2]


def test_the_platforms_superuser_is_in_the_first_tenant_alone(tenants: dict[int, Numbered]) -> None:
    superusers = [user.email for rows in tenants.values() for user in rows.users if user.isSuperuser]
    platform = [user.email for rows in tenants.values() for user in rows.users if user.email.startswith("platform@")]

    assert superusers == platform == ["platform@puzzelcx.local"]


def test_only_the_first_tenant_has_a_role_on_the_platform(tenants: dict[int, Numbered]) -> None:
    roles = [(number, role.role) for number, rows in tenants.items() for role in rows.roles if role.scopeId is None]

    assert roles == [(1, "SUPERUSER")]


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_a_further_tenant_has_as_many_rows_as_the_first_but_for_the_superuser(
    tenants: dict[int, Numbered], table: str
) -> None:
    first, second, third = (len(rows.table(table)) for rows in tenants.values())

    assert second == third == first - (table in ("users", "role_assignments")) > 0


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_no_row_refers_to_one_that_its_tenant_does_not_have(tenants: dict[int, Numbered], table: str) -> None:
    for rows in tenants.values():
        ids = {name: set[str]().union(*map(rows.ids, referred)) for name, referred in REFERENCES.items()}
        astray = [(name, id) for row in rows.table(table) for name, id in references(row) if id not in ids[name]]

        assert astray == []


def test_every_column_with_an_id_is_looked_at(tenants: dict[int, Numbered]) -> None:
    columns = {name for table in EVERY_TABLE for name in tenants[1].table(table)[0]._fields if name.endswith("Id")}

    assert columns - REFERENCES.keys() == {"keycloakId"}


def test_the_whitelist_names_people_of_the_tenant(tenants: dict[int, Numbered]) -> None:
    for rows in tenants.values():
        listed = rows.organization.execOnlyWhitelist or []

        assert len(listed) == 3
        assert set(listed) <= rows.ids("users")


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_no_two_tenants_share_an_id(tenants: dict[int, Numbered], table: str) -> None:
    for one, other in combinations(tenants.values(), 2):
        assert one.ids(table) & other.ids(table) == set()


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_a_numbered_tenant_is_the_same_whichever_came_before(tenants: dict[int, Numbered], table: str) -> None:
    size = tenants[3].selection.size

    assert list(numbered(size, 3).table(table)) == list(tenants[3].table(table))


@pytest.mark.parametrize("table", EVERY_TABLE)
def test_sizes_nest_in_a_further_tenant_too(table: str) -> None:
    tiny, demo, full = (numbered(size, 2).ids(table) for size in SIZES)

    assert tiny <= demo <= full


def test_a_further_tenant_takes_the_chosen_workspaces_only() -> None:
    rows = numbered("tiny", 2, workspaces=("sales", "people"))

    assert [workspace.name for workspace in rows.workspaces] == ["Sales", "People"]
    assert rows.ids("users") < numbered("tiny", 2).ids("users")


def test_production_has_no_people_in_a_further_tenant_either() -> None:
    rows = numbered("full", 2, environment="production")

    assert (rows.users, rows.organization.execOnlyWhitelist) == ((), None)


@EACH_SIZE
@pytest.mark.usefixtures("no_hash_yet")
def test_the_password_is_hashed_once_for_all_tenants(size: str) -> None:
    blueprint = OkrBlueprint()
    hashes = {numbered(size, number, blueprint).world.password() for number in (*NUMBERS, 40)}

    assert hashes == {numbered(size, 1).world.password()}
    assert password_hash.cache_info().misses == 1


def test_another_company_or_seed_string_has_another_hash() -> None:
    hashes = {
        numbered("tiny", 2).world.password(),
        numbered("tiny", 2, harbour()).world.password(),
        numbered("tiny", 2, seed="another seed string").world.password(),
    }

    assert len(hashes) == 3


def test_a_blueprint_that_has_made_a_tenant_can_be_sent_to_another_process() -> None:
    blueprint = OkrBlueprint()
    selection = selection_for("tiny")
    made = [list(stage.producer(blueprint.world(selection, blueprint.tenant(2)))) for stage in blueprint.stages()]
    there = pickle.loads(pickle.dumps(blueprint))
    again = [list(stage.producer(there.world(selection, there.tenant(2)))) for stage in there.stages()]
    assert again == made
