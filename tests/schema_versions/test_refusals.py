"""A database that rows could not be written to as they should be is refused, by name, before anything is written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.end_to_end.program import Outcome, plan, purge, run
from tests.schema_versions.platform import Platform
from tests.schema_versions.states import SIZE
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import Version, table_names


@dataclass(frozen=True)
class Change:
    """What somebody did to the schema of a version, and the words by which a refusal must name it."""

    version: Version
    statements: tuple[str, ...]
    words: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.version}-{'.'.join(self.words) or self.statements[-1]}"


def adds(version: Version, table: str, column: str, sql_type: str, value: str) -> Change:
    """A column that must be given, which okrseed does not know."""
    return Change(
        version,
        (
            f'ALTER TABLE {table} ADD COLUMN "{column}" {sql_type} NOT NULL DEFAULT {value}',
            f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP DEFAULT',
        ),
        (table, column),
    )


def retypes(version: Version, table: str, column: str, sql_type: str, using: str = "") -> Change:
    """A column of another type."""
    return Change(
        version,
        (
            f'ALTER TABLE {table} ALTER COLUMN "{column}" DROP DEFAULT',
            f'ALTER TABLE {table} ALTER COLUMN "{column}" TYPE {sql_type} USING {using or "NULL"}::{sql_type}',
        ),
        (table, column),
    )


def lacks(version: Version, enum: str, label: str, *words: str) -> Change:
    """An enum without a label."""
    return Change(version, (f"ALTER TYPE \"{enum}\" RENAME VALUE '{label}' TO 'SOMETHING_ELSE'",), (*words, label))


def requires(version: Version, table: str, column: str, value: str = "") -> Change:
    """A column that may no longer be null."""
    filled = (f'UPDATE {table} SET "{column}" = {value}',) if value else ()
    statement = f'ALTER TABLE {table} ALTER COLUMN "{column}" SET NOT NULL'
    return Change(version, (*filled, statement), (table, column))


UNSUITABLE = (
    adds("V6", "initiatives", "budget", "integer", "0"),
    adds("V1", "users", "locale", "text", "'en'"),
    adds("V4", "team_members", "invitedBy", "text", "'x'"),
    adds("V7", "cycles", "organizationUnit", "text", "'x'"),
    adds("V8", "objective_key_results", "rank", "integer", "1"),
    retypes("V6", "users", "isSuperuser", "text", "'no'"),
    retypes("V6", "organizations", "metadata", "text"),
    retypes("V6", "check_ins", "note", "integer"),
    retypes("V5", "key_results", "targetValue", "text", "'75'"),
    retypes("V7", "objectives", "startDate", "text", "'today'"),
    retypes("V8", "key_results", "state", "boolean", "true"),
    lacks("V6", "OKRStatus", "AT_RISK", "objectives", "status"),
    lacks("V6", "RBACRole", "TEAM_CONTRIBUTOR", "role_assignments", "role"),
    lacks("V2", "MemberRole", "WORKSPACE_OWNER", "workspace_members", "role"),
    lacks("V4", "Period", "QUARTERLY", "objectives", "period"),
    lacks("V8", "ObjectiveState", "PUBLISHED", "objectives", "state"),
    lacks("V8", "KeyResultState", "ARCHIVED", "key_results", "state"),
    requires("V6", "objectives", "teamId"),
    requires("V6", "users", "avatar"),
    requires("V6", "users", "managerId", "id"),
    requires("V6", "objectives", "positionX", "0"),
    requires("V8", "objectives", "sponsorId", '"ownerId"'),
)

SUITABLE = (
    lacks("V6", "CycleStatus", "LOCKED"),
    lacks("V6", "VisibilityLevel", "EXEC_ONLY"),
    lacks("V6", "RBACRole", "WORKSPACE_ADMIN"),
    lacks("V4", "CheckInRequestStatus", "CANCELLED"),
    lacks("V4", "Period", "CUSTOM"),
    lacks("V4", "MemberRole", "VIEWER"),
    retypes("V6", "users", "name", "varchar(200)", "name"),
    requires("V6", "objectives", "organizationId", "(SELECT id FROM organizations)"),
    requires("V6", "users", "passwordHash"),
    requires("V6", "users", "settings"),
    requires("V8", "initiatives", "keyResultId"),
    requires("V4", "initiatives", "period", "'QUARTERLY'"),
)


def assert_refused(outcome: Outcome, *words: str) -> None:
    assert outcome.exit == 4, why(outcome)
    for word in (*words, "Nothing was written."):
        assert word in outcome.told


@pytest.mark.parametrize("change", UNSUITABLE, ids=str)
def test_what_cannot_be_written_is_refused_and_named(stock: Stock, change: Change) -> None:
    with stock.lend(change.version, "empty") as platform:
        platform.execute(*change.statements)
        before = platform.digest()

        assert_refused(plan(platform.url, "--size", SIZE), *change.words)
        assert_refused(run(platform.url, "--size", SIZE), *change.words)
        assert platform.digest() == before


@pytest.mark.parametrize("change", SUITABLE, ids=str)
def test_what_we_do_not_need_is_not_missed(stock: Stock, change: Change) -> None:
    with stock.lend(change.version, "empty") as platform:
        platform.execute(*change.statements)
        outcome = run(platform.url, "--size", SIZE)

    assert outcome.exit == 0, why(outcome)


def test_a_default_where_we_have_no_value_is_no_way_to_fail_halfway(stock: Stock) -> None:
    with stock.lend("V6", "empty") as platform:
        platform.execute(
            "ALTER TABLE users ALTER COLUMN avatar SET NOT NULL, ALTER COLUMN avatar SET DEFAULT 'nobody.png'"
        )
        before = platform.digest()
        outcome = run(platform.url, "--size", SIZE)
        after = platform.digest()

    # Left to the default, or refused: the specification allows both.
    assert outcome.exit in (0, 4), why(outcome)
    assert (after == before) == (outcome.exit == 4)


def test_every_problem_is_named_at_once(stock: Stock) -> None:
    changes = [change for change in UNSUITABLE[:8] if change.version == "V6"]
    with stock.lend("V6", "empty") as platform:
        platform.execute(*(statement for change in changes for statement in change.statements))

        assert_refused(run(platform.url, "--size", SIZE), *(word for change in changes for word in change.words))


@dataclass(frozen=True)
class Restricted:
    """A database, and a role that may do everything in it."""

    platform: Platform
    role: str

    @property
    def url(self) -> str:
        return self.platform.by_role(self.role)

    def revoking(self, right: str, table: str) -> str:
        """Take a right away; returns the statement that gives it back."""
        self.platform.execute(f'REVOKE {right} ON "{table}" FROM "{self.role}"')
        return f'GRANT {right} ON "{table}" TO "{self.role}"'


def restricted(stock: Stock, version: Version) -> Iterator[Restricted]:
    """Every test must leave the rows as they are."""
    with stock.lend(version, "seeded") as platform, stock.role(platform) as role:
        platform.execute(f'GRANT ALL ON ALL TABLES IN SCHEMA public TO "{role}"')
        yield Restricted(platform, role)


@pytest.fixture(scope="module")
def latest(stock: Stock) -> Iterator[Restricted]:
    yield from restricted(stock, "V8")


@pytest.fixture(scope="module")
def oldest(stock: Stock) -> Iterator[Restricted]:
    yield from restricted(stock, "V1")


def assert_missed(restricted: Restricted, right: str, table: str) -> None:
    before = restricted.platform.row_versions()
    again = restricted.revoking(right, table)
    if right == "DELETE":
        outcome = purge(restricted.url, "--size", SIZE, "--yes")
    else:
        outcome = run(restricted.url, "--size", SIZE)
    restricted.platform.execute(again)

    assert_refused(outcome, f"{right} on {table}")
    assert restricted.platform.row_versions() == before


@pytest.mark.parametrize("right", ["SELECT", "INSERT", "UPDATE", "DELETE"])
@pytest.mark.parametrize("table", table_names("V8"))
def test_a_missing_right_on_any_table_is_refused_and_named(latest: Restricted, table: str, right: str) -> None:
    assert_missed(latest, right, table)


@pytest.mark.parametrize("table", table_names("V1")[-3:])
def test_a_missing_right_on_a_member_table_is_refused_and_named(oldest: Restricted, table: str) -> None:
    assert_missed(oldest, "INSERT", table)


def test_rights_on_other_tables_are_not_needed_to_write(stock: Stock, oldest: Restricted) -> None:
    again = [oldest.revoking("ALL", table) for table in ("activities", "audit_logs", "share_links")]
    outcome = run(oldest.url, "--size", SIZE)
    oldest.platform.execute(*again)

    assert outcome.exit == 0, why(outcome)
