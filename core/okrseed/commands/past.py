"""The history as the commands use it: nothing fails because of it, and what is wrong with it is said."""

from __future__ import annotations

import sys

from okrseed.blueprint import Tenant
from okrseed.errors import OkrseedError
from okrseed.history import Attempt, History, PastRun
from okrseed.invocation import Invocation
from okrseed.recording import Recording
from okrseed.selection import Selection
from okrseed.settings import RunSettings


def past_runs(call: Invocation) -> list[PastRun]:
    """The past runs, or none where the history cannot be read: no plan and no run depends on it."""
    try:
        return _history(call).runs()
    except OkrseedError as error:
        warn(call, error)
        return []


def warn(call: Invocation, error: OkrseedError) -> None:
    if not call.options.quiet:
        print("warning: " + "\n".join(error.lines()), file=sys.stderr)


def last_attempt(call: Invocation, tenant: Tenant) -> Attempt | None:
    """The last run of the tenant that began here. Raises OkrseedError where the history cannot be read."""
    return _history(call).last_attempt(call.address.label, tenant.slug)


def recording(call: Invocation, run_id: str, selection: Selection, settings: RunSettings, tenant: str) -> Recording:
    """What keeps a run of this call in the history."""
    return Recording(
        _history(call),
        call.address.label,
        tenant,
        run_id=run_id,
        selection=selection,
        settings=settings,
        trouble=lambda error: warn(call, error),
    )


def _history(call: Invocation) -> History:
    return History(call.surroundings.data_directory)
