"""The options of both programs; argparse only, so that `--help` needs no other import."""

from __future__ import annotations

import argparse
from typing import Any, NoReturn

from okrseed import __version__
from okrseed.errors import UsageError

MODES = ("dry-run", "full", "incremental", "purge", "reset")


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of leaving, so that `--json` can print its document."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, code="usage", hint=f"See {self.prog} --help.")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse does, which makes an empty list of `--option=--` instead of a text."""
        found, rest = super().parse_known_args(args, namespace)
        for name, value in vars(found).items():
            if value == [] or (isinstance(value, list) and [] in value):
                self.error(f"argument --{name.replace('_', '-')}: expected one argument")
        return found, rest


def headless_parser() -> Parser:
    """The parser of `okrseed`."""
    parser = Parser(prog="okrseed", description="Bring a database to a declared demo state.", allow_abbrev=False)
    parser.add_argument("--version", action="version", version=f"okrseed {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True, parser_class=Parser)

    plan = _command(commands, "plan", "show what would change; writes nothing")
    add_common(plan)
    plan.add_argument("--mode", choices=MODES, help="what to plan for (default: full)")
    plan.add_argument("--report", nargs="?", const="", metavar="PATH", help="write the plan as Markdown")
    plan.add_argument("--out", metavar="FILE", help="keep the plan for okrseed run FILE")
    plan.add_argument("--detailed-exitcode", action="store_true", help="exit 6 if there are changes")
    _add_deleting(plan)

    run = _command(commands, "run", "apply the difference")
    add_common(run)
    run.add_argument(
        "plan", nargs="?", metavar="FILE", help="a plan kept by okrseed plan --out; refused where it is stale"
    )
    run.add_argument("--mode", choices=MODES, help="which differences to apply (default: full)")
    run.add_argument("--resume", action="store_true", help="only what the last run here left undone")
    run.add_argument("--trace", metavar="FILE", help="write where the time went, as JSON, or - for a table on stderr")
    run.add_argument(
        "--bulk",
        action="store_true",
        help="make the tables, load them in one transaction, then add keys and references (PostgreSQL)",
    )
    run.add_argument("--atomic", action="store_true", help="everything in one transaction: all or nothing")
    _add_running(run)

    purge = _command(commands, "purge", "remove the seeded tenant")
    add_common(purge)
    _add_running(purge)

    verify = _command(commands, "verify", "run the blueprint's checks")
    add_common(verify)

    stages = _command(commands, "stages", "show the graph of stages")
    add_common(stages)
    stages.add_argument("--format", choices=("text", "dot", "mermaid", "json"), default="text")

    doctor = _command(commands, "doctor", "look at connection, schema, rights, indexes, settings and tenant")
    add_common(doctor)

    schema = _command(commands, "schema", "create the tables, or check them")
    schema.add_argument("action", choices=("create", "check"))
    add_common(schema)
    add_permissions(schema)
    _add_remembering(schema)
    return parser


def add_common(parser: argparse.ArgumentParser) -> None:
    """The options that every command and the app share. None means: not given."""
    where = parser.add_argument_group("where")
    where.add_argument("--database", metavar="URL", help="the database (default: DATABASE_URL, or a SQLite file)")
    where.add_argument("--profile", metavar="NAME", help="a profile of okrseed.toml")
    where.add_argument("--config", metavar="FILE", help="the configuration file (default: okrseed.toml)")
    what = parser.add_argument_group("what")
    what.add_argument("--blueprint", metavar="NAME", help="what to seed (default: okr)")
    what.add_argument("--size", metavar="NAME", help="how much (okr: tiny, demo, full)")
    what.add_argument("--workspace", action="append", metavar="NAME", help="only these (repeat, or separate by commas)")
    what.add_argument("--select", metavar="SELECTOR", help="only these stages: okrs, +okrs, okrs+, tag:people, globs")
    what.add_argument("--exclude", metavar="SELECTOR", help="not these stages")
    what.add_argument("--environment", metavar="NAME", help="development, test or production")
    what.add_argument("--as-of", metavar="DATE", help="the date it is for (default: today in London)")
    what.add_argument("--roll-cycles", action="store_const", const=True, help="move the cycles to as-of")
    what.add_argument("--seed", metavar="STRING", help="the seed string")
    what.add_argument("--tenants", metavar="N", help="the tenant and N - 1 more like it, for a database under load")
    what.add_argument("--shard", metavar="I/N", help="only the I-th of N parts of these tenants, for several machines")
    how = parser.add_argument_group("how")
    how.add_argument("--jobs", metavar="N", help="stages side by side, or processes with --tenants (default: 4)")
    how.add_argument("--batch", metavar="N", help="rows of a table in one transaction (default: 1000)")
    how.add_argument("--retries", metavar="N", help="retries of a transaction (default: 3)")
    how.add_argument("--retry-wait", metavar="SECONDS", help="before the first retry; doubled each time (default: 1)")
    how.add_argument(
        "--afresh", action="store_true", help="compare every row, even where a digest says that none has changed"
    )
    how.add_argument("--create-schema", action="store_true", help="create tables that do not exist")
    output = parser.add_argument_group("output")
    output.add_argument("--json", action="store_true", help="one JSON document on stdout")
    output.add_argument("--events", metavar="FILE", help="events as NDJSON into a file, or - for stdout")
    output.add_argument("--plain", action="store_true", help="one line per state change")
    output.add_argument("--quiet", action="store_true", help="no narration")
    output.add_argument("--no-color", action="store_true", help="no colours")


def add_permissions(parser: argparse.ArgumentParser) -> None:
    """Confirmations that are bound to a target."""
    allowed = parser.add_argument_group("confirmations")
    allowed.add_argument("--allow-remote", metavar="TARGET", help="USER@HOST:PORT/DATABASE that may be written")
    allowed.add_argument("--allow-production", metavar="TARGET", help="the same, for a production target")


def _add_running(parser: argparse.ArgumentParser) -> None:
    add_permissions(parser)
    _add_remembering(parser)
    _add_deleting(parser)
    parser.add_argument("--yes", action="store_true", help="delete without asking (purge, reset)")
    parser.add_argument("--wait-lock", metavar="SECONDS", help="for another run on the tenant to end (default: 1)")
    parser.add_argument("--no-verify", action="store_true", help="do not run the checks at the end")
    failing = parser.add_mutually_exclusive_group()
    failing.add_argument("--fail-fast", action="store_true", help="stop at the first stage that fails")
    failing.add_argument("--keep-going", action="store_true", help="finish independent stages (the default)")


def _add_remembering(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--remember", action="store_true", help="ask no more for what --allow-remote names")


def _add_deleting(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--tenant", metavar="SLUG", help="the tenant to purge (default: the configured one)")
    parser.add_argument("--with-unseeded", action="store_true", help="delete rows that okrseed did not create, too")


def _command(commands: Any, name: str, help: str) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=help, description=f"{help[0].upper()}{help[1:]}.", allow_abbrev=False
    )
    return parser
