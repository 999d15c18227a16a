"""docs/TROUBLESHOOTING.md has an entry for every exit code and every error code of the programs, and no other."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from okrseed.errors import Exit
from okrseed.targets.sqlite_errors import CODES

ROOT = Path(__file__).parent.parent
TEXT = (ROOT / "docs" / "TROUBLESHOOTING.md").read_text(encoding="utf-8")


def _codes(source: Path) -> Iterator[str]:
    """Every code that a file gives to an error: as an argument, or as the default of a kind of error."""
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
            yield str(node.value.value)
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant):
            names = [target.id for target in node.targets if isinstance(target, ast.Name)]
            if names == ["default_code"]:
                yield str(node.value.value)


def given() -> set[str]:
    sources = [path for folder in ("core", "tui") for path in (ROOT / folder).rglob("*.py")]
    return {code for source in sources for code in _codes(source)} | set(CODES)


def test_every_error_code_has_an_entry_and_there_is_no_other() -> None:
    section = TEXT.partition("## Error codes")[2].partition("## Locks")[0]
    first_cells = re.findall(r"^\| (`[a-z_`, ]+`) \|", section, flags=re.MULTILINE)
    entries = [code for cell in first_cells for code in re.findall(r"`([a-z_]+)`", cell)]
    assert sorted(entries) == sorted(given())


def test_every_exit_code_has_an_entry() -> None:
    headings = [int(code) for code in re.findall(r"^### (\d+) · ", TEXT, flags=re.MULTILINE)]
    assert headings == [int(code) for code in Exit]
