"""What a key asks for, after what the keys before it have asked for.

A key is answered at once, while what the one before it has changed may still be on its way as a message, from widget to
widget: keys that are typed ahead, or pasted, would otherwise act on choices of before.
"""

from __future__ import annotations

from collections.abc import Callable

from textual.dom import DOMNode
from textual.message_pump import MessagePump


def after_messages(start: DOMNode, then: Callable[[], None]) -> None:
    """Do this when the messages have arrived that are on their way from `start` to the app."""
    # Twice each: what handles a message may post another one at the same place.
    places: list[MessagePump] = [place for place in start.ancestors_with_self for _ in range(2)]

    def go_on() -> None:
        while places:
            if places.pop(0).call_later(go_on):
                return
        then()

    go_on()
