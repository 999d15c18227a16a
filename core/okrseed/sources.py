"""What code and texts are made of: a value that changes when a file of theirs does, as Python tells stale bytecode."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import okrseed

_ENDINGS = (".py", ".toml")


def state_of(maker: object) -> str | None:
    """One value for the engine and the package that an object's class stands in; None where there is nothing to tell
    of a change, as where only bytecode is installed.

    Looked at once in a process: what is loaded stays as it is.
    """
    folders = tuple(map(_folder, (okrseed.__name__, type(maker).__module__)))
    states = [_state(folder) if folder is not None else None for folder in folders]
    return None if None in states else repr(states)


def _folder(module: str) -> Path | None:
    file = getattr(sys.modules.get(module), "__file__", None)
    return None if file is None else Path(file).parent


@cache
def _state(folder: Path) -> str | None:
    found = sorted(_files(str(folder)))
    if not any(name.endswith(_ENDINGS[0]) for name, _, _ in found):
        return None
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of each source in a folder and those below it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.endswith(_ENDINGS):
                facts = entry.stat()
                yield entry.path, facts.st_size, facts.st_mtime_ns
            elif entry.is_dir() and entry.name != "__pycache__":
                yield from _files(entry.path)
