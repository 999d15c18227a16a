"""Fixtures of the engine's tests."""

from __future__ import annotations

from typing import cast

import pytest

from tests.core.endings import ENDINGS, Ending, Way


@pytest.fixture(scope="module", params=ENDINGS, ids=lambda way: cast("Way", way).__name__)
def ending(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Ending:
    """Each way that a run can end, on SQLite."""
    way = cast("Way", request.param)
    return way(f"sqlite:///{tmp_path_factory.mktemp('ending') / 'library.db'}")
