"""`okrseed run`, and `okrseed purge`, which is run with mode purge."""

from __future__ import annotations

import sys
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple, TextIO

from okrseed import saved_plan
from okrseed.cancellation import Cancellation
from okrseed.commands.narration import cancelled_by_signals, narration_of
from okrseed.commands.output import print_document, print_lines, report_lines
from okrseed.commands.past import last_attempt, past_runs, recording
from okrseed.commands.tenants import chosen_tenants
from okrseed.errors import Exit, UsageError
from okrseed.history import with_estimates
from okrseed.invocation import Invocation
from okrseed.many import runner_of
from okrseed.meter import Meter, metering
from okrseed.plan import tenants_label
from okrseed.printable import json_text, printable
from okrseed.recorded import request_of
from okrseed.report import RunReport
from okrseed.saved_plan import SavedPlan
from okrseed.selection import Selection
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.trace import trace_document, trace_lines

# What says what is to be done: it cannot be said twice, by options and by a plan or the last run.
CHOOSING = (
    "mode",
    "size",
    "workspace",
    "select",
    "exclude",
    "environment",
    "as_of",
    "roll_cycles",
    "seed",
    "tenant",
    "with_unseeded",
)


class Task(NamedTuple):
    """What is to be done: a selection, how, for which tenant (None: the configured one), and the plan that has to
    hold still."""

    selection: Selection
    settings: RunSettings
    tenant: str | None = None
    expected: SavedPlan | None = None


def run(call: Invocation) -> Exit:
    """`okrseed run` and `okrseed purge`."""
    task = _task(call)
    call.allow(task.selection)
    with _traced(call) as keep:
        report = _run(call, task)
        keep(report)
    if call.options.json:
        print_document(report.document())
    elif call.options.events != "-":
        print_lines(report_lines(report))
    if report.error is not None:
        print("\n".join(report.error.lines()), file=sys.stderr)
    return report.exit


def _run(call: Invocation, task: Task) -> RunReport:
    cancellation = Cancellation()
    run_id = uuid.uuid4().hex[:12]
    with (
        open_target(call.address) as target,
        narration_of(call) as narration,
        cancelled_by_signals(cancellation, narration.notice),
    ):
        tenants = chosen_tenants(call, task.tenant, task.selection, target)
        runner = runner_of(
            target,
            call.blueprint,
            task.selection,
            tenants,
            run_id=run_id,
            sink=narration.sink,
            settings=task.settings,
            cancellation=cancellation,
            who=call.surroundings.who(),
            expected=task.expected,
            seals=call.seals(),
        )
        about = tenants_label([tenant.slug for tenant in tenants])
        with recording(call, run_id, task.selection, task.settings, about) as kept:
            report = runner.run()
    report = replace(report, plan=with_estimates(report.plan, past_runs(call)))
    kept.ended(report)
    return report


@contextmanager
def _traced(call: Invocation) -> Iterator[Callable[[RunReport], None]]:
    """Measures what is done inside, for `--trace`; what is given takes the report. Raises UsageError for a bad file."""
    path = getattr(call.options, "trace", None)
    if path is None:
        yield lambda report: None
        return
    with ExitStack() as stack:
        # Opened before the run: a file that cannot be written is told before anything is.
        file = None if path == "-" else stack.enter_context(_opened(path))
        meter = stack.enter_context(metering(Meter()))

        def keep(report: RunReport) -> None:
            document = trace_document(report, meter.seconds())
            if file is None:
                print("\n".join(map(printable, trace_lines(document))), file=sys.stderr)
            else:
                file.write(json_text(document, indent=2) + "\n")

        yield keep


def _opened(path: str) -> TextIO:
    try:
        return Path(path).open("w", encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the trace to {path}: {error.strerror}", code="bad_trace") from None


def _task(call: Invocation) -> Task:
    """By the options, by a saved plan, or by what the last run left undone. Raises UsageError for two of these."""
    settings = call.run_settings()
    path, resume = getattr(call.options, "plan", None), getattr(call.options, "resume", False)
    if path is None and not resume:
        return Task(call.selection(), settings, getattr(call.options, "tenant", None))
    source = "a saved plan" if path is not None else "--resume"
    given = [name for name in CHOOSING if getattr(call.options, name, None)]
    if resume and path is not None:
        given.append("resume")
    if given:
        raise UsageError(
            f"{source} says what to do; leave out {', '.join('--' + name.replace('_', '-') for name in given)}",
            code="usage",
        )
    return _resumed(call, settings) if path is None else _planned(call, settings, path)


def _planned(call: Invocation, settings: RunSettings, path: str) -> Task:
    if len(call.tenants()) > 1:
        raise UsageError("a saved plan is for one tenant; leave out --tenants", code="usage")
    plan = saved_plan.read(path)
    return Task(call.resolved(plan.request), settings, plan.tenant, plan)


def _resumed(call: Invocation, settings: RunSettings) -> Task:
    if len(call.tenants()) > 1:
        raise UsageError(
            "--resume is for one tenant; of many, running again completes the rest by itself", code="usage"
        )
    attempt = last_attempt(call, call.blueprint.tenant())
    if attempt is None or not attempt.unfinished:
        words = "there is no run here to resume" if attempt is None else "the last run here left nothing undone"
        raise UsageError(words, code="nothing_to_resume", hint="Start a run: okrseed run.")
    only = None if attempt.whole else attempt.unfinished
    request = request_of(attempt.choices, "the history", only=only)
    return Task(call.resolved(request), replace(settings, atomic=settings.atomic or attempt.atomic))
