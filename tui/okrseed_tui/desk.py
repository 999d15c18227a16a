"""The seeder as the app uses it: plan, run, probe. Called from worker threads; knows no widget."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import ClassVar

from okrseed.advice import Budgets, budgets_of
from okrseed.blueprint import Blueprint, Finding, Outline, Tenant
from okrseed.cancellation import Cancellation
from okrseed.clock import Clock, SystemClock
from okrseed.doctor import examine, round_trip_s
from okrseed.events import EventSink
from okrseed.group import Verdicts
from okrseed.history import History, PastRun, with_estimates
from okrseed.invocation import Invocation
from okrseed.many import runner_of
from okrseed.plan import Plan, tenants_label
from okrseed.planner import make_plan
from okrseed.prepare import check_rights, inspect, settle
from okrseed.recall import one_by_one
from okrseed.recording import Recording
from okrseed.redaction import passwords_in
from okrseed.report import RunReport
from okrseed.safeguards import Permissions, check, production_reason
from okrseed.selection import Mode, Selection, resolve
from okrseed.settings import RunSettings
from okrseed.targets import open_target
from okrseed.targets.observations import Observation
from okrseed.targets.url import Address, parse
from okrseed.verify import verify
from okrseed_tui.choices import Choices, from_request
from okrseed_tui.formats import milliseconds
from okrseed_tui.scope_sizes import ScopeSizes, scope_sizes


@dataclass(frozen=True)
class Planned:
    """A plan, the choices it was made for, and how long planning and one round trip took (seconds)."""

    choices: Choices
    plan: Plan
    took_s: float
    round_trip_s: float


@dataclass(frozen=True)
class Look:
    """What the audience will see; `key` says for which choices."""

    key: LookKey
    outlines: tuple[Outline, ...]


@dataclass(frozen=True)
class Sized:
    """How large each workspace is; `key` says for which choices."""

    key: LookKey
    sizes: ScopeSizes


@dataclass(frozen=True)
class Examined:
    """What the doctor found, as a table."""

    findings: Observation


@dataclass(frozen=True)
class Verified:
    """The outcome of a verification by key."""

    findings: tuple[Finding, ...]


LookKey = tuple[object, ...]


def random_id() -> str:
    """Twelve hexadecimal digits, by chance."""
    return uuid.uuid4().hex[:12]


def look_key(choices: Choices) -> LookKey:
    """What the look depends on; the mode is not part of it."""
    return (*size_key(choices), choices.scopes, choices.stages)


def size_key(choices: Choices) -> LookKey:
    """What the sizes of the workspaces depend on: not which of them are chosen."""
    return (choices.size, choices.environment, choices.as_of, choices.seed, choices.options)


class Desk:
    """One target and blueprint, as the app was started with."""

    remembers: ClassVar[bool] = True
    """Whether whoever uses the app may settle for good that a target is not asked for again."""

    def __init__(
        self, invocation: Invocation, *, clock: Clock | None = None, new_id: Callable[[], str] = random_id
    ) -> None:
        """`new_id` names the runs."""
        self.clock = clock or SystemClock()
        self._new_id = new_id
        self._invocation = invocation
        self.blueprint: Blueprint = invocation.blueprint
        self.address: Address = invocation.address
        self._profile = invocation.profile
        self._tenants = invocation.tenants()
        self._history = History(invocation.surroundings.data_directory)

    @property
    def tenant(self) -> Tenant:
        """The configured tenant."""
        return self.blueprint.tenant()

    @property
    def tenants(self) -> str:
        """Whom this is about, in words."""
        return tenants_label([tenant.slug for tenant in self._tenants])

    @property
    def tenants_briefly(self) -> str:
        """Whom this is about, where there is little room."""
        return self.tenants if len(self._tenants) == 1 else f"{len(self._tenants):,} tenants"

    @property
    def budgets(self) -> Budgets:
        """The seconds that each stage may take."""
        return budgets_of(self.blueprint, len(self._tenants))

    def production_reason(self, choices: Choices) -> str | None:
        """Why this counts as production; None where it does not."""
        environment = self.blueprint.environments.get(choices.environment)
        essential = environment is not None and environment.essential_only
        return production_reason(self.address, essential, self._profile)

    @property
    def working_directory(self) -> Path:
        """Where reports are written."""
        return self._invocation.surroundings.working_directory

    @property
    def data_directory(self) -> Path:
        """Where the user's own files are kept."""
        return self._invocation.surroundings.data_directory

    def passwords(self) -> frozenset[str]:
        """Every password of a database that is known here, for hiding them."""
        used = {value for name, value in self.address.parameters.items() if name.endswith("password")}
        return passwords_in(self.profiles().values()) | used

    def profiles(self) -> Mapping[str, str]:
        """The databases of the configured profiles, by name."""
        return self._invocation.configuration.profile_databases()

    def test(self, url: str) -> str:
        """What a database says on being asked for its tables. Raises OkrseedError."""
        address = parse(url, self._invocation.surroundings.environ)
        with open_target(address) as target, target.session("test", read_only=True) as session:
            took_s = round_trip_s(session, self.clock)
            found = session.inspect(list(self.blueprint.entities())).tables
        return f"answers in {milliseconds(took_s)}; {len(found)} known tables"

    def move(self, profile: str | None, url: str) -> None:
        """Use another database from now on. Raises UsageError for a URL that cannot be understood."""
        self.address = parse(url, self._invocation.surroundings.environ)
        self._profile = profile

    def first_choices(self) -> Choices:
        """The choices that the command line and the configuration make. Raises UsageError."""
        return from_request(self.blueprint, self._invocation.request(), self._invocation.surroundings.today())

    def selection(self, choices: Choices) -> Selection:
        """The validated selection. Raises UsageError or Refused."""
        return resolve(self.blueprint, choices.request(self.blueprint), today=choices.as_of)

    def plan(self, choices: Choices, cancelled: Callable[[], bool]) -> Planned:
        """Plan on a connection of its own. Tables that do not exist yet are planned as empty ones."""
        started = self.clock.monotonic()
        with open_target(self.address) as target:
            with target.session("ping", read_only=True) as session:
                answer_s = round_trip_s(session, self.clock)
            plan = make_plan(
                target,
                self.blueprint,
                self.selection(choices),
                may_create=True,
                tenants=self._tenants,
                jobs=self._invocation.run_settings().jobs,
                seals=self._invocation.seals(),
                cancelled=cancelled,
            )
        took_s = self.clock.monotonic() - started
        return Planned(choices, with_estimates(plan, self.past_runs()), took_s, answer_s)

    def look(self, choices: Choices) -> Look:
        """What the audience will see; from desired rows alone."""
        selection = self.selection(replace(choices, mode=Mode.FULL))
        world = self.blueprint.world(selection, self.tenant)
        return Look(look_key(choices), self.blueprint.outline(world))

    def size(self, choices: Choices) -> Sized:
        """How many rows each workspace brings; from desired rows alone."""
        known = frozenset(scope.id for scope in self.blueprint.scopes())
        selection = self.selection(replace(choices, mode=Mode.FULL, scopes=known))
        return Sized(size_key(choices), scope_sizes(self.blueprint, self.tenant, selection))

    def examine(self, choices: Choices) -> Examined:
        """What the doctor finds, on a connection of its own."""
        with open_target(self.address) as target:
            found = examine(target, self.blueprint, self.selection(replace(choices, mode=Mode.FULL)), self.clock)
        rows: list[tuple[str, str]] = []
        for one in sorted(found, key=lambda one: ("fail", "warn", "ok").index(one.status)):
            rows.append((one.status, f"{one.title}: {one.found}"))
            rows += [("", f"to do: {one.advice}")] if one.advice else []
        return Examined(Observation("Findings", ("", "found"), tuple(rows)))

    def observe(self) -> list[Observation]:
        """What the database says of itself, on a connection of its own."""
        with open_target(self.address) as target, target.session("observe", read_only=True) as session:
            return session.observe(list(self.blueprint.entities()))

    def verify(self, choices: Choices) -> Verified:
        """Run the checks on the tenant as it is now."""
        selection = replace(self.selection(replace(choices, mode=Mode.FULL)), mode=Mode.DRY_RUN)
        verdicts = Verdicts()
        with (
            open_target(self.address) as target,
            target.session("verify", read_only=True) as session,
            session.transaction(),
        ):
            fit = inspect(session, self.blueprint)
            check_rights(Mode.DRY_RUN, fit.catalogue)
            for tenant, reader_of in one_by_one(session, fit, self._tenants):
                prepared = settle(session, target, self.blueprint, selection, fit, [tenant], reader_of=reader_of)
                verdicts.take(tenant.slug, verify(session, prepared))
        return Verified(verdicts.findings())

    def past_runs(self) -> list[PastRun]:
        """The latest runs of this person, newest first. Raises OkrseedError where the history cannot be read."""
        return self._history.runs()

    def allow(self, choices: Choices, permissions: Permissions) -> None:
        """Raise Refused where a run of these choices needs a confirmation that `permissions` lack."""
        given = self._invocation.permissions()
        merged = replace(
            permissions,
            remote=permissions.remote or given.remote,
            remembered=given.remembered,
            production=permissions.production or given.production,
        )
        check(
            self.blueprint,
            self.selection(choices),
            self.address,
            merged,
            profile=self._profile,
        )

    def remember(self) -> None:
        """Do not ask for a confirmation of this target again. Raises UsageError where that cannot be kept."""
        self._invocation.confirmed.remember(self.address.identity)

    def run(self, choices: Choices, sink: EventSink, cancellation: Cancellation, *, create_schema: bool) -> RunReport:
        """Run to the end. Raises OkrseedError for what stops it before the first row."""
        settings = replace(self._invocation.run_settings(), create_schema=create_schema)
        selection, run_id = self.selection(choices), self._new_id()
        with open_target(self.address) as target, self._recording(run_id, selection, settings) as kept:
            report = runner_of(
                target,
                self.blueprint,
                selection,
                self._tenants,
                run_id=run_id,
                clock=self.clock,
                sink=sink,
                settings=settings,
                cancellation=cancellation,
                who=self._invocation.surroundings.who(),
                seals=self._invocation.seals(),
            ).run()
        kept.ended(report)
        return report

    def _recording(self, run_id: str, selection: Selection, settings: RunSettings) -> Recording:
        return Recording(
            self._history,
            self.address.label,
            self.tenants,
            run_id=run_id,
            selection=selection,
            settings=settings,
            # A history that cannot be used is told when it is read, which the app does after every run.
            trouble=lambda error: None,
        )
