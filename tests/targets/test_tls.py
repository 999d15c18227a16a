"""TLS against a real server, in libpq's words and in Prisma's."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import quote

import pytest

from tests.end_to_end.program import Outcome, call
from tests.postgres import Server
from tests.targets.secured import DATABASE, PASSWORD, SecuredServer


def ask(secured: SecuredServer, parameters: str, *, user: str = "secret", host: str = "localhost") -> Outcome:
    """The doctor's answer; `GOOD` and `OTHER` stand for the certificates."""
    for word, path in (("GOOD", secured.good), ("OTHER", secured.other)):
        parameters = parameters.replace(word, quote(str(path)))
    url = f"postgresql://{user}:{quote(PASSWORD, safe='')}@{host}:{secured.port}/{quote(DATABASE, safe='')}"
    return call("doctor", "--json", "--database", f"{url}?{parameters}")


def encryption(outcome: Outcome) -> str:
    assert outcome.document["schema"] == "okrseed.doctor/1", outcome.err
    return next(str(one["found"]) for one in outcome.document["findings"] if one["id"] == "encryption")


@pytest.mark.parametrize(
    "parameters",
    [
        "sslmode=prefer",
        "sslmode=require",
        "sslmode=verify-ca&sslrootcert=GOOD",
        "sslmode=verify-full&sslrootcert=GOOD",
        "sslmode=require&sslcert=GOOD",
        "sslmode=require&sslaccept=strict&sslcert=GOOD",
        "sslaccept=strict&sslcert=GOOD",
        "sslmode=require&sslaccept=accept_invalid_certs",
        "sslmode=require&sslaccept=accept_invalid_certs&sslcert=OTHER",
    ],
)
def test_what_lets_the_server_in_is_encrypted(secured: SecuredServer, parameters: str) -> None:
    assert encryption(ask(secured, parameters)) == "TLS"


def test_without_tls_nothing_is_encrypted(secured: SecuredServer) -> None:
    assert encryption(ask(secured, "sslmode=disable", user="guest")).startswith("none")
    assert encryption(ask(secured, "sslmode=disable&sslaccept=strict", user="guest")).startswith("none")


@pytest.mark.parametrize(
    ("parameters", "host", "why", "what_to_do"),
    [
        ("sslmode=disable", "localhost", "no encryption", "?sslmode=require"),
        ("sslmode=verify-ca&sslrootcert=OTHER", "localhost", "certificate verify failed", "?sslrootcert=FILE"),
        ("sslmode=verify-full&sslrootcert=OTHER", "localhost", "certificate verify failed", "?sslrootcert=FILE"),
        ("sslmode=require&sslcert=OTHER", "localhost", "certificate verify failed", "?sslrootcert=FILE"),
        ("sslaccept=strict&sslcert=OTHER", "localhost", "certificate verify failed", "?sslrootcert=FILE"),
        ("sslaccept=strict", "localhost", "certificate verify failed", "?sslrootcert=FILE"),
        ("sslmode=verify-full", "localhost", "root certificate file", "?sslrootcert=FILE"),
        ("sslmode=verify-full&sslrootcert=GOOD", "127.0.0.1", "does not match host name", "as the host"),
        ("sslaccept=strict&sslcert=GOOD", "127.0.0.1", "does not match host name", "as the host"),
    ],
)
def test_what_does_not_is_no_connection_with_the_reason(
    secured: SecuredServer, parameters: str, host: str, why: str, what_to_do: str
) -> None:
    outcome = ask(secured, parameters, host=host)

    assert (outcome.exit, outcome.error["code"]) == (3, "no_connection")
    assert why in outcome.error["message"]
    assert "Nothing was written." in outcome.told
    assert what_to_do in outcome.error["hint"]


def test_prismas_certificate_lies_beside_its_schema(secured: SecuredServer) -> None:
    Path("prisma").mkdir()
    Path("prisma/server-ca.pem").write_bytes(secured.good.read_bytes())

    assert encryption(ask(secured, "sslaccept=strict&sslcert=server-ca.pem")) == "TLS"


def test_a_server_without_tls_is_told(server: Server) -> None:
    outcome = call("doctor", "--json", "--database", server.url() + "?sslmode=require")

    assert (outcome.exit, "does not support SSL" in outcome.told) == (3, True)
    assert "?sslmode=disable" in outcome.error["hint"]
