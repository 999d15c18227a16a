"""What the commands print: documents, and the same as lines for people."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from okrseed.blueprint import Finding
from okrseed.errors import OkrseedError
from okrseed.plan import Plan
from okrseed.printable import json_text, printable
from okrseed.report import RunReport, findings_document


def print_document(document: Mapping[str, Any]) -> None:
    """Print a document, alone on stdout."""
    print(json_text(document, indent=2))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines for people; what of them comes from a database or a file is shown, not obeyed."""
    for line in lines:
        print(printable(line))


def error_document(error: OkrseedError) -> dict[str, Any]:
    """The document `okrseed.error/1`, for a command that cannot produce its own."""
    return {"schema": "okrseed.error/1", "exit": int(error.exit), "error": error.document()}


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


def verify_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """The document `okrseed.verify/1`."""
    return {"schema": "okrseed.verify/1", **findings_document(findings)}
