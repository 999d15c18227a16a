"""A real pgbouncer before the PostgreSQL of the tests."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from typing import Self
from urllib.parse import urlsplit

import psycopg

from tests.postgres import _account, _free_port, _reachable_root

POOL_SIZE = 2
READY_SECONDS = 20.0
PLACES = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"
"""Where packages put it, though an ordinary user's PATH may lack that."""


def find_pgbouncer() -> str | None:
    """The program, if this machine has it."""
    return shutil.which("pgbouncer", path=f"{os.environ.get('PATH', '')}{os.pathsep}{PLACES}")


def has_ipv6() -> bool:
    """Whether this machine has the loopback address of IPv6."""
    with socket.socket(socket.AF_INET6) as probe, contextlib.suppress(OSError):
        probe.bind(("::1", 0))
        return True
    return False


class Pooler:
    """pgbouncer in transaction mode with a small pool, as its package installs it: nothing is ignored at the start."""

    def __init__(self, binary: str, server_url: str) -> None:
        self._binary = binary
        self._server = urlsplit(server_url)
        self._stack = contextlib.ExitStack()
        self.port = 0

    def __enter__(self) -> Self:
        account = _account()
        folder = Path(
            self._stack.enter_context(tempfile.TemporaryDirectory(prefix="okrseed-", dir=_reachable_root(account)))
        )
        self.port = _free_port()
        password = f" password={self._server.password}" if self._server.password else ""
        (folder / "users").write_text(f'"{self._server.username}" ""\n')
        (folder / "settings").write_text(
            f"[databases]\n* = host={self._server.hostname} port={self._server.port}{password}\n"
            f"[pgbouncer]\nlisten_addr = 127.0.0.1{', ::1' if has_ipv6() else ''}\nlisten_port = {self.port}\n"
            "unix_socket_dir =\n"
            f"auth_type = trust\nauth_file = {folder}/users\nadmin_users = {self._server.username}\n"
            f"pool_mode = transaction\ndefault_pool_size = {POOL_SIZE}\nmax_client_conn = 50\n"
        )
        if account:
            for path in (folder, *folder.iterdir()):
                os.chown(path, account["user"], account["group"])
        log = self._stack.enter_context((folder / "log").open("wb"))
        process = subprocess.Popen(
            [self._binary, str(folder / "settings")], stdin=subprocess.DEVNULL, stdout=log, stderr=log, **account
        )
        self._stack.callback(process.wait)
        self._stack.callback(process.kill)
        deadline = time.monotonic() + READY_SECONDS
        while True:
            with contextlib.suppress(psycopg.Error), psycopg.connect(self.url("postgres"), connect_timeout=2):
                return self
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.03)

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    def url(self, database: str, parameters: str = "") -> str:
        """A database of the server, through the pooler."""
        question = f"?{parameters}" if parameters else ""
        return f"postgresql://{self._server.username}@127.0.0.1:{self.port}/{database}{question}"

    def before(self, url: str, parameters: str = "") -> str:
        """The same database as a URL that leads to the server directly."""
        return self.url(urlsplit(url).path.removeprefix("/"), parameters)

    def forget(self, url: str) -> None:
        """Close the pool's connections to a database, so that it can be dropped without a fuss."""
        with psycopg.connect(self.url("pgbouncer"), autocommit=True, prepare_threshold=None) as admin:
            name = urlsplit(url).path.removeprefix("/")
            # The console takes simple statements only, and knows no parameters.
            for command in (f"KILL {name}", f"RESUME {name}"):
                admin.pgconn.exec_(command.encode())
