"""The history as the commands use it: nothing fails because of it, and what is wrong with it is said."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import Self

from okrseed.blueprint import Tenant
from okrseed.errors import OkrseedError
from okrseed.history import Attempt, History, PastRun
from okrseed.invocation import Invocation
from okrseed.recorded import choices_document
from okrseed.report import RunReport
from okrseed.selection import Selection
from okrseed.settings import RunSettings


def past_runs(call: Invocation) -> list[PastRun]:
    """The past runs, or none where the history cannot be read: no plan and no run depends on it."""
    try:
        return _history(call).runs()
    except OkrseedError as error:
        warn(call, error)
        return []


def record(call: Invocation, report: RunReport) -> None:
    try:
        _history(call).record(report)
    except OkrseedError as error:
        warn(call, error)


def warn(call: Invocation, error: OkrseedError) -> None:
    if not call.options.quiet:
        print("warning: " + "\n".join(error.lines()), file=sys.stderr)


def last_attempt(call: Invocation, tenant: Tenant) -> Attempt | None:
    """The last run of the tenant that began here. Raises OkrseedError where the history cannot be read."""
    return _history(call).last_attempt(call.address.label, tenant.slug)


class Attempted:
    """Says in the history that a run begins; where it is refused before it did anything, that it never began."""

    def __init__(
        self, call: Invocation, run_id: str, selection: Selection, settings: RunSettings, tenant: Tenant
    ) -> None:
        self._call = call
        self._whole = selection.mode.deletes or settings.atomic
        taking_part = frozenset(stage for stage in selection.stages if selection.takes_part(stage))
        self._attempt = Attempt(run_id, choices_document(selection), taking_part, self._whole, atomic=settings.atomic)
        self._where = call.address.label, tenant.slug
        self._before: Attempt | None = None
        self._writes = selection.mode.writes

    def __enter__(self) -> Self:
        if self._writes:
            try:
                self._before = _history(self._call).begin(*self._where, self._attempt)
            except OkrseedError as error:
                warn(self._call, error)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writes and isinstance(error, OkrseedError):
            try:
                _history(self._call).never_began(*self._where, self._before)
            except OkrseedError as unusable:
                warn(self._call, unusable)


def _history(call: Invocation) -> History:
    return History(call.surroundings.data_directory)
