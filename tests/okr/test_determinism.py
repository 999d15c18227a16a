"""Equal runs want equal rows, in every process (specification: okr, section 3)."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from okrseed.blueprints.okr import OkrBlueprint
from tests.okr.tenant_rows import SIZES, TABLES, TenantRows, digest, selection_for

REPOSITORY = Path(__file__).parents[2]


def digests_in_a_fresh_process(hash_seed: str, home: Path) -> list[str]:
    script = f"from tests.okr.tenant_rows import digest; [print(digest(size)) for size in {SIZES!r}]"
    environ = {**os.environ, "PYTHONHASHSEED": hash_seed, "HOME": str(home), "TZ": "Pacific/Kiritimati"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, env=environ, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


@pytest.mark.parametrize("hash_seed", ["0", "12345"])
def test_a_fresh_process_wants_the_same_rows(hash_seed: str, tmp_path: Path) -> None:
    """With another hash seed and another time zone, at every size."""
    assert digests_in_a_fresh_process(hash_seed, tmp_path) == [digest(size) for size in SIZES]


def test_a_second_world_wants_the_same_rows() -> None:
    one, other = (TenantRows(OkrBlueprint(), selection_for("demo")) for _ in range(2))

    assert [table for table in TABLES if one.table(table) != other.table(table)] == []


def test_the_order_in_which_stages_are_asked_changes_nothing() -> None:
    forwards, backwards = (TenantRows(OkrBlueprint(), selection_for("tiny")) for _ in range(2))
    for table in TABLES:
        forwards.table(table)
    for table in reversed(TABLES):
        backwards.table(table)

    assert {table: forwards.table(table) for table in TABLES} == {table: backwards.table(table) for table in TABLES}
