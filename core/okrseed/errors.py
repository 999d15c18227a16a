"""Errors a person can act on, and the exit codes they map to (specification: Commands, output and exit codes)."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from contextlib import contextmanager

from okrseed.printable import printable_lines, shortened
from okrseed.redaction import redacted, without_urls_passwords

NOTHING_WRITTEN = "Nothing was written."


class Exit(enum.IntEnum):
    """Exit codes of both programs; a contract with scripts and CI."""

    DONE = 0
    FAILED = 1
    USAGE = 2
    CONNECTION = 3
    REFUSED = 4
    CHECK_FAILED = 5
    CHANGES = 6
    CANCELLED = 130


class OkrseedError(Exception):
    """What happened, where, what is safe, and what to do.

    `code` is stable and documented; `safe` states what was or was not written; `hint` says what to do next.
    """

    exit = Exit.FAILED
    default_code = "failed"
    transient = False
    """Whether the whole transaction may be tried again."""

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        safe: str = "",
        hint: str = "",
        stage: str | None = None,
        table: str | None = None,
        sqlstate: str | None = None,
    ) -> None:
        # A URL in the wrong place (as an argument, a size, a file's name) is repeated like any other mistake.
        message, hint = shortened(without_urls_passwords(message)), shortened(without_urls_passwords(hint))
        super().__init__(message)
        self.message = message
        self.code = code or self.default_code
        self.safe = safe
        self.hint = hint
        self.stage = stage
        self.table = table
        self.sqlstate = sqlstate

    def document(self) -> dict[str, str | None]:
        """The `error` object of every JSON document."""
        return {
            "code": self.code,
            "message": f"{self.message}. {self.safe}" if self.safe else self.message,
            "stage": self.stage,
            "table": self.table,
            "sqlstate": self.sqlstate,
            "hint": self.hint or None,
        }

    def lines(self) -> list[str]:
        """The same as text for a terminal: what happened, where, what is safe, what to do."""
        where = ", ".join(
            f"{name} {value}"
            for name, value in (("stage", self.stage), ("table", self.table), ("SQLSTATE", self.sqlstate))
            if value
        )
        lines = [f"{self.message}" + (f" ({where})" if where else "")]
        lines += [text for text in (self.safe, self.hint) if text]
        return [line for text in lines for line in printable_lines(text)]


class UsageError(OkrseedError):
    """A name, option, URL or file that cannot be understood. Exit 2; nothing was written."""

    exit = Exit.USAGE
    default_code = "usage"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "") -> None:
        super().__init__(message, code=code, safe=NOTHING_WRITTEN, hint=hint)


class NoConnection(OkrseedError):
    """The database cannot be reached or does not let us in. Exit 3; nothing was written.

    transient: the server answered that it cannot now (it starts, it has too many clients). unreachable: nobody
    answered, which is worth another try where somebody did before.
    """

    exit = Exit.CONNECTION
    default_code = "no_connection"

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        unreachable: bool = False,
        safe: str = "",
        hint: str = "",
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(message, safe=safe, hint=hint, sqlstate=sqlstate)
        self.transient = transient
        self.unreachable = unreachable


class Refused(OkrseedError):
    """A safeguard said no before anything was written. Exit 4."""

    exit = Exit.REFUSED
    default_code = "refused"

    def __init__(self, message: str, *, code: str | None = None, hint: str = "", table: str | None = None) -> None:
        super().__init__(message, code=code, safe=NOTHING_WRITTEN, hint=hint, table=table)


class DatabaseFailure(OkrseedError):
    """A statement failed.

    transient: the whole transaction may be tried again. conflict: another session wrote the same row meanwhile.
    interrupted: the server or the library was told to stop the statement. doubtful: the answer to COMMIT did not
    arrive, so the transaction may have been committed.
    """

    default_code = "database"

    def __init__(
        self,
        message: str,
        *,
        transient: bool = False,
        conflict: bool = False,
        interrupted: bool = False,
        code: str | None = None,
        hint: str = "",
        table: str | None = None,
        sqlstate: str | None = None,
    ) -> None:
        super().__init__(message, code=code, hint=hint, table=table, sqlstate=sqlstate)
        self.transient = transient
        self.conflict = conflict
        self.interrupted = interrupted
        self.doubtful = False


def interruption() -> DatabaseFailure:
    """What work ends with that was about to begin when its target was interrupted: as if it had been cut off."""
    return DatabaseFailure("interrupted before it began", interrupted=True)


@contextmanager
def before_the_first_row() -> Iterator[None]:
    """Every error that passes says that nothing was written, unless it says better."""
    try:
        yield
    except OkrseedError as error:
        error.safe = error.safe or NOTHING_WRITTEN
        raise


def defect(error: Exception) -> OkrseedError:
    """An exception that nobody foresaw, of a producer, a check or ours, as an error that can be told."""
    told = OkrseedError(
        redacted(f"{type(error).__name__}: {error}"),
        code="defect",
        hint="This is a defect of okrseed or of the blueprint; please report it.",
    )
    told.__cause__ = error
    return told


class Cancelled(OkrseedError):
    """The person asked to stop. Exit 130."""

    exit = Exit.CANCELLED
    default_code = "cancelled"
