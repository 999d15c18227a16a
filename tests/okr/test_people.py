"""Who the people are: addresses, names, passwords, settings (specification: okr, section 4)."""

from __future__ import annotations

import re
from collections import Counter

import bcrypt
import pytest

from okrseed.blueprint import OnCreate
from okrseed.blueprints.okr import OkrBlueprint
from okrseed.blueprints.okr.people import password_hash
from tests.okr.tenant_rows import SEEDS, SIZES, tenant_rows

EACH_SIZE = pytest.mark.parametrize("size", SIZES)
TEAMS = {
    "sales": ("enterprise-sales", "smb-sales", "account-management"),
    "support": ("tier-1-support", "tier-2-support", "technical-support", "customer-success"),
    "marketing": ("content-marketing", "demand-generation", "product-marketing"),
    "product": ("product-management", "user-research", "design"),
    "engineering": ("backend-engineering", "frontend-engineering", "devops", "platform-engineering"),
    "people": ("hr-operations", "talent-acquisition", "learning-development"),
}
MEMBERS = {"sales": 22, "support": 29, "marketing": 22, "product": 21, "engineering": 29, "people": 22}
TEAM_LEADS = {"sales": 3, "support": 6, "marketing": 3, "product": 3, "engineering": 6, "people": 3}
INSPECTORS = {"founder", "admin1", "admin2", "workspace-lead-sales-1", "workspace-lead-support-1"}


def address(local: str) -> str:
    return f"{local}@puzzelcx.local"


def everyone() -> set[str]:
    """The e-mail addresses of the specification."""
    locals = {"platform", "founder"} | {f"admin{number}" for number in range(1, 6)}
    for workspace, teams in TEAMS.items():
        locals |= {f"workspace-lead-{workspace}-{number}" for number in range(1, 5)}
        locals |= {f"member-{workspace}-{number}" for number in range(1, MEMBERS[workspace] + 1)}
        places = range(TEAM_LEADS[workspace])
        locals |= {f"team-lead-{teams[place % len(teams)]}-{place // len(teams) + 1}" for place in places}
    return set(map(address, locals))


@pytest.mark.parametrize("size", ["demo", "full"])
def test_addresses_are_those_specified(size: str) -> None:
    assert {user.email for user in tenant_rows(size).users} == everyone()


def test_addresses_of_the_smallest_size_are_among_them() -> None:
    assert {user.email for user in tenant_rows("tiny").users} <= everyone()


@EACH_SIZE
@pytest.mark.parametrize("seed", SEEDS)
def test_no_two_people_share_a_full_name(seed: str, size: str) -> None:
    names = Counter(user.name for user in tenant_rows(size, seed=seed).users)

    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize("seed", SEEDS)
def test_everyone_has_a_given_and_a_family_name(seed: str) -> None:
    names = [user.name for user in tenant_rows(seed=seed).users]

    assert [name for name in names if not re.fullmatch(r"[^\W\d_][\w'’-]+( [^\W\d_][\w'’-]+)+", name)] == []


def test_names_come_from_wide_lists() -> None:
    given = Counter(user.name.split()[0] for user in tenant_rows().users)

    assert len(given) > 80
    assert max(given.values()) <= 6


def test_another_seed_string_gives_other_names() -> None:
    one, other = ({user.email: user.name for user in tenant_rows(seed=seed).users} for seed in ("one", "two"))

    assert sum(one[email] == other[email] for email in one) < 10


@EACH_SIZE
def test_only_the_platform_is_superuser(size: str) -> None:
    assert [user.email for user in tenant_rows(size).users if user.isSuperuser] == [address("platform")]


@EACH_SIZE
def test_the_role_inspector_is_on_for_the_specified_five(size: str) -> None:
    inspecting = {user.email for user in tenant_rows(size).users if user.settings}

    assert inspecting == set(map(address, INSPECTORS))


@EACH_SIZE
def test_settings_hold_the_inspector_and_nothing_else(size: str) -> None:
    settings = [user.settings for user in tenant_rows(size).users if user.settings]

    assert all(setting == {"debug": {"rbacInspectorEnabled": True}} for setting in settings)


@EACH_SIZE
def test_the_whitelist_names_founder_and_the_first_two_admins(size: str) -> None:
    rows = tenant_rows(size)
    email = {user.id: user.email for user in rows.users}

    assert [email[id] for id in rows.organization.execOnlyWhitelist or ()] == [
        address("founder"),
        address("admin1"),
        address("admin2"),
    ]


@EACH_SIZE
def test_people_have_no_keycloak_account_and_no_picture(size: str) -> None:
    assert {(user.keycloakId, user.avatar) for user in tenant_rows(size).users} == {(None, None)}


@EACH_SIZE
def test_rows_of_users_carry_no_hash_before_somebody_is_created(size: str) -> None:
    assert {user.passwordHash for user in tenant_rows(size).users} == {OnCreate.VALUE}


def test_the_hash_is_made_by_the_world_when_asked() -> None:
    rows = tenant_rows("tiny")
    make = OkrBlueprint().entities()["users"].made["passwordHash"]

    assert make(rows.world) == rows.world.password()


def test_the_hash_lets_the_demo_password_in() -> None:
    assert bcrypt.checkpw(b"changeme", tenant_rows("tiny").world.password().encode())


def test_the_hash_lets_no_other_password_in() -> None:
    assert not bcrypt.checkpw(b"changeme2", tenant_rows("tiny").world.password().encode())


def test_the_hash_costs_ten_rounds() -> None:
    assert re.fullmatch(r"\$2b\$10\$[./A-Za-z0-9]{53}", tenant_rows("tiny").world.password())


def test_equal_runs_give_equal_hashes() -> None:
    assert password_hash("a seed", "a-slug") == password_hash("a seed", "a-slug")


@pytest.mark.parametrize(("seed", "slug"), [("another seed", "a-slug"), ("a seed", "another-slug")])
def test_the_salt_comes_from_seed_string_and_slug(seed: str, slug: str) -> None:
    assert password_hash(seed, slug)[:29] != password_hash("a seed", "a-slug")[:29]
