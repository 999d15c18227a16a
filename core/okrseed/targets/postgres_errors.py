"""What the driver raises, as errors a person can act on (SQLSTATEs: PostgreSQL manual, appendix A)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from okrseed.errors import DatabaseFailure, NoConnection
from okrseed.redaction import redacted
from okrseed.targets.address import Address

# Errors after which the same transaction may succeed.
TRANSIENT = frozenset({"40P01", "40001", "55P03", "57P01", "57P02", "57P03", "53300"})
UNIQUE_VIOLATION = "23505"
QUERY_CANCELED = "57014"
LONGEST_CAUSE = 500

_HINTS = {
    "25006": "The server takes no writes (a standby?): use the address of the primary.",
    "53100": "The server's disk is full: free some space there, then run again.",
    "55P03": "Another session holds a lock on these rows; let it finish, then run again.",
    "40P01": "Another session works on the same rows; run again, with more --retries if it goes on.",
    "57014": "The statement was cancelled or took too long; run again when the server is less busy.",
    "42501": "The database user lacks a right; grant it, or use another user.",
    "23503": "Rows of another table refer to these; look at them before running again.",
}
# A refused connection has no SQLSTATE of its own in libpq: what it says is all there is. The first that fits counts.
_REFUSALS = (
    (
        "unsupported startup parameter",
        "The pooler takes no such parameter at the start: add ?pgbouncer=true to the URL, and `options` are set in"
        " each transaction instead.",
    ),
    ("no password supplied", "Give the password: in the URL, in PGPASSWORD, or in the file that PGPASSFILE names."),
    ("password authentication failed", "Check user and password; in a URL, %, @, /, ? and : of a password are quoted."),
    (
        "no pg_hba.conf entry",
        "The server lets nobody in from here by that way: try ?sslmode=require.",
    ),
    ("does not support SSL", "The server has no TLS: use ?sslmode=disable, on a network that you trust."),
    ("certificate verify failed", "Name the certificate of the authority that signed the server's: ?sslrootcert=FILE."),
    ("root certificate file", "Name the certificate of the authority that signed the server's: ?sslrootcert=FILE."),
    ("does not match host name", "The certificate is for another name: use that name as the host."),
    ("no such database", "Create the database, or correct its name in the URL."),
    ("does not exist", "Create it on the server, or correct the name in the URL."),
    ("could not translate host name", "Check the host's name."),
    ("failed to resolve host", "Check the host's name."),
)
# The server is there, and says that it cannot now (57P03, 57P01, 53300; libpq tells no SQLSTATE of a refusal).
_NOT_NOW = (
    "system is starting up",
    "system is shutting down",
    "system is in recovery mode",
    "system is not yet accepting connections",
    "terminating connection due to administrator command",
    "too many clients",
    "too many connections",
    "remaining connection slots",
    "no more connections allowed",
)
_ANY_REFUSAL = "Check that the server runs, and host, port, user, password and database name."


def no_connection(error: psycopg.Error, address: Address) -> NoConnection:
    """Why there is no connection, without the password that was tried."""
    password = address.parameters.get("password", "")
    cause = redacted(" ".join(str(error).split()), [password] if password else [])
    hint = next((hint for words, hint in _REFUSALS if words in cause), "")
    return NoConnection(
        f"cannot connect to {address.label}: {cause[:LONGEST_CAUSE] or type(error).__name__}",
        transient=any(words in cause for words in _NOT_NOW),
        unreachable=not hint and not isinstance(error, psycopg.ProgrammingError),
        hint=hint or _ANY_REFUSAL,
        sqlstate=error.sqlstate,
    )


@contextmanager
def translated(table: str | None = None) -> Iterator[None]:
    """Driver errors as `DatabaseFailure`, with what the server said and whether a retry may help."""
    try:
        yield
    except psycopg.Error as error:
        raise failed(error, table) from error


def failed(error: psycopg.Error, table: str | None = None) -> DatabaseFailure:
    """The driver's error as ours."""
    state = error.sqlstate
    lost = state is None and isinstance(error, psycopg.OperationalError)
    return DatabaseFailure(
        f"the database said: {_first_line(error)}",
        transient=lost or state in TRANSIENT or (state or "").startswith("08"),
        conflict=state == UNIQUE_VIOLATION,
        interrupted=state == QUERY_CANCELED,
        hint=_HINTS.get(state or "", ""),
        sqlstate=state,
        table=(error.diag.table_name if state else None) or table,
    )


def _first_line(error: psycopg.Error) -> str:
    text = error.diag.message_primary or str(error)
    return text.strip().splitlines()[0] if text.strip() else type(error).__name__
