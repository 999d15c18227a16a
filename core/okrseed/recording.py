"""Keeps a run in the history from its beginning: one that is killed can be resumed, one that is refused never was."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType
from typing import Self

from okrseed.errors import OkrseedError
from okrseed.history import Attempt, History
from okrseed.recorded import choices_document
from okrseed.report import RunReport
from okrseed.selection import Selection
from okrseed.settings import RunSettings


class Recording:
    """One run of one tenant of one target. What is wrong with the history goes to `trouble`: no run depends on it."""

    def __init__(
        self,
        history: History,
        target: str,
        tenant: str,
        *,
        run_id: str,
        selection: Selection,
        settings: RunSettings,
        trouble: Callable[[OkrseedError], None],
    ) -> None:
        self._history = history
        self._where = target, tenant
        self._trouble = trouble
        self._writes = selection.mode.writes
        self._before: Attempt | None = None
        self._attempt = Attempt(
            run_id,
            choices_document(selection),
            frozenset(stage for stage in selection.stages if selection.takes_part(stage)),
            whole=selection.mode.deletes or settings.atomic,
            atomic=settings.atomic,
        )

    def __enter__(self) -> Self:
        self._try(self._begin)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._writes and isinstance(error, OkrseedError):
            self._try(lambda: self._history.never_began(*self._where, self._before))

    def ended(self, report: RunReport) -> None:
        """The run is over, however it ended."""
        self._try(lambda: self._history.record(report))

    def _begin(self) -> None:
        if self._writes:
            self._before = self._history.begin(*self._where, self._attempt)

    def _try(self, work: Callable[[], None]) -> None:
        try:
            work()
        except OkrseedError as error:
            self._trouble(error)
