"""TOML files of a package, parsed; what came of it is kept as JSON in `__pycache__`, as Python keeps compiled modules.

Parsing is Python's own and takes a tenth of a second for a blueprint's texts, in every process; JSON is read in a
twentieth of that.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys
import tomllib
from pathlib import Path
from typing import Any


def parsed(folder: Path) -> dict[str, Any]:
    """Every `*.toml` of a folder by its name without the ending. Raises tomllib.TOMLDecodeError, OSError."""
    sources = sorted(folder.glob("*.toml"))
    state = [[source.name, source.stat().st_size, source.stat().st_mtime_ns] for source in sources]
    kept = folder / "__pycache__" / "toml.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads(kept.read_text(encoding="utf-8"))
        if document["state"] == state:
            files: dict[str, Any] = document["files"]
            return files
    files = {source.stem: tomllib.loads(source.read_text(encoding="utf-8")) for source in sources}
    if not sys.dont_write_bytecode:
        _keep(kept, json.dumps({"state": state, "files": files}, ensure_ascii=False))
    return files


def _keep(path: Path, text: str) -> None:
    """Write a file as a whole or not at all; where that is not allowed (a system's own folder), do without."""
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        try:
            beside.write_text(text, encoding="utf-8")
            beside.replace(path)
        finally:
            beside.unlink(missing_ok=True)
