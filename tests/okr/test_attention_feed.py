"""The attention feed is worth showing: last check-ins lie as the specification shares them out (okr, section 5)."""

from __future__ import annotations

import datetime

import pytest

from tests.okr.attention import SHARES, off_share, share, standings
from tests.okr.tenant_rows import MANY_SEEDS, SIZES, WEDNESDAY, TenantRows, tenant_rows

DATES = (
    *(WEDNESDAY + datetime.timedelta(days=days) for days in range(1, 7)),  # Every other day of the week.
    datetime.date(2025, 10, 1),
    datetime.date(2025, 12, 31),
    datetime.date(2026, 1, 1),
    datetime.date(2028, 2, 29),
    datetime.date(2026, 11, 21),
)
VARIANTS = [(size, seed, WEDNESDAY) for seed in MANY_SEEDS for size in SIZES] + [
    ("full", MANY_SEEDS[0], as_of) for as_of in DATES
]


@pytest.fixture(scope="module", params=VARIANTS, ids=lambda variant: "-".join(map(str, variant)))
def rows(request: pytest.FixtureRequest) -> TenantRows:
    size, seed, as_of = request.param
    return tenant_rows(size, seed=seed, as_of=as_of)


@pytest.mark.parametrize("mark", SHARES)
def test_every_stratum_has_its_share(rows: TenantRows, mark: str) -> None:
    assert off_share(rows, mark) == []


def test_every_key_result_with_a_cadence_has_been_checked_in(rows: TenantRows) -> None:
    everyone = {standing.key_result.id for members in standings(rows).values() for standing in members}

    assert everyone - set(rows.series) == set()


def test_there_is_something_to_attend_to(rows: TenantRows) -> None:
    assert any(
        standing.marks & {"overdue", "no progress"} or standing.key_result.status in ("AT_RISK", "OFF_TRACK")
        for members in standings(rows).values()
        for standing in members
    )


@pytest.mark.parametrize("mark", SHARES)
def test_over_the_whole_tenant_the_largest_size_needs_no_tolerance(rows: TenantRows, mark: str) -> None:
    strata = standings(rows)
    slack = 0 if rows.selection.size == "full" else len(strata) / sum(map(len, strata.values()))
    low, high = SHARES[mark]

    assert low - slack <= share(rows, mark) <= high + slack


@pytest.mark.parametrize("workspace", ["sales", "support", "people"])
@pytest.mark.parametrize("mark", SHARES)
def test_a_single_workspace_has_its_share(workspace: str, mark: str) -> None:
    assert off_share(tenant_rows(workspaces=(workspace,)), mark) == []
