"""Trying a whole transaction again: which failures, how often, how long between."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from okrseed.errors import DatabaseFailure

Result = TypeVar("Result")


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter: up to `retries` further attempts, waits from `first_wait_s` to `most_wait_s`."""

    retries: int = 3
    first_wait_s: float = 1.0
    most_wait_s: float = 10.0
    jitter_s: float = 0.5


class Retries:
    """Runs work under a policy; the waits end at once when `stop` is set."""

    def __init__(self, policy: RetryPolicy, stop: threading.Event) -> None:
        self._policy = policy
        self._stop = stop

    def run(
        self,
        work: Callable[[], Result],
        *,
        scheduled: Callable[[int, float, DatabaseFailure], None],
        started: Callable[[int], None],
    ) -> Result:
        """Do `work` until it succeeds, fails for good, or the policy is used up; then its last error is raised.

        `scheduled(attempt, wait_s, failure)` is called before each wait, `started(attempt)` after it. A conflict
        (another session wrote the same row meanwhile) is tried again once.
        """
        from tenacity import (
            RetryCallState,
            Retrying,
            retry_if_exception,
            sleep_using_event,
            stop_after_attempt,
            wait_exponential,
            wait_random,
        )

        conflicts = 0

        def worth_it(error: BaseException) -> bool:
            nonlocal conflicts
            if self._stop.is_set() or not isinstance(error, DatabaseFailure):
                return False
            if error.conflict:
                conflicts += 1
                return conflicts == 1
            return error.transient

        def announce(state: RetryCallState) -> None:
            failure = state.outcome.exception() if state.outcome else None
            assert isinstance(failure, DatabaseFailure)
            wait = state.next_action.sleep if state.next_action else 0.0
            scheduled(state.attempt_number + 1, wait, failure)

        def begin(state: RetryCallState) -> None:
            if state.attempt_number > 1:
                started(state.attempt_number)

        policy = self._policy
        retrying = Retrying(
            retry=retry_if_exception(worth_it),
            stop=stop_after_attempt(policy.retries + 1),
            wait=wait_exponential(multiplier=policy.first_wait_s, max=policy.most_wait_s)
            + wait_random(0, policy.jitter_s),
            sleep=sleep_using_event(self._stop),
            before=begin,
            before_sleep=announce,
            reraise=True,
        )
        return retrying(work)
