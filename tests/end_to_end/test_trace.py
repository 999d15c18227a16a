"""`run --trace` says where the time went: by stage and kind, in a file or as a table."""

from __future__ import annotations

import json
from pathlib import Path

from tests.end_to_end.database import Database
from tests.end_to_end.program import run

KINDS = ("lock", "connect", "prepare", "generate", "read", "diff", "write", "commit", "verify", "other")


def test_a_trace_has_every_stage_and_kind(empty: Database) -> None:
    outcome = run(empty.url, "--size", "tiny", "--trace", "trace.json")
    assert outcome.exit == 0, outcome.err
    trace = json.loads(Path("trace.json").read_text())
    assert (trace["schema"], trace["run_id"]) == ("okrseed.trace/1", outcome.document["run_id"])
    assert [stage["id"] for stage in trace["stages"]] == [stage["id"] for stage in outcome.document["stages"]]
    assert {beside["id"] for beside in trace["beside"]} == {"prepare", "verify"}
    okrs = next(stage for stage in trace["stages"] if stage["id"] == "okrs")
    assert set(okrs) == {"id", *(f"{kind}_s" for kind in KINDS)}
    assert all(okrs[f"{kind}_s"] > 0 for kind in ("write", "commit"))
    # A stage whose rows were made ahead waits for nothing; the first one has to.
    assert all(trace["totals"][f"{kind}_s"] > 0 for kind in ("generate", "diff", "verify"))
    assert trace["lookups"]["misses"] > 0
    # Nothing is looked for in an empty table.
    assert okrs["read_s"] == 0
    run(empty.url, "--size", "tiny", "--afresh", "--trace", "trace.json")
    again = json.loads(Path("trace.json").read_text())
    assert next(stage for stage in again["stages"] if stage["id"] == "okrs")["read_s"] > 0
    assert all(again["totals"][f"{kind}_s"] > 0 for kind in ("generate", "read", "diff"))


def test_the_times_of_a_stage_are_those_that_its_report_tells(empty: Database) -> None:
    outcome = run(empty.url, "--size", "tiny", "--jobs", "1", "--trace", "trace.json")
    trace = json.loads(Path("trace.json").read_text())
    for stage, told in zip(trace["stages"], outcome.document["stages"], strict=True):
        spent = sum(stage[f"{kind}_s"] for kind in KINDS)
        # The report's time begins a moment later, and both are rounded.
        assert told["duration_s"] - 0.001 <= spent <= told["duration_s"] + 0.1


def test_a_purge_has_one_account_for_its_one_transaction(small: Database) -> None:
    assert run(small.url, "--mode", "purge", "--yes", "--trace", "trace.json").exit == 0
    trace = json.loads(Path("trace.json").read_text())
    (whole,) = (beside for beside in trace["beside"] if beside["id"] == "whole")
    assert whole["read_s"] > 0
    assert whole["write_s"] > 0


def test_a_dash_is_a_table_for_people(small: Database) -> None:
    outcome = run(small.url, "--trace", "-")
    assert outcome.document["status"] == "succeeded"
    (heading,) = (line for line in outcome.err.splitlines() if line.startswith("ms "))
    assert {"generate", "read", "diff"} <= set(heading.split())
    assert "lookups: " in outcome.err


def test_a_file_that_cannot_be_written_is_told_before_anything_is_written(lone: Database) -> None:
    before = lone.digest()
    outcome = run(lone.url, "--mode", "reset", "--yes", "--trace", "no/such/folder.json")
    assert (outcome.exit, outcome.error["code"]) == (2, "bad_trace")
    assert lone.digest() == before
