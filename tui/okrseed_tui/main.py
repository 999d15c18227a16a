"""Start of `okrseed-tui`: options, then the app; where there is no terminal, a plain run of `okrseed`."""

from __future__ import annotations

import locale
import os
import sys
from collections.abc import Sequence

from okrseed import __version__
from okrseed.errors import OkrseedError
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
    return made


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the app; returns the exit code of the last run, 0 where there was none."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        options = parser().parse_args(given)
        if options.plain or options.json or not _is_terminal():
            from okrseed.cli import main as headless

            return headless(["run", *given])
        # Imported late: help and version need none of it.
        from okrseed.configuration import system_surroundings
        from okrseed.invocation import understand
        from okrseed_tui.app import OkrseedApp
        from okrseed_tui.desk import Desk
        from okrseed_tui.texts import summary_lines

        options.command = "run"
        app = OkrseedApp(Desk(understand(options, system_surroundings())), ascii_only=not _is_utf8())
        code = app.run()
        for line in summary_lines(app.running.report):
            print(line)
        return app.return_code or 0 if code is None else code
    except OkrseedError as error:
        print("okrseed-tui: " + "\n".join(error.lines()), file=sys.stderr)
        return int(error.exit)


def _is_terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _is_utf8() -> bool:
    return locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


if __name__ == "__main__":
    sys.exit(main())
