"""Whether there is a file of a name, whatever the name is."""

from __future__ import annotations

from pathlib import Path


def is_file(path: Path) -> bool:
    """As Path.is_file, but a name too long for any file, or one in a folder that may not be read, is no file."""
    try:
        return path.is_file()
    except OSError:
        return False
