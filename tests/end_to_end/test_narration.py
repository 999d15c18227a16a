"""What a run shows while it goes: events as lines of JSON, plain lines, a live table, or nothing."""

from __future__ import annotations

import json
import os
import pty
import re
import threading
from pathlib import Path
from typing import Any

import pytest

from tests.end_to_end.database import Database
from tests.end_to_end.program import AS_OF, call, ended, run, start
from tests.end_to_end.templates import Templates
from tests.end_to_end.tenants import configure_small

Events = list[dict[str, Any]]
ESCAPE = "\x1b"


@pytest.fixture
def database(templates: Templates) -> Database:
    """Tables without rows, and the working folder configured for the small tenant."""
    configure_small()
    return templates.copy("sqlite", "empty")


def options(database: Database) -> tuple[str, ...]:
    return ("--database", database.url, "--size", "tiny", "--as-of", AS_OF)


def parsed(text: str) -> Events:
    return [json.loads(line) for line in text.splitlines()]


def assert_paired(events: Events) -> None:
    """Every "started" has exactly one "finished"."""
    for start_code, end_code in (("R001", "R009"), ("S001", "S009"), ("V001", "V009")):
        started = [event["stage"] for event in events if event["code"] == start_code]
        assert sorted(map(str, started)) == sorted(str(e["stage"]) for e in events if e["code"] == end_code)
        assert len(set(started)) == len(started)
    assert [event["code"] for event in events if event["code"].startswith("R0")] >= ["R001", "R009"]


def test_events_go_to_a_file_as_lines_of_json(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    outcome = run(database.url, "--size", "tiny", "--events", str(path))

    events = parsed(path.read_text(encoding="utf-8"))
    assert {event["run_id"] for event in events} == {outcome.document["run_id"]}
    assert (events[0]["code"], events[-1]["code"]) == ("R001", "R009")


def test_every_started_has_its_finished(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    run(database.url, "--size", "tiny", "--events", str(path))

    events = parsed(path.read_text(encoding="utf-8"))
    assert_paired(events)
    assert sum(event["code"] == "S001" for event in events) == 10


@pytest.mark.parametrize("mode", ["full", "incremental", "dry-run", "reset", "purge"])
def test_every_started_has_its_finished_also_when_a_stage_fails(lone: Database, tmp_path: Path, mode: str) -> None:
    path = tmp_path / "events.ndjson"
    lone.execute(
        "DELETE FROM check_ins WHERE id < '8'",
        "CREATE TRIGGER one BEFORE INSERT ON check_ins BEGIN SELECT RAISE(ABORT, 'not here'); END",
        "CREATE TRIGGER two BEFORE DELETE ON teams BEGIN SELECT RAISE(ABORT, 'not here'); END",
    )

    outcome = run(lone.url, "--size", "tiny", "--mode", mode, "--yes", "--events", str(path))

    assert outcome.exit == (0 if mode == "dry-run" else 1)
    assert_paired(parsed(path.read_text(encoding="utf-8")))


def test_the_events_count_the_rows_that_were_committed(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    run(database.url, "--size", "tiny", "--events", str(path))

    written = [event for event in parsed(path.read_text(encoding="utf-8")) if event["event"] == "RowsWritten"]
    assert sum(event["created"] for event in written) == sum(database.counts().values())


def test_events_carry_wall_time_monotonic_time_run_and_stage(database: Database, tmp_path: Path) -> None:
    path = tmp_path / "events.ndjson"

    run(database.url, "--size", "tiny", "--events", str(path))

    events = parsed(path.read_text(encoding="utf-8"))
    clock = [event["clock_s"] for event in events]
    assert clock == sorted(clock)
    assert all(event.keys() >= {"code", "at", "clock_s", "run_id", "stage"} for event in events)


def test_events_can_be_what_goes_to_stdout(database: Database) -> None:
    outcome = call("run", "--events", "-", *options(database))

    assert_paired(parsed(outcome.out))


def test_events_and_a_document_cannot_both_have_stdout(database: Database) -> None:
    outcome = run(database.url, "--events", "-")

    assert outcome.exit == 2
    assert "--events -" in outcome.told
    assert set(database.counts().values()) == {0}


def test_an_events_file_that_cannot_be_written_is_a_usage_error(database: Database, tmp_path: Path) -> None:
    outcome = run(database.url, "--events", str(tmp_path / "no" / "folder" / "events"))

    assert outcome.exit == 2
    assert set(database.counts().values()) == {0}


def test_quiet_narrates_nothing(database: Database) -> None:
    assert call("run", "--quiet", *options(database)).err == ""


def test_narration_goes_to_stderr_and_the_result_to_stdout(database: Database) -> None:
    outcome = call("run", *options(database))

    assert "okrs: done" in outcome.err
    assert f"{sum(database.counts().values())} created" in outcome.out
    assert "okrs: done" not in outcome.out


def test_plain_is_one_line_for_each_change_of_state(database: Database) -> None:
    lines = call("run", "--plain", *options(database)).err.splitlines()

    assert all(re.match(r"\d\d:\d\d:\d\d ", line) for line in lines)
    assert sum(line.endswith("okrs: started") for line in lines) == 1


def test_a_plan_is_shown_as_text(lone: Database) -> None:
    shown = call("plan", "--mode", "purge", *options(lone))

    assert f"{sum(lone.counts().values())} to delete" in shown.out
    assert shown.err == ""


def on_a_terminal(database: Database, *arguments: str) -> tuple[int, str, str]:
    """Run with stderr on a terminal; returns exit code, stdout and what the terminal received."""
    controller, terminal = pty.openpty()
    received = bytearray()

    def read() -> None:
        while True:
            try:
                data = os.read(controller, 4096)
            except OSError:
                return
            if not data:
                return
            received.extend(data)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    process = start("run", "--json", *arguments, *options(database), environ={"TERM": "xterm-256color"}, error=terminal)
    os.close(terminal)
    outcome = ended(process)
    reader.join(10)
    os.close(controller)
    return outcome.exit, outcome.out, received.decode()


def test_on_a_terminal_a_table_redraws_itself(database: Database) -> None:
    code, out, shown = on_a_terminal(database)

    assert (code, json.loads(out)["status"]) == (0, "succeeded")
    assert ESCAPE in shown
    assert "check-ins" in shown


def test_plain_draws_nothing_on_a_terminal(database: Database) -> None:
    code, _, shown = on_a_terminal(database, "--plain")

    assert code == 0
    assert ESCAPE not in shown
    assert "check-ins: done" in shown


def test_a_reader_who_leaves_early_is_no_crash(database: Database) -> None:
    process = start("plan", "--json", *options(database))
    assert process.stdout
    process.stdout.close()
    assert process.stderr
    told = process.stderr.read()
    process.stderr.close()

    assert process.wait(30) in (0, 1)
    assert told == ""
