"""The seeder as the app uses it: plan, run, probe. Called from worker threads; knows no widget."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from okrseed.blueprint import Blueprint, Tenant
from okrseed.cancellation import Cancellation
from okrseed.events import EventSink
from okrseed.invocation import Invocation
from okrseed.plan import Plan
from okrseed.planner import make_plan
from okrseed.report import RunReport
from okrseed.run import Runner
from okrseed.safeguards import Permissions, check, production_reason
from okrseed.selection import Selection, resolve
from okrseed.targets import open_target
from okrseed.targets.url import Address
from okrseed_tui.choices import Choices, from_request


@dataclass(frozen=True)
class Planned:
    """A plan, the choices it was made for, and how long it took (seconds)."""

    choices: Choices
    plan: Plan
    took_s: float


class Desk:
    """One target and blueprint, as the app was started with."""

    def __init__(self, invocation: Invocation) -> None:
        self._invocation = invocation
        self.blueprint: Blueprint = invocation.blueprint
        self.address: Address = invocation.address

    @property
    def tenant(self) -> Tenant:
        """The configured tenant."""
        return self.blueprint.tenant()

    def production_reason(self, choices: Choices) -> str | None:
        """Why this counts as production; None where it does not."""
        environment = self.blueprint.environments.get(choices.environment)
        essential = environment is not None and environment.essential_only
        return production_reason(self.address, essential, self._invocation.profile)

    def first_choices(self) -> Choices:
        """The choices that the command line and the configuration make. Raises UsageError."""
        return from_request(self.blueprint, self._invocation.request(), self._invocation.surroundings.today())

    def selection(self, choices: Choices) -> Selection:
        """The validated selection. Raises UsageError or Refused."""
        return resolve(self.blueprint, choices.request(self.blueprint), today=choices.as_of)

    def plan(self, choices: Choices, cancelled: Callable[[], bool]) -> Planned:
        """Plan on a connection of its own. Tables that do not exist yet are planned as empty ones."""
        started = time.monotonic()
        with open_target(self.address) as target:
            plan = make_plan(target, self.blueprint, self.selection(choices), may_create=True, cancelled=cancelled)
        return Planned(choices, plan, time.monotonic() - started)

    def allow(self, choices: Choices, permissions: Permissions) -> None:
        """Raise Refused where a run of these choices needs a confirmation that `permissions` lack."""
        given = self._invocation.permissions()
        merged = replace(
            permissions,
            remote=permissions.remote or given.remote,
            production=permissions.production or given.production,
        )
        check(
            self.blueprint,
            self.selection(choices),
            self.address,
            merged,
            profile=self._invocation.profile,
        )

    def run(self, choices: Choices, sink: EventSink, cancellation: Cancellation, *, create_schema: bool) -> RunReport:
        """Run to the end. Raises OkrseedError for what stops it before the first row."""
        settings = replace(self._invocation.run_settings(), create_schema=create_schema)
        with open_target(self.address) as target:
            return Runner(
                target,
                self.blueprint,
                self.selection(choices),
                run_id=uuid.uuid4().hex[:12],
                sink=sink,
                settings=settings,
                cancellation=cancellation,
            ).run()
