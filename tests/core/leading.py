"""What goes on between a thread that leads and those that follow."""

from __future__ import annotations

import threading

import pytest

from okrseed import precedence

PATIENCE_S = 30.0


class Noting(threading.Event):
    """Notes that somebody was held, and how many were until their patience was over."""

    def __init__(self) -> None:
        super().__init__()
        self.set()
        self.held = threading.Event()
        self.in_vain = 0

    def wait(self, timeout: float | None = None) -> bool:
        self.held.set()
        # Once is enough to be told.
        found = super().wait(0 if self.in_vain else timeout)
        self.in_vain += not found
        return found


def patient(monkeypatch: pytest.MonkeyPatch) -> Noting:
    """From here on whoever is held is held until it may go on."""
    noting = Noting()
    monkeypatch.setattr(precedence, "MOST_S", PATIENCE_S)
    monkeypatch.setattr(precedence, "_nobody_at_work", noting)
    return noting
