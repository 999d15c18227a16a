"""A field for a database URL: its password is typed, kept and never shown."""

from __future__ import annotations

import re

from rich.segment import Segment
from textual.strip import Strip
from textual.widgets import Input

_PASSWORD = re.compile(r"(?:://[^/@\s]*?:([^@\s]*)(?:@|$))|(?:[?&](?:password|sslpassword)=([^&\s]*))")
HIDDEN = "•"


def secrets_in(url: str) -> list[tuple[int, int]]:
    """Where the passwords of a URL stand, also while it is being typed."""
    return [match.span(group) for match in _PASSWORD.finditer(url) for group in (1, 2) if match.group(group)]


class UrlField(Input):
    """Passwords are painted as dots; everything else is as typed."""

    def render_line(self, y: int) -> Strip:
        """The line with its passwords hidden."""
        strip = super().render_line(y)
        left = int(self.scroll_offset.x)
        for start, end in secrets_in(self.value):
            first, last = max(0, start - left), min(strip.cell_length, end - left)
            if first < last:
                middle = [Segment(HIDDEN * segment.cell_length, segment.style) for segment in strip.crop(first, last)]
                strip = Strip.join([strip.crop(0, first), Strip(middle), strip.crop(last)])
        return strip
