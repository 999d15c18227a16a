"""Database URLs as people have them; whatever is written, an address or a usage error comes out."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from okrseed.errors import UsageError
from okrseed.targets.parameters import options
from okrseed.targets.url import Address, parse
from tests.core.properties import pure

PRISMA = (
    "postgresql://ada:secret@db.example.com:5433/library"
    "?schema=books&connection_limit=3&pool_timeout=20&pgbouncer=true&sslmode=require&connect_timeout=30"
)


@pytest.mark.parametrize(
    "url",
    [
        "postgres://ada:secret@db.example.com:5433/library",
        "postgresql://ada:secret@db.example.com:5433/library",
        "postgresql+psycopg://ada:secret@db.example.com:5433/library",
        PRISMA,
    ],
)
def test_the_forms_of_heroku_django_sqlalchemy_and_prisma_are_the_same_target(url: str) -> None:
    address = parse(url)
    assert address.dialect == "postgresql"
    assert address.identity == "ada@db.example.com:5433/library"
    assert address.parameters["password"] == "secret"


def test_prisma_parameters_are_understood() -> None:
    address = parse(PRISMA)
    assert (address.schema, address.connection_limit, address.pooled) == ("books", 3, True)
    assert (address.parameters["sslmode"], address.parameters["connect_timeout"]) == ("require", "30")
    assert address.parameters.keys().isdisjoint({"schema", "connection_limit", "pool_timeout", "pgbouncer"})


@pytest.mark.parametrize(
    ("given", "understood"),
    [
        ("sslaccept=strict", {"sslmode": "verify-full", "sslrootcert": "system"}),
        ("sslaccept=strict&sslcert=ca.pem", {"sslmode": "verify-full", "sslrootcert": "ca.pem"}),
        ("sslmode=require&sslcert=ca.pem", {"sslmode": "require", "sslrootcert": "ca.pem"}),
        ("sslmode=require&sslcert=ca.pem&sslaccept=accept_invalid_certs", {"sslmode": "require"}),
        ("sslmode=disable&sslaccept=strict", {"sslmode": "disable"}),
        ("sslcert=me.pem&sslkey=me.key", {"sslcert": "me.pem", "sslkey": "me.key"}),
        ("sslcert=me.pem&sslkey=me.key&sslaccept=strict&sslrootcert=ca.pem",
         {"sslcert": "me.pem", "sslkey": "me.key", "sslmode": "verify-full", "sslrootcert": "ca.pem"}),
    ],
)  # fmt: skip
def test_tls_as_prisma_writes_it_is_libpqs(given: str, understood: dict[str, str]) -> None:
    parameters = parse(f"postgresql://localhost/library?{given}").parameters
    assert {name: value for name, value in parameters.items() if name.startswith("ssl")} == understood


@pytest.mark.parametrize(
    "given",
    ["pool_timeout=0", "statement_cache_size=0", "prepared_statements=false", "encoding=utf8", "idle_timeout=300"],
)
def test_what_tunes_a_pool_of_somebody_else_is_understood_and_without_effect(given: str) -> None:
    assert parse(f"postgresql://localhost/library?{given}") == parse("postgresql://localhost/library")


def test_rails_words_are_prismas() -> None:
    assert parse("postgres://localhost/library?pool=7&schema_search_path=books") == parse(
        "postgres://localhost/library?connection_limit=7&schema=books"
    )


@pytest.mark.parametrize(("seconds", "limit"), [("30", 30), ("0", None)])
def test_prismas_time_for_a_query_is_the_servers(seconds: str, limit: int | None) -> None:
    assert parse(f"postgresql://localhost/library?socket_timeout={seconds}").statement_timeout_s == limit


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("postgresql://localhost/library?sslidentity=me.p12", "openssl pkcs12"),
        ("postgresql://localhost/library?sslmode=no-verify", "it can be disable, allow, prefer, require"),
        ("postgresql://localhost/library?sslaccept=maybe", "strict, accept_invalid_certs"),
        ("postgresql://localhost/library?pgbouncer=yes", "true, false"),
        ("postgresql://localhost/library?replication=database", "replication"),
        ("prisma://accelerate.prisma-data.net/?api_key=geheim", "DIRECT_URL"),
        ("prisma+postgres://localhost:51213/?api_key=geheim", "DIRECT_URL"),
        ("postgresql://a,b,c/library?port=1,2", "not as many ports"),
        ("postgresql://a,b/library?hostaddr=127.0.0.1", "not as many ports or addresses"),
        ("postgresql://ada:ge%fcheim@localhost/library", "not UTF-8"),
        ("postgresql://ada:ge/heim@localhost/library", "%2F"),
        ("postgresql://ada:ge?heim@localhost/library", "%3F"),
        ("postgresql://ada:1?geheim=x@localhost/library", "%3F"),
        ("postgresql://ada:1/2?geheim=x@localhost/library", "%3F"),
        ("postgresql://ada:geheim", "cannot be read"),
        ("postgresql://ada:geheim\u202e@localhost/library", "U+202E"),
        ("postgresql://ada:ge%00heim@localhost/library", "U+0000"),
        ("postgresql://ada%1b[31m:geheim@localhost/library", "U+001B"),
        ("postgresql://ada:geheim@localhost/library%7f", "U+007F"),
        ("postgresql://ada:geheim@localhost/%e2%80%ae", "U+202E"),
        ("postgresql://ada:geheim@local\u200bhost/library", "U+200B"),
        ("postgresql://ada:geheim@localhost/library\udcff", "U+DCFF"),
        ("sqlite:///\x9b.db", "U+009B"),
        ("sqlite:///" + "x" * 20_000, "longer than"),
    ],
)
def test_what_is_refused_says_why_and_repeats_no_password(url: str, why: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(url)
    assert why in str(caught.value.document())
    assert "heim" not in str(caught.value.document())


@pytest.mark.parametrize(("value", "pooled"), [("true", True), ("false", False), ("TRUE", True), ("", False)])
def test_pgbouncer_is_what_it_says(value: str, pooled: bool) -> None:
    assert parse(f"postgresql://localhost/library?pgbouncer={value}").pooled is pooled


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("sslmode", "verify-full"),
        ("sslrootcert", "/etc/ca.pem"),
        ("application_name", "mine"),
        ("target_session_attrs", "read-write"),
        ("options", "-c lock_timeout=100ms"),
        ("host", "/var/run/postgresql"),
        ("channel_binding", "require"),
    ],
)
def test_parameters_of_libpq_pass_through(parameter: str, value: str) -> None:
    from urllib.parse import quote

    assert parse(f"postgresql://localhost/library?{parameter}={quote(value)}").parameters[parameter] == value


def test_unknown_parameters_are_an_error_that_names_them() -> None:
    with pytest.raises(UsageError, match="'colour', 'poolsize'") as caught:
        parse("postgresql://localhost/library?poolsize=3&sslmode=require&colour=red")
    assert caught.value.code == "bad_url"


@pytest.mark.parametrize(
    ("url", "identity"),
    [
        ("postgresql://localhost/library", "@localhost:5432/library"),
        ("postgresql:///library", "@localhost:5432/library"),
        ("postgresql://ada@localhost", "ada@localhost:5432/ada"),
        ("postgresql://ada%40home:p%40ss@localhost/li%20brary", "ada@home@localhost:5432/li brary"),
        ("postgresql://[2001:db8::1]:6000/library", "@[2001:db8::1]:6000/library"),
        ("postgresql://localhost/library?user=ada&port=6000", "ada@localhost:6000/library"),
        ("postgresql://%2Fvar%2Frun%2FPostgres/library", "@/var/run/Postgres:5432/library"),
        ("postgresql://Ada@DB.Example.com/Library", "Ada@db.example.com:5432/Library"),
        ("postgresql://ada@a:1,b,[::1]:3/library", "ada@a:1,b:5432,[::1]:3/library"),
        ("postgresql://ada@a,b/library?port=7", "ada@a:7,b:7/library"),
        ("postgresql://ada@[fe80::1%25eth0]/library", "ada@[fe80::1%eth0]:5432/library"),
        ("postgresql://ada:p#s%@localhost/library", "ada@localhost:5432/library"),
        ("postgresql://ada@localhost/library?dbname=other&dbname=last", "ada@localhost:5432/last"),
    ],
)
def test_every_part_may_be_missing_quoted_or_a_parameter(url: str, identity: str) -> None:
    assert parse(url).identity == identity


@pytest.mark.parametrize(
    ("url", "identity", "local"),
    [
        ("postgresql:///", "bob@elsewhere.example.com:7000/archive", False),
        ("postgresql://ada@localhost:5432/library", "ada@localhost:5432/library", True),
        ("postgresql:///library", "bob@elsewhere.example.com:7000/library", False),
    ],
)
def test_what_a_url_leaves_out_is_what_libpq_takes_from_the_environment(url: str, identity: str, local: bool) -> None:
    environ = {"PGHOST": "elsewhere.example.com", "PGPORT": "7000", "PGUSER": "bob", "PGDATABASE": "archive"}
    address = parse(url, environ)
    assert (address.identity, address.local) == (identity, local)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("p%40ss%2Fw%3Ard", "p@ss/w:rd"),
        ("a+b", "a+b"),
        ("p@ss", "p@ss"),
        ("p:[#]", "p:[#]"),
        ("%", "%"),
        ("%C3%A9", "é"),
    ],
)
def test_a_password_is_unquoted(written: str, meant: str) -> None:
    assert parse(f"postgresql://ada:{written}@localhost/library").parameters["password"] == meant


@pytest.mark.parametrize(
    ("text", "settings", "rest"),
    [
        ("-c lock_timeout=1s", {"lock_timeout": "1s"}, ""),
        ("-clock_timeout=1s --statement-timeout=2s", {"lock_timeout": "1s", "statement_timeout": "2s"}, ""),
        (r"-c search_path=a\ b,\\c -c a.b=1", {"search_path": r"a b,\c", "a.b": "1"}, ""),
        (r"endpoint=one\ two -c LOCK_TIMEOUT=1", {"lock_timeout": "1"}, r"endpoint=one\ two"),
        ("-c", {}, "-c"),
        ("", {}, ""),
    ],
)
def test_options_are_read_as_the_server_reads_them(text: str, settings: dict[str, str], rest: str) -> None:
    assert options(text) == (settings, rest)


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite:///library.db", Path.cwd() / "library.db"),
        ("sqlite:///data/library.db", Path.cwd() / "data" / "library.db"),
        ("sqlite:////var/data/library.db", Path("/var/data/library.db")),
        ("sqlite+pysqlite:////var/data/library.db", Path("/var/data/library.db")),
        ("file:./library.db", Path.cwd() / "library.db"),
        ("file:library.db", Path.cwd() / "library.db"),
        ("file:/var/data/library.db", Path("/var/data/library.db")),
        ("file:./library.db?connection_limit=1", Path.cwd() / "library.db"),
        ("sqlite:////var/my%20data/library.db", Path("/var/my data/library.db")),
    ],
)
def test_sqlite_files_are_found_as_sqlalchemy_and_prisma_write_them(url: str, path: Path) -> None:
    address = parse(url)
    assert (address.dialect, address.path) == ("sqlite", path)


def test_how_long_a_locked_file_is_waited_for_is_said_as_sqlalchemy_says_it() -> None:
    address = parse("sqlite:///library.db?timeout=2.5")
    assert (address.path, address.busy_timeout_s) == (Path.cwd() / "library.db", 2.5)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "library",
        "mysql://localhost/library",
        "http://localhost/",
        "postgresql://localhost:port/library",
        "postgresql://localhost:99999/library",
        "postgresql://[::1/library",
        "postgresql://localhost/library?schema",
        "postgresql://localhost/library?connection_limit=none",
        "postgresql://localhost/library?connection_limit=0",
        "postgresql://localhost/library?connection_limit=-1",
        f"postgresql://localhost/library?connection_limit={'9' * 5000}",
        "postgresql://local\nhost/library",
        "postgresql://localhost/lib\0rary",
        "postgresql://localhost/lib%00rary",
        "sqlite://",
        "sqlite:///",
        "sqlite://host/library.db",
        "sqlite:///:memory:",
        "sqlite:///library.db?mode=ro",
        "sqlite:///library.db?timeout=soon",
        "sqlite:///library.db?timeout=-1",
        "sqlite:///library.db?timeout=nan",
        "postgresql://localhost/library?sslkeylogfile=keys",
        "sqlite:///lib%00rary.db",
        "sqlite:///" + "x" * 5000,
        "file:",
        "file::memory:",
    ],
)
def test_what_cannot_be_understood_is_a_usage_error_that_says_how_to_write_it(url: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(url)
    assert caught.value.code == "bad_url"
    assert caught.value.hint


PARTS = st.text(alphabet=st.one_of(st.sampled_from(":/?#@&=%[],.-+ \\0123abcDEF"), st.characters()), max_size=12)
SCHEMES = st.sampled_from(["postgres", "postgresql", "postgresql+psycopg", "sqlite", "file", "mysql", ""])
NAMES = st.sampled_from(["schema", "connection_limit", "pgbouncer", "sslmode", "port", "host", "dbname", "options"])


@given(st.one_of(st.text(), st.builds("{}:{}{}".format, SCHEMES, st.sampled_from(["", "/", "//", "///"]), PARTS)))
@example("postgresql://\u2100/")
@pure
def test_any_text_is_an_address_or_a_usage_error(url: str) -> None:
    _address_or_error(url)


@given(st.tuples(SCHEMES, PARTS, PARTS, PARTS, PARTS, PARTS, NAMES, PARTS))
@pure
def test_any_parts_are_an_address_or_a_usage_error(parts: tuple[str, ...]) -> None:
    _address_or_error("{}://{}:{}@{}:{}/{}?{}={}".format(*parts))


def _address_or_error(url: str) -> None:
    found: object
    try:
        found = parse(url)
    except UsageError as error:
        found = error
    if isinstance(found, Address):
        # What is shown of an address must work for every address.
        assert f"{found.dialect} · {found.identity}" == found.label
        assert isinstance(found.local, bool)


def test_what_cannot_be_shown_is_refused_from_the_environment_and_from_a_service_too(tmp_path: Path) -> None:
    services = tmp_path / "services"
    services.write_text("[books]\nuser=a\u200bda\n", encoding="utf-8")

    with pytest.raises(UsageError, match=r"PGUSER contains the character U\+001B"):
        parse("postgresql://localhost/library", {"PGUSER": "ada\x1b[31m"})
    with pytest.raises(UsageError, match=r"user of the service 'books' contains the character U\+200B"):
        parse("postgresql://localhost/library?service=books", {"PGSERVICEFILE": str(services)})


def test_a_name_too_long_for_a_file_is_no_file() -> None:
    name = "x" * 5_000

    assert parse(f"postgresql://localhost/library?sslcert={name}").parameters["sslrootcert"] == name
    with pytest.raises(UsageError, match="does not exist"):
        parse("postgresql://localhost/library?service=books", {"PGSERVICEFILE": name})
