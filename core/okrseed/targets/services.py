"""libpq's connection service files (PostgreSQL manual, "The Connection Service File").

They are read here, not by libpq: where a run is allowed depends on the host that a service leads to.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from okrseed.errors import UsageError
from okrseed.files import is_file

LARGEST_FILE = 1 << 20


def service_parameters(name: str, environ: Mapping[str, str]) -> dict[str, str]:
    """The parameters of a service. Raises UsageError where no file has it, or one cannot be read as libpq would.

    Looked for where libpq does: the file of PGSERVICEFILE, else ~/.pg_service.conf; then
    pg_service.conf in PGSYSCONFDIR.
    """
    own = environ.get("PGSERVICEFILE")
    home = environ.get("HOME") or str(Path.home())
    files = [Path(own) if own else Path(home) / ".pg_service.conf"]
    if own and not is_file(files[0]):
        raise _bad(f"the service file {files[0]} does not exist")
    if environ.get("PGSYSCONFDIR"):
        files.append(Path(environ["PGSYSCONFDIR"]) / "pg_service.conf")
    for path in files:
        if is_file(path):
            found = _section(path, name)
            if found is not None:
                return found
    raise _bad(f"the service {name!r} is defined in none of {', '.join(map(str, files))}")


def _section(path: Path, name: str) -> dict[str, str] | None:
    """The first section of that name; a line of it that is no `key=value` makes it unreadable, as for libpq."""
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise _bad(f"the service file {path} is larger than {LARGEST_FILE} bytes")
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise _bad(f"the service file {path} cannot be read: {type(error).__name__}") from None
    found: dict[str, str] | None = None
    for number, line in enumerate(map(str.strip, lines), start=1):
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if found is not None:
                return found
            if line == f"[{name}]":
                found = {}
        elif found is not None:
            key, equals, value = line.partition("=")
            # The line itself is not repeated: it may hold a password.
            if key.lower().startswith("ldap:") or not equals:
                raise _bad(f"line {number} of the service file {path} is no key=value")
            if key == "service":
                raise _bad(f"line {number} of the service file {path} names another service, which libpq refuses")
            # libpq keeps the first of two.
            found.setdefault(key.strip(), value.strip())
    return found


def _bad(reason: str) -> UsageError:
    return UsageError(
        reason,
        code="bad_service",
        hint="Write the service as [name] with lines key=value, or name host and database in the URL.",
    )
