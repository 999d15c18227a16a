"""The log keeps the newest line in view, until somebody reads further up."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

import pytest
from textual.app import App, ComposeResult
from textual.events import MouseScrollUp
from textual.pilot import Pilot

from okrseed.events import Event, LockAwaited, RowsWritten
from okrseed_tui.live import MOST_LINES
from okrseed_tui.widgets.event_log import EventLog

pytestmark = pytest.mark.asyncio
SIZE = (80, 12)
AT = datetime.datetime(2025, 11, 20)


class Host(App[None]):
    """A log alone on its screen."""

    def compose(self) -> ComposeResult:
        yield EventLog()


def numbered(numbers: Iterable[int]) -> list[Event]:
    """An event whose line ends with its number, for each number."""
    return [
        RowsWritten(
            at=AT, clock_s=0.0, run_id="run", stage="teams", table="teams", created=0, updated=0, deleted=number
        )
        for number in numbers
    ]


async def extend(pilot: Pilot[None], numbers: Iterable[int]) -> EventLog:
    """The log with those lines, once it has shown them."""
    log = pilot.app.query_one(EventLog)
    log.extend(numbered(numbers))
    await pilot.pause()
    return log


def wheel_up(log: EventLog) -> MouseScrollUp:
    """The wheel turned by a notch over the log."""
    return MouseScrollUp(log, x=5, y=5, delta_x=0, delta_y=0, button=0, shift=False, meta=False, ctrl=False)


def last_in_view(log: EventLog) -> str:
    return log.render_line(log.scrollable_content_region.height - 1).text.strip()


def first_in_view(log: EventLog) -> str:
    return log.render_line(0).text.strip()


async def test_the_newest_line_stays_in_view() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        assert last_in_view(log).endswith("99 deleted")
        await extend(pilot, range(100, 200))
        assert last_in_view(log).endswith("199 deleted")


async def test_who_turns_the_wheel_up_is_not_pulled_back_by_new_lines() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        log.post_message(wheel_up(log))
        await pilot.pause()
        seen = first_in_view(log)
        assert not last_in_view(log).endswith("99 deleted")
        await extend(pilot, range(100, 200))
        assert first_in_view(log) == seen
        assert not log.following


async def test_who_comes_back_to_the_newest_line_follows_it_again() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        log.focus()
        for back in (["down"], ["end"]):
            await pilot.press("up", *back)
            await extend(pilot, range(100, 200))
            assert last_in_view(log).endswith("199 deleted"), back


async def test_the_switch_stops_and_follows_wherever_the_log_stands() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        log.follow(False)
        await extend(pilot, range(100, 200))
        assert last_in_view(log).endswith(" 99 deleted")
        log.focus()
        await pilot.press("up")
        log.follow(True)
        await extend(pilot, range(200, 300))
        assert last_in_view(log).endswith("299 deleted")


async def test_another_height_does_not_stop_following() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        for height in (6, 20):
            await pilot.resize_terminal(SIZE[0], height)
            await extend(pilot, [100 + height])
            assert last_in_view(log).endswith(f"{100 + height} deleted")


async def test_what_is_read_stays_while_the_oldest_lines_are_dropped() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(MOST_LINES))
        log.scroll_to(y=5_000, animate=False)
        await pilot.pause()
        assert first_in_view(log).endswith(" 5000 deleted")
        await extend(pilot, range(100))
        assert first_in_view(log).endswith(" 5000 deleted")


async def test_a_log_that_is_narrowed_to_what_fits_follows_again() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = await extend(pilot, range(100))
        log.focus()
        await pilot.press("home")
        log.narrow("7 deleted")
        await pilot.pause()
        await extend(pilot, [1007, 2007, 3007])
        assert last_in_view(log).endswith("3007 deleted")


async def test_who_jumps_to_a_warning_stays_there_and_comes_back_by_scrolling() -> None:
    async with Host().run_test(size=SIZE) as pilot:
        log = pilot.app.query_one(EventLog)
        log.extend([LockAwaited(at=AT, clock_s=0.0, run_id="run", holder="somebody", wait_s=1.0)])
        await extend(pilot, range(5))
        assert log.jump(1) is False
        assert log.jump(-1) is False
        await extend(pilot, range(5, 100))
        assert log.jump(-1)
        await extend(pilot, range(100, 200))
        assert "somebody" in first_in_view(log)
        log.scroll_to(y=log.max_scroll_y, animate=False)
        await pilot.pause()
        await extend(pilot, range(200, 300))
        assert last_in_view(log).endswith("299 deleted")


async def test_the_newest_line_is_above_the_scroll_bar_that_long_lines_bring() -> None:
    async with Host().run_test(size=(40, 12)) as pilot:
        log = await extend(pilot, range(100))
        await pilot.pause()
        assert log.show_horizontal_scrollbar
        assert log.scroll_offset.y == log.max_scroll_y
        assert log.max_scroll_y == 100 - log.scrollable_content_region.height
