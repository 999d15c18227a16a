"""What stands behind the `?` of a database URL: whose parameters are understood, and what becomes of each."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from okrseed.files import is_file

# libpq's parameters that may stand in a URL (PostgreSQL 18 manual, "Parameter Key Words"); they pass through.
LIBPQ = frozenset(
    """
    host hostaddr port dbname user password passfile require_auth channel_binding connect_timeout client_encoding
    options application_name fallback_application_name keepalives keepalives_idle keepalives_interval
    keepalives_count tcp_user_timeout replication gssencmode sslmode sslnegotiation sslcompression sslcert
    sslkey sslkeylogfile sslpassword sslcertmode sslrootcert sslcrl sslcrldir sslsni requirepeer
    ssl_min_protocol_version ssl_max_protocol_version min_protocol_version max_protocol_version krbsrvname gsslib
    gssdelegation scram_client_key scram_server_key service target_session_attrs load_balance_hosts
    oauth_issuer oauth_client_id oauth_client_secret oauth_scope
    """.split()  # noqa: SIM905 - a list of fifty strings reads worse
)
SECRETS = ("password", "sslpassword", "oauth_client_secret", "scram_client_key", "scram_server_key")
REFUSED = {
    "replication": "a replication connection cannot be seeded",
    # A project's URL may come with a clone: nothing in it is to say where to write.
    "sslkeylogfile": "it would write the keys of the connection to a file",
}

# Prisma's own (its manual, "PostgreSQL connector", connection URL arguments); each has a meaning here.
PRISMA = frozenset({"schema", "connection_limit", "pgbouncer", "socket_timeout", "sslaccept"})
# Prisma reads client certificates as PKCS #12, which libpq cannot.
PRISMA_REFUSED = {
    "sslidentity": "libpq cannot read a PKCS #12 file; write it as two PEM files"
    " (openssl pkcs12 -nodes) and name them by sslcert and sslkey"
}
# Understood, and without effect: they tune a pool or a cache of prepared statements, and okrseed has neither.
IGNORED = frozenset(
    """
    pool_timeout statement_cache_size
    prepared_statements encoding checkout_timeout idle_timeout reaping_frequency
    """.split()  # noqa: SIM905 - the first line is Prisma's, the second Rails'
)
# Rails' (its guide, "Configuring a Database"): the same thing by another name.
RAILS = {"pool": "connection_limit", "schema_search_path": "schema"}

KNOWN = LIBPQ | PRISMA | PRISMA_REFUSED.keys() | IGNORED | RAILS.keys()

# libpq would say so only when it connects.
CHOICES = {
    "sslmode": ("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
    "sslaccept": ("strict", "accept_invalid_certs"),
    "pgbouncer": ("true", "false", ""),
}


def tls(given: Mapping[str, str], folder: Path) -> dict[str, str]:
    """libpq's TLS parameters for Prisma's, which mean other things by the same names.

    `sslcert` without `sslkey` is Prisma's: the certificate to check the server's by, relative to the folder `prisma`.
    `sslaccept=strict` checks chain and host name; `accept_invalid_certs` checks neither, so no certificate is named.
    """
    made: dict[str, str] = {}
    accept = given.get("sslaccept")
    named = given.get("sslrootcert") or ("" if "sslkey" in given else given.get("sslcert", ""))
    if accept == "strict" and given.get("sslmode") != "disable":
        made["sslmode"] = "verify-full"
        # libpq's word for the certificates that the system trusts, which is where Prisma looks.
        made["sslrootcert"] = "system"
    if named and accept != "accept_invalid_certs":
        made["sslrootcert"] = _certificate(named, folder)
    return made


def _certificate(name: str, folder: Path) -> str:
    beside_the_schema = folder / "prisma" / name
    return str(beside_the_schema) if not is_file(folder / name) and is_file(beside_the_schema) else name


def options(text: str) -> tuple[dict[str, str], str]:
    """libpq's `options` as the settings in it (`-c name=value`, `--name=value`), and what else it holds.

    Read as the server does: words between spaces, a backslash keeps what follows it (PostgreSQL manual, "options").
    """
    words = _words(text)
    settings: dict[str, str] = {}
    rest: list[str] = []
    while words:
        word = words.pop(0)
        setting = ""
        if word == "-c" and words:
            setting = words.pop(0)
        elif word.startswith(("-c", "--")):
            setting = word[2:]
        name, equals, value = setting.partition("=")
        if equals:
            settings[name.replace("-", "_").lower()] = value
        else:
            rest.append(_escaped(word))
    return settings, " ".join(rest)


def _words(text: str) -> list[str]:
    words: list[str] = []
    word: str | None = None
    characters = iter(text)
    for character in characters:
        if character.isspace():
            if word is not None:
                words.append(word)
            word = None
        else:
            word = (word or "") + (next(characters, "") if character == "\\" else character)
    return words if word is None else [*words, word]


def _escaped(word: str) -> str:
    return word.replace("\\", "\\\\").replace(" ", "\\ ")
