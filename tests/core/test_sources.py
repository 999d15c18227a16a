"""What code is made of is told by the files of its packages, whatever they are."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from okrseed import sources
from okrseed.sources import state_of

Change = Callable[[Path], object]


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An object whose class stands in one package and derives from a class of another."""
    for package, text in (
        ("seeds_base", "class Base: pass"),
        ("seeds", "from seeds_base import Base\nclass Made(Base): pass"),
    ):
        folder = tmp_path / package / "texts"
        folder.mkdir(parents=True)
        (folder.parent / "__init__.py").write_text(text)
        (folder / "titles.json").write_text("{}")
    (tmp_path / "seeds_alone.py").write_text("class Alone: pass")
    monkeypatch.syspath_prepend(tmp_path)
    yield importlib.import_module("seeds").Made()
    for name in ("seeds", "seeds_base", "seeds_alone"):
        sys.modules.pop(name, None)


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    yield
    sources._state.cache_clear()


def later(maker: object) -> str | None:
    """As another process would see it."""
    sources._state.cache_clear()
    return state_of(maker)


@pytest.mark.parametrize(
    "change",
    [
        lambda folder: (folder / "seeds" / "__init__.py").write_text("# changed"),
        lambda folder: (folder / "seeds" / "texts" / "titles.json").write_text('{"a": 1}'),
        lambda folder: (folder / "seeds" / "texts" / "more.csv").write_text(""),
        lambda folder: (folder / "seeds_base" / "texts" / "titles.json").unlink(),
    ],
)
def test_any_file_counts(made: object, tmp_path: Path, change: Change) -> None:
    before = state_of(made)
    change(tmp_path)
    # What is loaded stays as it is.
    assert state_of(made) == before
    assert later(made) not in (None, before)


@pytest.mark.parametrize(
    "harmless",
    [
        lambda folder: (folder / "seeds" / ".#lock").symlink_to("nowhere"),
        lambda folder: (folder / "seeds" / "again").symlink_to(folder / "seeds"),
        lambda folder: (folder / "seeds_alone.txt").write_text("beside"),
    ],
)
def test_what_is_no_file_of_theirs_does_not(made: object, tmp_path: Path, harmless: Change) -> None:
    before = state_of(made)
    harmless(tmp_path)
    assert later(made) == before


def test_a_module_of_no_package_is_one_file(made: object, tmp_path: Path) -> None:
    alone = importlib.import_module("seeds_alone").Alone()
    before = state_of(alone)
    (tmp_path / "beside.py").write_text("# not its own")
    assert later(alone) == before
    (tmp_path / "seeds_alone.py").write_text("class Alone: changed = True")
    assert later(alone) not in (None, before)


@pytest.mark.parametrize(
    "lost",
    [
        lambda folder: (folder / "seeds_base" / "__init__.py").rename(folder / "seeds_base" / "__init__.pyc"),
        lambda folder: (folder / "seeds_base").rename(folder / "elsewhere"),
    ],
)
def test_where_nothing_tells_of_a_change_there_is_no_state(made: object, tmp_path: Path, lost: Change) -> None:
    lost(tmp_path)
    assert later(made) is None
