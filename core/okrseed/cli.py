"""`okrseed`, the headless program. stdout is data, stderr is narration, the exit code is a contract."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Sequence
from typing import NoReturn

from okrseed.ending import leave
from okrseed.errors import NOTHING_WRITTEN, Cancelled, Exit, OkrseedError, defect
from okrseed.options import headless_parser
from okrseed.printable import json_text, printable_lines, write_anything
from okrseed.redaction import redacted
from okrseed.tuning import tune


def program() -> NoReturn:
    """`okrseed`: the command that the process was called with, and its end."""
    leave(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    # Known before parsing, so that a mistake in the options is told as a document too.
    as_json = "--json" in given
    write_anything(sys.stdout)
    tune()
    try:
        options = headless_parser().parse_args(given)
        # Imported late: help and version need none of it.
        from okrseed.commands import command
        from okrseed.configuration import system_surroundings
        from okrseed.invocation import understand

        code = int(command(options.command)(understand(options, system_surroundings())))
        # Here, where a reader who has gone is no surprise, and not when the interpreter ends.
        sys.stdout.flush()
        return code
    except OkrseedError as error:
        _tell(error, as_json=as_json)
        return int(error.exit)
    except KeyboardInterrupt:
        _tell(Cancelled("cancelled", safe=NOTHING_WRITTEN), as_json=as_json)
        return int(Exit.CANCELLED)
    except BrokenPipeError:
        # The reader of our output has gone; there is nobody left to tell.
        _write_to_nobody()
        return int(Exit.FAILED)
    except Exception as error:
        # Nobody foresaw it: what it says is told like any other end, and where it came from for the report.
        import traceback

        _tell(defect(error), as_json=as_json)
        trace = redacted("".join(traceback.format_exception(error)))
        print("\n".join(printable_lines(trace)), end="", file=sys.stderr)
        return int(Exit.FAILED)


def _write_to_nobody() -> None:
    """What is left of the output would be tried again when the interpreter ends (exit code 120)."""
    with contextlib.suppress(OSError, ValueError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _tell(error: OkrseedError, *, as_json: bool) -> None:
    if as_json:
        from okrseed.commands.output import error_document

        print(json_text(error_document(error), indent=2))
    print("okrseed: " + "\n".join(error.lines()), file=sys.stderr)


if __name__ == "__main__":
    program()
