"""Verification: counts and values of every table for any blueprint, then the blueprint's own checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from okrseed.blueprint import Finding, Key, Row
from okrseed.courtesy import give_way
from okrseed.diff import difference
from okrseed.plan import Folded
from okrseed.planner import add_stages
from okrseed.prepare import Prepared
from okrseed.selection import Mode
from okrseed.targets import Session


class Snapshot:
    """The tenant as it stands now, beside what the selection says; implements `blueprint.Rows`.

    Checks know the canonical schema and canonical ids: what this target lacks is taken as declared, and adopted ids
    are turned back.
    """

    def __init__(self, session: Session, prepared: Prepared) -> None:
        self.prepared = prepared = prepared.anew(session)
        self.strict = prepared.selection.mode in (Mode.FULL, Mode.RESET)
        self._declared: dict[str, list[Row]] = {table: [] for table in prepared.blueprint.entities()}
        self._desired: dict[str, dict[Key, Row]] = {table: {} for table in prepared.entities}
        # Beside each declared row; a row may be declared twice.
        self._keys: dict[str, list[Key]] = {table: [] for table in prepared.entities}
        prepared.reader.read_all(session)
        self._rewritten: set[str] = set()
        self._alike: dict[str, bool] = {}
        for stage in prepared.graph.order():
            self._declare(session, stage)
        self._updated = {
            table
            for stage, choice in prepared.selection.stages.items()
            if choice.selected == "chosen"
            for table in prepared.stages[stage].tables
        }
        self._actual: dict[str, Mapping[Key, Row]] = {}
        # Each is asked for by many checks.
        self._found: dict[str, Sequence[Row]] = {}
        self._present: dict[str, Sequence[Row]] = {}
        self._revert = {table: prepared.adoption.reverter(table) for table in prepared.entities}
        for table in prepared.entities:
            self._actual[table] = prepared.reader.rows(session, table, self._desired[table])

    def _declare(self, session: Session, stage: str) -> None:
        """Note what a stage declares, and what of it is desired here, in the ids that rows have here."""
        prepared = self.prepared
        off = stage in prepared.fit.off
        if not off and not prepared.selection.takes_part(stage):
            return
        entry = prepared.stages[stage]
        declared = prepared.production.desired(entry)
        desired = None if off else prepared.adoption.desired(session, entry, {})
        if desired is not declared:
            self._rewritten.update(entry.tables)
        for table in entry.tables:
            self._declared[table] += declared.rows(table)
            if desired is not None:
                self._desired[table] |= desired.by_key(table)
                self._keys[table] += desired.keys(table)

    def _is_as_declared(self, table: str) -> bool:
        """Whether every row declared of a table is desired here as it is, and stands there to the last value.

        Most tables are, after a run: then the declared rows are the found ones, and none is compared, turned back or
        turned into the blueprint's type one by one. That was a quarter of a verification.
        """
        if table not in self._alike:
            standing = map(self._actual[table].get, self._keys[table])
            self._alike[table] = table not in self._rewritten and list(standing) == self._declared[table]
        return self._alike[table]

    def desired(self, table: str) -> Sequence[Row]:
        return self._declared[table]

    def found(self, table: str) -> Sequence[Row]:
        give_way()
        if not self.looks_at(table):
            return self._declared[table]
        if table not in self._found:
            self._found[table] = self._canonical(table)
        return self._found[table]

    def _canonical(self, table: str) -> Sequence[Row]:
        """The desired rows of a table that are there, as they stand there, in canonical columns and ids."""
        if self._is_as_declared(table):
            return self._declared[table]
        prepared = self.prepared
        entity, actual, revert = prepared.entities[table], self._actual[table], self._revert[table]
        absent = [place for name, place in entity.positions.items() if name not in prepared.projections[table].fields]
        found = []
        for declared, key in zip(self._declared[table], self._keys[table], strict=True):
            there = actual.get(key)
            if there is None:
                continue
            there = revert(there)
            if absent:
                values = list(there)
                for place in absent:
                    values[place] = declared[place]
                there = tuple(values)
            found.append(entity.typed(there))
        return found

    def present(self, table: str) -> Sequence[Row]:
        if not self.looks_at(table):
            return self._declared[table]
        if table not in self._present:
            self._present[table] = self._whole(table)
        return self._present[table]

    def _whole(self, table: str) -> Sequence[Row]:
        """All rows of a table that are there, in canonical ids."""
        actual = self._actual[table]
        if self._is_as_declared(table) and len(actual) == len(self._desired[table]):
            return list(dict(zip(self._keys[table], self._declared[table], strict=True)).values())
        entity, revert = self.prepared.entities[table], self._revert[table]
        return [entity.typed(revert(row)) for row in actual.values()]

    def looks_at(self, table: str) -> bool:
        """Whether the target has the table and its stage could be seeded, so that there is something to look at."""
        return table in self.prepared.projections and table in self.prepared.filled

    def counts(self) -> list[Finding]:
        """One finding for each table that the selection fills."""
        found = {table: sum(map(self._actual[table].__contains__, rows)) for table, rows in self._desired.items()}
        return [
            _finding(
                f"count.{table}",
                f"rows of {table}",
                found[table] == len(rows),
                f"{len(rows)} rows",
                f"{found[table]} rows",
            )
            for table, rows in self._desired.items()
            if rows
        ]

    def findings(self) -> tuple[Finding, ...]:
        """What everything finds: counts, values and the blueprint's own checks."""
        found = [*self.counts(), self.values()]
        found += [
            check.run(self.prepared.world, self)
            for check in self.prepared.blueprint.checks()
            if all(map(self.looks_at, check.tables))
        ]
        return tuple(found)

    def folded(self, session: Session) -> Folded:
        """What a plan would find in the same transaction."""
        builder = self.prepared.builder()
        add_stages(session, self.prepared, builder)
        return builder.folded

    def values(self) -> Finding:
        """Whether every row found holds the values it should.

        A difference that a run would leave alone is a warning: after an incremental run, and in stages that a chosen
        one needs, which create what is missing and update nothing.
        """
        different: dict[str, int] = {}
        for table, rows in self._desired.items():
            entity = self.prepared.entities[table]
            if not rows or self._is_as_declared(table):
                continue
            present = frozenset(self.prepared.projections[table].fields)
            diff = difference(entity, present, rows.keys(), rows.values(), self._actual[table])
            if diff.update:
                different[table] = len(diff.update)
        found = ", ".join(f"{count} rows of {table} differ" for table, count in different.items())
        finding = _finding("values", "values as declared", not different, "no row differs", found or "no row differs")
        if different and not (self.strict and different.keys() & self._updated):
            return Finding(finding.id, finding.title, "warn", finding.expected, finding.found)
        return finding


def verify(session: Session, prepared: Prepared) -> tuple[Finding, ...]:
    """Check the tenant as the session's transaction sees it, whatever was read before that."""
    return Snapshot(session, prepared).findings()


def _finding(id: str, title: str, passed: bool, expected: str, found: str) -> Finding:
    return Finding(id, title, "pass" if passed else "fail", expected, found)
