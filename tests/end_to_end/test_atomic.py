"""`run --atomic`: the whole run is one transaction, all or nothing."""

from __future__ import annotations

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import call, plan, run

FAIL = "ALTER TABLE check_ins ADD CONSTRAINT none CHECK (value IS NULL)"


def test_it_writes_what_a_run_writes(empty: Database) -> None:
    planned = plan(empty.url, "--size", "tiny")
    done = run(empty.url, "--size", "tiny", "--atomic")
    assert done.exit == 0, done.err
    assert done.document["plan"]["stages"] == planned.document["stages"]
    assert done.totals["created"] == planned.totals["create"] == sum(empty.counts().values())
    assert done.document["verification"]["failed"] == 0
    again = run(empty.url, "--size", "tiny", "--atomic")
    assert (again.totals["created"], again.totals["updated"], again.totals["deleted"]) == (0, 0, 0)


def test_a_failure_leaves_nothing(own_postgres: Database) -> None:
    own_postgres.execute(FAIL)
    failed = run(own_postgres.url, "--size", "tiny", "--atomic")
    assert failed.exit == 1
    assert failed.error["stage"] == "check-ins"
    assert "rolled back" in failed.error["message"]
    assert {stage["status"] for stage in failed.document["stages"]} == {"failed"}
    assert sum(own_postgres.counts().values()) == 0
    assert failed.totals["created"] == 0


def test_a_failure_keeps_what_was_there(own_postgres: Database) -> None:
    assert run(own_postgres.url, "--size", "tiny", "--workspace", "sales").exit == 0
    own_postgres.execute("ALTER TABLE check_ins ADD CONSTRAINT none CHECK (value IS NULL) NOT VALID")
    before = own_postgres.digest()
    assert run(own_postgres.url, "--size", "tiny", "--atomic").exit == 1
    assert own_postgres.digest() == before


def test_nobody_sees_a_part_of_it(own_postgres: Database) -> None:
    """A trigger counts the transactions that wrote: there is one."""
    own_postgres.execute(
        "CREATE TABLE seen (xid bigint)",
        "CREATE FUNCTION seen() RETURNS trigger AS"
        " $$ BEGIN INSERT INTO seen VALUES (txid_current()); RETURN NULL; END $$ LANGUAGE plpgsql",
        *(
            f"CREATE TRIGGER seen AFTER INSERT ON {table} EXECUTE FUNCTION seen()"
            for table in ("organizations", "users", "objectives", "check_ins")
        ),
    )
    assert run(own_postgres.url, "--size", "tiny", "--atomic").exit == 0
    assert own_postgres.value("SELECT count(DISTINCT xid) FROM seen") == 1


@pytest.mark.parametrize("command", [["purge"], ["plan"], ["verify"]])
def test_only_run_has_it(command: list[str]) -> None:
    assert call(*command, "--atomic").exit == 2
