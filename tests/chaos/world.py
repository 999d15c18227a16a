"""A working folder that nothing may change, and what every call of the program there has to keep."""

from __future__ import annotations

import contextlib
import io
import os
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path

from okrseed.cli import main
from okrseed.errors import Exit, UsageError
from okrseed.targets.url import parse
from tests.chaos.hostile import SECRET
from tests.end_to_end.program import Outcome, ended, seed, start

Call = Callable[..., Outcome]

LONGEST_ARGUMENT = 100_000
"""Bytes; Linux takes 131,072."""
# Fuzzed input comes and goes, and the history is the diary that the program keeps of its runs, dry ones too.
_MAY_CHANGE = frozenset({"okrseed.toml", ".env", "history.db"})
_DOES_SOMETHING = {"Cc", "Cf", "Cs", "Cn", "Zl", "Zp"}


class World:
    """`there.db` is seeded, `empty.db` has no byte, `garbage.db` is no database; in `blocked` and `docs`, which are
    files, none can be made. What `watch` encloses may change none of it, in the home neither.
    """

    def __init__(self, home: Path) -> None:
        self._folders = (home, Path.cwd())
        seed("sqlite:///there.db", "--size", "tiny", "--no-verify")
        Path("empty.db").touch()
        for name in ("garbage.db", "blocked", "docs"):
            Path(name).write_text(f"{name} is no database and no folder")
        self._before = self._contents()

    def check_unchanged(self) -> None:
        """Nothing was written: no file is new, gone or another."""
        found = self._contents()
        changed = [path for path in {*self._before, *found} if self._before.get(path) != found.get(path)]
        # As it was, so that what comes next is not blamed for it.
        for path in changed:
            before = self._before.get(path)
            if before is not None:
                path.write_bytes(before)
            elif path.is_file():
                path.unlink()
        assert not changed, sorted(map(str, changed))

    def _contents(self) -> Mapping[Path, bytes]:
        """The bytes of every file; folders have none."""
        return {
            path: path.read_bytes() if path.is_file() else b""
            for folder in self._folders
            for path in folder.rglob("*")
            if path.name not in _MAY_CHANGE
        }


def in_process(*arguments: str) -> Outcome:
    """Call the program here, with streams that are as strict as real ones."""
    out = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="strict")
    err = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", errors="backslashreplace")
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            code = main(arguments)
        except SystemExit as leaving:
            code = int(leaving.code or 0)
        out.flush()
        err.flush()
    return Outcome(code, *(stream.buffer.getvalue().decode() for stream in (out, err)))  # type: ignore[attr-defined]


def as_process(*arguments: str) -> Outcome:
    """Call the program as a process of its own, as far as the system can hand it such arguments."""
    return ended(start(*(_passable(argument) for argument in arguments)), 120)


def _passable(argument: str) -> str:
    with contextlib.suppress(UnicodeEncodeError):
        os.fsencode(argument)
        return argument.replace("\0", "")[:LONGEST_ARGUMENT]
    return argument.encode(errors="replace").decode().replace("\0", "")[:LONGEST_ARGUMENT]


def variable(name: str, text: str) -> dict[str, str]:
    """An environment variable, as far as the system can hold such a text."""
    return {name: _passable(text)}


def reaches_only_this_machine(url: str) -> bool:
    """Whether a command may try to connect: with the other URLs only those are called that never do."""
    try:
        return parse(url, os.environ).local
    except UsageError:
        return True


def check(outcome: Outcome, arguments: tuple[str, ...]) -> None:
    """What holds for every input: a documented end, no defect, one document, nothing to obey, no password."""
    assert outcome.exit in set(Exit)
    assert "Traceback" not in outcome.err
    assert "defect" not in outcome.err + outcome.out[-1_000:]
    if "--json" in arguments and not {"--help", "-h", "--version"} & set(arguments):
        assert isinstance(outcome.document, dict)
    for text in (outcome.out, outcome.err):
        assert SECRET not in text
        assert not {unicodedata.category(character) for character in set(text) - {"\n"}} & _DOES_SOMETHING
