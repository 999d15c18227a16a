"""Trying a whole transaction again: which failures, how often, how long between."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from okrseed.errors import DatabaseFailure, NoConnection, OkrseedError

Result = TypeVar("Result")


@dataclass(frozen=True)
class RetryPolicy:
    """Exponential backoff with jitter: up to `retries` further attempts, waits from `first_wait_s` to `most_wait_s`.

    Each wait is twice the one before it, and longer by up to `jitter` of itself, so that sessions that met once do not
    meet again at the same moment.
    """

    retries: int = 3
    first_wait_s: float = 1.0
    most_wait_s: float = 10.0
    jitter: float = 0.5

    def wait_s(self, attempt: int, chance: float) -> float:
        """The wait after the attempt of this number (from 1), with `chance` from 0 to 1."""
        # The exponent is bounded: a float overflows after a thousand retries.
        doubled = self.first_wait_s * 2.0 ** min(attempt - 1, 64)
        return min(self.most_wait_s, doubled * (1 + self.jitter * chance))


class Retries:
    """Runs work under a policy; the waits end at once when `stop` is set."""

    def __init__(
        self,
        policy: RetryPolicy,
        stop: threading.Event,
        *,
        connected: bool = True,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """`connected`: the database has answered before, so that one which does not answer now may come back."""
        self._policy = policy
        self._stop = stop
        self._connected = connected
        self._chance = chance

    def run(
        self,
        work: Callable[[], Result],
        *,
        scheduled: Callable[[int, float, OkrseedError], None],
        started: Callable[[int], None],
        progress: Callable[[], int] = lambda: 0,
    ) -> Result:
        """Do `work` until it succeeds, fails for good, or the policy is used up; then its last error is raised.

        `progress` tells how many transactions of the work were committed so far: attempts are those at one transaction,
        so they are counted anew when it has grown.
        `scheduled(attempt, wait_s, failure)` is called before each wait, `started(attempt)` after it. A conflict
        (another session wrote the same row meanwhile) is tried again once.
        """
        from tenacity import RetryCallState, Retrying, sleep_using_event

        conflicts = 0
        settled, committed = 0, progress()

        def attempt(state: RetryCallState) -> int:
            return state.attempt_number - settled

        def again(state: RetryCallState) -> bool:
            nonlocal settled, committed
            failure = state.outcome.exception() if state.outcome else None
            if failure is None:
                return False
            if progress() > committed:
                settled, committed = state.attempt_number - 1, progress()
            return worth_it(failure)

        def worth_it(error: BaseException) -> bool:
            nonlocal conflicts
            if self._stop.is_set() or not isinstance(error, OkrseedError):
                return False
            if isinstance(error, DatabaseFailure) and error.conflict:
                conflicts += 1
                return conflicts == 1
            gone = isinstance(error, NoConnection) and error.unreachable
            return error.transient or (self._connected and gone)

        def announce(state: RetryCallState) -> None:
            failure = state.outcome.exception() if state.outcome else None
            assert isinstance(failure, OkrseedError)
            wait = state.next_action.sleep if state.next_action else 0.0
            scheduled(attempt(state) + 1, wait, failure)

        def begin(state: RetryCallState) -> None:
            if state.attempt_number > 1:
                started(attempt(state))

        policy = self._policy
        retrying = Retrying(
            retry=again,
            stop=lambda state: attempt(state) > policy.retries,
            wait=lambda state: policy.wait_s(attempt(state), self._chance()),
            sleep=sleep_using_event(self._stop),
            before=begin,
            before_sleep=announce,
            reraise=True,
        )
        return retrying(work)
