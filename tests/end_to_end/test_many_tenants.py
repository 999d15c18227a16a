"""`--tenants` seeds the configured tenant and others like it; each is whole, has rows of its own, and can go alone."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import TABLES, Database, PostgresDatabase
from tests.end_to_end.program import Outcome, call, isolated, plan, purge, run
from tests.end_to_end.templates import Kind, Templates
from tests.end_to_end.tenants import Contents, apart, configure_small, write_neighbour

TINY = ("--size", "tiny")
QUICK = (*TINY, "--no-verify")
FIRST, SECOND, THIRD = SLUGS = ("puzzel-cx-demo", "puzzel-cx-demo-2", "puzzel-cx-demo-3")
THREE = ("--tenants", "3")
SECOND_ALONE = """
[okr]
name = "Puzzel CX Demo 2"
slug = "puzzel-cx-demo-2"
domain = "2.puzzelcx.local"
"""
"""Who the second tenant is, as a user would write it."""


@dataclass(frozen=True)
class Seeded:
    """A database that one run brought to three tenants, to be read only."""

    kind: Kind
    database: Database
    planned: Outcome
    ran: Outcome
    tenants: dict[str, Contents]


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def seeded(request: pytest.FixtureRequest, templates: Templates, tmp_path_factory: pytest.TempPathFactory) -> Seeded:
    database = templates.copy(request.param, "empty")
    with isolated(tmp_path_factory.mktemp("three")):
        planned = plan(database.url, *TINY, *THREE)
        ran = run(database.url, *TINY, *THREE)
    assert ran.exit == 0, ran.err
    return Seeded(request.param, database, planned, ran, apart(database.contents()))


@pytest.fixture
def three(small: Database) -> Database:
    """Three small tenants to change, on each kind of database; the first was there before the others."""
    assert run(small.url, *QUICK, *THREE).exit == 0
    return small


@pytest.fixture
def lone_three(lone: Database) -> Database:
    """As `three`, on SQLite only: where the kind of database makes no difference."""
    assert run(lone.url, *QUICK, *THREE).exit == 0
    return lone


def written(outcome: Outcome) -> tuple[int, int, int]:
    """Rows created, updated and deleted by a run that succeeded."""
    assert outcome.exit == 0, outcome.err
    return outcome.totals["created"], outcome.totals["updated"], outcome.totals["deleted"]


def slugs(database: Database) -> set[str]:
    return {row["slug"] for row in database.rows("SELECT slug FROM organizations")}


def size(tenant: Contents) -> int:
    """How many rows a tenant has."""
    return sum(map(len, tenant.values()))


def assert_told(outcome: Outcome, code: int, *words: str) -> None:
    """One message for people and scripts, which names these words and says that nothing was written."""
    assert outcome.exit == code, outcome.out
    assert all(word in outcome.told for word in words), outcome.told
    assert outcome.told.count("Nothing was written.") == 1
    assert "Traceback" not in outcome.err


def test_each_tenant_has_its_number_in_slug_name_and_domain(seeded: Seeded) -> None:
    organizations = {row["slug"]: row["name"] for row in seeded.database.table("organizations").values()}
    domains = {
        slug: {row["email"].partition("@")[2] for row in tenant["users"].values()}
        for slug, tenant in seeded.tenants.items()
    }

    assert organizations == {FIRST: "Puzzel CX Demo", SECOND: "Puzzel CX Demo 2", THIRD: "Puzzel CX Demo 3"}
    assert domains == {FIRST: {"puzzelcx.local"}, SECOND: {"2.puzzelcx.local"}, THIRD: {"3.puzzelcx.local"}}


def test_the_tenants_share_every_row_out_and_are_alike(seeded: Seeded) -> None:
    first, second, third = ({table: len(rows) for table, rows in seeded.tenants[slug].items()} for slug in SLUGS)

    assert sum(map(size, seeded.tenants.values())) == sum(seeded.database.counts().values())
    assert second == third == first | {name: first[name] - 1 for name in ("users", "role_assignments")}


def test_there_is_one_superuser_however_many_tenants(seeded: Seeded) -> None:
    users = seeded.database.table("users").values()

    assert [row["email"] for row in users if row["isSuperuser"]] == ["platform@puzzelcx.local"]
    assert [row["email"] for row in users if row["email"].startswith("platform@")] == ["platform@puzzelcx.local"]


def test_everybody_has_the_same_hash_of_the_same_password(seeded: Seeded) -> None:
    assert len({row["passwordHash"] for row in seeded.database.table("users").values()}) == 1


def test_the_first_tenant_is_byte_for_byte_what_a_run_of_one_makes(seeded: Seeded, templates: Templates) -> None:
    alone = templates.original(seeded.kind, "tiny")[0].contents()

    for table in TABLES:
        assert seeded.tenants[FIRST][table] == alone[table], table


def test_a_further_tenant_is_what_a_run_for_such_a_company_makes(seeded: Seeded, empty: Database) -> None:
    Path("okrseed.toml").write_text(SECOND_ALONE, encoding="utf-8")
    assert run(empty.url, *QUICK).exit == 0
    alone = empty.contents(without=["passwordHash"])
    # One who runs it alone has a superuser of their own.
    superuser = next(id for id, row in alone["users"].items() if row["isSuperuser"])
    del alone["users"][superuser]
    alone["role_assignments"] = {id: row for id, row in alone["role_assignments"].items() if row["userId"] != superuser}

    many = seeded.database.contents(without=["passwordHash"])
    for table in TABLES:
        assert apart(many)[SECOND][table] == alone[table], table


def test_the_plan_of_many_is_their_run(seeded: Seeded) -> None:
    planned, ran = seeded.planned.document, seeded.ran.document

    assert seeded.planned.exit == 0
    assert planned["totals"] == ran["plan"]["totals"]
    assert planned["totals"]["create"] == ran["totals"]["created"] == sum(seeded.database.counts().values())
    tables = [[stage["tables"] for stage in document["stages"]] for document in (planned, ran["plan"])]
    assert tables[0] == tables[1]


def test_the_documents_list_the_tenants(seeded: Seeded) -> None:
    assert seeded.planned.document["tenant"] == list(SLUGS)
    assert seeded.ran.document["plan"]["tenant"] == list(SLUGS)


def test_the_documents_name_one_tenant_as_before(lone: Database) -> None:
    for arguments in ((), ("--tenants", "1"), ("--tenants", "1", "--shard", "1/1")):
        assert plan(lone.url, *arguments).document["tenant"] == FIRST
        assert run(lone.url, *QUICK, *arguments).document["plan"]["tenant"] == FIRST


def test_the_checks_look_at_every_tenant(seeded: Seeded) -> None:
    verification = seeded.ran.document["verification"]

    assert (verification["failed"], verification["warned"]) == (0, 0)
    assert all("each of 3 tenants" in check["expected"] for check in verification["checks"])


def test_one_tenant_becomes_many_and_its_rows_stay_as_they_were(small: Database) -> None:
    before = small.contents()

    created, updated, deleted = written(run(small.url, *QUICK, *THREE))

    assert (updated, deleted) == (0, 0)
    assert created == sum(small.counts().values()) - size(before)
    assert apart(small.contents())[FIRST] == before


@pytest.mark.parametrize("arguments", [THREE, ("--tenants", "2"), ()], ids=["all", "fewer", "one"])
def test_a_second_run_changes_nothing(three: Database, arguments: tuple[str, ...]) -> None:
    before = three.contents()

    assert written(run(three.url, *TINY, *arguments)) == (0, 0, 0)
    assert three.contents() == before


@pytest.mark.parametrize("mode", ["full", "incremental"])
def test_a_second_run_makes_no_new_version_of_any_row(postgres: PostgresDatabase, mode: str) -> None:
    run(postgres.url, *QUICK, *THREE)
    before = postgres.versions()

    assert written(run(postgres.url, *TINY, *THREE, "--mode", mode)) == (0, 0, 0)
    assert postgres.versions() == before


def test_what_is_missing_in_one_tenant_comes_back_there(three: Database) -> None:
    before = three.contents()
    three.execute(f"DELETE FROM check_ins WHERE id IN ({ids(apart(before)[THIRD], 'check_ins')})")
    gone = len(apart(before)[THIRD]["check_ins"])

    assert plan(three.url, *TINY, *THREE).totals["create"] == gone
    assert written(run(three.url, *QUICK, *THREE)) == (gone, 0, 0)
    assert three.contents() == before


def ids(tenant: Contents, table: str) -> str:
    """The ids of a tenant's rows, as SQL writes a list."""
    return ", ".join(f"'{id}'" for id in tenant[table])


def test_two_parts_are_the_whole_and_each_is_its_own_tenants(empty: Database) -> None:
    configure_small()
    whole = plan(empty.url, *TINY, *THREE).totals["create"]

    first = run(empty.url, *QUICK, *THREE, "--shard", "1/2")
    assert slugs(empty) == {FIRST, THIRD}
    second = run(empty.url, *QUICK, *THREE, "--shard", "2/2")
    assert slugs(empty) == set(SLUGS)

    assert first.document["plan"]["tenant"] == [FIRST, THIRD]
    assert second.document["plan"]["tenant"] == SECOND
    assert written(first)[0] + written(second)[0] == whole == sum(empty.counts().values())
    assert written(run(empty.url, *QUICK, *THREE)) == (0, 0, 0)


def test_a_part_s_plan_is_the_part_s_run(lone: Database) -> None:
    part = (*TINY, *THREE, "--shard", "2/2")
    planned = plan(lone.url, *part)

    assert planned.document["tenant"] == SECOND
    assert planned.totals["create"] == written(run(lone.url, *part))[0] > 0


def test_verify_passes_for_every_tenant(seeded: Seeded) -> None:
    outcome = call("verify", "--json", "--database", seeded.database.url, *THREE)

    assert (outcome.exit, outcome.document["failed"]) == (0, 0)
    assert outcome.document["passed"] == len(outcome.document["checks"]) > 20


@pytest.mark.parametrize("number", [1, 2, 3])
def test_verify_names_the_tenant_that_fails(three: Database, number: int) -> None:
    slug = SLUGS[number - 1]
    three.execute(f"DELETE FROM check_ins WHERE id IN ({ids(apart(three.contents())[slug], 'check_ins')})")

    outcome = call("verify", "--json", "--database", three.url, *THREE)

    assert outcome.exit == 5, outcome.out
    failed = [check for check in outcome.document["checks"] if check["status"] == "fail"]
    assert "count.check_ins" in {check["id"] for check in failed}
    assert all(f"in 1 tenants, as in {slug}:" in check["found"] for check in failed)
    assert call("verify", "--database", three.url, *THREE).exit == 5


def test_verify_of_a_part_looks_at_that_part_only(lone_three: Database) -> None:
    lone_three.execute(f"DELETE FROM check_ins WHERE id IN ({ids(apart(lone_three.contents())[SECOND], 'check_ins')})")
    verify = ("verify", "--json", "--database", lone_three.url, *THREE, "--shard")

    assert (call(*verify, "1/2").exit, call(*verify, "2/2").exit) == (0, 5)


def test_verify_of_more_tenants_than_there_are_names_the_first_that_is_missing(lone_three: Database) -> None:
    outcome = call("verify", "--json", "--database", lone_three.url, "--tenants", "5", *TINY)

    assert outcome.exit == 5, outcome.out
    organizations = next(check for check in outcome.document["checks"] if check["id"] == "count.organizations")
    assert "in 2 tenants, as in puzzel-cx-demo-4" in organizations["found"]


def test_a_purge_of_many_wants_to_be_confirmed(lone_three: Database) -> None:
    before = lone_three.contents()

    assert_told(purge(lone_three.url, *THREE), 4, "--yes")
    assert lone_three.contents() == before


def test_a_purge_of_many_removes_exactly_those(three: Database) -> None:
    write_neighbour(three)
    before = three.contents()
    removed = run(three.url, "--mode", "purge", "--yes", "--tenants", "2", *TINY)

    assert slugs(three) == {THIRD, "neighbour"}
    after = three.contents()
    gone = {table: before[table].keys() - after[table].keys() for table in TABLES}
    of_both = [apart_of(before, slug) for slug in (FIRST, SECOND)]
    assert gone == {table: of_both[0][table].keys() | of_both[1][table].keys() for table in TABLES}
    assert written(removed) == (0, 0, sum(map(len, gone.values())))
    assert after == {table: {id: before[table][id] for id in after[table]} for table in TABLES}


def apart_of(contents: Contents, slug: str) -> Contents:
    """The rows of one tenant, where there is one that was written by hand, too."""
    ours = {
        table: {id: row for id, row in rows.items() if not id.startswith("neighbour")}
        for table, rows in contents.items()
    }
    return apart(ours)[slug]


@pytest.mark.parametrize("slug", SLUGS)
def test_one_of_many_is_purged_by_its_slug_and_the_others_stay(three: Database, slug: str) -> None:
    before = apart(three.contents())

    outcome = purge(three.url, "--tenant", slug, "--yes")

    assert written(outcome) == (0, 0, size(before[slug]))
    assert outcome.document["plan"]["tenant"] == slug
    left = {table: dict[str, Any]() for table in TABLES}
    for other in set(SLUGS) - {slug}:
        for table, rows in before[other].items():
            left[table] |= rows
    assert three.contents() == left


def test_a_purged_tenant_of_many_comes_back_as_it_was(lone_three: Database) -> None:
    before = lone_three.contents()
    assert purge(lone_three.url, "--tenant", SECOND, "--yes").exit == 0

    assert written(run(lone_three.url, *QUICK, *THREE))[1:] == (0, 0)
    assert lone_three.contents() == before


def test_a_purge_of_a_tenant_that_was_never_seeded_is_refused(lone_three: Database) -> None:
    assert_told(purge(lone_three.url, "--tenant", "puzzel-cx-demo-4", "--yes"), 4, "puzzel-cx-demo-4")


def test_a_reset_of_many_replaces_each(three: Database) -> None:
    before = three.contents()

    created, updated, deleted = written(run(three.url, *QUICK, *THREE, "--mode", "reset", "--yes"))

    assert (created, updated, deleted) == (size(before), 0, size(before))
    assert three.contents() == before


def test_purging_all_of_many_leaves_nothing(three: Database) -> None:
    rows = sum(three.counts().values())

    assert purge(three.url, *THREE, "--yes").totals["deleted"] == rows
    assert sum(three.counts().values()) == 0
