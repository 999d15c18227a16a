"""How okrseed connects to PostgreSQL, and what is in force inside its transactions.

Behind a pooler that lends a server for one transaction (pgbouncer, pool_mode = transaction) nothing may be set for a
session: the next transaction may have another server, and the next client would inherit the setting, even a name that
the connection starts with (a client that gives none gets the last one). So every setting is local to its transaction,
sent with its BEGIN in one message, and no statement is prepared. Directly connected, it is done the same way.
"""

from __future__ import annotations

import json
from functools import lru_cache
from typing import Any, cast

import psycopg
from psycopg import sql
from psycopg.types.json import set_json_loads

from okrseed.errors import NoConnection
from okrseed.targets.address import Address
from okrseed.targets.parameters import options
from okrseed.targets.postgres_errors import no_connection

CONNECT_TIMEOUT_S = 20
LOCK_TIMEOUT_S = 10
STATEMENT_TIMEOUT_S = 300
LONGEST_REMEMBERED = 1_000
"""Bytes of a JSON text; a longer one is hardly there twice."""


def connect(address: Address) -> psycopg.Connection[tuple[Any, ...]]:
    """A connection in autocommit mode. Raises NoConnection."""
    defaults = {
        "connect_timeout": str(CONNECT_TIMEOUT_S),
        "keepalives_idle": "30",
        "keepalives_interval": "10",
        "keepalives_count": "3",
    }
    given = dict(address.parameters)
    if address.pooled and "options" in given:
        # pgbouncer refuses a connection that comes with options; `beginning` sets them.
        _, given["options"] = options(given["options"])
        if not given["options"]:
            del given["options"]
    try:
        connection = psycopg.connect(**cast("Any", defaults | given), autocommit=True, prepare_threshold=None)
    except psycopg.Error as error:
        raise no_connection(error, address) from None
    except UnicodeError as error:
        # The driver looks names up by Python's resolver, which refuses a label that is empty or too long (RFC 3490).
        raise NoConnection(
            f"cannot connect to {address.label}: no host can have this name ({error})", hint="Check the host's name."
        ) from None
    set_json_loads(document, connection)
    return connection


def document(text: str | bytes) -> Any:
    """The value of a JSON text. Equal texts are one object, which nobody may change.

    Thousands of rows hold the same few; parsing each was an eighth of a run that changes nothing.
    """
    return _remembered(text) if len(text) <= LONGEST_REMEMBERED else json.loads(text)


_remembered = lru_cache(maxsize=1_000)(json.loads)


def beginning(address: Address, label: str, *, read_only: bool) -> tuple[str, str]:
    """BEGIN, and the statement that sets what is in force until the transaction's end.

    Plans read in REPEATABLE READ READ ONLY, runs write in READ COMMITTED.
    """
    set_by_url, _ = options(address.parameters.get("options", ""))
    settings = {
        "lock_timeout": f"{LOCK_TIMEOUT_S}s",
        "statement_timeout": f"{address.statement_timeout_s or STATEMENT_TIMEOUT_S}s",
    }
    # What the URL's options say counts; directly connected, the server has them since the start.
    settings = {name: value for name, value in settings.items() if name not in set_by_url}
    if address.pooled:
        settings |= set_by_url
    settings["application_name"] = application(label)
    if address.schema and "search_path" not in set_by_url:
        settings["search_path"] = sql.Identifier(address.schema).as_string()
    level = "repeatable read read only" if read_only else "read committed"
    return f"begin isolation level {level}", sql.SQL("select {}").format(
        sql.SQL(", ").join(
            sql.SQL("set_config({}, {}, true)").format(sql.Literal(name), sql.Literal(value))
            for name, value in settings.items()
        )
    ).as_string()


def first_rows(connection: psycopg.Connection[tuple[Any, ...]], message: str) -> list[tuple[Any, ...]]:
    """The first row of what each of several statements answers, sent as one message; empty where there is none."""
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        cursor.execute(message.encode())
        more: bool | None = True
        while more:
            found.append((cursor.fetchone() or ()) if cursor.description else ())
            more = cursor.nextset()
    return found


def application(label: str) -> str:
    """At most 63 bytes of printable ASCII: what the server keeps of an application name."""
    return f"okrseed/{label}".encode("ascii", "replace").decode()[:63]
