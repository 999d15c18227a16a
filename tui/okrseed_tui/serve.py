"""`okrseed-tui --serve`: the same app in a browser, on this machine alone (specification: `okrseed-tui`, Bounds).

Each page is an app in a process of its own, started with the options given here. Nothing secret is among them: a
database's URL goes by environment, which other people on this machine cannot read, as they can a process list.
"""

from __future__ import annotations

import argparse
import os
import shlex
import socket
import subprocess
import sys
from collections.abc import Sequence

from okrseed.configuration import system_surroundings
from okrseed.errors import UsageError
from okrseed.invocation import understand

HOST = "127.0.0.1"
DEFAULT_PORT = 8000
MOST = 65_535
DATABASE_VARIABLE = "OKRSEED_DATABASE_URL"


def serve(options: argparse.Namespace, given: Sequence[str]) -> int:
    """Serve until interrupted. Raises UsageError for mistakes, which are told here and not in the page."""
    port = _port(options.port)
    _check_installed()
    options.command = "run"
    understand(options, system_surroundings())
    rest = without(given, {"--database": 1})
    if options.database is not None:
        os.environ[DATABASE_VARIABLE] = options.database
        if os.name == "posix":
            # This process, too, is in the list: it starts itself again without the URL.
            os.execv(sys.executable, program(rest))  # noqa: S606 - no shell is wanted
    with _listen(port) as listener:
        # Imported late: textual-serve is an extra.
        from okrseed_tui.loopback import LoopbackServer

        page = program(["--served", *without(rest, {"--serve": 0, "--port": 1})])
        server = LoopbackServer(command_line(page), listener)
        print(f"okrseed-tui: {server.public_url} (ctrl+c ends it)", flush=True)
        server.serve()
    return 0


def program(arguments: Sequence[str]) -> list[str]:
    """This program with other arguments; -P, so that the working directory adds no modules to it."""
    return [sys.executable, "-P", "-m", "okrseed_tui.main", *arguments]


def command_line(arguments: Sequence[str]) -> str:
    """The arguments as one line for this system's shell, which is what textual-serve takes."""
    return subprocess.list2cmdline(arguments) if os.name == "nt" else shlex.join(arguments)


def without(arguments: Sequence[str], options: dict[str, int]) -> list[str]:
    """The arguments without some options; `options` says how many values each takes, written after it or after `=`."""
    kept: list[str] = []
    left = iter(arguments)
    for argument in left:
        name, equals, _ = argument.partition("=")
        if name not in options:
            kept.append(argument)
        elif not equals:
            for _value in range(options[name]):
                next(left, None)
    return kept


def _port(text: str | None) -> int:
    if text is None:
        return DEFAULT_PORT
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST):
        raise UsageError(f"port is not a whole number from 0 to {MOST}: {text!r}", code="bad_number")
    return int(text)


def _check_installed() -> None:
    try:
        import textual_serve  # noqa: F401 - only whether it is there
    except ImportError:
        raise UsageError(
            "--serve needs textual-serve, which is not installed",
            code="not_installed",
            hint="Install it with: pip install 'okrseed[web]'",
        ) from None


def _listen(port: int) -> socket.socket:
    try:
        return socket.create_server((HOST, port))
    except OSError as error:
        raise UsageError(
            f"cannot listen on {HOST}:{port}: {os.strerror(error.errno or 0)}",
            code="bad_port",
            hint="Choose another with --port N, or any free one with --port 0.",
        ) from None
