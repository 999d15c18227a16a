"""Database URLs as people have them: libpq's, SQLAlchemy's, Prisma's, and SQLite files (specification: Commands)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import parse_qsl, unquote, urlsplit

from okrseed.errors import UsageError

_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg", "postgres+psycopg")
_LOOPBACK = ("localhost", "127.0.0.1", "::1", "")
_PRODUCTION = frozenset({"prod", "production", "live"})

# libpq's parameters that may stand in a URL (PostgreSQL manual, section "Parameter Key Words").
_LIBPQ = frozenset(
    """
    host hostaddr port dbname user passfile require_auth channel_binding connect_timeout client_encoding options
    application_name fallback_application_name keepalives keepalives_idle keepalives_interval keepalives_count
    tcp_user_timeout gssencmode sslmode sslcompression sslcert sslkey sslpassword sslcertmode sslrootcert sslcrl
    sslcrldir sslsni ssl_min_protocol_version ssl_max_protocol_version krbsrvname gsslib gssdelegation service
    target_session_attrs load_balance_hosts password sslnegotiation
    """.split()  # noqa: SIM905 - a list of forty strings reads worse
)
# Where libpq looks for what the URL does not say (PostgreSQL manual, section "Environment Variables").
_VARIABLES = {
    "service": "PGSERVICE",
    "hostaddr": "PGHOSTADDR",
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
}
_PRISMA = frozenset({"schema", "connection_limit", "pool_timeout", "pgbouncer", "socket_timeout", "sslaccept"})


@dataclass(frozen=True)
class Address:
    """Where a database is. `parameters` hold the password: show `label` or `identity`, never these."""

    dialect: Literal["postgresql", "sqlite"]
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None
    schema: str | None = None
    connection_limit: int | None = None
    pooled: bool = False
    embedded: bool = False

    @property
    def host(self) -> str:
        return self.parameters.get("host", "")

    @property
    def service(self) -> str:
        return self.parameters.get("service", "")

    @property
    def database(self) -> str:
        return self.parameters.get("dbname", "")

    @property
    def identity(self) -> str:
        """`USER@HOST:PORT/DATABASE`, or the path of a SQLite file; what a confirmation is bound to."""
        if self.path is not None:
            return str(self.path)
        user = self.parameters.get("user", "")
        port = self.parameters.get("port", "5432")
        host = self.parameters.get("hostaddr") or self.host or (self.service and f"service={self.service}")
        return f"{user}@{host or 'localhost'}:{port}/{self.database}"

    @property
    def label(self) -> str:
        """The target in words, without a password."""
        return f"{self.dialect} · {self.identity}"

    @property
    def local(self) -> bool:
        """SQLite, loopback, or a Unix socket; a service file may lead anywhere, so it counts as elsewhere."""
        if self.path is not None:
            return True
        if "service" in self.parameters:
            return False
        hosts = self.parameters.get("hostaddr") or self.host
        return all(host in _LOOPBACK or host.startswith(("/", "@")) for host in hosts.split(","))

    @property
    def names_production(self) -> str | None:
        """The host or database name that contains the word prod, production or live, if one does."""
        names = (self.path.name,) if self.path is not None else (self.host, self.database, self.service)
        return next((name for name in names if says_production(name)), None)


def says_production(name: str) -> bool:
    """Whether a name contains the word prod, production or live."""
    return not _PRODUCTION.isdisjoint(re.split(r"[^a-z]+", name.lower()))


def parse(url: str, environ: Mapping[str, str] | None = None) -> Address:
    """Understand a database URL; what it leaves out libpq takes from `environ` (PGHOST and so on), so we do as well.

    Raises UsageError without repeating the URL, which may hold a password.
    """
    if any(ord(character) < 32 for character in unquote(url)):
        raise _bad("it contains a control character")
    scheme, separator, _ = url.partition(":")
    if not separator:
        raise _bad("it has no scheme")
    if scheme in ("sqlite", "sqlite+pysqlite", "file"):
        return Address("sqlite", path=_sqlite_path(url, scheme))
    if scheme not in _POSTGRES:
        raise _bad(f"the scheme {_shown(scheme)} is not known")
    return _postgres(url, environ or {})


def _sqlite_path(url: str, scheme: str) -> Path:
    rest, _, query = url[len(scheme) + 1 :].partition("?")
    if query and scheme != "file":
        raise _bad("SQLite URLs take no parameters")
    if rest.startswith("//"):
        # sqlite:///relative.db and sqlite:////absolute.db, as SQLAlchemy writes them.
        host, slash, rest = rest[2:].partition("/")
        if host or not slash:
            raise _bad("a SQLite URL has three slashes before a relative path and four before an absolute one")
    path = unquote(rest)
    if not path or path == ":memory:":
        raise _bad("a SQLite URL names a file; an in-memory database would be gone when the run ends")
    if len(path) > 4096:
        raise _bad("the path is too long")
    return Path(path).absolute()


def _postgres(url: str, environ: Mapping[str, str]) -> Address:
    try:
        parts = urlsplit(url)
        port = parts.port
        query = parse_qsl(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        raise _bad("host, port or parameters cannot be read") from None
    if "@" in parts.path:
        # A slash in a password ends the host part, and the password would be taken for the database's name.
        raise _bad("a / or @ in user or password has to be written as %2F or %40")
    parameters: dict[str, str] = {}
    for name, value in (
        ("user", parts.username),
        ("password", parts.password),
        ("host", parts.hostname),
        ("dbname", parts.path.removeprefix("/")),
    ):
        if value:
            parameters[name] = unquote(value)
    if port is not None:
        parameters["port"] = str(port)
    extras = dict(query)
    unknown = sorted(set(extras) - _LIBPQ - _PRISMA)
    if unknown:
        raise UsageError(
            f"the database URL has unknown parameters: {', '.join(_shown(name) for name in unknown)}",
            code="bad_url",
            hint="libpq's parameters and Prisma's (schema, connection_limit, pool_timeout, pgbouncer) are understood.",
        )
    parameters |= {name: value for name, value in extras.items() if name in _LIBPQ}
    for name, variable in _VARIABLES.items():
        if name not in parameters and environ.get(variable):
            parameters[name] = environ[variable]
    return Address(
        "postgresql",
        parameters=parameters,
        schema=extras.get("schema") or None,
        connection_limit=_whole(extras, "connection_limit"),
        pooled=extras.get("pgbouncer", "").lower() == "true",
    )


def _whole(parameters: Mapping[str, str], name: str) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not value.isdecimal() or len(value) > 6 or int(value) < 1:
        raise _bad(f"{name} is not a whole number above zero")
    return int(value)


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _bad(reason: str) -> UsageError:
    return UsageError(
        f"the database URL cannot be understood: {reason}",
        code="bad_url",
        hint="Write postgresql://user:password@host:5432/database or sqlite:///file.db.",
    )
