"""The app knows the people of the demo tenant, and nothing else of it: they are taken over, and never taken away."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.end_to_end.program import purge, run
from tests.schema_versions import adopted
from tests.schema_versions.expected import expected
from tests.schema_versions.laws import written
from tests.schema_versions.people import MADE_BY_THE_APP, ONLY_IN_LARGER
from tests.schema_versions.platform import Contents, Platform
from tests.schema_versions.states import SIZE
from tests.schema_versions.stock import Stock
from tests.schema_versions.telling import why


@pytest.fixture(params=["V1", "V4", "V8"])
def platform(request: pytest.FixtureRequest, stock: Stock) -> Iterator[Platform]:
    """Seeded where the app had made the people."""
    with stock.lend(request.param, "empty") as lent:
        adopted.write_people(lent, stock.canonical())
        outcome = run(lent.url, "--size", SIZE)
        assert outcome.exit == 0, why(outcome)
        yield lent


def apps_people(contents: Contents) -> Contents:
    """The people whom the app had made, without what okrseed may change of them."""
    kept = ("id", "email", "passwordHash", "keycloakId", "avatar", "createdAt")
    return {
        "users": {
            id: {name: row[name] for name in kept}
            for id, row in contents["users"].items()
            if row["email"] in MADE_BY_THE_APP
        }
    }


def test_everything_refers_to_the_apps_people(stock: Stock, platform: Platform) -> None:
    canonical = stock.canonical()
    desired = expected(platform.version, canonical, adopted.people_ids(canonical))
    contents = platform.contents()

    for table, column in (("objectives", "ownerId"), ("key_results", "ownerId"), ("check_ins", "userId")):
        wanted = {id: row[column] for id, row in desired[table].items()}
        assert {id: contents[table][id][column] for id in wanted} == wanted


def test_a_second_run_writes_nothing(platform: Platform) -> None:
    versions = platform.row_versions()

    assert written(run(platform.url, "--size", SIZE, "--no-verify")) == (0, 0, 0)
    assert platform.row_versions() == versions


def test_somebody_of_the_apps_on_the_whitelist_is_not_missed(platform: Platform) -> None:
    """A person whom this size does not have exists all the same (okr, section 7)."""
    platform.execute(
        f"""UPDATE organizations SET "execOnlyWhitelist" = "execOnlyWhitelist" ||
            (SELECT jsonb_agg(id) FROM users WHERE email = '{ONLY_IN_LARGER[0]}')
             WHERE slug = 'puzzel-cx-demo'"""
    )

    outcome = run(platform.url, "--size", SIZE)

    assert outcome.exit == 0, why(outcome)


@pytest.mark.parametrize("insisting", [(), ("--with-unseeded",)], ids=["", "insisting"])
def test_a_purge_leaves_the_apps_people_and_nothing_else(
    stock: Stock, platform: Platform, insisting: tuple[str, ...]
) -> None:
    people = apps_people(platform.contents())
    outcome = purge(platform.url, "--size", SIZE, "--yes", *insisting)
    after = platform.contents()

    assert outcome.exit == 0, why(outcome)
    assert apps_people(after) == people
    without_us = stock.original(platform.version, "empty").contents()
    for id in people["users"]:
        del after["users"][id]
    assert after == without_us
