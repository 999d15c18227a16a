"""The blueprint's checks pass on what it desires, and fail on anything else (specification: okr, section 7)."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from typing import Any, NamedTuple

import pytest

from tests.okr.own_tenants import harbour
from tests.okr.produced import findings
from tests.okr.tenant_rows import SEEDS, SIZES, TenantRows, tenant_rows

STRANGER = "clx0d1m5w0000qzrmn831i7rn"
VARIANTS: dict[str, dict[str, Any]] = {
    **{f"{size} {seed}": {"size": size, "seed": seed} for size in SIZES for seed in SEEDS[:2]},
    "one workspace": {"workspaces": ("support",)},
    "one workspace, tiny": {"size": "tiny", "workspaces": ("people",)},
    "two workspaces, demo": {"size": "demo", "workspaces": ("people", "sales")},
    "rolled": {"rolled": True, "as_of": datetime.date(2028, 2, 29)},
    "production": {"environment": "production"},
    "a tenant of one's own": {"size": "demo", "blueprint": harbour()},
}


class Damage(NamedTuple):
    """A change to the desired rows of a table, and the finding that must notice it."""

    finding: str
    table: str
    change: Callable[[TenantRows, list[Any]], list[Any]]


def active(rows: TenantRows, row: Any) -> bool:
    return rows.cycle_status[row.cycleId] == "ACTIVE"


def altered(which: Callable[[TenantRows, Any], bool], **columns: Any) -> Callable[[TenantRows, list[Any]], list[Any]]:
    """Sets columns of the rows that a predicate names."""

    def change(rows: TenantRows, table: list[Any]) -> list[Any]:
        return [row._replace(**columns) if which(rows, row) else row for row in table]

    return change


def anyone(rows: TenantRows, row: Any) -> bool:
    return True


def first(table: str) -> Callable[[TenantRows, Any], bool]:
    return lambda rows, row: row is rows.table(table)[0]


DAMAGES = (
    Damage("roles", "role_assignments", lambda rows, table: table[:-1]),
    Damage("cycles", "cycles", altered(first("cycles"), status="LOCKED")),
    Damage("requests", "check_in_requests", altered(first("check_in_requests"), status="CANCELLED")),
    Damage("private", "objectives", altered(anyone, visibilityLevel="PRIVATE")),
    Damage("published", "objectives", altered(active, isPublished=True)),
    Damage("status.active", "objectives", altered(active, status="ON_TRACK")),
    Damage("status.archived", "objectives", altered(lambda rows, row: not active(rows, row), status="CANCELLED")),
    Damage("cadence", "key_results", altered(active, checkInCadence="WEEKLY")),
    Damage("status.initiatives", "initiatives", altered(active, status="BLOCKED")),
    Damage("progress", "key_results", altered(first("key_results"), progress=12.34)),
    Damage("progress", "objectives", altered(first("objectives"), progress=99.0)),
    Damage("check_ins", "check_ins", lambda rows, table: table[::2]),
    Damage("weekdays", "check_ins", altered(first("check_ins"), createdAt=datetime.datetime(2026, 2, 7, 9))),
    Damage("weekdays", "check_ins", altered(first("check_ins"), createdAt=datetime.datetime(2026, 2, 12, 9))),
    Damage("feed", "check_ins", altered(anyone, createdAt=datetime.datetime(2026, 2, 11, 9))),
    Damage("leakage", "objectives", altered(first("objectives"), organizationId=STRANGER)),
    Damage("orphans", "objective_key_results", lambda rows, table: table[1:]),
    Damage("orphans", "initiatives", altered(first("initiatives"), objectiveId=None)),
    Damage("orphans", "check_ins", altered(first("check_ins"), keyResultId=STRANGER)),
    Damage("whitelist", "users", lambda rows, table: [user for user in table if not user.email.startswith("admin1@")]),
    Damage("reporting_line", "users", lambda rows, table: [user._replace(managerId=user.id) for user in table]),
    Damage("platform", "role_assignments", altered(first("role_assignments"), scopeType="TENANT")),
)


@pytest.mark.parametrize("variant", VARIANTS)
def test_every_check_passes_on_the_desired_rows(variant: str) -> None:
    found = findings(tenant_rows(**VARIANTS[variant]))

    assert [finding for finding in found.values() if finding.status != "pass"] == []


@pytest.mark.parametrize("damage", DAMAGES, ids=lambda damage: f"{damage.finding}-{damage.table}")
def test_a_check_fails_on_rows_that_are_not_as_desired(damage: Damage) -> None:
    rows = tenant_rows()
    replaced = {damage.table: damage.change(rows, list(rows.table(damage.table)))}

    assert findings(rows, replaced)[damage.finding].status == "fail"


def test_a_feed_with_nothing_to_attend_to_fails() -> None:
    rows = tenant_rows()
    calm = [row._replace(status="ON_TRACK") for row in rows.key_results]
    fresh = [row._replace(createdAt=datetime.datetime(2026, 2, 11, 9)) for row in rows.check_ins]

    assert findings(rows, {"key_results": calm, "check_ins": fresh})["attention"].status == "fail"


@pytest.mark.parametrize(
    "damage",
    [damage for damage in DAMAGES if damage.finding in ("published", "status.active", "progress", "feed")],
    ids=lambda damage: f"{damage.finding}-{damage.table}",
)
def test_after_an_incremental_run_values_that_people_changed_are_a_warning(damage: Damage) -> None:
    rows = tenant_rows()
    replaced = {damage.table: damage.change(rows, list(rows.table(damage.table)))}

    assert findings(rows, replaced, strict=False)[damage.finding].status == "warn"


@pytest.mark.parametrize("finding", ["leakage", "orphans", "reporting_line", "platform"])
def test_broken_integrity_fails_whoever_broke_it(finding: str) -> None:
    rows = tenant_rows()
    damage = next(damage for damage in DAMAGES if damage.finding == finding)
    replaced = {damage.table: damage.change(rows, list(rows.table(damage.table)))}

    assert findings(rows, replaced, strict=False)[finding].status == "fail"


def test_every_finding_says_what_was_expected_and_found() -> None:
    assert [one for one in findings(tenant_rows()).values() if not (one.title and one.expected and one.found)] == []


def test_every_finding_has_an_id_of_its_own() -> None:
    assert len(findings(tenant_rows("tiny"))) == len(tenant_rows("tiny").blueprint.checks())
