"""What holds in every cell of the matrix, whatever the version of the schema and the state of the database."""

from __future__ import annotations

from typing import Any

from tests.end_to_end.program import Outcome
from tests.schema_versions.cells import Purged, Written
from tests.schema_versions.expected import comparable
from tests.schema_versions.platform import Contents
from tests.schema_versions.telling import why
from tests.schema_versions.versions import MEMBER_TABLES

_PLAN = ("mode", "size", "workspaces", "totals", "left", "adaptations", "notes", "warnings")


def plan_facts(document: dict[str, Any]) -> dict[str, Any]:
    """What a plan says will happen, apart from how long it should take."""
    stages = [{name: stage[name] for name in ("id", "selected", "reason", "tables")} for stage in document["stages"]]
    return {name: document[name] for name in _PLAN} | {"stages": stages}


def planned_rows(document: dict[str, Any], change: str) -> dict[str, int]:
    """How many rows of each table a plan creates, updates or deletes."""
    rows: dict[str, int] = {}
    for stage in document["stages"]:
        for table in stage["tables"]:
            rows[table["table"]] = rows.get(table["table"], 0) + table[change]
    return {table: number for table, number in rows.items() if number}


def written(outcome: Outcome) -> tuple[int, int, int]:
    """Rows created, updated and deleted."""
    totals = outcome.totals
    return totals["created"], totals["updated"], totals["deleted"]


def assert_same_rows(found: Contents, wanted: Contents) -> None:
    """The tables hold these rows and no others; says which ids or values are off, not two whole tables."""
    for table, rows in wanted.items():
        missing, strange = rows.keys() - found[table].keys(), found[table].keys() - rows.keys()
        assert (table, missing, strange) == (table, set(), set())
        left, right = comparable(rows), comparable(found[table])
        differing = {
            (table, id, name): (row[name], right[id].get(name))
            for id, row in left.items()
            for name in row
            if row[name] != right[id].get(name)
        }
        assert differing == {}


class WrittenLaws:
    """For a full or an incremental run."""

    def test_plan_and_run_succeed(self, cell: Written) -> None:
        assert (cell.planned.exit, cell.ran.exit) == (0, 0), why(cell.ran)

    def test_no_check_of_the_blueprint_fails(self, cell: Written) -> None:
        assert cell.ran.document["verification"]["failed"] == 0

    def test_the_run_follows_its_plan(self, cell: Written) -> None:
        assert plan_facts(cell.ran.document["plan"]) == plan_facts(cell.planned.document)

    def test_the_plan_tells_how_many_rows_each_table_gains(self, cell: Written) -> None:
        gained = {table: len(rows) - len(cell.before[table]) for table, rows in cell.after.items()}

        assert planned_rows(cell.planned.document, "create") == {table: n for table, n in gained.items() if n}

    def test_the_totals_are_the_rows_that_changed(self, cell: Written) -> None:
        created = sum(len(rows) - len(cell.before[table]) for table, rows in cell.after.items())

        assert written(cell.ran) == (created, cell.changed, 0)

    def test_the_tables_hold_the_tenant_and_what_was_there(self, cell: Written) -> None:
        found = {table: rows for table, rows in cell.after.items() if table not in MEMBER_TABLES}

        assert_same_rows(found, {table: {**cell.before[table], **cell.wanted.get(table, {})} for table in found})

    def test_no_natural_key_is_there_twice(self, cell: Written) -> None:
        assert cell.duplicates == []

    def test_nothing_refers_to_a_row_that_is_not_there(self, cell: Written) -> None:
        assert cell.dangling == []

    def test_a_second_run_writes_nothing(self, cell: Written) -> None:
        assert cell.again.exit == 0, why(cell.again)
        assert written(cell.again) == (0, 0, 0)
        assert cell.row_versions_again == cell.row_versions


class RefusedPurgeLaws:
    """For a purge of a tenant that holds what okrseed did not create."""

    def test_it_is_refused(self, purged: Purged) -> None:
        assert purged.ran.exit == 4, why(purged.ran)
        assert "--with-unseeded" in purged.ran.told

    def test_the_plan_warns_of_it(self, purged: Purged) -> None:
        assert purged.planned.exit == 0, why(purged.planned)
        assert purged.planned.document["warnings"] != []

    def test_nothing_is_written(self, purged: Purged) -> None:
        assert purged.row_versions == purged.row_versions_before
        assert purged.after == purged.before
