"""Start of `okrseed-tui`: options, then the app; where there is no terminal, a plain run of `okrseed`."""

from __future__ import annotations

import argparse
import gc
import locale
import os
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from okrseed import __version__
from okrseed.ending import leave
from okrseed.errors import Exit, OkrseedError, UsageError
from okrseed.options import Parser, add_common, add_permissions


def parser() -> Parser:
    """The options of the app: those of `okrseed`, without a command."""
    made = Parser(
        prog="okrseed-tui",
        description="Choose what to seed, see what will change, run it, watch it.",
        allow_abbrev=False,
    )
    made.add_argument("--version", action="version", version=f"okrseed {__version__}")
    add_common(made)
    add_permissions(made)
    browser = made.add_argument_group("in a browser")
    browser.add_argument("--serve", action="store_true", help="open the app in a browser on this machine")
    browser.add_argument("--port", metavar="N", help="the port of --serve (default: 8000; 0: any that is free)")
    browser.add_argument("--allow-purge", action="store_true", help="allow --serve to purge and reset")
    # How the process of a page knows that it is one; --serve adds it.
    browser.add_argument("--served", action="store_true", help=argparse.SUPPRESS)
    return made


def program() -> NoReturn:
    """`okrseed-tui`: the app, and its end."""
    leave(main())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the app; returns the exit code of the last run, 0 where there was none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(given)
        _check_serving(options)
        if options.serve:
            from okrseed_tui.serve import serve

            return serve(options, given)
        if options.plain or options.json or not (options.served or _is_terminal()):
            from okrseed.cli import main as headless

            return headless(["run", *given])
        return _app(options)
    except OkrseedError as error:
        print("okrseed-tui: " + "\n".join(error.lines()), file=sys.stderr)
        return int(error.exit)
    except Exception as error:
        from okrseed.configuration import system_surroundings
        from okrseed_tui.crash import NOTHING_GOING_ON, last_words, tell

        tell(last_words(error, system_surroundings().data_directory, (), NOTHING_GOING_ON))
        return int(Exit.FAILED)


def _app(options: argparse.Namespace) -> int:
    """The app, from its first frame to its last words. Imports late: help and version need none of it."""
    # What is loaded stays: looking for garbage in it again and again is a tenth of the start.
    gc.disable()
    from okrseed.configuration import system_surroundings
    from okrseed.invocation import understand
    from okrseed_tui.app import OkrseedApp
    from okrseed_tui.loop import run
    from okrseed_tui.opening import Later

    options.command = "run"
    invocation = understand(options, system_surroundings())
    guarded = options.served and not options.allow_purge
    kind = OkrseedApp
    if guarded:
        from okrseed_tui.served import ServedApp

        kind = ServedApp
    app = kind(Later(invocation, guarded), ascii_only=not _is_utf8())
    app.suit_terminal()
    code = run(app)
    if app.refusal is not None:
        raise app.refusal
    # A page has no scrollback, and its stdout carries the screen.
    if app.is_open and not options.served:
        from okrseed_tui.texts import summary_lines

        for line in summary_lines(app.running.report):
            print(line)
    return app.return_code or 0 if code is None else code


def _check_serving(options: argparse.Namespace) -> None:
    """Raise UsageError for options of --serve without it, and for those that contradict it."""
    if options.serve and (options.plain or options.json):
        raise UsageError("--serve shows the app; it goes with neither --plain nor --json", code="usage")
    if not options.serve and (options.port is not None or (options.allow_purge and not options.served)):
        raise UsageError("--port and --allow-purge belong to --serve", code="usage")


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _is_utf8(environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the terminal speaks UTF-8, by the first of POSIX's three variables that is set.

    Python alone does not tell: it speaks UTF-8 in the locale C too (PEP 538, PEP 540).
    """
    said = next((environ[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if environ.get(name)), None)
    encoding = locale.getpreferredencoding(False) if said is None else said.partition("@")[0].rpartition(".")[2]
    return encoding.lower().replace("-", "") == "utf8"


if __name__ == "__main__":
    program()
