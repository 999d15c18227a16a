"""Where every setting comes from: flags beat environment variables, which beat okrseed.toml."""

from __future__ import annotations

import datetime
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from okrseed import dotenv
from okrseed.errors import UsageError
from okrseed.files import is_file
from okrseed.graph import nearest
from okrseed.printable import unprintable
from okrseed.targets.url import Address, parse

FILE_NAME = "okrseed.toml"
LARGEST_FILE = 1 << 20
LONGEST_TEXT = 1_000
LONGEST_NUMBER = 20
MOST_DOTS = 100
TIME_ZONE = "Europe/London"

_TEXTS = ("blueprint", "size", "environment", "select", "exclude", "seed", "as_of", "database", "profile")
_NUMBERS = ("jobs", "batch", "retries", "tenants")
_SECONDS = ("retry_wait", "wait_lock")
_KEYS = (*_TEXTS, *_NUMBERS, *_SECONDS, "workspaces", "roll_cycles")


@dataclass(frozen=True)
class Surroundings:
    """What the machine tells, injected: environment variables, folders, the date in the platform's time zone."""

    environ: Mapping[str, str] = field(repr=False)
    working_directory: Path
    config_directory: Path
    data_directory: Path
    cache_directory: Path
    today: Callable[[], datetime.date]
    who: Callable[[], str] = str
    """Who runs this, and where, in words: told to whoever finds a tenant locked."""


@dataclass(frozen=True)
class Value:
    """A setting and where it came from. The value may be a URL with a password, so it is not in the repr."""

    value: Any = field(repr=False)
    source: str


@dataclass(frozen=True)
class Configuration:
    """Every setting that was given somewhere, by name; `tables` are the blueprints' own."""

    values: Mapping[str, Value]
    tables: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    profiles: Mapping[str, Any] = field(default_factory=dict, repr=False)
    source: str = ""

    def profile_databases(self) -> Mapping[str, str]:
        """The databases of all profiles, by name."""
        return {
            name: str(profile["database"])
            for name, profile in self.profiles.items()
            if isinstance(profile, Mapping) and "database" in profile
        }

    def get(self, name: str, default: Any = None) -> Any:
        found = self.values.get(name)
        return default if found is None else found.value


def system_surroundings() -> Surroundings:
    """The real ones. Raises UsageError, when the date is asked for, on a machine without time zone data."""
    import os

    from platformdirs import user_cache_path, user_config_path, user_data_path

    return Surroundings(
        environ=os.environ,
        working_directory=Path.cwd(),
        config_directory=user_config_path("okrseed"),
        data_directory=user_data_path("okrseed"),
        cache_directory=user_cache_path("okrseed"),
        today=today_in_london,
        who=this_process,
    )


def this_process() -> str:
    """User, machine and process, as they are known here."""
    import getpass
    import os
    import platform

    try:
        user = getpass.getuser()
    except (OSError, KeyError):
        # No name for this user id, as in many containers.
        user = "somebody"
    return f"{user}@{platform.node() or 'unknown'} (process {os.getpid()})"


def today_in_london() -> datetime.date:
    """The date in Europe/London now (specification: okr, section 3)."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        zone = ZoneInfo(TIME_ZONE)
    except ZoneInfoNotFoundError:
        raise UsageError(
            "this machine has no time zone data, so today's date in London is unknown",
            code="no_time_zone",
            hint="Say the date with --as-of YYYY-MM-DD, or install tzdata.",
        ) from None
    return datetime.datetime.now(zone).date()


def configure(flags: Mapping[str, Any], surroundings: Surroundings) -> Configuration:
    """Gather settings from flags (None: not given), environment and file.

    Raises UsageError naming the file and the key, or the variable, that cannot be understood.
    """
    values: dict[str, Value] = {}
    document, source = _document(flags.get("config"), surroundings)
    tables = {name: table for name, table in document.items() if isinstance(table, Mapping) and name != "profiles"}
    for name, value in document.items():
        if name not in tables and name != "profiles":
            values[name] = Value(_checked(name, value, source), source)
    given = _environment(surroundings)
    given |= {name: Value(value, "flag") for name, value in flags.items() if value is not None}
    chosen = given.get("profile") or values.get("profile")
    if chosen is not None:
        _check_texts("profile", chosen)
        values |= _profile(document, str(chosen.value), source)
    for name, found in (values | given).items():
        _check_texts(name, found)
    found_profiles = document.get("profiles", {})
    profiles = found_profiles if isinstance(found_profiles, Mapping) else {}
    for name in profiles:
        _check_text(name, f"the name of a profile in {source}")
    return Configuration(values | given, tables, profiles, source)


def address(configuration: Configuration, surroundings: Surroundings) -> tuple[Address, str]:
    """The database to use and where that was said. The embedded default is a SQLite file in the user's data folder.

    A profile counts for less than the environment (specification: Commands).
    """
    environ = surroundings.environ
    url, source = _written(configuration, surroundings)
    if url is None:
        path = surroundings.data_directory / "demo.db"
        return Address("sqlite", path=path, embedded=True), "default"
    try:
        return parse(url, environ), source
    except UsageError as error:
        # Which of the places has the mistake is half of what there is to know.
        error.message = f"{'--database' if source == 'flag' else source}: {error.message}"
        raise


def _written(configuration: Configuration, surroundings: Surroundings) -> tuple[str | None, str]:
    """The database's URL and where it stands; None where nobody wrote one."""
    found = configuration.values.get("database")
    if found is not None and found.source == "flag":
        return found.value, "flag"
    environ = surroundings.environ
    for name in ("OKRSEED_DATABASE_URL", "DATABASE_URL"):
        if environ.get(name):
            return environ[name], name
    written = dotenv.read(surroundings.working_directory / ".env", environ).get("DATABASE_URL")
    if written:
        return written, "DATABASE_URL in .env"
    return (None, "default") if found is None else (found.value, found.source)


def _environment(surroundings: Surroundings) -> dict[str, Value]:
    values: dict[str, Value] = {}
    for name in _KEYS:
        variable = f"OKRSEED_{name.upper()}"
        text = surroundings.environ.get(variable)
        if text and name != "database":
            values[name] = Value(_from_text(name, text, variable), variable)
    if "environment" not in values and surroundings.environ.get("NODE_ENV"):
        values["environment"] = Value(surroundings.environ["NODE_ENV"], "NODE_ENV")
    return values


def _from_text(name: str, text: str, variable: str) -> Any:
    if name in _NUMBERS:
        if not text.isdecimal() or len(text) > LONGEST_NUMBER:
            raise UsageError(f"{variable} is not a whole number: {text!r}", code="bad_config")
        return int(text)
    if name in _SECONDS:
        return _seconds(text, variable)
    if name == "workspaces":
        return [part.strip() for part in text.split(",") if part.strip()]
    if name == "roll_cycles":
        return text.lower() in ("1", "true", "yes")
    return text


def _seconds(text: str, source: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise UsageError(f"{source} is not a number of seconds: {text!r}", code="bad_config") from None


def _document(given: str | None, surroundings: Surroundings) -> tuple[Mapping[str, Any], str]:
    if given is not None:
        path = Path(given)
        if not is_file(path):
            raise UsageError(f"there is no configuration file {given!r}", code="bad_config")
        return _read(path), str(path)
    for folder in (surroundings.working_directory, surroundings.config_directory):
        path = folder / FILE_NAME
        if is_file(path):
            return _read(path), str(path)
    return {}, ""


def _read(path: Path) -> Mapping[str, Any]:
    try:
        if path.stat().st_size > LARGEST_FILE:
            raise UsageError(f"{path} is larger than {LARGEST_FILE} bytes", code="bad_config")
        text = path.read_text(encoding="utf-8")
        if any(line.count(".") > MOST_DOTS for line in text.splitlines()):
            # The time that tomllib takes for a key grows with the square of its dots.
            raise UsageError(f"{path} has a line with more than {MOST_DOTS} dots", code="bad_config")
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        # TOMLDecodeError and UnicodeDecodeError are ValueErrors, and so is an integer of too many digits.
        raise UsageError(f"{path} is not TOML that can be read: {error}", code="bad_config") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}", code="bad_config") from None


def _profile(document: Mapping[str, Any], name: str, source: str) -> dict[str, Value]:
    profiles = document.get("profiles", {})
    if not isinstance(profiles, Mapping) or name not in profiles:
        known = list(profiles) if isinstance(profiles, Mapping) else []
        raise UsageError(f"unknown profile {name!r}", code="unknown_profile", hint=nearest(name, known))
    profile = profiles[name]
    if not isinstance(profile, Mapping):
        raise UsageError(f"profiles.{name} in {source} is not a table", code="bad_config")
    where = f"profile {name} in {source}"
    return {key: Value(_checked(key, value, where), where) for key, value in profile.items()}


def _checked(name: str, value: Any, source: str) -> Any:
    if name not in _KEYS:
        raise UsageError(f"unknown key {name!r} in {source}", code="bad_config", hint=nearest(name, _KEYS))
    if name == "as_of" and isinstance(value, datetime.date):
        return value.isoformat()
    wanted: type[object] = str
    if name in _SECONDS and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if name in _SECONDS:
        wanted = float
    elif name in _NUMBERS:
        wanted = int
    elif name == "roll_cycles":
        wanted = bool
    elif name == "workspaces":
        wanted = list
    if not isinstance(value, wanted) or (wanted is int and isinstance(value, bool)):
        raise UsageError(f"{name} in {source} is not of the right type", code="bad_config")
    if isinstance(value, list) and not all(isinstance(entry, str) for entry in value):
        raise UsageError(f"{name} in {source} is not a list of texts", code="bad_config")
    return value


def _check_texts(name: str, found: Value) -> None:
    """Raise UsageError for what no name and no seed string should be. Paths may be anything; URLs have own rules."""
    if name in ("config", "database"):
        return
    where = f"--{name.replace('_', '-')}" if found.source == "flag" else f"{name} in {found.source}"
    for text in found.value if isinstance(found.value, list) else [found.value]:
        if isinstance(text, str):
            _check_text(text, where)


def _check_text(text: str, where: str) -> None:
    if len(text) > LONGEST_TEXT:
        raise UsageError(f"{where} is longer than {LONGEST_TEXT} characters", code="bad_text")
    character = unprintable(text)
    if character is not None:
        raise UsageError(f"{where} contains the character {character}, which cannot be shown", code="bad_text")
