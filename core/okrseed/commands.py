"""The commands of `okrseed`: each takes an invocation, returns an exit code, and prints data on stdout only."""

from __future__ import annotations

import json
import signal
import sys
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import Any

from okrseed.blueprint import Finding, Stage, Tenant, stage_graph
from okrseed.cancellation import Cancellation
from okrseed.clock import SystemClock
from okrseed.console import EventLines, LiveTable, PlainLines
from okrseed.doctor import document as diagnosis_document
from okrseed.doctor import examine
from okrseed.errors import Exit, OkrseedError, Refused, UsageError, before_the_first_row
from okrseed.events import EventSink, Fanout
from okrseed.history import History, PastRun, with_estimates
from okrseed.invocation import Invocation
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.prepare import create_schema, inspect, prepare
from okrseed.report import RunReport, plan_markdown
from okrseed.run import Runner
from okrseed.selection import Mode, Selection
from okrseed.targets import Target, open_target
from okrseed.verify import verify as verify_tenant

REPORT_PATH = "docs/audit/SEED_DRY_RUN_REPORT.md"


def plan(call: Invocation) -> Exit:
    """`okrseed plan`."""
    selection = call.selection()
    with open_target(call.address) as target:
        made = make_plan(
            target,
            call.blueprint,
            selection,
            may_create=call.may_create,
            tenant=_tenant(call, selection, target),
        )
    made = with_estimates(made, _past_runs(call))
    if call.options.report is not None:
        _write_report(Path(call.options.report or REPORT_PATH), made, call)
    if call.options.json:
        _print_document(made.document())
    else:
        print("\n".join(plan_lines(made)))
    return Exit.CHANGES if call.options.detailed_exitcode and made.changes else Exit.DONE


def run(call: Invocation) -> Exit:
    """`okrseed run`, and `okrseed purge`, which is run with mode purge."""
    selection = call.selection()
    call.allow(selection)
    settings = call.run_settings()
    cancellation = Cancellation()
    with (
        open_target(call.address) as target,
        _sink(call) as sink,
        _cancelled_by_signals(cancellation),
    ):
        report = Runner(
            target,
            call.blueprint,
            selection,
            run_id=uuid.uuid4().hex[:12],
            sink=sink,
            settings=settings,
            cancellation=cancellation,
            tenant=_tenant(call, selection, target),
        ).run()
    report = replace(report, plan=with_estimates(report.plan, _past_runs(call)))
    _record(call, report)
    if call.options.json:
        _print_document(report.document())
    elif call.options.events != "-":
        print("\n".join(report_lines(report)))
    if report.error is not None:
        print("\n".join(report.error.lines()), file=sys.stderr)
    return report.exit


def verify(call: Invocation) -> Exit:
    """`okrseed verify`: what was not given comes from the tenant's stamp."""
    with (
        before_the_first_row(),
        open_target(call.address) as target,
        target.session("verify", read_only=True) as session,
        session.transaction(),
    ):
        first = prepare(session, target, call.blueprint, _looking(call.selection()), writing=False, any_seed=True)
        selection = _looking(call.selection(first.stamp))
        prepared = prepare(session, target, call.blueprint, selection, writing=False)
        findings = verify_tenant(session, prepared)
    document = verify_document(findings)
    if call.options.json:
        _print_document(document)
    else:
        for finding in findings:
            print(f"{finding.status:4}  {finding.title}: {finding.found} (expected {finding.expected})")
        print(f"{document['passed']} passed, {document['warned']} warned, {document['failed']} failed")
    return Exit.CHECK_FAILED if document["failed"] else Exit.DONE


def stages(call: Invocation) -> Exit:
    """`okrseed stages`."""
    chosen = call.options.format
    if call.options.json:
        chosen = "json"
    listed = call.blueprint.stages()
    if chosen == "json":
        _print_document(
            {
                "schema": "okrseed.stages/1",
                "blueprint": call.blueprint.name,
                "stages": [_stage_document(stage) for stage in listed],
                "layers": [list(layer) for layer in stage_graph(call.blueprint).layers()],
            }
        )
    elif chosen == "dot":
        edges = [f'  "{need}" -> "{stage.id}";' for stage in listed for need in stage.depends_on]
        print("\n".join(["digraph stages {", "  rankdir=LR;", *edges, "}"]))
    elif chosen == "mermaid":
        edges = [f"  {need} --> {stage.id}" for stage in listed for need in stage.depends_on]
        print("\n".join(["graph LR", *edges]))
    else:
        by_id = {stage.id: stage for stage in listed}
        for depth, layer in enumerate(stage_graph(call.blueprint).layers()):
            for name in layer:
                stage = by_id[name]
                needs = f"  needs {', '.join(stage.depends_on)}" if stage.depends_on else ""
                print(f"{'  ' * depth}{name} ({', '.join(stage.tables)}){needs}")
    return Exit.DONE


def schema(call: Invocation) -> Exit:
    """`okrseed schema create` and `okrseed schema check`."""
    created: list[str] = []
    with before_the_first_row(), open_target(call.address) as target:
        if call.options.action == "create":
            call.allow(call.selection())
            with target.session("schema") as session:
                created = create_schema(session, call.blueprint)
        with target.session("schema", read_only=True) as session, session.transaction():
            fit = inspect(session, call.blueprint)
    tables = list(fit.projections)
    if call.options.json:
        _print_document(
            {
                "schema": "okrseed.schema/1",
                "target": call.address.label,
                "created": created,
                "tables": tables,
                "adaptations": list(fit.adaptations),
            }
        )
    else:
        print(f"{call.address.label}: {len(created)} tables created, {len(tables)} fit")
        print("\n".join(f"adapted: {words}" for words in fit.adaptations), end="\n" if fit.adaptations else "")
    return Exit.DONE


def doctor(call: Invocation) -> Exit:
    """`okrseed doctor`."""
    with before_the_first_row(), open_target(call.address) as target:
        found = examine(target, call.blueprint, call.selection(), SystemClock())
    if call.options.json:
        _print_document(diagnosis_document(call.address.label, found))
    else:
        for one in found:
            print(f"{one.status:4}  {one.title}: {one.found}")
            if one.advice:
                print(f"      to do: {one.advice}")
    return Exit.REFUSED if any(one.status == "fail" for one in found) else Exit.DONE


COMMANDS: Mapping[str, Callable[[Invocation], Exit]] = {
    "plan": plan,
    "run": run,
    "purge": run,
    "verify": verify,
    "stages": stages,
    "schema": schema,
    "doctor": doctor,
}


def plan_lines(made: Plan) -> list[str]:
    """A plan as text: totals first, then every table that changes."""
    lines = [
        f"{made.tenant} on {made.target}: mode {made.selection.mode.value}, size {made.selection.size}",
        f"{made.total('create')} to create, {made.total('update')} to update, {made.total('unchanged')} unchanged,"
        f" {made.total('delete')} to delete, {made.total('kept')} kept",
    ]
    for stage in made.stages:
        if stage.selected == "off":
            lines.append(f"  {stage.id}: off ({stage.reason})")
            continue
        lines.append(f"  {stage.id}" + (" (required)" if stage.selected == "required" else ""))
        lines += [
            f"    {table.table:24} +{table.create} ~{table.update} ={table.unchanged} -{table.delete}"
            for table in stage.tables
        ]
    if made.estimate_s is not None:
        lines.append(f"expected time: {made.estimate_s:.1f} s, as the last runs like it")
    lines += [f"adapted: {words}" for words in made.adaptations]
    lines += [f"note: {note}" for note in made.notes]
    lines += [f"warning: {warning}" for warning in made.warnings]
    return lines


def report_lines(report: RunReport) -> list[str]:
    """The end of a run as text."""
    totals = report.document()["totals"]
    lines = [
        f"{report.status}: {totals['created']} created, {totals['updated']} updated,"
        f" {totals['unchanged']} unchanged, {totals['deleted']} deleted in {report.state.duration_s or 0:.2f} s"
        f" ({totals['statements']} statements, {totals['retries']} retries)"
    ]
    lines += [f"note: {note}" for note in report.plan.notes]
    lines += [
        f"{finding.status}: {finding.title}: {finding.found} (expected {finding.expected})"
        for finding in report.state.findings
        if finding.status != "pass"
    ]
    checks = len(report.state.findings)
    if checks:
        held = sum(finding.status == "pass" for finding in report.state.findings)
        lines.append(f"{held} of {checks} checks hold")
    return lines


def verify_document(findings: tuple[Finding, ...]) -> dict[str, Any]:
    """The document `okrseed.verify/1`."""
    return {
        "schema": "okrseed.verify/1",
        "passed": sum(finding.status == "pass" for finding in findings),
        "warned": sum(finding.status == "warn" for finding in findings),
        "failed": sum(finding.status == "fail" for finding in findings),
        "checks": [
            {
                "id": finding.id,
                "title": finding.title,
                "status": finding.status,
                "expected": finding.expected,
                "found": finding.found,
            }
            for finding in findings
        ],
    }


def error_document(error: OkrseedError) -> dict[str, Any]:
    """The document `okrseed.error/1`, for a command that cannot produce its own."""
    return {"schema": "okrseed.error/1", "exit": int(error.exit), "error": error.document()}


def _stage_document(stage: Stage) -> dict[str, Any]:
    return {
        "id": stage.id,
        "title": stage.title,
        "depends_on": list(stage.depends_on),
        "tables": list(stage.tables),
        "tags": sorted(stage.tags),
        "budget_s": stage.budget_s,
        "essential": stage.essential,
    }


def _looking(selection: Selection) -> Selection:
    """The same selection for looking only: another seed string in the stamp is no obstacle, and nothing is strict."""
    return replace(selection, mode=Mode.DRY_RUN)


def _tenant(call: Invocation, selection: Selection, target: Target) -> Tenant | None:
    """The tenant named by `--tenant`: the configured one, or one that carries a stamp. Raises Refused for others."""
    slug = getattr(call.options, "tenant", None)
    configured = call.blueprint.tenant()
    if slug is None or slug == configured.slug:
        return None
    if selection.mode is not Mode.PURGE:
        raise UsageError("--tenant goes with a purge only", code="usage")
    named = Tenant(slug, slug)
    with target.session("purge", read_only=True) as session, session.transaction():
        found = prepare(session, target, call.blueprint, selection, writing=False, tenant=named)
        present = {
            table: [entity.typed(row) for row in found.reader.within(session, table).values()]
            for table, entity in found.entities.items()
        }
    if found.stamp is None:
        raise Refused(
            f"no tenant with the slug {slug!r} was seeded by okrseed here",
            code="wrong_slug",
            hint=f"The configured tenant is {configured.slug!r}.",
        )
    return call.blueprint.recover(slug, present)


def _past_runs(call: Invocation) -> list[PastRun]:
    """The past runs, or none where the history cannot be read: no plan and no run depends on it."""
    try:
        return History(call.surroundings.data_directory).runs()
    except OkrseedError as error:
        _warn(call, error)
        return []


def _record(call: Invocation, report: RunReport) -> None:
    try:
        History(call.surroundings.data_directory).record(report)
    except OkrseedError as error:
        _warn(call, error)


def _warn(call: Invocation, error: OkrseedError) -> None:
    if not call.options.quiet:
        print("warning: " + "\n".join(error.lines()), file=sys.stderr)


def _write_report(path: Path, made: Plan, call: Invocation) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(plan_markdown(made), encoding="utf-8")
    except OSError as error:
        raise UsageError(f"cannot write the report to {path}: {error.strerror}", code="bad_report") from None
    if not call.options.quiet:
        print(f"report written to {path}", file=sys.stderr)


def _print_document(document: Mapping[str, Any]) -> None:
    print(json.dumps(document, indent=2, ensure_ascii=False, default=str))


@contextmanager
def _sink(call: Invocation) -> Iterator[EventSink]:
    """Where the events of a run go: to the terminal or as lines to stderr, and to the file of `--events`."""
    options = call.options
    if options.events == "-" and options.json:
        raise UsageError("--events - and --json both want stdout", code="usage")
    with ExitStack() as stack:
        sinks: list[EventSink] = []
        if options.events == "-":
            sinks.append(EventLines(sys.stdout))
        elif options.events:
            try:
                sinks.append(EventLines(stack.enter_context(Path(options.events).open("w", encoding="utf-8"))))
            except OSError as error:
                raise UsageError(
                    f"cannot write events to {options.events}: {error.strerror}", code="bad_events"
                ) from None
        environ = call.surroundings.environ
        live = sys.stderr.isatty() and not options.plain and environ.get("TERM", "dumb") != "dumb"
        if live and not options.quiet:
            color = not options.no_color and "NO_COLOR" not in environ
            sinks.append(stack.enter_context(LiveTable(sys.stderr, SystemClock(), color=color)))
        elif not options.quiet:
            sinks.append(PlainLines(sys.stderr))
        yield Fanout(*sinks)


@contextmanager
def _cancelled_by_signals(cancellation: Cancellation) -> Iterator[None]:
    """Ctrl-C and TERM stop after the chunk; a second one stops now."""

    def asked(number: int, frame: FrameType | None) -> None:
        if cancellation.requested.is_set():
            cancellation.now()
        else:
            cancellation.after_chunk()

    previous = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
