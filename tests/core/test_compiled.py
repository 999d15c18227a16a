"""Texts in TOML are parsed once: what came of it is kept, until a file changes."""

from __future__ import annotations

import json
import os
import sys
import tomllib
from pathlib import Path

import pytest

from okrseed.compiled import kept as kept_by
from okrseed.compiled import parsed


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two files; and a Python that keeps what it compiles, whatever this one was told."""
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    (tmp_path / "names.toml").write_text('given = ["Ada", "Zoë"]\ncount = 2\nshare = 0.5\n', encoding="utf-8")
    (tmp_path / "notes.toml").write_text('[notes]\nfirst = ["{measure}"]\n', encoding="utf-8")
    return tmp_path


EXPECTED = {"names": {"given": ["Ada", "Zoë"], "count": 2, "share": 0.5}, "notes": {"notes": {"first": ["{measure}"]}}}


def kept(folder: Path) -> Path:
    return folder / "__pycache__" / "toml.json"


def test_it_is_what_the_files_say_the_first_time_and_the_second(folder: Path) -> None:
    assert parsed(folder) == EXPECTED
    assert kept(folder).exists()
    assert parsed(folder) == EXPECTED


def test_the_second_time_nothing_is_parsed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    parsed(folder)
    monkeypatch.setattr(tomllib, "loads", lambda text: pytest.fail("parsed again"))
    assert parsed(folder) == EXPECTED


def test_a_changed_file_is_parsed_anew(folder: Path) -> None:
    parsed(folder)
    (folder / "names.toml").write_text("count = 3\n", encoding="utf-8")
    assert parsed(folder)["names"] == {"count": 3}


def test_a_change_of_the_same_length_is_seen_by_its_time(folder: Path) -> None:
    parsed(folder)
    source = folder / "names.toml"
    text = source.read_text(encoding="utf-8").replace("count = 2", "count = 7")
    source.write_text(text, encoding="utf-8")
    os.utime(source, ns=(0, 0))
    assert parsed(folder)["names"]["count"] == 7


@pytest.mark.parametrize("text", ["", "[]", "{", '{"state": 7}', json.dumps({"state": [], "files": {}})])
def test_what_is_kept_may_be_broken(folder: Path, text: str) -> None:
    parsed(folder)
    kept(folder).write_text(text)
    assert parsed(folder) == EXPECTED


def test_where_nothing_can_be_kept_it_is_parsed_each_time(folder: Path) -> None:
    (folder / "__pycache__").write_text("in the way")
    assert parsed(folder) == EXPECTED
    assert parsed(folder) == EXPECTED


def test_nothing_is_kept_where_python_keeps_nothing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    assert parsed(folder) == EXPECTED
    assert not kept(folder).exists()


def test_without_its_sources_it_is_made_each_time(folder: Path) -> None:
    path = folder / "__pycache__" / "facts.json"
    made = [kept_by(path, [folder / "names.toml", folder / "gone.py"], lambda: {"made": True}) for _ in range(2)]
    assert made == [{"made": True}] * 2
    assert not path.exists()
