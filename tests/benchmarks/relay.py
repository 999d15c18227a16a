"""A server that seems far away: all that passes arrives later by the same time, and as quickly as it was sent."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Callable
from typing import Self
from urllib.parse import urlsplit

CHUNK = 262_144


class Relay:
    """Stands before a server, on a thread of its own; `one_way_s` may be set at any time."""

    def __init__(self, server_url: str) -> None:
        self.one_way_s = 0.0
        self._address = urlsplit(server_url)
        self._thread = threading.Thread(target=asyncio.run, args=(self._serve(),), name="relay", daemon=True)
        self._listening = threading.Event()
        self._end: Callable[[], object] = lambda: None
        self._links: list[asyncio.Task[None]] = []
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._listening.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._end()
        self._thread.join()

    @property
    def url(self) -> str:
        """The server's database by way of the relay."""
        user = f"{self._address.username}@" if self._address.username else ""
        return self._address._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()

    async def _serve(self) -> None:
        ended, loop = asyncio.Event(), asyncio.get_running_loop()
        self._end = lambda: loop.call_soon_threadsafe(ended.set)
        server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = server.sockets[0].getsockname()[1]
        self._listening.set()
        async with server:
            await ended.wait()
            for task in self._links:
                task.cancel()
            await asyncio.gather(*self._links, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._links.append(asyncio.create_task(self._link(reader, writer)))

    async def _link(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        answers, server = await asyncio.open_connection(self._address.hostname, self._address.port)
        try:
            await asyncio.gather(self._pass_on(reader, server), self._pass_on(answers, writer))
        finally:
            for side in (server, writer):
                side.transport.abort()

    async def _pass_on(self, source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        under_way: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()
        arriving = asyncio.create_task(self._arrive(under_way, sink))
        data = b"something"
        while data:
            data = await source.read(CHUNK)
            under_way.put_nowait((asyncio.get_running_loop().time() + self.one_way_s, data))
        await arriving

    async def _arrive(self, under_way: asyncio.Queue[tuple[float, bytes]], sink: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while True:
                due, data = await under_way.get()
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                if not data:
                    break
                sink.write(data)
                await sink.drain()
        with contextlib.suppress(OSError, RuntimeError):
            sink.write_eof()
