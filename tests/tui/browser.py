"""A headless Chromium with one page, driven through its DevTools protocol: keys go in, what the page shows comes out.

The page paints a canvas, so its text is read where it arrives: in the frames of its WebSocket.
"""

from __future__ import annotations

import asyncio
import base64
import itertools
import os
import shutil
import subprocess
import time
from collections.abc import Awaitable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from tests.tui.terminal import plain

if TYPE_CHECKING:
    import aiohttp

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
WIDTH, HEIGHT = 1400, 900
PATIENCE_S = 30.0


def find_chromium() -> str | None:
    """The browser of this machine, if there is one."""
    return next((path for name in NAMES if (path := shutil.which(name))), None)


class Browser:
    """One browser with one page; `shown` is the text that the page's app wrote so far."""

    def __init__(self, folder: Path) -> None:
        program = find_chromium()
        assert program is not None
        self._profile = folder / "chromium"
        self._process = subprocess.Popen(
            [
                program,
                "--headless=new",
                # Chromium's sandbox does not work for root, whom containers and CI run as; the page is ours.
                *(["--no-sandbox"] if os.geteuid() == 0 else []),
                "--disable-gpu",
                "--disable-dev-shm-usage",
                "--no-first-run",
                # The template of textual-serve asks for a font elsewhere; a test talks to this machine only.
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                f"--window-size={WIDTH},{HEIGHT}",
                "--remote-debugging-port=0",
                f"--user-data-dir={self._profile}",
                "about:blank",
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd=folder,
        )
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self._received = b""
        self._session: aiohttp.ClientSession
        self._socket: aiohttp.ClientWebSocketResponse
        self._reader: asyncio.Task[None]

    async def __aenter__(self) -> Self:
        # Imported here: it comes with textual-serve, and what of these tests can run without should.
        import aiohttp

        self._session = aiohttp.ClientSession()
        try:
            await self._connect()
        except BaseException:
            await self._end()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._reader.cancel()
        await self._socket.close()
        await self._end()

    async def _connect(self) -> None:
        port = await self._port()
        async with self._session.get(f"http://127.0.0.1:{port}/json/list") as response:
            pages = [target for target in await response.json() if target["type"] == "page"]
        self._socket = await self._session.ws_connect(pages[0]["webSocketDebuggerUrl"], max_msg_size=0)
        self._reader = asyncio.create_task(self._read())
        await self._ask("Network.enable")

    async def _end(self) -> None:
        await self._session.close()
        self._process.terminate()
        await asyncio.to_thread(self._process.wait)

    @property
    def shown(self) -> str:
        return plain(self._received)

    async def open(self, url: str) -> None:
        """Open an address."""
        await self._ask("Page.navigate", url=url)

    async def evaluate(self, expression: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self._ask("Runtime.evaluate", expression=expression, awaitPromise=True, returnByValue=True)
        return answer["result"].get("value")

    async def press(self, key: str) -> None:
        """Press one key: a character, or a name as KeyboardEvent.key has it."""
        code = {"Escape": 27, "Enter": 13}.get(key, ord(key[0].upper()))
        event = {"key": key, "windowsVirtualKeyCode": code}
        await self._ask("Input.dispatchKeyEvent", type="keyDown", **event, **({"text": key} if len(key) == 1 else {}))
        await self._ask("Input.dispatchKeyEvent", type="keyUp", **event)

    async def wait_for(self, text: str, action: Awaitable[None] | None = None) -> None:
        """Wait until a text was shown since the call, or since just before `action`."""
        start = len(self._received)
        if action is not None:
            await action
        deadline = time.monotonic() + PATIENCE_S
        while text not in plain(self._received[start:]):
            assert time.monotonic() < deadline, f"{text!r} never came; last: {self.shown[-500:]!r}"
            await asyncio.sleep(0.05)

    async def _port(self) -> int:
        """The port that Chromium chose; it writes a file once it listens."""
        path = self._profile / "DevToolsActivePort"
        deadline = time.monotonic() + PATIENCE_S
        while not (path.is_file() and path.read_text()):
            assert self._process.poll() is None, "the browser ended"
            assert time.monotonic() < deadline, "the browser did not start"
            await asyncio.sleep(0.05)
        return int(path.read_text().splitlines()[0])

    async def _ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        number = next(self._numbers)
        self._answers[number] = arriving = asyncio.get_running_loop().create_future()
        await self._socket.send_json({"id": number, "method": method, "params": parameters})
        answer = await asyncio.wait_for(arriving, PATIENCE_S)
        assert "error" not in answer, answer
        return dict(answer["result"])

    async def _read(self) -> None:
        async for message in self._socket:
            content = message.json()
            if content.get("id") in self._answers:
                self._answers.pop(content["id"]).set_result(content)
            elif content.get("method") == "Network.webSocketFrameReceived":
                frame = content["params"]["response"]
                if frame["opcode"] == 2:
                    self._received += base64.b64decode(frame["payloadData"])
