"""A process that ends at once loses nothing: not its output, not what was to happen at its end, not a thread's work."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

END = "from okrseed.ending import leave\n"
TAKEN_APART = "class Last:\n    def __del__(self): print('taken apart', flush=True)\nlast = Last()\n"


def _python(program: str, **how: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(  # type: ignore[call-overload, no-any-return]
        [sys.executable, "-c", END + program], text=True, capture_output=True, check=False, **how
    )


@pytest.mark.parametrize("code", [0, 1, 6, 130])
def test_the_exit_code_and_all_output_arrive(code: int) -> None:
    ended = _python(f"import sys\nprint('x' * 100_000)\nprint('told', file=sys.stderr)\nleave({code})")
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "x" * 100_000 + "\n", "told\n")


def test_what_is_registered_happens_and_nothing_is_taken_apart() -> None:
    ended = _python(TAKEN_APART + "import atexit\natexit.register(print, 'registered')\nleave(3)")
    assert (ended.returncode, ended.stdout) == (3, "registered\n")


def test_a_thread_at_work_is_waited_for() -> None:
    work = "import threading, sys\nbegun = threading.Event()\n"
    work += "def work():\n    begun.set()\n    threading.main_thread().join()\n    print('done', flush=True)\n"
    ended = _python(work + "threading.Thread(target=work).start()\nbegun.wait()\nleave(4)", timeout=60)
    assert (ended.returncode, ended.stdout) == (4, "done\n")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_output_that_cannot_be_written_is_no_success() -> None:
    with Path("/dev/full").open("w") as full:
        ended = subprocess.run(
            [sys.executable, "-c", END + "print('lost')\nleave(0)"],
            stdout=full,
            stderr=subprocess.PIPE,
            check=False,
            # Otherwise it is printing that fails, not the end.
            env={name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"},
        )
    assert ended.returncode == 120
    assert b"No space left" in ended.stderr


def test_a_process_without_streams_ends_with_its_code() -> None:
    assert _python("import sys\nsys.stdout = sys.stderr = None\nleave(5)").returncode == 5
