"""The stamp in the organisation's metadata (specification: okr, section 2)."""

from __future__ import annotations

from typing import Any

import pytest

from okrseed.blueprint import Stamp
from okrseed.blueprints.okr import OkrBlueprint
from tests.okr.tenant_rows import SEEDS, SIZES, WORKSPACES, TenantRows, tenant_rows


def stamp_of(rows: TenantRows) -> dict[str, Any]:
    document: dict[str, Any] = (rows.organization.metadata or {})["okrseed"]
    return document


def test_the_metadata_hold_the_stamp_and_nothing_else() -> None:
    assert set(tenant_rows("tiny").organization.metadata or {}) == {"okrseed"}


@pytest.mark.parametrize("size", SIZES)
def test_the_stamp_says_how_the_tenant_was_seeded(size: str) -> None:
    stamp = stamp_of(tenant_rows(size, seed="a seed"))

    assert stamp | {"blueprint": ""} == {
        "blueprint": "",
        "seed": "a seed",
        "size": size,
        "as_of": "2026-02-11",
        "calendar": "fixed",
        "workspaces": sorted(WORKSPACES),
    }


def test_the_stamp_names_blueprint_and_version() -> None:
    blueprint = OkrBlueprint()

    assert stamp_of(tenant_rows("tiny"))["blueprint"] == f"{blueprint.name}/{blueprint.version}"


@pytest.mark.parametrize("rolled", [False, True])
@pytest.mark.parametrize("workspaces", [None, ("sales",), ("people", "support")])
@pytest.mark.parametrize("seed", SEEDS)
def test_what_is_stamped_is_read_again(seed: str, workspaces: tuple[str, ...] | None, rolled: bool) -> None:
    rows = tenant_rows("tiny", seed=seed, workspaces=workspaces, rolled=rolled)

    assert OkrBlueprint().stamp(rows.organization) == Stamp(
        seed=seed,
        size="tiny",
        as_of="2026-02-11",
        scopes=tuple(sorted(workspaces or WORKSPACES)),
        options=frozenset({"roll_cycles"} if rolled else ()),
    )


@pytest.mark.parametrize(
    "metadata",
    [
        None,
        {},
        [],
        "okrseed",
        {"okrseed": None},
        {"okrseed": []},
        {"okrseed": {}},
        {"okrseed": {"seed": "a seed"}},
        {"okrseed": {"seed": "a", "size": "full", "as_of": "never", "calendar": "fixed", "workspaces": []}},
        {"okrseed": {"seed": "a", "size": "full", "as_of": 5, "calendar": "fixed", "workspaces": []}},
        {"okrseed": {"seed": "a", "size": "full", "as_of": "2026-02-11", "calendar": "fixed", "workspaces": None}},
    ],
    ids=str,
)
def test_metadata_without_a_readable_stamp_have_none(metadata: Any) -> None:
    assert OkrBlueprint().stamp(tenant_rows("tiny").organization._replace(metadata=metadata)) is None
