"""Every way that leads to a database, against a real server: the right one answers, or it says why not."""

from __future__ import annotations

import getpass
from pathlib import Path
from urllib.parse import quote

import pytest

from tests.conftest import NOT_RUN
from tests.end_to_end.program import Outcome, call
from tests.postgres import Server
from tests.targets.pooler import Pooler, has_ipv6
from tests.targets.secured import DATABASE, PASSWORD, SecuredServer

QUOTED = quote(PASSWORD, safe="")
NAME = quote(DATABASE, safe="")


def ask(*arguments: str) -> Outcome:
    return call("doctor", "--json", *arguments)


def answers(outcome: Outcome) -> str:
    """The target of a database that answered."""
    assert outcome.document["schema"] == "okrseed.doctor/1", outcome.err
    return str(outcome.document["target"])


@pytest.mark.parametrize(
    "url",
    [
        "postgres://guest:{password}@127.0.0.1:{port}/{name}",
        "postgresql://guest:{password}@localhost:{port}/{name}",
        "postgresql+psycopg://guest@127.0.0.1:{port}/{name}?password={password}",
        "postgresql://127.0.0.1/?user=guest&port={port}&dbname={name}&password={password}",
        "postgresql://guest:{password}@%31%32%37.0.0.1:{port}/{name}",
        "postgresql://guest:{password}@/{name}?host={folder}&port={port}",
        "postgresql://guest:{password}@localhost:{port}/{name}?host={folder}",
        "postgresql://guest:{password}@{folder}:{port}/{name}",
        "postgresql://guest:{password}@127.0.0.1:1,127.0.0.1:{port}/{name}",
        "postgresql://guest:{password}@nowhere.invalid,localhost/{name}?port={port}",
        "postgresql://guest:{password}@elsewhere.example:{port}/{name}?hostaddr=127.0.0.1",
        "postgresql://guest:{password}@127.0.0.1:{port}/{name}?target_session_attrs=read-write&connect_timeout=5",
        "postgresql://guest:{password}@127.0.0.1:{port}/{name}?schema=public&connection_limit=2&pool_timeout=0"
        "&socket_timeout=30&statement_cache_size=0&pgbouncer=false",
        "postgres://guest:{password}@127.0.0.1:{port}/{name}?pool=5&encoding=utf8&prepared_statements=false",
    ],
)
def test_every_way_to_write_a_url_leads_there(secured: SecuredServer, url: str) -> None:
    folder = quote(str(secured.server.directory), safe="")
    written = url.format(password=QUOTED, port=secured.port, name=NAME, folder=folder)

    assert answers(ask("--database", written)).endswith(f"/{DATABASE}")


def test_libpqs_variables_fill_in_what_the_url_leaves_out(
    secured: SecuredServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (
        ("PGHOST", str(secured.server.directory)),
        ("PGPORT", str(secured.port)),
        ("PGUSER", "guest"),
        ("PGPASSWORD", PASSWORD),
    ):
        monkeypatch.setenv(name, value)

    target = answers(ask("--database", f"postgresql:///{NAME}"))

    assert target == f"postgresql · guest@{secured.server.directory}:{secured.port}/{DATABASE}"


@pytest.mark.parametrize("named_by", ["PGPASSFILE", "passfile=", "home"])
def test_the_password_comes_from_a_password_file(
    secured: SecuredServer, monkeypatch: pytest.MonkeyPatch, home: Path, named_by: str
) -> None:
    path = home / ".pgpass" if named_by == "home" else Path("passwords").absolute()
    path.write_text(f"127.0.0.1:{secured.port}:*:guest:{PASSWORD}\n".replace("p@ss/w:", "p@ss/w\\:"))
    path.chmod(0o600)
    parameter = f"?passfile={quote(str(path))}" if named_by == "passfile=" else ""
    # libpq asks the system for the home, not HOME, so the file there has to be named for the test.
    if named_by != "passfile=":
        monkeypatch.setenv("PGPASSFILE", str(path))

    answers(ask("--database", f"postgresql://guest@127.0.0.1:{secured.port}/{NAME}{parameter}"))


@pytest.fixture
def services(secured: SecuredServer) -> Path:
    """A service file with the server in it."""
    path = Path("services").absolute()
    path.write_text(
        f"# ours\n[elsewhere]\nhost=db.example.com\n\n[here]\nhost=127.0.0.1\nport={secured.port}\n"
        f"user=guest\npassword={PASSWORD}\ndbname={DATABASE}\n[here]\nhost=never.example.com\n"
    )
    return path


@pytest.mark.parametrize("way", ["variable", "home", "PGSERVICE", "system"])
def test_a_service_leads_to_what_its_file_says(
    services: Path, secured: SecuredServer, monkeypatch: pytest.MonkeyPatch, home: Path, way: str
) -> None:
    url = "postgresql:///?service=here"
    match way:
        case "variable":
            monkeypatch.setenv("PGSERVICEFILE", str(services))
        case "home":
            services.rename(home / ".pg_service.conf")
        case "PGSERVICE":
            url = "postgresql:///"
            monkeypatch.setenv("PGSERVICE", "here")
            monkeypatch.setenv("PGSERVICEFILE", str(services))
        case "system":
            services.rename("pg_service.conf")
            monkeypatch.setenv("PGSYSCONFDIR", str(Path.cwd()))

    assert answers(ask("--database", url)) == f"postgresql · guest@127.0.0.1:{secured.port}/{DATABASE}"


def test_the_url_counts_more_than_the_service_and_that_more_than_a_variable(
    services: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(services))
    monkeypatch.setenv("PGHOST", "db.example.com")

    assert answers(ask("--database", "postgresql://?service=here&dbname=postgres")).endswith("/postgres")


def test_a_service_that_leads_elsewhere_is_elsewhere(services: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PGSERVICEFILE", str(services))

    outcome = call("run", "--json", "--database", "postgresql://ada@/shop?service=elsewhere")

    assert outcome.exit == 4
    assert "--allow-remote ada@db.example.com:5432/shop" in outcome.told


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("[other]\nhost=h\n", "'here' is defined in none of"),
        ("[here]\nhost=h\nfirst-half-of-a-secret\n", "line 3 of the service file"),
        ("[here]\nldap://directory.example/x?y=z\n", "line 2 of the service file"),
        ("[here]\ncolour=red\n", "service 'here' has unknown parameters: 'colour'"),
        ("[here]\nservice=there\n", "names another service"),
    ],
)
def test_a_service_that_cannot_be_understood_is_a_usage_error(
    monkeypatch: pytest.MonkeyPatch, text: str, why: str
) -> None:
    Path("services").write_text(text)
    monkeypatch.setenv("PGSERVICEFILE", "services")

    outcome = ask("--database", "postgresql:///?service=here")

    assert (outcome.exit, "--database: " in outcome.told, why in outcome.told) == (2, True, True)
    assert "secret" not in outcome.out + outcome.err


@pytest.mark.pgbouncer
def test_an_ipv6_address_leads_there(pooler: Pooler) -> None:
    if not has_ipv6():
        pytest.skip(f"{NOT_RUN}this machine has no IPv6")
    url = pooler.url("postgres").replace("127.0.0.1", "[::1]")

    assert answers(ask("--database", url)) == f"postgresql · okrseed@[::1]:{pooler.port}/postgres"


@pytest.mark.parametrize(
    ("url", "why", "what_to_do"),
    [
        ("postgresql://guest:wrong@127.0.0.1:{port}/postgres", "password authentication failed", "quoted"),
        ("postgresql://guest@127.0.0.1:{port}/postgres", "no password supplied", "PGPASSWORD"),
        ("postgresql://guest:{password}@127.0.0.1:{port}/none", 'database "none" does not exist', "correct the name"),
        ("postgresql://guest:{password}@127.0.0.1:1/none", "refused", "Check that the server runs"),
        ("postgresql://guest@nowhere.invalid/none", "nowhere.invalid", "host"),
        ("postgresql://guest@/none?host=/nowhere", "/nowhere", "Check that the server runs"),
    ],
)
def test_no_connection_says_why(secured: SecuredServer, url: str, why: str, what_to_do: str) -> None:
    outcome = ask("--database", url.format(password=QUOTED, port=secured.port))

    assert (outcome.exit, outcome.error["code"]) == (3, "no_connection")
    assert why in outcome.error["message"]
    assert "Nothing was written." in outcome.told
    assert what_to_do in outcome.error["hint"]


def test_a_schema_that_does_not_exist_is_told_before_anything_is_written(postgres_url: str) -> None:
    for arguments in (("plan",), ("run", "--create-schema"), ("schema", "create")):
        outcome = call(*arguments, "--json", "--database", f"{postgres_url}?schema=boks")

        assert (outcome.exit, outcome.error["code"]) == (4, "no_schema")
        assert "'boks'" in outcome.told
        assert "Nothing was written." in outcome.told


@pytest.mark.parametrize(
    "line",
    [
        "DATABASE_URL={url}",
        'DATABASE_URL="{url}" # the demo',
        "export DATABASE_URL='{url}'",
        "DATABASE_URL = {url}  # the demo",
        'NAME=postgres\nDATABASE_URL="{server}/${{NAME}}"',
        'DATABASE_URL="{server}/${{NAME_FROM_OUTSIDE}}"',
    ],
)
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_a_dotenv_file_is_read_as_other_programs_read_it(
    server: Server, monkeypatch: pytest.MonkeyPatch, line: str, mark: str
) -> None:
    monkeypatch.setenv("NAME_FROM_OUTSIDE", "postgres")
    url = server.url("postgres")
    text = "\n# DATABASE_URL=mysql://no\nnonsense\n" + line.format(url=url, server=url.rpartition("/")[0]) + "\n"
    Path(".env").write_text(mark + text, encoding="utf-8")

    assert answers(ask()).endswith("/postgres")


def test_a_mistake_names_where_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    Path(".env").write_text('DATABASE_URL="postgresql://ada:${SECRET}@localhost/shop"\n')
    assert "${SECRET}" in ask().told

    Path(".env").write_text("DATABASE_URL=mysql://ada:geheim@localhost/shop\n")
    assert "DATABASE_URL in .env: " in ask().told

    monkeypatch.setenv("OKRSEED_DATABASE_URL", "postgresql://localhost/shop?colour=red")
    outcome = ask()
    assert (outcome.exit, "OKRSEED_DATABASE_URL: " in outcome.told, "'colour'" in outcome.told) == (2, True, True)


def test_the_user_of_the_system_is_taken_where_none_is_named(server: Server) -> None:
    url = server.url("postgres").replace("okrseed@", "")

    assert getpass.getuser() in ask("--database", url).told
