"""The web server of `--serve`: textual-serve's, on a loopback socket, for pages that it made itself.

A loopback address keeps other machines out, but not other web pages: any page open in the same browser may connect to
it. So a request has to name this server as its host, and as its origin where it has one.
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler
from textual_serve.server import Server

NAMES = ("127.0.0.1", "localhost")
HTTP_PORT = 80
SHUTDOWN_S = 10.0
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; connect-src 'self' ws:;"
    " img-src 'self' data:; font-src 'self' data:; frame-ancestors 'none'"
)


class LoopbackServer(Server):
    """Serves one command on a socket that listens already."""

    def __init__(self, command: str, listener: socket.socket) -> None:
        host, port = listener.getsockname()
        super().__init__(command, host=host, port=port, title="okrseed")
        self._listener = listener
        suffix = "" if port == HTTP_PORT else f":{port}"
        self._hosts = frozenset(name + suffix for name in NAMES)
        self._origins = frozenset(f"http://{name}" for name in self._hosts)

    def serve(self, debug: bool = False) -> None:
        """Serve until TERM or an interrupt; the apps of open pages end with it."""
        # Not textual-serve's own logging: it prints local variables, the environment with the URL among them.
        logging.basicConfig(level=logging.WARNING, format="okrseed-tui: %(message)s")
        web.run_app(self._make_app(), sock=self._listener, print=None, access_log=None, shutdown_timeout=SHUTDOWN_S)

    async def on_startup(self, app: web.Application) -> None:
        """Say nothing: the address has been told."""

    async def _make_app(self) -> web.Application:
        app = await super()._make_app()
        app.middlewares.append(self._guard)
        app.on_response_prepare.append(_confine)
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        origin = request.headers.get("Origin")
        if request.host not in self._hosts or (origin is not None and origin not in self._origins):
            raise web.HTTPForbidden(text="This is another page's request.")
        return await handler(request)


async def _confine(_request: web.Request, response: web.StreamResponse) -> None:
    """No frames around the page, and nothing loaded from elsewhere: its template asks for a font."""
    headers: Any = response.headers
    headers["X-Frame-Options"] = "DENY"
    headers["Content-Security-Policy"] = POLICY
