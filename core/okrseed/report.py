"""What a run did: the document for scripts, and Markdown for people."""

from __future__ import annotations

import datetime
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from okrseed.advice import advice
from okrseed.blueprint import Finding
from okrseed.errors import Exit, OkrseedError
from okrseed.events import RunStatus
from okrseed.plan import Plan
from okrseed.printable import printable
from okrseed.progress import RunState, StageState


@dataclass(frozen=True)
class RunReport:
    """The outcome of one run; `state` is the fold of its events, `plan` the fold of what it surveyed."""

    run_id: str
    status: RunStatus
    plan: Plan
    started_at: datetime.datetime
    state: RunState
    budgets: Mapping[str, float | None]
    error: OkrseedError | None = None
    lookups: Mapping[bool, int] = field(default_factory=dict)
    """How often rows were asked for that had been read already (True), and that had to be read (False)."""

    @property
    def exit(self) -> Exit:
        """The exit code of a program that ends with this run."""
        if self.error is not None:
            return self.error.exit
        if any(finding.status == "fail" for finding in self.state.findings):
            return Exit.CHECK_FAILED
        return Exit.DONE

    def document(self) -> dict[str, Any]:
        """The document `okrseed.run/1` (specification: JSON documents)."""
        state = self.state
        stages = list(state.stages.values())
        return {
            "schema": "okrseed.run/1",
            "run_id": self.run_id,
            "status": self.status,
            "plan": self.plan.document(),
            "started_at": self.started_at.isoformat(timespec="milliseconds") + "Z",
            "duration_s": round(state.duration_s or 0.0, 4),
            "stages": [self._stage(stage) for stage in stages],
            "totals": {
                "created": sum(stage.created for stage in stages),
                "updated": sum(stage.updated for stage in stages),
                "unchanged": sum(stage.unchanged for stage in stages),
                "deleted": sum(stage.deleted for stage in stages),
                "statements": state.statements,
                "retries": len(state.retries),
                "errors": state.errors,
            },
            "peak_rss_mb": peak_memory_mb(),
            "verification": self.verification(),
            "error": self.error.document() if self.error else None,
        }

    def verification(self) -> dict[str, Any] | None:
        """The outcome of the checks, or None where they did not run."""
        if self.state.verification != "done":
            return None
        return findings_document(self.state.findings)

    def _stage(self, stage: StageState) -> dict[str, Any]:
        duration = stage.duration_s or 0.0
        status: Literal["done", "failed", "skipped", "cancelled"] = "done"
        if stage.progress in ("failed", "skipped", "cancelled"):
            status = stage.progress
        return {
            "id": stage.id,
            "status": status,
            "duration_s": round(duration, 4),
            "created": stage.created,
            "updated": stage.updated,
            "unchanged": stage.unchanged,
            "deleted": stage.deleted,
            "rows_per_s": round(stage.done / duration, 1) if duration > 0 else None,
            "statements": stage.statements,
            "retries": stage.retries,
            "budget_s": self.budgets.get(stage.id),
            "error": stage.cause or None,
        }


def findings_document(findings: Sequence[Finding]) -> dict[str, Any]:
    """Counts of the findings and each of them."""
    return {
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


def peak_memory_mb() -> float | None:
    """The most memory this process has held, in MB; None where the platform does not tell."""
    held = _high_water_mark()
    if held is not None:
        return held
    try:
        import resource
    except ImportError:
        return None
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    # Linux counts KiB, macOS bytes (getrusage(2)).
    return round(peak / (1 << 20 if sys.platform == "darwin" else 1 << 10), 1)


def _high_water_mark() -> float | None:
    """What Linux says of this program alone (proc(5), VmHWM); getrusage also knows what started it."""
    try:
        status = Path("/proc/self/status").read_text(encoding="ascii")
    except OSError:
        return None
    found = re.search(r"^VmHWM:\s+(\d+) kB$", status, re.MULTILINE)
    return round(int(found[1]) / 1024, 1) if found else None


def plan_markdown(plan: Plan) -> str:
    """A dry run as a page: what would change, table by table, with samples."""
    selection = plan.selection
    lines = [
        "# Seed dry run",
        "",
        f"- Target: `{plan.target}`",
        f"- Tenant: `{plan.tenant}` · mode {selection.mode.value} · size {selection.size}"
        f" · environment {selection.environment} · as of {selection.as_of.isoformat()}",
        f"- Workspaces: {', '.join(selection.scopes)}",
        f"- Totals: {plan.total('create')} create, {plan.total('update')} update, "
        f"{plan.total('unchanged')} unchanged, {plan.total('delete')} delete, {plan.total('kept')} kept",
        "",
        "Nothing was written.",
        "",
        "| stage | selected | table | create | update | unchanged | delete | kept |",
        "|---|---|---|--:|--:|--:|--:|--:|",
    ]
    for stage in plan.stages:
        for table in stage.tables:
            lines.append(
                f"| {stage.id} | {stage.selected} | {table.table} | {table.create} | {table.update}"
                f" | {table.unchanged} | {table.delete} | {table.kept} |"
            )
    for title, texts in (
        ("Adaptations", plan.adaptations),
        ("Notes", plan.notes),
        ("Warnings", plan.warnings),
    ):
        if texts:
            lines += ["", f"## {title}", "", *(f"- {text}" for text in texts)]
    return "\n".join(map(printable, lines)) + "\n"


def report_markdown(report: RunReport) -> str:
    """A run as a page: outcome, stages, checks, advice."""
    document = report.document()
    totals = document["totals"]
    lines = [
        f"# Seed run {report.run_id}: {report.status}",
        "",
        f"- Target: `{report.plan.target}`, tenant `{report.plan.tenant}`",
        f"- Started {document['started_at']}, took {document['duration_s']} s",
        f"- {totals['created']} created, {totals['updated']} updated, {totals['unchanged']} unchanged,"
        f" {totals['deleted']} deleted; {totals['statements']} statements, {totals['retries']} retries",
        "",
        "| stage | status | created | updated | unchanged | deleted | s | rows/s | budget s | error |",
        "|---|---|--:|--:|--:|--:|--:|--:|--:|---|",
    ]
    for stage in document["stages"]:
        cells = (
            stage[name]
            for name in (
                "id",
                "status",
                "created",
                "updated",
                "unchanged",
                "deleted",
                "duration_s",
                "rows_per_s",
                "budget_s",
                "error",
            )
        )
        lines.append("| " + " | ".join("" if cell is None else str(cell).replace("|", "\\|") for cell in cells) + " |")
    if report.error is not None:
        lines += ["", "## Error", "", *(f"- {line}" for line in report.error.lines())]
    said = advice(report.state, report.budgets)
    if said:
        lines += ["", "## Advice", "", *(f"- {line}" for line in said)]
    if report.state.findings:
        lines += ["", "## Checks", ""]
        lines += [
            f"- {finding.status}: {finding.title}: {finding.found} (expected {finding.expected})"
            for finding in report.state.findings
        ]
    return "\n".join(map(printable, lines)) + "\n"
