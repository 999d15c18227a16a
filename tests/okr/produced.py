"""The desired rows as if they stood in the database already: what a check sees after a perfect run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from okrseed.blueprint import Finding
from tests.okr.tenant_rows import TenantRows


class Produced:
    """Implements `blueprint.Rows`; `replaced` tables stand differently in the database than they are desired."""

    def __init__(self, rows: TenantRows, replaced: Mapping[str, Sequence[Any]] | None = None, *, strict: bool) -> None:
        self.strict = strict
        self._rows = rows
        self._replaced = replaced or {}

    def desired(self, table: str) -> Sequence[Any]:
        return self._rows.table(table)

    def found(self, table: str) -> Sequence[Any]:
        return self._replaced.get(table, self._rows.table(table))

    def present(self, table: str) -> Sequence[Any]:
        return self.found(table)


def findings(
    rows: TenantRows, replaced: Mapping[str, Sequence[Any]] | None = None, *, strict: bool = True
) -> dict[str, Finding]:
    """What every check of the blueprint finds, by the id of its finding."""
    found = [check.run(rows.world, Produced(rows, replaced, strict=strict)) for check in rows.blueprint.checks()]
    return {finding.id: finding for finding in found}
