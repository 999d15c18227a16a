"""A TCP proxy before the server that loses, delays and refuses what passes through it, when it is told to."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Self
from urllib.parse import urlsplit

CHUNK = 65_536
COMMIT = b"commit\x00"
"""How a COMMIT ends that is a message of its own."""
AtCommit = Literal["answer lost", "never arrives"]


class _Link:
    """One connection through the proxy: the client's side and the server's."""

    def __init__(self, client: asyncio.StreamWriter, server: asyncio.StreamWriter) -> None:
        self.client = client
        self.server = server
        self.mute = False
        """Whether the server's answers are swallowed."""
        self.doomed = False
        """Whether the client is reset when the server's next answer comes."""


class Proxy:
    """Runs on a thread of its own; the faults may be called from any thread, and return when they have happened."""

    def __init__(self, server_url: str) -> None:
        self._address = urlsplit(server_url)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="proxy")
        self._links: set[_Link] = set()
        self._writers: list[asyncio.StreamWriter] = []
        """Every side of every connection, also those that are kept open towards a server that has not noticed."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._refusing = False
        self._delay_s = 0.0
        self._at_commit: AtCommit | None = None
        self._port = 0

    def __enter__(self) -> Self:
        self._thread.start()
        self._listening = self._do(self._listen())
        return self

    def __exit__(self, *_: object) -> None:
        self._do(self._close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def url(self) -> str:
        """The server's database by way of the proxy."""
        user = f"{self._address.username}@" if self._address.username else ""
        return self._address._replace(netloc=f"{user}127.0.0.1:{self._port}").geturl()

    def drop(self) -> int:
        """Reset every connection on both sides, as a firewall that restarts; returns how many there were."""
        return self._call(lambda: self._cut(server_too=True))

    def lose(self) -> int:
        """Reset every connection towards the client only: the server knows nothing of it."""
        return self._call(lambda: self._cut(server_too=False))

    def mute(self) -> int:
        """Swallow the server's answers from now on; what the client sends still arrives. To be ended by `lose`."""

        def muted() -> int:
            for link in self._links:
                link.mute = True
            return len(self._links)

        return self._call(muted)

    def half_close(self, *, towards_client: bool) -> int:
        """End one direction of every connection: nothing more comes that way, the other way stays open."""

        def closed() -> int:
            for link in self._links:
                with contextlib.suppress(OSError, RuntimeError):
                    (link.client if towards_client else link.server).write_eof()
            return len(self._links)

        return self._call(closed)

    def lose_at_commit(self, what: AtCommit) -> None:
        """Reset the next client that sends COMMIT: after the server has done it, or before it hears of it."""

        def armed() -> int:
            self._at_commit = what
            return 0

        self._call(armed)

    @property
    def has_met_a_commit(self) -> bool:
        """Whether a client has sent COMMIT since `lose_at_commit`."""
        return self._at_commit is None

    def delay(self, seconds: float) -> int:
        """Keep everything back for that long from now on; 0 ends it. Returns how many connections there are."""

        def delayed() -> int:
            self._delay_s = seconds
            return len(self._links)

        return self._call(delayed)

    def refuse(self, refusing: bool) -> int:
        """Reset new connections from now on, or no longer; the open ones are dropped when it begins."""

        def refused() -> int:
            self._refusing = refusing
            return self._cut(server_too=True) if refusing else 0

        return self._call(refused)

    def _cut(self, *, server_too: bool) -> int:
        links, self._links = self._links, set()
        for link in links:
            _reset(link.client)
            if server_too:
                _reset(link.server)
        return len(links)

    def _lose_one(self, link: _Link) -> None:
        self._links.discard(link)
        _reset(link.client)

    async def _listen(self) -> asyncio.Server:
        listening = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self._port = listening.sockets[0].getsockname()[1]
        return listening

    async def _accept(self, reader: asyncio.StreamReader, client: asyncio.StreamWriter) -> None:
        self._writers.append(client)
        if self._refusing:
            _reset(client)
            return
        try:
            answers, server = await asyncio.open_connection(self._address.hostname, self._address.port)
        except OSError:
            _reset(client)
            return
        self._writers.append(server)
        link = _Link(client, server)
        self._links.add(link)
        for pump in (self._pump(link, reader, server, back=False), self._pump(link, answers, client, back=True)):
            task = self._loop.create_task(pump)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _pump(self, link: _Link, source: asyncio.StreamReader, sink: asyncio.StreamWriter, *, back: bool) -> None:
        """Pass on what comes from one side until it ends; where a side is lost, the other one stays as it is."""
        with contextlib.suppress(OSError, RuntimeError):
            while data := await source.read(CHUNK):
                if back and link.mute:
                    continue
                if not back and self._at_commit and COMMIT in data:
                    what, self._at_commit = self._at_commit, None
                    link.doomed = what == "answer lost"
                    if not link.doomed:
                        self._lose_one(link)
                        return
                if back and link.doomed:
                    self._lose_one(link)
                    return
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                sink.write(data)
                await sink.drain()
            if link in self._links:
                sink.write_eof()

    async def _close(self) -> None:
        self._listening.close()
        for writer in self._writers:
            _reset(writer)
        await asyncio.gather(*self._tasks, *(writer.wait_closed() for writer in self._writers), return_exceptions=True)

    def _call(self, fault: Callable[[], int]) -> int:
        async def called() -> int:
            return fault()

        return self._do(called())

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(30)


def _reset(writer: asyncio.StreamWriter) -> None:
    """Close with RST rather than FIN, and without sending what still waits."""
    with contextlib.suppress(OSError):
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()
