"""Databases as they really are: another schema, row-level security, rows elsewhere that refer to ours, several at once.

The trigger on role_assignments, the other tables and the extra columns are in every database of these tests anyway.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from psycopg.errors import FeatureNotSupported, InsufficientPrivilege

from tests.end_to_end.program import Outcome, plan, purge, run
from tests.schema_versions import adopted
from tests.schema_versions.expected import expected, merged
from tests.schema_versions.laws import assert_same_rows, written
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.real_life import OTHER_TABLES, row_security
from tests.schema_versions.states import FOUNDER, KEY_RESULT, OBJECTIVE, ORGANIZATION, SIZE, State
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why
from tests.schema_versions.versions import MEMBER_TABLES, Version

DESIRED = ("create", "update", "unchanged")
"""What a plan counts the desired rows under."""

ELSEWHERE = "Demo data"
"""A schema whose name must be quoted."""


@contextmanager
def secured(stock: Stock, version: Version, state: State, namespace: str = "public") -> Iterator[tuple[Platform, str]]:
    """A database under row-level security, and its URL for the role that the policies are for."""
    with stock.lend(version, state, namespace) as platform, stock.role(platform) as role:
        platform.execute(
            f'GRANT USAGE ON SCHEMA "{namespace}" TO {role}',
            *row_security((*platform.tables, *OTHER_TABLES), role),
        )
        yield platform, platform.by_role(role)


def assert_holds(platform: Platform, before: Contents, desired: Contents) -> None:
    """The tables hold what was there and the tenant's rows; memberships are looked at elsewhere."""
    wanted = {
        table: {id: merged(table, row, before[table][id]) if id in before[table] else row for id, row in rows.items()}
        for table, rows in desired.items()
    }
    found = {table: rows for table, rows in platform.contents().items() if table not in MEMBER_TABLES}
    assert_same_rows(found, {table: {**before[table], **wanted.get(table, {})} for table in found})


def assert_seeds(stock: Stock, platform: Platform, url: str) -> None:
    """A full run fills the tables, a second one changes nothing, and a purge takes everything back."""
    before = platform.contents()
    first = run(url, "--size", SIZE)
    assert first.exit == 0, why(first)
    assert_holds(platform, before, expected(platform.version, stock.canonical()))
    versions = platform.row_versions()
    assert written(run(url, "--size", SIZE, "--no-verify")) == (0, 0, 0)
    assert platform.row_versions() == versions
    last = purge(url, "--size", SIZE, "--yes")
    assert last.exit == 0, why(last)
    assert platform.contents() == before


@pytest.mark.parametrize("version", ["V1", "V4", "V6", "V8"])
def test_a_schema_of_another_name_is_seeded(stock: Stock, version: Version) -> None:
    with stock.lend(version, "empty", ELSEWHERE) as platform:
        assert_seeds(stock, platform, platform.url)


@pytest.mark.parametrize(("there", "here"), [("V1", "V8"), ("V8", "V1"), ("V6", "V4")])
def test_tables_of_another_version_in_another_schema_are_no_concern(
    stock: Stock, there: Version, here: Version
) -> None:
    with stock.lend(there, "empty", ELSEWHERE) as elsewhere:
        public = Platform(elsewhere.address, here)
        public.make()
        untouched = elsewhere.row_versions()
        assert_seeds(stock, public, public.url)
        assert elsewhere.row_versions() == untouched
        untouched = public.row_versions()
        assert_seeds(stock, elsewhere, elsewhere.url)
        assert public.row_versions() == untouched


def test_row_level_security_is_in_force(stock: Stock) -> None:
    with secured(stock, "V6", "seeded") as (platform, url), stock.role(platform) as stranger:
        platform.execute(f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {stranger}")
        with psycopg.connect(url) as connection, pytest.raises(FeatureNotSupported, match="COPY FROM"):
            connection.execute("COPY users FROM stdin")
        with psycopg.connect(platform.by_role(stranger)) as connection:
            assert connection.execute("SELECT count(*) FROM users").fetchone() == (0,)
            with pytest.raises(InsufficientPrivilege):
                connection.execute("""INSERT INTO teams VALUES ('x', 'x', 'x', now(), now())""")


@pytest.mark.parametrize("version", ["V1", "V4", "V6", "V8"])
def test_tables_under_row_level_security_are_seeded(stock: Stock, version: Version) -> None:
    with secured(stock, version, "empty") as (platform, url):
        assert_seeds(stock, platform, url)


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_a_drifted_tenant_under_row_level_security_is_put_right(stock: Stock, mode: str) -> None:
    with secured(stock, "V6", "drifted") as (_, url):
        outcome = run(url, "--size", SIZE, "--mode", mode)

    assert outcome.exit == 0, why(outcome)
    assert written(outcome) == (1, 2 if mode == "full" else 0, 0)


REFERRING = {
    "activities": f"""INSERT INTO activities VALUES ('x', '{FOUNDER}', 'OBJECTIVE', '{OBJECTIVE}')""",
    "audit_logs": f"""INSERT INTO audit_logs VALUES (99, NULL, '{ORGANIZATION}', 'login')""",
    "tags": f"INSERT INTO tags VALUES ('x', 'urgent', '{ORGANIZATION}')",
    "objective_tags": f"INSERT INTO objective_tags SELECT '{OBJECTIVE}', id FROM tags",
    "share_links": f"""INSERT INTO share_links SELECT 'x', '{KEY_RESULT}', "createdBy" FROM share_links""",
    "user_layouts": f"INSERT INTO user_layouts VALUES ('{FOUNDER}')",
}
"""A row of each other table that refers to a row of ours."""


def refused_purge(platform: Platform, table: str) -> Outcome:
    platform.execute(REFERRING[table])
    before = platform.digest()
    outcome = purge(platform.url, "--size", SIZE, "--yes")
    assert platform.digest() == before
    return outcome


@pytest.mark.parametrize("version", ["V1", "V8"])
@pytest.mark.parametrize("table", REFERRING)
def test_a_row_elsewhere_that_refers_to_ours_refuses_a_purge(stock: Stock, version: Version, table: str) -> None:
    with stock.lend(version, "seeded") as platform:
        outcome = refused_purge(platform, table)

    assert outcome.exit == 4, why(outcome)
    assert table in outcome.told


@pytest.mark.parametrize("version", ["V1", "V4", "V8"])
def test_a_purge_that_is_insisted_on_lets_foreign_keys_act(stock: Stock, version: Version) -> None:
    with stock.lend(version, "seeded") as platform:
        platform.execute(*(statement for table, statement in REFERRING.items() if table != "share_links"))
        outcome = purge(platform.url, "--size", SIZE, "--yes", "--with-unseeded")
        after = platform.contents()

    assert outcome.exit == 0, why(outcome)
    assert after == stock.original(version, "empty").contents()


def test_an_objective_with_both_names_of_its_tenant_gets_both(stock: Stock) -> None:
    with stock.lend("V7", "empty") as platform:
        platform.execute('ALTER TABLE objectives ADD COLUMN "organizationId" text REFERENCES organizations')
        outcome = run(platform.url, "--size", SIZE)
        found = platform.rows(
            f"""SELECT DISTINCT "tenantId", "organizationId" FROM objectives WHERE "tenantId" = '{ORGANIZATION}'"""
        )

    assert outcome.exit == 0, why(outcome)
    assert found == [{"tenantId": ORGANIZATION, "organizationId": ORGANIZATION}]


@pytest.mark.parametrize("version", ["V1", "V4", "V8"])
def test_an_adopted_tenant_in_another_schema_under_row_level_security(stock: Stock, version: Version) -> None:
    with secured(stock, version, "adopted", ELSEWHERE) as (platform, url):
        before = platform.contents()
        outcome = run(url, "--size", SIZE)
        assert outcome.exit == 0, why(outcome)
        canonical = stock.canonical()
        assert_holds(platform, before, expected(version, canonical, adopted.ids(canonical)))


def test_at_full_size_too(stock: Stock) -> None:
    with secured(stock, "V8", "adopted", ELSEWHERE) as (platform, url):
        before = platform.contents()
        planned, outcome = plan(url, "--size", "full"), run(url, "--size", "full")
        assert outcome.exit == 0, why(outcome)
        canonical = stock.canonical("full")
        own = adopted.ids(stock.canonical()) | adopted.people_ids(canonical)
        assert_holds(platform, before, expected("V8", canonical, own))
        assert outcome.document["plan"]["totals"] == planned.totals
        assert sum(map(len, canonical.values())) == sum(planned.totals[name] for name in DESIRED)
        versions = platform.row_versions()
        assert written(run(url, "--size", "full", "--no-verify")) == (0, 0, 0)
        assert platform.row_versions() == versions
