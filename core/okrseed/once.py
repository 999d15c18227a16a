"""Values that are made once, by whoever asks first or ahead of everybody, and waited for by the others."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

from okrseed.precedence import waiting

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Unwanted(Exception):
    """Raised in the making of a value ahead that nobody waits for any more."""


class Once(Generic[Name, Value]):
    """Makes each value once; used by several threads. What making raises is raised to everybody who asks."""

    def __init__(self, make: Callable[[Name], Value]) -> None:
        self._make = make
        self._values: dict[Name, Future[Value]] = {}
        self._lock = threading.Lock()
        self._ahead: set[threading.Thread] = set()
        self._halted = False

    def get(self, name: Name) -> Value:
        """The value, made now unless somebody has begun to."""
        while True:
            with contextlib.suppress(Unwanted), waiting():
                return self._begun(name).result()

    def clear(self) -> None:
        """Forget what was made; whoever asks has it made anew."""
        with self._lock:
            self._values.clear()

    def release(self, name: Name) -> None:
        """Forget one value; whoever asks has it made anew."""
        with self._lock:
            self._values.pop(name, None)

    def halt(self) -> None:
        """Make no more of what was to be made ahead."""
        self._halted = True

    def check(self) -> None:
        """To be called while a value is made. Raises Unwanted if it is made ahead, and that was halted."""
        if self._halted and threading.current_thread() in self._ahead:
            raise Unwanted

    def ahead(self, names: Iterable[Name], label: str) -> None:
        """Make these in this order, on a thread of its own, which takes one name after the other.

        Nobody has to wait for it: it ends with the process.
        """
        self._halted = False
        work = [self._all, iter(names)]
        thread = threading.Thread(target=copy_context().run, args=work, name=label, daemon=True)
        self._ahead.add(thread)
        thread.start()

    def _all(self, names: Iterable[Name]) -> None:
        for name in names:
            if self._halted:
                return
            # Not past what another thread is making: whoever asks wants that first.
            self._begun(name).exception()

    def _begun(self, name: Name) -> Future[Value]:
        with self._lock:
            found = self._values.get(name)
            if found is not None:
                return found
            value = self._values[name] = Future[Value]()
        try:
            value.set_result(self._make(name))
        except BaseException as error:
            if isinstance(error, Unwanted):
                self._take_back(name, value)
            value.set_exception(error)
        return value

    def _take_back(self, name: Name, value: Future[Value]) -> None:
        with self._lock:
            if self._values.get(name) is value:
                del self._values[name]
