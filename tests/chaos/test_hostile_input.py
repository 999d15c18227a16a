"""Fuzzed URLs, selectors, configuration files and command lines: no traceback, no write, in this process and in others.

No write means: every file of the home and the working folder keeps its bytes and none is added (a seeded SQLite file,
an empty one and one that is no database are among them), and no database server is reached. Inputs that are right would
write, so commands that write are given a database that nobody can open, reports and events a folder that is a file;
hosts are this machine, where port 1 is closed, and with a URL that leads elsewhere only `stages` is called, which never
connects. What a call may do is read: `there.db` is planned, verified and examined all the time.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.chaos import hostile
from tests.chaos.conftest import Tell
from tests.chaos.effort import SEED, rounds
from tests.chaos.world import Call, World, as_process, check, in_process, reaches_only_this_machine, variable

BLOCKED = "sqlite:///blocked/database.db"
READING = ("plan", "verify", "doctor", "schema check", "stages", "run --mode dry-run")
WRITING = ("run", "run --mode reset --yes", "purge --yes", "schema create", "run --create-schema")

PHASES = (Phase.generate, Phase.shrink)

Fuzz = Callable[[st.SearchStrategy[Any], Callable[[Any], None]], None]

PLACES = ("flag", "flag", "OKRSEED_DATABASE_URL", "DATABASE_URL", ".env", "okrseed.toml")


@pytest.fixture(params=["in process", "as processes"])
def call(request: pytest.FixtureRequest) -> Call:
    """Both ways to call the program."""
    return in_process if request.param == "in process" else as_process


@pytest.fixture
def tries(call: Call) -> int:
    """How many inputs: 4 times 2,500 in process and 4 times 50 as processes in the long form."""
    return rounds(60, 2_500) if call is in_process else rounds(2, 50)


@pytest.fixture
def world(home: Path) -> World:
    """The folder that nothing changes."""
    return World(home)


@pytest.fixture
def fuzz(tries: int, tell: Tell) -> Fuzz:
    """Holds a law against so many inputs and tells how long that took; the seed repeats them."""

    def held(strategy: st.SearchStrategy[Any], law: Callable[[Any], None]) -> None:
        started = time.monotonic()
        form = settings(
            max_examples=tries, database=None, deadline=None, suppress_health_check=list(HealthCheck), phases=PHASES
        )
        form(seed(SEED)(given(strategy)(law)))()
        tell(f"{tries:,} inputs in {time.monotonic() - started:.0f} s")

    return held


@contextlib.contextmanager
def project_files_removed() -> Iterator[None]:
    """Whatever happens inside, the next input finds no file of this one."""
    try:
        yield
    finally:
        for name in (".env", "okrseed.toml"):
            Path(name).unlink(missing_ok=True)


def test_urls(world: World, call: Call, fuzz: Fuzz) -> None:
    def law(given: tuple[str, str, str, bool]) -> None:
        url, place, command, as_json = hostile.full(given[0]), *given[1:]
        with pytest.MonkeyPatch.context() as patch:
            words = [*command.split(), *(["--json"] if as_json else []), "--size", "tiny"]
            if place == "flag":
                words += [f"--database={url}"]
            elif place == ".env":
                Path(".env").write_bytes(f"DATABASE_URL={url}\n".encode(errors="surrogatepass"))
            elif place == "okrseed.toml":
                Path("okrseed.toml").write_bytes(f"database = {hostile.toml(url)}\n".encode())
            else:
                for name, value in variable(place, url).items():
                    patch.setenv(name, value)
            if not reaches_only_this_machine(url):
                words[: len(command.split())] = ["stages"]
            with project_files_removed():
                check(call(*words), tuple(words))
        world.check_unchanged()

    urls = st.one_of(hostile.URLS, hostile.urls_with_password())
    fuzz(st.tuples(urls, st.sampled_from(PLACES), st.sampled_from(READING), st.booleans()), law)


def test_selectors(world: World, call: Call, fuzz: Fuzz) -> None:
    def law(given: tuple[str, str, str | None, str, bool]) -> None:
        option, selector, other, command, as_json = given
        selector, other = hostile.full(selector), None if other is None else hostile.full(other)
        words = [*command.split(), *(["--json"] if as_json else []), "--size", "tiny", f"--{option}={selector}"]
        if other is not None:
            words.append(f"--{'exclude' if option == 'select' else 'select'}={other}")
        words.append(f"--database={BLOCKED if command in WRITING else 'sqlite:///there.db'}")
        check(call(*words), tuple(words))
        world.check_unchanged()

    fuzz(
        st.tuples(
            st.sampled_from(("select", "exclude")),
            hostile.SELECTORS,
            st.none() | hostile.SELECTORS,
            st.sampled_from((*READING, *WRITING)),
            st.booleans(),
        ),
        law,
    )


def test_configuration_files(world: World, call: Call, fuzz: Fuzz) -> None:
    def law(given: tuple[str | bytes, str | bytes | None, str, bool]) -> None:
        document, environment, command, as_json = given
        words = [*command.split(), *(["--json"] if as_json else [])]
        if command in WRITING:
            words.append(f"--database={BLOCKED}")
        Path("okrseed.toml").write_bytes(hostile.written(document))
        if environment is not None:
            Path(".env").write_bytes(hostile.written(environment))
        with project_files_removed():
            check(call(*words), tuple(words))
        world.check_unchanged()

    environments = st.none() | hostile.DOCUMENTS
    fuzz(st.tuples(hostile.DOCUMENTS, environments, st.sampled_from((*READING, *WRITING)), st.booleans()), law)


def test_command_lines(world: World, call: Call, fuzz: Fuzz) -> None:
    def law(given: tuple[tuple[str, ...], str, bool]) -> None:
        line, url, as_json = tuple(map(hostile.full, given[0])), hostile.full(given[1]), given[2]
        reading = "run" not in line and "purge" not in line and "create" not in line and reaches_only_this_machine(url)
        # The last one counts, so nothing that stands in the line leads to a database that could be written.
        words = (*line, *(["--json"] if as_json else []), "--database", url if reading else BLOCKED)
        check(call(*words), words)
        world.check_unchanged()

    fuzz(
        st.tuples(hostile.command_lines(), st.one_of(st.just("sqlite:///there.db"), hostile.URLS), st.booleans()),
        law,
    )
