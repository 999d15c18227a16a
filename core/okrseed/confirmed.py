"""Remote targets that a person confirmed and wants to be asked about no more (specification: Where a run is allowed).

They stand in a file of their own beside the user's okrseed.toml. A project's okrseed.toml has that name, too, and comes
with whatever repository is checked out, so no okrseed.toml is asked; and what people write by hand is not rewritten.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from okrseed.errors import UsageError

FILE_NAME = "confirmed-targets"
LARGEST_FILE = 1 << 20

_EXPLANATION = """\
# Databases on other hosts that okrseed may write to without asking again: USER@HOST:PORT/DATABASE, one a line.
# Delete a line to be asked again. Production targets are asked for every time, also where they stand here.
"""


class Confirmed:
    """The file in the user's configuration folder; never one of a project, nor one named by `--config`."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def identities(self) -> frozenset[str]:
        """What is remembered; nothing where the file cannot be read, so that the question is asked."""
        return frozenset(line for line in self._text().splitlines() if line and not line.startswith("#"))

    def remember(self, identity: str) -> None:
        """Add a target; what stands in the file stays. Raises UsageError where it cannot be written."""
        if not identity.isprintable() or identity.startswith("#"):
            raise UsageError(f"{identity!r} cannot be remembered: it does not fit on a line", code="not_remembered")
        if identity in self.identities():
            return
        text = self._text() or _EXPLANATION
        separator = "" if text.endswith("\n") else "\n"
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._replace(f"{text}{separator}{identity}\n")
        except OSError as error:
            raise UsageError(
                f"{self.path} cannot be written: {error.strerror}",
                code="not_remembered",
                hint="Make the folder writable, or leave out --remember.",
            ) from None

    def _text(self) -> str:
        try:
            if self.path.stat().st_size > LARGEST_FILE:
                return ""
            return self.path.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            return ""

    def _replace(self, text: str) -> None:
        """All or nothing, and readable by its owner alone, as mkstemp makes files."""
        descriptor, name = tempfile.mkstemp(prefix=FILE_NAME, dir=self.path.parent)
        made = Path(name)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(text)
            made.replace(self.path)
        except OSError:
            with contextlib.suppress(OSError):
                made.unlink()
            raise
