"""What importing costs: the engine never loads the interface, and help needs no driver."""

from __future__ import annotations

import os
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import okrseed

HEAVY = ("sqlalchemy", "psycopg", "textual")
MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(okrseed.__path__, "okrseed.")
    if not module.name.endswith("__main__")
)
LOADED = f"print([name for name in {HEAVY!r} if name in sys.modules])"


def loaded_after(program: str, home: Path) -> str:
    """The heavy packages that a fresh Python has loaded after a program; its last line of output."""
    directories = {name: str(home) for name in ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME")}
    environ = {name: value for name, value in os.environ.items() if not name.startswith(("OKRSEED_", "COV_"))}
    done = subprocess.run(
        [sys.executable, "-c", f"import sys\n{program}\n{LOADED}"],
        env={**environ, **directories},
        cwd=home,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.splitlines()[-1]


def test_no_module_of_the_engine_loads_textual(tmp_path: Path) -> None:
    assert {"okrseed.run", "okrseed.planner", "okrseed.commands", "okrseed.blueprints.okr"} <= set(MODULES)
    imports = "\n".join(f"import {module}" for module in MODULES)
    assert "textual" not in loaded_after(imports, tmp_path)


@pytest.mark.parametrize("module", ["okrseed.run", "okrseed.planner", "okrseed.progress", "okrseed.commands"])
def test_a_module_that_the_interface_uses_does_not_load_it(module: str, tmp_path: Path) -> None:
    assert "textual" not in loaded_after(f"import {module}", tmp_path)


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["run", "--help"], ["plan", "--help"]])
def test_help_and_version_load_no_driver_no_schema_and_no_interface(arguments: list[str], tmp_path: Path) -> None:
    program = f"""
import contextlib
from okrseed.cli import main
with contextlib.suppress(SystemExit):
    main({arguments!r})
"""
    assert loaded_after(program, tmp_path) == "[]"


def test_a_mistake_in_the_options_loads_no_driver_either(tmp_path: Path) -> None:
    program = "from okrseed.cli import main\nassert main(['run', '--nonsense']) == 2"
    assert loaded_after(program, tmp_path) == "[]"


@pytest.mark.parametrize("module", ["okrseed.blueprint", "okrseed.selection", "okrseed.events", "okrseed.progress"])
def test_the_vocabulary_loads_nothing_heavy(module: str, tmp_path: Path) -> None:
    assert loaded_after(f"import {module}", tmp_path) == "[]"


def test_listing_the_stages_of_a_blueprint_loads_nothing_heavy(tmp_path: Path) -> None:
    assert loaded_after("from okrseed.blueprints import load; load('okr', {}).stages()", tmp_path) == "[]"


def test_the_schema_is_loaded_once_for_all_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # What is kept of the tables, and of the statements that make them, is kept as modules are.
    monkeypatch.delenv("PYTHONDONTWRITEBYTECODE", raising=False)
    program = "from okrseed.cli import main\nassert main({}) == 0"

    def loaded_by_a_run(name: str, *options: str) -> str:
        run = ["run", "--database", f"sqlite:///{tmp_path / name}.db", "--size", "tiny", "--quiet", *options]
        return loaded_after(program.format(run), tmp_path)

    loaded_by_a_run("first", "--create-schema")
    assert loaded_by_a_run("second", "--create-schema") == "[]"
    assert loaded_by_a_run("second") == "[]"
