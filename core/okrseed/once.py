"""Values that are made once, by whoever asks first or ahead of everybody, and waited for by the others."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, TypeVar

Name = TypeVar("Name", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Name, Value]):
    """Makes each value once; used by several threads. What making raises is raised to everybody who asks."""

    def __init__(self, make: Callable[[Name], Value]) -> None:
        self._make = make
        self._values: dict[Name, Future[Value]] = {}
        self._lock = threading.Lock()

    def get(self, name: Name) -> Value:
        """The value, made now unless somebody has begun to."""
        return self._begun(name).result()

    def clear(self) -> None:
        """Forget what was made; whoever asks has it made anew."""
        with self._lock:
            self._values.clear()

    def ahead(self, names: Iterable[Name], label: str) -> None:
        """Make these in this order, on a thread of its own. Nobody has to wait for it: it ends with the process."""
        threading.Thread(target=copy_context().run, args=[self._all, list(names)], name=label, daemon=True).start()

    def _all(self, names: Iterable[Name]) -> None:
        for name in names:
            self._begun(name)

    def _begun(self, name: Name) -> Future[Value]:
        with self._lock:
            found = self._values.get(name)
            if found is not None:
                return found
            value = self._values[name] = Future[Value]()
        try:
            value.set_result(self._make(name))
        except BaseException as error:
            value.set_exception(error)
        return value
