"""Fixtures of the tests that try to break things: a home and a working folder of their own, figures that are told."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.chaos.form import SEED
from tests.end_to_end import program

Tell = Callable[[str], None]


@pytest.fixture(autouse=True)
def home(tmp_path: Path) -> Iterator[Path]:
    """An empty home; the working folder is an empty one beside it."""
    with program.isolated(tmp_path) as folder:
        yield folder


@pytest.fixture
def tell(record_property: Callable[[str, object], None]) -> Tell:
    """Says a figure at the end of the test run, with the seed that repeats it."""
    return lambda words: record_property("figure", f"{words} (OKRSEED_CHAOS_SEED={SEED})")
