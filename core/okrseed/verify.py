"""Verification: counts and values of every table for any blueprint, then the blueprint's own checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from okrseed.blueprint import Finding, Key, Row
from okrseed.diff import difference
from okrseed.prepare import Prepared
from okrseed.reading import TenantReader
from okrseed.selection import Mode
from okrseed.targets import Session


class Snapshot:
    """The tenant as it stands now, beside what the selection says; implements `blueprint.Rows`."""

    def __init__(self, session: Session, prepared: Prepared) -> None:
        self._prepared = prepared
        self.strict = prepared.selection.mode in (Mode.FULL, Mode.RESET)
        self._desired = _desired(prepared)
        reader = TenantReader(prepared.entities, prepared.projections, prepared.tenant)
        self._actual: dict[str, Mapping[Key, Row]] = {}
        self._present: dict[str, list[Row]] = {}
        for table, entity in prepared.entities.items():
            keys = [entity.key(row) for row in self._desired.get(table, ())]
            self._actual[table] = reader.rows(session, table, keys)
            self._present[table] = [entity.row(row) for row in self._actual[table].values()]

    def desired(self, table: str) -> Sequence[Row]:
        return self._desired.get(table, [])

    def found(self, table: str) -> Sequence[Row]:
        entity, actual = self._prepared.entities[table], self._actual[table]
        keys = map(entity.key, self.desired(table))
        return [entity.row(actual[key]) for key in keys if key in actual]

    def present(self, table: str) -> Sequence[Row]:
        return self._present[table]

    def counts(self) -> list[Finding]:
        """One finding for each table that the selection fills."""
        return [
            _finding(
                f"count.{table}",
                f"rows of {table}",
                len(self.found(table)) == len(rows),
                f"{len(rows)} rows",
                f"{len(self.found(table))} rows",
            )
            for table, rows in self._desired.items()
            if rows
        ]

    def values(self) -> Finding:
        """Whether every row found holds the values it should; after an incremental run a difference is a warning."""
        different: dict[str, int] = {}
        for table, rows in self._desired.items():
            entity = self._prepared.entities[table]
            present = {column.name for column in self._prepared.projections[table].columns}
            diff = difference(entity, present, rows, self._actual[table])
            if diff.update:
                different[table] = len(diff.update)
        found = ", ".join(f"{count} rows of {table} differ" for table, count in different.items())
        finding = _finding("values", "values as declared", not different, "no row differs", found or "no row differs")
        if different and not self.strict:
            return Finding(finding.id, finding.title, "warn", finding.expected, finding.found)
        return finding


def verify(session: Session, prepared: Prepared) -> tuple[Finding, ...]:
    """Check the tenant in the session's transaction; reads everything anew."""
    snapshot = Snapshot(session, prepared)
    findings = [*snapshot.counts(), snapshot.values()]
    findings += [check.run(prepared.world, snapshot) for check in prepared.blueprint.checks()]
    return tuple(findings)


def _desired(prepared: Prepared) -> dict[str, list[Row]]:
    desired: dict[str, list[Row]] = {table: [] for table in prepared.entities}
    for stage in prepared.graph.order():
        if not prepared.selection.takes_part(stage):
            continue
        for family in prepared.stages[stage].producer(prepared.world):
            for table, rows in family.items():
                desired[table].extend(rows)
    return desired


def _finding(id: str, title: str, passed: bool, expected: str, found: str) -> Finding:
    return Finding(id, title, "pass" if passed else "fail", expected, found)
