"""Sentences and pages of the app. Pure functions."""

from __future__ import annotations

from okrseed.errors import OkrseedError
from okrseed.plan import Plan, Sample
from okrseed.report import RunReport
from okrseed_tui.formats import seconds


def error_lines(error: BaseException) -> list[str]:
    """What happened, what is safe, what to do; a defect of ours is named as one."""
    if isinstance(error, OkrseedError):
        return error.lines()
    return [f"{type(error).__name__}: {error}", "This is a defect of okrseed. Nothing more was written."]


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
