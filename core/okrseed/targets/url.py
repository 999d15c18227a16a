"""Database URLs as people have them: libpq's, Prisma's, Rails', SQLite files (specification: Commands)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import unquote

from okrseed.errors import UsageError
from okrseed.printable import unprintable
from okrseed.redaction import meet
from okrseed.targets import parameters as known
from okrseed.targets.address import Address, says_production
from okrseed.targets.services import service_parameters

__all__ = ["Address", "parse", "says_production"]

_POSTGRES = ("postgres", "postgresql", "postgresql+psycopg", "postgres+psycopg")
LONGEST_URL = 16_384
LONGEST_TIMEOUT_S = 3600
_PROXIES = ("prisma", "prisma+postgres")
# Where libpq looks for what neither URL nor service says (PostgreSQL manual, "Environment Variables").
_VARIABLES = {
    "hostaddr": "PGHOSTADDR",
    "host": "PGHOST",
    "port": "PGPORT",
    "user": "PGUSER",
    "dbname": "PGDATABASE",
    "options": "PGOPTIONS",
}


def parse(url: str, environ: Mapping[str, str] | None = None) -> Address:
    """Understand a database URL; what it leaves out libpq takes from `environ` (PGHOST and so on), so we do as well.

    Raises UsageError without repeating the URL, which may hold a password.
    """
    if len(url) > LONGEST_URL:
        raise _bad(f"it is longer than {LONGEST_URL} characters")
    _check_characters(url, "it")
    _check_characters(unquote(url), "it")
    scheme, separator, _ = url.partition(":")
    if not separator:
        raise _bad("it has no scheme")
    if scheme in ("sqlite", "sqlite+pysqlite", "file"):
        return _sqlite(url, scheme)
    if scheme in _PROXIES:
        raise _bad("it leads to Prisma's own proxy; name the database itself (DIRECT_URL, where Prisma has one)")
    if scheme not in _POSTGRES:
        raise _bad(f"the scheme {_shown(scheme)} is not known")
    return _postgres(url[len(scheme) + 1 :], environ or {})


def _sqlite(url: str, scheme: str) -> Address:
    rest, _, query = url[len(scheme) + 1 :].partition("?")
    # Prisma's file: URLs may have parameters of its own; none of them means anything here.
    timeout_s = _busy_timeout(query) if query and scheme != "file" else None
    return Address("sqlite", path=_sqlite_path(rest), busy_timeout_s=timeout_s)


def _busy_timeout(query: str) -> float:
    """The driver's own parameter, as SQLAlchemy passes it on: how many seconds a locked file is waited for."""
    name, _, text = query.partition("=")
    if name != "timeout":
        raise _bad("the only parameter of a SQLite URL is timeout")
    try:
        timeout_s = float(text)
    except ValueError:
        timeout_s = -1.0
    if not 0 <= timeout_s <= LONGEST_TIMEOUT_S:
        raise _bad(f"timeout is a number of seconds from 0 to {LONGEST_TIMEOUT_S}")
    return timeout_s


def _sqlite_path(rest: str) -> Path:
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


def _postgres(rest: str, environ: Mapping[str, str]) -> Address:
    if not rest.startswith("//"):
        raise _bad("after the scheme come two slashes")
    before, query = _split(rest[2:])
    authority, _, path = before.partition("/")
    parameters = {"dbname": _decoded(path)} | _authority(authority)
    extras = _query(query)
    parameters = {name: value for name, value in parameters.items() if value}
    parameters |= {name: value for name, value in extras.items() if name in known.LIBPQ}
    service = parameters.get("service") or environ.get("PGSERVICE", "")
    if service:
        found = service_parameters(service, environ)
        _check(found, f"the service {service!r}", known.LIBPQ)
        for name, value in found.items():
            _check_characters(value, f"{name} of the service {service!r}")
        # Named to libpq as well, though it adds nothing then: else it would take what is missing from PGSERVICE's.
        parameters = found | parameters | {"service": service}
    for name, variable in _VARIABLES.items():
        if name not in parameters and environ.get(variable):
            parameters[name] = environ[variable]
            _check_characters(parameters[name], variable)
    meet(parameters[name] for name in known.SECRETS if parameters.get(name))
    _check_servers(parameters)
    return Address(
        "postgresql",
        parameters=_with_tls(parameters, extras),
        schema=extras.get("schema") or None,
        connection_limit=_whole(extras, "connection_limit"),
        statement_timeout_s=_whole(extras, "socket_timeout", least=0) or None,
        pooled=extras.get("pgbouncer", "").lower() == "true",
    )


def _split(rest: str) -> tuple[str, str]:
    """Before and after the `?`. In user and password /, ? and @ have to be quoted, as for libpq."""
    before, _, query = rest.partition("?")
    # One of them ends the host part, and then pieces of the password would be taken for names, and shown.
    names = {part.partition("=")[0] for part in query.split("&")}
    ends_early = "@" in query and "@" not in before and ("/" not in before or not names <= known.KNOWN)
    if ends_early or "@" in before.partition("/")[2]:
        raise _bad("a /, ? or @ in user or password has to be written as %2F, %3F or %40")
    return before, query


def _authority(authority: str) -> dict[str, str]:
    """`user:password@host:port,host:port`: an IPv6 address is in brackets, a socket's path is percent-encoded."""
    credentials, _, servers = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts: list[str] = []
    ports: list[str] = []
    for server in servers.split(","):
        if server.startswith("["):
            host, bracket, after = server[1:].partition("]")
            if not bracket or (after and not after.startswith(":")):
                raise _bad("an IPv6 address is written as [::1]:5432")
            port = after[1:]
        else:
            host, _, port = server.partition(":")
        if port and not port.isdecimal() and not port.startswith("%"):
            # Said before anything else: it may be the beginning of a password.
            raise _bad("host and port cannot be read")
        host = _decoded(host)
        hosts.append(host if host.startswith(("/", "@")) else host.lower())
        ports.append(_decoded(port))
    found = {"user": _decoded(user), "password": _decoded(password), "host": ",".join(hosts)}
    # One empty host is none; of several, each counts.
    if any(ports):
        found["port"] = ",".join(ports)
    return found


def _query(query: str) -> dict[str, str]:
    """The parameters, checked; of two by the same name the last counts. `+` is no space here, as for libpq."""
    extras: dict[str, str] = {}
    for part in query.split("&") if query else ():
        name, equals, value = part.partition("=")
        if not equals:
            raise _bad(f"the parameter {_shown(name)} has no value")
        extras[_decoded(name)] = _decoded(value)
    _check(extras, "the database URL", known.KNOWN)
    for name, meaning in known.RAILS.items():
        if name in extras:
            extras.setdefault(meaning, extras.pop(name))
    return extras


def _check_characters(text: str, what: str) -> None:
    """It will be shown, and a confirmation is bound to it: what cannot be seen may not be in it."""
    character = unprintable(text)
    if character is not None:
        raise _bad(f"{what} contains the character {character}, which cannot be shown")


def _check(extras: Mapping[str, str], where: str, understood: frozenset[str]) -> None:
    unknown = sorted(set(extras) - understood)
    if unknown:
        raise UsageError(
            f"{where} has unknown parameters: {', '.join(_shown(name) for name in unknown)}",
            code="bad_url",
            hint="libpq's parameters and Prisma's (schema, connection_limit, pool_timeout, pgbouncer) are understood.",
        )
    for name, reason in (known.PRISMA_REFUSED | known.REFUSED).items():
        if name in extras:
            raise _bad(f"{name}: {reason}")
    for name, choices in known.CHOICES.items():
        if name in extras and extras[name].lower() not in choices:
            allowed = ", ".join(choice for choice in choices if choice)
            raise _bad(f"{name} is {_shown(extras[name])}; it can be {allowed}")


def _check_servers(parameters: Mapping[str, str]) -> None:
    """Ports are numbers, and there is one for all hosts or one for each. libpq would say so only as it connects."""
    ports = parameters.get("port", "").split(",")
    for port in filter(None, ports):
        if not port.isascii() or not port.isdecimal() or not 1 <= int(port[:6]) <= 65535:
            raise _bad("a port is not a whole number from 1 to 65535")
    counts = [len(parameters[name].split(",")) for name in ("host", "hostaddr") if parameters.get(name)]
    if len(set(counts)) > 1 or (len(ports) > 1 and counts and len(ports) != counts[0]):
        raise _bad("there are not as many ports or addresses as hosts")


def _with_tls(parameters: Mapping[str, str], extras: Mapping[str, str]) -> dict[str, str]:
    made = known.tls(extras, Path.cwd())
    kept = dict(parameters)
    if "sslkey" not in kept and "sslcert" in extras:
        # Prisma's sslcert is the server's certificate; libpq would show it to the server as ours.
        del kept["sslcert"]
    return kept | made


def _whole(parameters: Mapping[str, str], name: str, *, least: int = 1) -> int | None:
    value = parameters.get(name)
    if value is None:
        return None
    if not value.isascii() or not value.isdecimal() or len(value) > 6 or int(value) < least:
        raise _bad(f"{name} is not a whole number above zero")
    return int(value)


def _decoded(text: str) -> str:
    try:
        return unquote(text, errors="strict")
    except UnicodeDecodeError:
        raise _bad("a percent-encoded part is not UTF-8") from None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:40] + "…")


def _bad(reason: str) -> UsageError:
    return UsageError(
        f"the database URL cannot be understood: {reason}",
        code="bad_url",
        hint="Write postgresql://user:password@host:5432/database or sqlite:///file.db.",
    )
