"""From parsed options to the things a command or the app works with: blueprint, address, selection, settings."""

from __future__ import annotations

import argparse
import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from okrseed.blueprint import Blueprint, Stamp, Tenant
from okrseed.blueprints import DEFAULT, installed, load
from okrseed.configuration import Configuration, Surroundings, address, configure
from okrseed.confirmed import Confirmed
from okrseed.errors import UsageError
from okrseed.graph import nearest
from okrseed.retry import RetryPolicy
from okrseed.safeguards import Permissions, check, may_remember
from okrseed.seal import Seals
from okrseed.selection import Mode, Request, Selection, resolve
from okrseed.settings import DEFAULT_JOBS, ROWS_PER_BATCH, WAIT_LOCK_S, RunSettings
from okrseed.sources import state_of
from okrseed.targets.url import Address
from okrseed.tenants import WHOLE, shard, tenants_of

MOST = {"jobs": 64, "batch": 100_000, "retries": 1_000, "tenants": 1_000_000}
MOST_SECONDS = 86_400.0


@dataclass(frozen=True)
class Invocation:
    """One call of a program, understood. `source` says where the address came from."""

    # Not in its repr: options and environment variables may hold passwords.
    options: argparse.Namespace = field(repr=False)
    surroundings: Surroundings = field(repr=False)
    configuration: Configuration
    blueprint: Blueprint
    address: Address
    source: str

    @property
    def profile(self) -> str | None:
        name = self.configuration.get("profile")
        return None if name is None else str(name)

    def request(self) -> Request:
        """What was asked for, not yet validated."""
        get = self.configuration.get
        mode = getattr(self.options, "mode", None) or "full"
        if self.options.command == "purge":
            mode = "purge"
        return Request(
            mode=Mode(mode),
            size=get("size"),
            environment=get("environment", next(iter(self.blueprint.environments))),
            as_of=_date(get("as_of")),
            seed=get("seed"),
            scopes=_scopes(get("workspaces")),
            select=get("select"),
            exclude=get("exclude"),
            options=frozenset({"roll_cycles"} if get("roll_cycles") else ()),
            with_unseeded=getattr(self.options, "with_unseeded", False),
        )

    def selection(self, stamp: Stamp | None = None) -> Selection:
        """The validated selection. A stamp fills in what was not given (for verification).

        Raises UsageError or Refused as `selection.resolve` does.
        """
        request = self.request()
        if stamp is not None:
            request = self._filled(request, stamp)
        return self.resolved(request)

    def resolved(self, request: Request) -> Selection:
        """The validated selection of a request. Raises UsageError or Refused as `selection.resolve` does."""
        today = request.as_of or self.surroundings.today()
        return resolve(self.blueprint, request, today=today)

    def run_settings(self) -> RunSettings:
        first_wait_s = self._seconds("retry_wait", RetryPolicy.first_wait_s)
        return RunSettings(
            jobs=self._number("jobs", DEFAULT_JOBS, least=1),
            batch=self._number("batch", ROWS_PER_BATCH, least=1),
            retry=RetryPolicy(
                retries=self._number("retries", RetryPolicy.retries, least=0),
                first_wait_s=first_wait_s,
                most_wait_s=max(first_wait_s, RetryPolicy.most_wait_s),
            ),
            atomic=getattr(self.options, "atomic", False),
            bulk=getattr(self.options, "bulk", False),
            wait_lock_s=self._seconds("wait_lock", WAIT_LOCK_S),
            fail_fast=getattr(self.options, "fail_fast", False),
            verify=not getattr(self.options, "no_verify", False),
            create_schema=self.may_create,
        )

    def tenants(self) -> tuple[Tenant, ...]:
        """The tenants that this is about: the configured one, or as many like it as were asked for.

        Raises UsageError for a number or a part of them that makes no sense.
        """
        part = getattr(self.options, "shard", None)
        return tenants_of(self.blueprint, self._number("tenants", 1, least=1), WHOLE if part is None else shard(part))

    def permissions(self) -> Permissions:
        return Permissions(
            remote=getattr(self.options, "allow_remote", None),
            remembered=self.confirmed.identities(),
            production=getattr(self.options, "allow_production", None),
            deletion=getattr(self.options, "yes", False),
        )

    @property
    def confirmed(self) -> Confirmed:
        """The remote targets that this person need not confirm again."""
        return Confirmed(self.surroundings.config_directory)

    def seals(self) -> Seals:
        """What is known of tenants that had nothing left to do; nothing with `--afresh`."""
        return Seals(None if self.options.afresh else self.surroundings.cache_directory / "seals")

    def may_remember(self, selection: Selection) -> bool:
        """Whether a confirmation of this target may be remembered."""
        essential_only = self.blueprint.environments[selection.environment].essential_only
        return may_remember(self.address, essential_only, self.profile)

    def allow(self, selection: Selection) -> None:
        """Raise Refused where this may not run; with `--remember`, do not ask for the target again."""
        permissions = self.permissions()
        remember = getattr(self.options, "remember", False)
        if remember and (permissions.remote is None or not self.may_remember(selection)):
            raise UsageError(
                "--remember goes with --allow-remote, for another host that is not production",
                code="not_remembered",
                hint="Production targets are confirmed each time; this machine needs no confirmation.",
            )
        check(self.blueprint, selection, self.address, permissions, profile=self.profile)
        if remember and permissions.remote == self.address.identity:
            self.confirmed.remember(self.address.identity)

    @property
    def may_create(self) -> bool:
        """Whether missing tables are created: when asked for, and on the embedded default."""
        return bool(self.options.create_schema) or self.address.embedded

    def _filled(self, request: Request, stamp: Stamp) -> Request:
        import dataclasses

        known = {scope.id for scope in self.blueprint.scopes()}
        return dataclasses.replace(
            request,
            size=request.size or (stamp.size if stamp.size in self.blueprint.sizes else None),
            as_of=request.as_of or datetime.date.fromisoformat(stamp.as_of),
            seed=request.seed or stamp.seed,
            scopes=request.scopes or tuple(scope for scope in stamp.scopes if scope in known),
            options=request.options or stamp.options,
        )

    def _number(self, name: str, default: int, *, least: int) -> int:
        value = self.configuration.get(name, default)
        try:
            number = int(value)
        except ValueError:
            number = -1
        if not least <= number <= MOST[name]:
            raise UsageError(f"{name} is not a whole number from {least} to {MOST[name]}: {value!r}", code="bad_number")
        return number

    def _seconds(self, name: str, default: float) -> float:
        value = self.configuration.get(name, default)
        try:
            seconds = float(value)
        except ValueError:
            seconds = -1.0
        if not 0 <= seconds <= MOST_SECONDS:
            raise UsageError(
                f"{name} is not a number of seconds from 0 to {MOST_SECONDS:g}: {value!r}", code="bad_number"
            )
        return seconds


def understand(options: argparse.Namespace, surroundings: Surroundings) -> Invocation:
    """Settle configuration, blueprint and address. Raises UsageError."""
    configuration = configure(_flags(options), surroundings)
    name = configuration.get("blueprint", DEFAULT)
    _check_tables(configuration)
    try:
        blueprint = load(name, configuration.tables.get(name, {}))
    except UsageError as error:
        if error.code == "bad_config" and configuration.source:
            error.message = f"{configuration.source}: {error.message}"
        raise
    # What is loaded stays as it is, whoever writes to its files from now on.
    state_of(blueprint)
    found, source = address(configuration, surroundings)
    return Invocation(options, surroundings, configuration, blueprint, found, source)


def _check_tables(configuration: Configuration) -> None:
    """Every table of the file belongs to a blueprint. Raises UsageError for one that does not."""
    for table in configuration.tables:
        if table not in installed():
            raise UsageError(
                f"unknown table [{table}] in {configuration.source}",
                code="bad_config",
                hint=nearest(table, [*installed(), "profiles"]),
            )


def _flags(options: argparse.Namespace) -> Mapping[str, Any]:
    names = (
        "database",
        "profile",
        "config",
        "blueprint",
        "size",
        "select",
        "exclude",
        "environment",
        "as_of",
        "roll_cycles",
        "seed",
        "jobs",
        "batch",
        "retries",
        "retry_wait",
        "wait_lock",
        "tenants",
    )
    flags = {name: getattr(options, name, None) for name in names}
    if options.workspace is not None:
        flags["workspaces"] = [part.strip() for text in options.workspace for part in text.split(",")]
    return flags


def _date(text: str | None) -> datetime.date | None:
    if text is None:
        return None
    try:
        day = datetime.date.fromisoformat(text)
    except ValueError:
        day = datetime.date.min
    # A year of room on either side: check-ins and rolled quarters lie around the date.
    if not 1970 <= day.year <= 9990:
        raise UsageError(f"as-of is not a date: {text!r}", code="bad_date", hint="Write it as 2026-11-21.")
    return day


def _scopes(names: list[str] | None) -> tuple[str, ...] | None:
    return None if names is None else tuple(names)
