"""The app's event loop: it looks at its files seldom while it has something to do, and never misses what they say."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from typing import Any

import pytest

from okrseed_tui.loop import LOOK_EVERY_S, SparingSelector


def finished(work: Coroutine[Any, Any, Any]) -> Any:
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(SparingSelector())) as runner:
        return runner.run(asyncio.wait_for(work, 10))


async def first_word(busy: bool) -> bytes:
    """What a pipe says that is written to from a thread, while the loop is busy or has nothing to do."""
    reader, writer = os.pipe()
    loop = asyncio.get_running_loop()
    said: asyncio.Future[bytes] = loop.create_future()
    loop.add_reader(reader, lambda: said.set_result(os.read(reader, 10)))
    threading.Thread(target=os.write, args=(writer, b"hello")).start()
    while busy and not said.done():
        await asyncio.sleep(0)
    word = await said
    loop.remove_reader(reader)
    os.close(reader)
    os.close(writer)
    return word


@pytest.mark.parametrize("busy", [True, False])
def test_a_file_is_heard_however_busy_the_loop_is(busy: bool) -> None:
    assert finished(first_word(busy)) == b"hello"


def test_another_thread_is_heard_at_once_though_nobody_looks() -> None:
    async def told() -> bool:
        event = asyncio.Event()
        threading.Thread(target=asyncio.get_running_loop().call_soon_threadsafe, args=(event.set,)).start()
        return await event.wait()

    assert finished(told())


def test_while_there_is_something_to_do_the_files_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    clock_s, looks = [100.0], []

    def look(self: SparingSelector, timeout: float | None) -> list[Any]:
        looks.append(timeout)
        return []

    monkeypatch.setattr("okrseed_tui.loop.time.monotonic", lambda: clock_s[0])
    monkeypatch.setattr("okrseed_tui.loop.selectors.DefaultSelector.select", look)
    selector = SparingSelector()
    for timeout in (0, 0, -1, 0):
        selector.select(timeout)
    assert looks == [0]
    clock_s[0] += LOOK_EVERY_S
    selector.select(0)
    assert looks == [0, 0]
    selector.select(None)
    selector.select(0.5)
    assert looks == [0, 0, None, 0.5]
