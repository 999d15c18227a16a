"""A `.env` file, as the readers of Prisma (dotenv with dotenv-expand), Rails and Docker take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from okrseed.errors import UsageError

LARGEST_FILE = 1 << 20

_ASSIGNMENT = re.compile(r"(?:export\s+)?([A-Za-z_][\w.-]*)\s*=\s*(.*)")
_QUOTED = re.compile(r"""(?P<quote>["'`])(?P<text>.*?)(?<!\\)(?P=quote)\s*(?:#.*)?""")
# Only ${NAME}: a bare $ is too often a part of a password. A backslash before it keeps it as it is.
_REFERENCE = re.compile(r"\\\$|\$\{([A-Za-z_]\w*)\}")


def read(path: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """The assignments of a file, none where there is no file; lines that are none are passed over.

    ${NAME} is a variable of `environ` or an earlier one of the file. Raises UsageError for a file that cannot be read
    or a value that names a variable nobody set; no value is repeated.
    """
    try:
        if not path.is_file() or path.stat().st_size > LARGEST_FILE:
            return {}
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {type(error).__name__}", code="bad_config") from None
    values: dict[str, str] = {}
    for line in text.splitlines():
        found = _ASSIGNMENT.fullmatch(line.strip())
        if found is None:
            continue
        name, written = found.groups()
        quoted = _QUOTED.fullmatch(written)
        value = quoted["text"] if quoted else re.split(r"(?:^|\s)#", written)[0].strip()
        # Between single quotes everything is meant as it stands.
        values[name] = value if quoted and quoted["quote"] == "'" else _expanded(value, path, name, values, environ)
    return values


def _expanded(value: str, path: Path, name: str, values: Mapping[str, str], environ: Mapping[str, str]) -> str:
    left = LARGEST_FILE

    def meant(reference: re.Match[str]) -> str:
        nonlocal left
        wanted = reference[1]
        if wanted is None:
            return "$"
        found = environ.get(wanted, values.get(wanted))
        # Only the URL is ours to complain about: other lines of the file are other programs'.
        if found is None and name == "DATABASE_URL":
            raise UsageError(
                f"{name} in {path} names ${{{wanted}}}, which is set neither there before it nor in the environment",
                code="bad_config",
                hint=f"Set {wanted}, or write the value itself.",
            )
        left -= len(found or "")
        if left < 0:
            # Lines that double the line before them grow beyond any memory.
            raise UsageError(f"{name} in {path} would be longer than {LARGEST_FILE} characters", code="bad_config")
        return found or ""

    return _REFERENCE.sub(meant, value)
