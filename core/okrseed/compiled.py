"""What follows from files of a package, kept as JSON in `__pycache__`, as Python keeps compiled modules.

Parsing TOML is Python's own and takes a tenth of a second for a blueprint's texts, in every process; JSON is read in a
twentieth of that.
"""

from __future__ import annotations

import contextlib
import json
import sys
import tomllib
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from okrseed.whole_file import put


def parsed(folder: Path) -> dict[str, Any]:
    """Every `*.toml` of a folder by its name without the ending. Raises tomllib.TOMLDecodeError, OSError."""
    sources = sorted(folder.glob("*.toml"))
    return kept(
        folder / "__pycache__" / "toml.json",
        sources,
        lambda: {source.stem: tomllib.loads(source.read_text(encoding="utf-8")) for source in sources},
    )


def kept(path: Path, sources: Sequence[Path], make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What `make` makes of some files, as JSON holds it; made again only when one of them changes.

    Raises what `make` raises.
    """
    try:
        state = [[source.name, source.stat().st_size, source.stat().st_mtime_ns] for source in sources]
    except OSError:
        # Installed as bytecode alone: nothing would tell of a change.
        return make()
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        document = json.loads(path.read_text(encoding="utf-8"))
        if document["state"] == state:
            made: dict[str, Any] = document["files"]
            return made
    made = make()
    if not sys.dont_write_bytecode:
        # Where that is not allowed, as in a system's own folder, it is done without.
        with contextlib.suppress(OSError):
            put(path, json.dumps({"state": state, "files": made}, ensure_ascii=False))
    return made
