"""Where a run is allowed, by the rules of the specification; a refusal says which rule, and fails closed."""

from __future__ import annotations

from pathlib import Path

import pytest

from okrseed.errors import NOTHING_WRITTEN, Exit, Refused
from okrseed.safeguards import Permissions, check, may_remember
from okrseed.selection import Mode, Selection
from okrseed.targets.url import parse
from tests.core.library import Library
from tests.core.seeding import choose

LOCAL = (
    "sqlite:///library.db",
    "file:./library.db",
    "postgresql://ada@localhost/library",
    "postgresql://ada@LOCALHOST:5433/library",
    "postgresql://ada@127.0.0.1/library",
    "postgresql://ada@[::1]:5432/library",
    "postgresql:///library?host=/var/run/postgresql",
    "postgresql://%2Fvar%2Frun%2Fpostgresql/library",
    "postgresql:///library",
    "postgresql://ada@127.8.9.10/library",
    "postgresql://ada@[0:0:0:0:0:0:0:1]/library",
    "postgresql://ada@[::ffff:127.0.0.1]/library",
    "postgresql://ada@db.example.com/library?hostaddr=127.0.0.1",
    "postgresql://ada@db.example.com/library?hostaddr=::1",
    "postgresql://ada@%40abstract/library",
    "postgresql://ada@localhost,127.0.0.1:7,[::1]/library",
    "postgresql://ada@localhost,%2Frun%2Fpostgresql/library",
)
REMOTE = "postgresql://ada:secret@db.example.com:5433/library"
REMOTE_IDENTITY = "ada@db.example.com:5433/library"
ESSENTIAL = choose(select="+shelves")
ANYTHING = Permissions(remote=REMOTE_IDENTITY, production=REMOTE_IDENTITY, deletion=True)


def allow(
    url: str,
    selection: Selection | None = None,
    permissions: Permissions | None = None,
    *,
    profile: str | None = None,
) -> None:
    check(Library(), selection or choose(), parse(url), permissions or Permissions(), profile=profile)


def refusal(
    url: str,
    selection: Selection | None = None,
    permissions: Permissions | None = None,
    *,
    profile: str | None = None,
) -> Refused:
    with pytest.raises(Refused) as caught:
        allow(url, selection, permissions, profile=profile)
    return caught.value


@pytest.mark.parametrize("url", LOCAL)
@pytest.mark.parametrize("environment", ["development", "test"])
def test_on_this_machine_everything_is_allowed_without_a_question(url: str, environment: str) -> None:
    allow(url, choose(environment=environment))


@pytest.mark.parametrize("mode", [Mode.FULL, Mode.INCREMENTAL])
def test_another_host_needs_a_confirmation(mode: Mode) -> None:
    error = refusal(REMOTE, choose(mode=mode))
    assert (error.code, error.exit, error.safe) == ("remote_target", Exit.REFUSED, NOTHING_WRITTEN)
    assert f"--allow-remote {REMOTE_IDENTITY}" in error.hint


def test_another_host_is_allowed_after_a_confirmation_of_just_that_target() -> None:
    allow(REMOTE, permissions=Permissions(remote=REMOTE_IDENTITY))


@pytest.mark.parametrize(
    "confirmed",
    [
        "",
        "db.example.com",
        "ada@db.example.com:5433/other",
        "ada@db.example.com:5432/library",
        "bob@db.example.com:5433/library",
        "ada@db2.example.com:5433/library",
        "ada@DB.example.com:5433/library",
    ],
)
def test_a_confirmation_of_another_target_does_not_count(confirmed: str) -> None:
    assert refusal(REMOTE, permissions=Permissions(remote=confirmed)).code == "remote_target"


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada@localhost/library?hostaddr=203.0.113.7",
        "postgresql:///library?hostaddr=203.0.113.7",
        "postgresql:///library?host=db.example.com",
        "postgresql://ada@localhost/library?host=db.example.com",
        "postgresql://ada@localhost,db.example.com/library",
        "postgresql://ada@127.0.0.1.example.com/library",
        "postgresql://ada@localhost.example.com/library",
        "postgresql://ada@127.1/library",
        "postgresql://ada@2130706433/library",
        "postgresql://ada@0x7f.0.0.1/library",
        "postgresql://ada@0.0.0.0/library",
        "postgresql://ada@[::]/library",
        "postgresql://ada@[fe80::1]/library",
        "postgresql://ada@[::ffff:10.0.0.1]/library",
        "postgresql://ada@localhost%20/library",
        "postgresql://ada@local-host/library",
        "postgresql://ada@db.example.com,localhost/library",
        "postgresql://ada@%2Frun%2Fpostgresql,db.example.com/library",
        "postgresql://ada@localhost,localhost/library?hostaddr=127.0.0.1,203.0.113.7",
        "postgresql://ada@localhost/library?host=localhost,db.example.com",
    ],
)
def test_what_leads_to_another_host_by_any_parameter_is_another_host(url: str) -> None:
    assert refusal(url).code == "remote_target"


@pytest.mark.parametrize("variable", ["PGHOST", "PGHOSTADDR"])
def test_what_leads_elsewhere_by_libpqs_variables_is_elsewhere(variable: str) -> None:
    assert not parse("postgresql:///library", {variable: "203.0.113.7"}).local


@pytest.mark.parametrize(
    ("lines", "local"),
    [
        ("host=localhost", True),
        ("host=db.example.com", False),
        ("host=localhost\nhostaddr=203.0.113.7", False),
        ("hostaddr=203.0.113.7", False),
        ("dbname=library", True),
    ],
)
@pytest.mark.parametrize("url", ["postgresql:///?service=ours", "postgresql:///"])
def test_a_service_is_where_its_file_leads(tmp_path: Path, url: str, lines: str, local: bool) -> None:
    (tmp_path / "services").write_text(f"[ours]\n{lines}\n")
    environ = {"PGSERVICEFILE": str(tmp_path / "services"), "PGSERVICE": "ours"}
    assert parse(url, environ).local is local


def test_a_host_in_the_url_does_not_hide_where_a_service_leads(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("[ours]\nhostaddr=203.0.113.7\n[other]\nhostaddr=203.0.113.8\n")
    environ = {"PGSERVICEFILE": str(tmp_path / "services"), "PGSERVICE": "ours"}
    assert parse("postgresql://ada@localhost/library", environ).identity == "ada@203.0.113.7:5432/library"
    # libpq fills in what is missing from the service that it is told, so it has to be told the same one.
    address = parse("postgresql://ada@localhost/library?service=other", environ)
    assert (address.identity, address.parameters["service"]) == ("ada@203.0.113.8:5432/library", "other")


def test_a_service_that_leads_to_production_is_production(tmp_path: Path) -> None:
    (tmp_path / "services").write_text("[ours]\nhost=prod.example.com\ndbname=library\n")
    found = parse("postgresql:///?service=ours", {"PGSERVICEFILE": str(tmp_path / "services")})
    assert found.names_production == "prod.example.com"


@pytest.mark.parametrize("url", [*LOCAL, REMOTE])
def test_a_dry_run_is_allowed_everywhere(url: str) -> None:
    allow(url, choose(mode=Mode.DRY_RUN))


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://ada@prod.example.com/library",
        "postgresql://ada@db.production.example.com/library",
        "postgresql://ada@eu-live-2.example.com/library",
        "postgresql://ada@PROD.example.com/library",
        "postgresql://ada@prod1.example.com/library",
        "postgresql://ada@localhost/production",
        "postgresql://ada@localhost/library_prod",
        "postgresql://ada@localhost/Live",
        "postgresql://ada@localhost/library?dbname=prod",
        "postgresql:///library?host=live.example.com",
        "postgresql://ada@localhost/shop.LIVE",
        "postgresql://ada@localhost/shop-prod-2",
        "postgresql://ada@localhost/shopProd",
        "postgresql://ada@localhost/ProdShop",
        "postgresql://ada@localhost/%70rod",
        "postgresql://prod@localhost",
        "postgresql://ada@localhost,db.prod.example.com/library",
        "postgresql://ada@prod.example.com/library?hostaddr=127.0.0.1",
        "sqlite:///production.db",
    ],
)
def test_a_host_or_database_whose_name_says_production_is_production(url: str) -> None:
    error = refusal(url, ESSENTIAL, Permissions(remote=parse(url).identity))
    assert error.code == "production_unconfirmed"
    assert "says production" in error.message


@pytest.mark.parametrize(
    "name", ["product", "products", "delivery", "olive", "reproduction", "alive", "produce", "livery"]
)
def test_a_name_that_only_contains_those_letters_is_not_production(name: str) -> None:
    allow(f"postgresql://ada@localhost/{name}")


def test_a_profile_whose_name_says_production_is_production() -> None:
    error = refusal(LOCAL[2], ESSENTIAL, profile="our-prod")
    assert error.code == "production_unconfirmed"
    assert "'our-prod'" in error.message


@pytest.mark.parametrize("profile", ["prod", "PRODUCTION", "eu.live", "eu_prod_2", "euProd"])
def test_every_spelling_of_a_production_profile_counts(profile: str) -> None:
    assert refusal(LOCAL[2], ESSENTIAL, profile=profile).code == "production_unconfirmed"


@pytest.mark.parametrize("profile", ["product", "olive", "deliver"])
def test_a_profile_that_only_looks_like_production_does_not_count(profile: str) -> None:
    allow(LOCAL[2], profile=profile)


def test_a_remembered_target_is_confirmed() -> None:
    allow(REMOTE, permissions=Permissions(remembered=frozenset({"x@y:1/z", REMOTE_IDENTITY})))


@pytest.mark.parametrize("remembered", [{"ada@db.example.com:5433/other"}, {REMOTE_IDENTITY.upper()}, {""}, set()])
def test_another_remembered_target_does_not_count(remembered: set[str]) -> None:
    assert refusal(REMOTE, permissions=Permissions(remembered=frozenset(remembered))).code == "remote_target"


def test_what_is_remembered_opens_neither_production_nor_a_deletion() -> None:
    remembered = Permissions(remembered=frozenset({REMOTE_IDENTITY}))
    assert refusal(REMOTE, choose(environment="production"), remembered).code == "production_unconfirmed"
    assert refusal(REMOTE, choose(mode=Mode.PURGE), remembered).code == "not_confirmed"


@pytest.mark.parametrize(
    ("url", "essential", "profile", "may"),
    [
        (REMOTE, False, None, True),
        (REMOTE, False, "staging", True),
        (REMOTE, True, None, False),
        (REMOTE, False, "prod", False),
        ("postgresql://ada@prod.example.com/library", False, None, False),
        (LOCAL[2], False, None, False),
        (LOCAL[0], False, None, False),
    ],
)
def test_only_another_host_that_is_not_production_may_be_remembered(
    url: str, essential: bool, profile: str | None, may: bool
) -> None:
    assert may_remember(parse(url), essential, profile) is may


@pytest.mark.parametrize("url", [LOCAL[2], REMOTE])
def test_the_production_environment_needs_a_confirmation_of_its_own(url: str) -> None:
    identity = parse(url).identity
    error = refusal(url, choose(environment="production"), Permissions(remote=identity, deletion=True))
    assert error.code == "production_unconfirmed"
    assert "environment is production" in error.message
    assert f"--allow-production {identity}" in error.hint


def test_a_target_whose_name_says_production_takes_the_essential_stages_once_confirmed() -> None:
    url = "postgresql://ada@prod.example.com/library"
    allow(url, ESSENTIAL, Permissions(production=parse(url).identity))


def test_the_production_environment_takes_the_essential_stages_once_confirmed() -> None:
    allow(REMOTE, choose(environment="production"), Permissions(production=REMOTE_IDENTITY))


def test_a_confirmation_of_another_production_target_does_not_count() -> None:
    permissions = Permissions(production="ada@db.example.com:5433/other")
    assert refusal(REMOTE, choose(environment="production"), permissions).code == "production_unconfirmed"


def test_a_production_target_takes_no_other_stages_however_it_is_confirmed() -> None:
    url = "postgresql://ada@prod.example.com/library"
    everything = Permissions(remote=parse(url).identity, production=parse(url).identity, deletion=True)
    error = refusal(url, choose(environment="development"), everything)
    assert error.code == "production_target"
    assert "authors, books, loans" in error.message


def test_the_production_environment_chooses_the_essential_stages() -> None:
    selection = choose(environment="production")
    assert {stage for stage in selection.stages if selection.takes_part(stage)} == {"branch", "shelves"}


def test_naming_another_stage_in_the_production_environment_is_refused_with_the_rule() -> None:
    with pytest.raises(Refused, match=r"'production' allows only .*\(branch, shelves\), not .*books"):
        choose(environment="production", select="books")


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
@pytest.mark.parametrize("url", [*LOCAL, REMOTE])
def test_what_deletes_needs_a_yes_everywhere(mode: Mode, url: str) -> None:
    error = refusal(url, choose(mode=mode), Permissions(remote=parse(url).identity))
    assert (error.code, error.exit) == ("not_confirmed", Exit.REFUSED)
    assert "--yes" in error.hint


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_what_deletes_is_allowed_after_a_yes(mode: Mode) -> None:
    allow(REMOTE, choose(mode=mode), ANYTHING)


@pytest.mark.parametrize("mode", [Mode.PURGE, Mode.RESET])
def test_a_yes_alone_does_not_open_another_host(mode: Mode) -> None:
    assert refusal(REMOTE, choose(mode=mode), Permissions(deletion=True)).code == "remote_target"


def test_no_refusal_shows_the_password() -> None:
    for selection in (choose(), choose(mode=Mode.PURGE), choose(environment="production")):
        assert "secret" not in str(refusal(REMOTE, selection).document())
