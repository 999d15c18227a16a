"""How a process ends: at once, with everything told and nobody left at work.

`sys.exit` has the interpreter take apart every module first, which tells nobody anything: a tenth of a second with the
drivers loaded, a fifth of a run.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import sys
import threading
from typing import NoReturn


def leave(code: int) -> NoReturn:
    """End the process with an exit code, after what was registered with `atexit`.

    Where a thread is still at work, or something of the output cannot be written, it ends as Python's own programs do:
    when the thread is done, with the interpreter's word on the output (exit code 120).
    """
    if any(thread is not threading.main_thread() and not thread.daemon for thread in threading.enumerate()):
        sys.exit(code)
    atexit._run_exitfuncs()
    # A broken stream stays broken: the interpreter will say so.
    with contextlib.suppress(OSError, ValueError):
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
        os._exit(code)
    sys.exit(code)
