"""The commands of `okrseed`: each takes an invocation, returns an exit code, and prints data on stdout only."""

from __future__ import annotations

from collections.abc import Callable

from okrseed.errors import Exit
from okrseed.invocation import Invocation


def command(name: str) -> Callable[[Invocation], Exit]:
    """What a command does. Imported when it is wanted: none needs what the others need."""
    match name:
        case "run" | "purge":
            from okrseed.commands.running import run

            return run
        case "plan":
            from okrseed.commands.planning import plan

            return plan
    from okrseed.commands import looking

    looks = {
        "verify": looking.verify,
        "stages": looking.stages,
        "schema": looking.schema,
        "doctor": looking.doctor,
    }
    return looks[name]
