"""What a headless run shows beside its events."""

from __future__ import annotations

import io

from okrseed.clock import SystemClock
from okrseed.console import LiveTable


def test_a_notice_stands_under_the_live_table() -> None:
    stream = io.StringIO()

    with LiveTable(stream, SystemClock(), color=False) as table:
        table.notice("Stopping at once.")

    assert "Stopping at once." in stream.getvalue().splitlines()[-1]
