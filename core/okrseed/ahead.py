"""The surveys of the stages that one transaction writes, made ahead where hardly anybody has to be asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from typing import Self

from okrseed.blueprint import Key
from okrseed.errors import OkrseedError
from okrseed.planner import survey
from okrseed.precedence import waiting
from okrseed.prepare import Prepared
from okrseed.survey import NO_KEYS, StageSurvey
from okrseed.targets import Session


class Surveys:
    """The surveys of the stages that one transaction writes, in that order; to be used in a `with`.

    Where tables are empty or tenants new, hardly anybody has to be asked: the stages that ask are surveyed first, the
    others while the server is at work on those before them. Whatever is still in the making at the end is waited for:
    another attempt reads anew.
    """

    def __init__(
        self,
        session: Session,
        prepared: Prepared,
        stages: Sequence[str],
        removed: Mapping[str, Collection[Key]] = NO_KEYS,
        told: Callable[[StageSurvey], object] = lambda survey: None,
    ) -> None:
        """`removed` are keys that are gone already, by table; `told` is given each survey by whoever has made it."""
        self._session = session
        self._prepared = prepared
        self._removed = removed
        self._told = told
        self._first, self._ahead = _divided(prepared, stages)
        self._beside = ThreadPoolExecutor(max_workers=1, thread_name_prefix="okrseed surveys")
        self._made: dict[str, Future[StageSurvey]] = {}

    def __enter__(self) -> Self:
        for stage in self._first:
            self._made[stage] = Future()
            self._made[stage].set_result(self._survey(stage))
        for stage in self._ahead:
            self._made[stage] = self._beside.submit(copy_context().run, self._survey, stage)
        return self

    def __exit__(self, *_: object) -> None:
        with waiting():
            self._beside.shutdown(cancel_futures=True)

    def of(self, stage: str) -> StageSurvey:
        """The survey of a stage."""
        made = self._made.pop(stage, None)
        if made is None:
            return self._survey(stage)
        with waiting():
            return made.result()

    def _survey(self, stage: str) -> StageSurvey:
        try:
            found = survey(self._session, self._prepared, stage, self._removed)
        except OkrseedError as error:
            error.stage = error.stage or stage
            raise
        self._told(found)
        return found


def _divided(prepared: Prepared, stages: Sequence[str]) -> tuple[Sequence[str], Sequence[str]]:
    """The stages that are surveyed first, and those that are surveyed ahead; none where each is surveyed in its turn.

    Two threads never use one session: where a stage may refer to rows that no stage of these has looked for, nothing is
    done ahead.
    """
    asks = prepared.reader.asks
    if not prepared.reader.hardly_asks:
        return (), ()
    first = [stage for stage in stages if any(map(asks, prepared.stages[stage].tables))]
    asked = {table for stage in first for table in prepared.stages[stage].tables}
    if any(asks(table) and table not in asked for table in prepared.entities):
        return (), ()
    return first, [stage for stage in stages if stage not in first]
