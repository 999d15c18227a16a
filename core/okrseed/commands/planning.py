"""`okrseed plan`."""

from __future__ import annotations

import sys
from pathlib import Path

from okrseed import saved_plan
from okrseed.commands.output import plan_lines, print_document, print_lines
from okrseed.commands.past import past_runs
from okrseed.commands.tenants import chosen_tenants
from okrseed.errors import Exit, UsageError
from okrseed.history import with_estimates
from okrseed.invocation import Invocation
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.printable import printable
from okrseed.report import plan_markdown
from okrseed.targets import open_target

REPORT_PATH = "docs/audit/SEED_DRY_RUN_REPORT.md"


def plan(call: Invocation) -> Exit:
    """`okrseed plan`."""
    selection = call.selection()
    with open_target(call.address) as target:
        tenants = chosen_tenants(call, call.options.tenant, selection, target)
        if call.options.out is not None and len(tenants) > 1:
            raise UsageError("a plan can be kept for one tenant only; leave out --out or --tenants", code="usage")
        made = make_plan(
            target,
            call.blueprint,
            selection,
            may_create=call.may_create,
            tenants=tenants,
            jobs=call.run_settings().jobs,
            seals=call.seals(),
        )
    made = with_estimates(made, past_runs(call))
    if call.options.report is not None:
        _write_report(Path(call.options.report or REPORT_PATH), made, call)
    if call.options.out is not None:
        saved_plan.write(made, call.options.out)
        _say(call, f"plan kept in {call.options.out}; okrseed run {call.options.out} applies it")
    if call.options.json:
        print_document(made.document())
    else:
        print_lines(plan_lines(made))
    return Exit.CHANGES if call.options.detailed_exitcode and made.changes else Exit.DONE


def _write_report(path: Path, made: Plan, call: Invocation) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(plan_markdown(made), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the report to {path}: {error.strerror}", code="bad_report") from None
    _say(call, f"report written to {path}")


def _say(call: Invocation, words: str) -> None:
    if not call.options.quiet:
        print(printable(words), file=sys.stderr)
