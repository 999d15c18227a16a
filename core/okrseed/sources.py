"""What code and texts are made of: a value that changes when a file of theirs does, as Python tells stale bytecode."""

from __future__ import annotations

import hashlib
import os
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import okrseed


def state_of(maker: object) -> str | None:
    """One value for Python, the engine, and the packages that an object's classes stand in; None where nothing would
    tell of a change, as where only bytecode is installed.

    Looked at once in a process, as what is loaded stays as it is: to be called early.
    """
    classes = [kind.__module__ for kind in type(maker).__mro__ if kind is not object]
    states = [_state(module) for module in (okrseed.__name__, *classes)]
    return None if None in states else repr([sys.version, *states])


@cache
def _state(module: str) -> str | None:
    if module in sys.stdlib_module_names:
        return sys.version
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return None
    try:
        # A module that belongs to no package has a folder that is not its own.
        alone = not sys.modules[module].__package__
        found = [_facts(file, Path(file).stat())] if alone else sorted(_files(str(Path(file).parent)))
    except OSError:
        return None
    if not any(path.endswith(".py") for path, _, _ in found):
        return None
    return hashlib.sha256(repr(found).encode()).hexdigest()


def _files(folder: str) -> Iterator[tuple[str, int, int]]:
    """Path, size and time of each file in a folder and those below it."""
    with os.scandir(folder) as entries:
        for entry in entries:
            if entry.is_dir(follow_symlinks=False):
                if entry.name != "__pycache__":
                    yield from _files(entry.path)
            elif entry.is_file():
                yield _facts(entry.path, entry.stat())


def _facts(path: str, found: os.stat_result) -> tuple[str, int, int]:
    return path, found.st_size, found.st_mtime_ns
