"""The commands of `okrseed`: each takes an invocation, returns an exit code, and prints data on stdout only."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from okrseed.commands.looking import doctor, schema, stages, verify
from okrseed.commands.planning import plan
from okrseed.commands.running import run
from okrseed.errors import Exit
from okrseed.invocation import Invocation

COMMANDS: Mapping[str, Callable[[Invocation], Exit]] = {
    "plan": plan,
    "run": run,
    "purge": run,
    "verify": verify,
    "stages": stages,
    "schema": schema,
    "doctor": doctor,
}
