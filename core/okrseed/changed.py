"""A frozen dataclass with some fields changed, for the one place where that happens with every event: the fold.

`dataclasses.replace` looks at every field and calls the constructor, 12 µs for a `RunState`; a copied dictionary takes
one. With the fold on both sides of a run's events (the journal's and the app's) that was most of what an event cost.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    # The same call, and the type checker knows the names and types of its fields.
    from dataclasses import replace as changed
else:

    def changed(value, /, **changes):
        """The value with these fields changed. For dataclasses without slots and without a `__post_init__`."""
        twin = object.__new__(type(value))
        twin.__dict__.update(value.__dict__, **changes)
        return twin


__all__ = ["changed"]
