"""Where a database is: what identifies it, whether it is on this machine, whether a name of it says production."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

DEFAULT_PORT = "5432"
_PRODUCTION = frozenset({"prod", "production", "live"})


@dataclass(frozen=True)
class Address:
    """Where a database is. `parameters` are libpq's, the password among them: show `label` or `identity`, never these.

    What a service file adds is in `parameters` already.
    """

    dialect: Literal["postgresql", "sqlite"]
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None
    schema: str | None = None
    connection_limit: int | None = None
    statement_timeout_s: int | None = None
    busy_timeout_s: float | None = None
    pooled: bool = False
    embedded: bool = False

    @property
    def host(self) -> str:
        return self.parameters.get("host", "")

    @property
    def database(self) -> str:
        """The database's name, which is the user's where none is given (libpq, "Parameter Key Words": dbname)."""
        return self.parameters.get("dbname", "") or self.parameters.get("user", "")

    @property
    def identity(self) -> str:
        """`USER@HOST:PORT/DATABASE`, or the path of a SQLite file; what a confirmation is bound to."""
        if self.path is not None:
            return str(self.path)
        user = self.parameters.get("user", "")
        servers = ",".join(f"{_written(host)}:{port}" for host, port in self.servers)
        return f"{user}@{servers}/{self.database}"

    @property
    def servers(self) -> tuple[tuple[str, str], ...]:
        """Every (host, port) that libpq tries, in its order; a host's address is what counts, where it is given."""
        hosts = (self.parameters.get("hostaddr") or self.host).split(",")
        # libpq: one port for all hosts, or a list as long; an empty entry is the default ("Specifying Multiple Hosts").
        ports = self.parameters.get("port", "").split(",")
        if len(ports) == 1:
            ports *= len(hosts)
        ports += [""] * (len(hosts) - len(ports))
        return tuple((host, port or DEFAULT_PORT) for host, port in zip(hosts, ports, strict=False))

    @property
    def label(self) -> str:
        """The target in words, without a password."""
        return f"{self.dialect} · {self.identity}"

    @property
    def local(self) -> bool:
        """SQLite, or nothing but loopback addresses and Unix sockets."""
        return self.path is not None or all(is_local(host) for host, _ in self.servers)

    @property
    def names_production(self) -> str | None:
        """The host or database name that contains the word prod, production or live, if one does."""
        if self.path is not None:
            names = [self.path.name]
        else:
            names = [*self.host.split(","), self.database, self.parameters.get("service", "")]
        return next((name for name in names if says_production(name)), None)


def is_local(host: str) -> bool:
    """Whether a host is this machine for certain: a socket, localhost, or a loopback address written in full.

    Everything else counts as elsewhere: short forms ("127.1") and names that only happen to lead here.
    """
    # No host is libpq's default, a socket; a path or @name is one, too (libpq, "Parameter Key Words": host).
    if not host or host.startswith(("/", "@")) or host.lower() == "localhost":
        return True
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return False
    mapped = getattr(address, "ipv4_mapped", None)
    return (mapped or address).is_loopback


def says_production(name: str) -> bool:
    """Whether a name contains the word prod, production or live: between dashes, dots, digits, or as `shopProd`."""
    words = re.split(r"[^a-z]+", name.lower())
    humps = re.split(r"[^A-Za-z]+|(?<=[a-z])(?=[A-Z])", name)
    return not _PRODUCTION.isdisjoint({*words, *(hump.lower() for hump in humps)})


def _written(host: str) -> str:
    """As in a URL: an IPv6 address in brackets, so that its port can be told from it."""
    return f"[{host}]" if ":" in host and not host.startswith("/") else host or "localhost"
