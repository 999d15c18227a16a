"""Sentences and pages of the app. Pure functions."""

from __future__ import annotations

from typing import Any

from textual.widgets import DataTable

from okrseed.advice import advice
from okrseed.errors import OkrseedError
from okrseed.plan import Plan, Sample
from okrseed.redaction import redacted
from okrseed.report import RunReport
from okrseed_tui.formats import seconds


def error_lines(error: BaseException) -> list[str]:
    """What happened, what is safe, what to do; a defect of ours is named as one."""
    if isinstance(error, OkrseedError):
        return error.lines()
    return [redacted(f"{type(error).__name__}: {error}"), "This is a defect of okrseed. Nothing more was written."]


def drift_words(before: Plan | None, after: Plan) -> str:
    """How a database changed between two plans of the same; empty where it did not, or where they are of others."""
    if before is None or (before.selection, before.target) != (after.selection, after.target):
        return ""
    if before.missing_tables or before.fingerprint == after.fingerprint:
        return ""
    moved = [
        f"{count} {before.total(count):,} → {after.total(count):,}"
        for count in ("create", "update", "unchanged", "delete", "kept")
        if before.total(count) != after.total(count)
    ]
    return f"Since the last plan: {', '.join(moved) or 'as many rows, but others'}."


def ended_words(report: RunReport) -> str:
    """What a run did, in one line."""
    totals = report.document()["totals"]
    counts = ", ".join(f"{totals[name]:,} {name}" for name in ("created", "updated", "unchanged", "deleted"))
    return f"{counts} in {seconds(report.state.duration_s or 0.0)}"


def sample_text(plan: Plan, stage: str, table: str) -> str:
    """The sample changes of a table: new values, or old → new."""
    tables = next((entry.tables for entry in plan.stages if entry.id == stage), ())
    samples = next((entry.samples for entry in tables if entry.table == table), ())
    return "\n\n".join(_sample(sample) for sample in samples) or "Nothing changes here."


def _sample(sample: Sample) -> str:
    values = [
        f"  {name}: {new}" if sample.action == "create" else f"  {name}: {old} → {new}"
        for name, (old, new) in sample.values.items()
    ]
    return "\n".join([f"{sample.action} {sample.key}", *values])


def table_text(table: DataTable[Any]) -> str:
    """The cells of a table, tabs between them, ready for a spreadsheet."""
    headings = [str(column.label) for column in table.ordered_columns]
    rows = [[str(cell) for cell in table.get_row_at(place)] for place in range(table.row_count)]
    return "\n".join("\t".join(cells) for cells in [headings, *rows])


def report_text(report: RunReport, drift: str = "") -> str:
    """The end of a run for the screen: outcome, what went wrong and what is safe, advice, checks that do not hold.

    `drift` is how the database had changed since the plan that the person saw.
    """
    lines = [ended_words(report)]
    lines += [f"The database had changed. {drift}"] if drift else []
    if report.error is not None:
        lines += ["", *report.error.lines()]
    broken = [
        f"{stage.id}: {stage.progress}{': ' + stage.cause if stage.cause else ''}"
        for stage in report.state.stages.values()
        if stage.progress in ("failed", "skipped", "cancelled")
    ]
    lines += ["", *broken] if broken else []
    findings = report.state.findings
    if findings:
        held = sum(finding.status == "pass" for finding in findings)
        lines += ["", f"{held} of {len(findings)} checks hold"]
        lines += [
            f"{finding.status}: {finding.title}: {finding.found} (expected {finding.expected})"
            for finding in findings
            if finding.status != "pass"
        ]
    said = advice(report.state, report.budgets)
    return "\n".join([*lines, "", *said] if said else lines)


def summary_lines(report: RunReport | None) -> list[str]:
    """What stays in the terminal's scrollback after the app: the last run, in two lines."""
    if report is None:
        return []
    plan = report.plan
    lines = [f"okrseed: {plan.selection.mode.value} of {plan.tenant} on {plan.target}: {report.status}"]
    return [*lines, f"okrseed: {ended_words(report)}", *(report.error.lines() if report.error else ())]
