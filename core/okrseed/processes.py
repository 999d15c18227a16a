"""Groups of tenants in several processes: Python computes on one core a process, and tenants share nothing.

A child is given groups one at a time and sends back what came of each; what it would tell the journal it sends, too, so
that there is one journal, with one clock. A child whose parent is gone stops at once.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from okrseed.adaptation import Fit
from okrseed.blueprint import Tenant
from okrseed.cancellation import Cancellation
from okrseed.clock import SystemClock
from okrseed.errors import Cancelled, OkrseedError, defect
from okrseed.events import Event, Silence
from okrseed.group import GroupWork, Outcome, Task
from okrseed.journal import Journal
from okrseed.meter import Meter, meter, metering
from okrseed.prepare import inspect
from okrseed.targets import Target, open_target
from okrseed.targets.address import Address
from okrseed.tuning import tune

ENDING_S = 10.0
END = "end"

BEHIND_AN_APP = 10
"""How much less urgent a child of an app is (nice(2))."""


@dataclass(frozen=True)
class Told:
    """An event that the parent's journal is to make."""

    kind: type[Event]
    facts: dict[str, Any]


class Child:
    """One process as its parent sees it."""

    def __init__(self, address: Address, task: Task, fit: Fit) -> None:
        method = _method()
        # The type checker knows both by what they have in common, which lacks `Process`.
        context: Any = multiprocessing.get_context(method)
        pipes: tuple[Connection, Connection] = context.Pipe()
        self.pipe, theirs = pipes
        # A copied process has this end as well, and would never see it closed.
        ours = self.pipe if method == "fork" else None
        # A copied process has what its parent found out; to a new one it cannot be sent.
        found = fit if method == "fork" else None
        arguments = (theirs, ours, address, task, found, meter() is not None)
        self.process = context.Process(target=_work, args=arguments, name="okrseed groups", daemon=True)
        # A new process is given the file of stderr, and what an app puts in its place is none.
        with contextlib.redirect_stderr(sys.__stderr__):
            self.process.start()
        theirs.close()
        # A wish to stop comes from another thread.
        self._sending = threading.Lock()

    def send(self, message: object) -> None:
        """Send; one that is gone is noticed where its answer is missing."""
        with self._sending, contextlib.suppress(OSError):
            if not self.pipe.closed:
                self.pipe.send(message)

    def close(self) -> None:
        """Send nothing more."""
        with self._sending:
            self.pipe.close()


class Pool:
    """So many children; ends them all when it is left, however that happens."""

    def __init__(
        self, jobs: int, address: Address, task: Task, fit: Fit, journal: Journal, cancellation: Cancellation
    ) -> None:
        self._address, self._task, self._fit = address, task, fit
        self._jobs = jobs
        self._journal = journal
        self._cancellation = cancellation
        self._children: dict[Connection, Child] = {}

    def __enter__(self) -> Self:
        for _ in range(self._jobs):
            child = Child(self._address, self._task, self._fit)
            self._children[child.pipe] = child
        self._cancellation.bind(lambda: self._all("now"), lambda: self._all("after_chunk"))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for child in self._children.values():
            # A child reads the end of its pipe as a wish to stop now. Copies have the ends of those before them, too:
            # they end in reverse, each when the one after it has ended.
            child.close()
        for child in self._children.values():
            child.process.join(ENDING_S)
            if child.process.is_alive():
                child.process.kill()
                child.process.join()

    def seed(self, waiting: Sequence[Sequence[Tenant]]) -> Iterator[Outcome]:
        """What comes of each group, as it comes. Raises the first error, when no child is at work any more."""
        groups = iter(waiting)
        busy = {pipe for pipe in self._children if self._next(pipe, groups)}
        failure: OkrseedError | None = None
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                answer = self._answer(ready)
                if isinstance(answer, Told):
                    self._journal.emit(answer.kind, **answer.facts)
                    continue
                if isinstance(answer, OkrseedError):
                    failure = _graver(failure, answer)
                    self._all("after_chunk")
                    busy.discard(ready)
                    continue
                yield answer
                if failure or self._cancellation.requested.is_set() or not self._next(ready, groups):
                    busy.discard(ready)
        if failure is not None:
            raise failure
        self._cancellation.check()

    def _next(self, pipe: Connection, groups: Iterator[Sequence[Tenant]]) -> bool:
        group = next(groups, None)
        # A child that is not needed any more ends while the others are still at work.
        self._children[pipe].send(END if group is None else tuple(group))
        return group is not None

    def _all(self, message: str) -> None:
        for child in self._children.values():
            child.send(message)

    def _answer(self, pipe: Connection) -> Told | Outcome | OkrseedError:
        try:
            answer = pipe.recv()
        except (EOFError, OSError):
            child = self._children[pipe].process
            child.join(ENDING_S)
            return OkrseedError(
                f"a process of this run ended by itself (exit code {child.exitcode}); its last tenants may be missing",
                code="process_gone",
                hint="Running again completes the rest; with --jobs 1 everything happens in one process.",
            )
        assert isinstance(answer, (Told, Outcome, OkrseedError))
        return answer


def _graver(one: OkrseedError | None, other: OkrseedError) -> OkrseedError:
    """A failure rather than a cancellation that came of it."""
    return other if one is None or (isinstance(one, Cancelled) and not isinstance(other, Cancelled)) else one


def _method() -> str:
    """A copy of this process where that is safe: nothing else is running in it. Otherwise a new one."""
    copied = sys.platform == "linux" and threading.active_count() == 1
    return "fork" if copied else "spawn"


class RemoteJournal(Journal):
    """Sends what it would tell to the parent."""

    def __init__(self, run_id: str, pipe: Connection) -> None:
        super().__init__(run_id, Silence(), SystemClock())
        self._pipe = pipe

    def emit(self, kind: type[Event], **facts: Any) -> None:
        self._pipe.send(Told(kind, facts))


def _work(
    pipe: Connection, ours: Connection | None, address: Address, task: Task, fit: Fit | None, measures: bool
) -> None:
    """What a child does: seed the groups it is given, until its parent is gone. `ours` is the parent's end."""
    if ours is not None:
        ours.close()
    elif hasattr(os, "nice"):
        # The parent was no program of one thread: it is an app, whose answers to a person come first.
        os.nice(BEHIND_AN_APP)
    # Ctrl-C reaches every process of a terminal; the parent says what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    tune()
    cancellation = Cancellation()
    groups = _Groups(pipe, cancellation)
    with open_target(address) as target:
        cancellation.bind(target.interrupt)
        work: GroupWork | None = None
        for tenants in groups:
            try:
                cancellation.check()
                if work is None:
                    fit = fit or _fit(target, task)
                    journal = RemoteJournal(task.run_id, pipe)
                    work = GroupWork(target, task, fit, journal, cancellation, SystemClock())
                _answer(pipe, _measured(work, tenants) if measures else work.seed(tenants))
            except OkrseedError as error:
                _answer(pipe, error)
            except BrokenPipeError:
                return
            except Exception as error:
                _answer(pipe, defect(error))


def _fit(target: Target, task: Task) -> Fit:
    with target.session("prepare", read_only=True) as session, session.transaction():
        return inspect(session, task.blueprint, may_create=task.settings.create_schema)


def _answer(pipe: Connection, answer: Outcome | OkrseedError) -> None:
    """Send; a parent that is gone needs no answer, and no child is given more groups by it."""
    with contextlib.suppress(OSError):
        pipe.send(answer)


def _measured(work: GroupWork, tenants: Sequence[Tenant]) -> Outcome:
    with metering(Meter()) as used:
        outcome = work.seed(tenants)
    return replace(outcome, spent=used.seconds())


class _Groups:
    """The groups that a child is given; wishes to stop are heard while it works on one."""

    def __init__(self, pipe: Connection, cancellation: Cancellation) -> None:
        self._pipe = pipe
        self._cancellation = cancellation
        self._given: list[Sequence[Tenant]] = []
        self._something = threading.Condition()
        self._ended = False
        threading.Thread(target=self._listen, name="okrseed listens", daemon=True).start()

    def __iter__(self) -> Iterator[Sequence[Tenant]]:
        while True:
            with self._something:
                self._something.wait_for(lambda: self._given or self._ended)
                if not self._given:
                    return
                group = self._given.pop(0)
            yield group

    def _listen(self) -> None:
        while True:
            try:
                message = self._pipe.recv()
            except (EOFError, OSError):
                self._cancellation.now()
                self._end()
                return
            if message == END:
                self._end()
            elif message == "now":
                self._cancellation.now()
            elif message == "after_chunk":
                self._cancellation.after_chunk()
            else:
                with self._something:
                    self._given.append(message)
                    self._something.notify()

    def _end(self) -> None:
        with self._something:
            self._ended = True
            self._something.notify()
