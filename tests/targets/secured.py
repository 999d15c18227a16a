"""A real PostgreSQL that wants passwords and speaks TLS, with certificates of its own making."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import psycopg
from psycopg import sql

from tests.postgres import Server, find_server

PASSWORD = "p@ss/w:rd?#%41 é&=+[x]"
"""Everything that means something in a URL."""
DATABASE = "li brary/ß%?&"

_HBA = """
local all okrseed trust
local all guest scram-sha-256
host all okrseed 127.0.0.1/32 trust
hostssl all secret samehost scram-sha-256
host all guest samehost scram-sha-256
"""
"""`secret` comes by TLS only, `guest` by any way; both with the password."""
_SETTINGS = """
ssl = on
ssl_cert_file = 'server.crt'
ssl_key_file = 'server.key'
"""


def why_not() -> str:
    """Why this machine cannot have such a server; empty where it can."""
    return "" if shutil.which("openssl") else "there is no openssl to make certificates with (apt install openssl)"


class SecuredServer:
    """The launched server; `good` and `other` are the certificates of the authority that signed, and of another."""

    def __init__(self, folder: Path) -> None:
        self.good, self.other = folder / "good.crt", folder / "other.crt"
        self._folder = folder
        environ = {name: value for name, value in os.environ.items() if name != "OKRSEED_TEST_DATABASE_URL"}
        self.server = Server(find_server(environ))
        self.server.start()
        try:
            self._secure()
        except BaseException:
            self.server.close()
            raise

    @property
    def port(self) -> int:
        return int(self.server.url().rpartition(":")[2].partition("/")[0])

    def administer(self, *statements: sql.Composed) -> None:
        """Run statements as the owner of the server."""
        with psycopg.connect(self.server.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    def _secure(self) -> None:
        self._make_certificates()
        data = self.server.directory / "data"
        owner = data.stat()
        for name in ("server.crt", "server.key"):
            shutil.copy(self._folder / name, data / name)
            os.chown(data / name, owner.st_uid, owner.st_gid)
            (data / name).chmod(0o600)
        with (data / "postgresql.conf").open("a") as settings:
            settings.write(_SETTINGS)
        (data / "pg_hba.conf").write_text(_HBA)
        self.server.restart()
        password = sql.Literal(PASSWORD)
        self.administer(
            sql.SQL("create role secret login createdb password {}").format(password),
            sql.SQL("create role guest login createdb password {}").format(password),
            sql.SQL("create database {} owner guest").format(sql.Identifier(DATABASE)),
        )

    def _make_certificates(self) -> None:
        for name in ("good", "other"):
            self._openssl(
                f"req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN={name} -keyout {name}.key -out {name}.crt"
            )
        named = "-subj /CN=localhost -addext subjectAltName=DNS:localhost"
        self._openssl(f"req -newkey rsa:2048 -nodes {named} -keyout server.key -out server.csr")
        signed = "-CA good.crt -CAkey good.key -CAcreateserial -days 2 -copy_extensions copy"
        self._openssl(f"x509 -req -in server.csr {signed} -out server.crt")

    def _openssl(self, arguments: str) -> None:
        subprocess.run(["openssl", *arguments.split()], cwd=self._folder, check=True, capture_output=True)
