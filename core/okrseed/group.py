"""Several tenants seeded as if they were one: what many tenants have in common is sent, read and committed once.

Tenants share nothing but the database, so a group is one transaction: a tenant is there as a whole or not at all, and
what a commit costs is spread over ten of them. More at once would only cost memory (measured: docs/PERFORMANCE.md).
"""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Any, NamedTuple, TypeVar

from okrseed.adaptation import Fit
from okrseed.blueprint import Blueprint, Finding, Status, Tenant
from okrseed.cancellation import Cancellation
from okrseed.claim import TenantClaim, released
from okrseed.clock import Clock
from okrseed.errors import OkrseedError
from okrseed.journal import Journal
from okrseed.meter import Kind, accounted, measured
from okrseed.plan import Folded, tenants_label
from okrseed.planner import check_excluded, fold
from okrseed.precedence import leading
from okrseed.prepare import Prepared, production_of, settle, taking_part
from okrseed.production import Production
from okrseed.reading import LaterNewcomers, Newcomers, TenantReader
from okrseed.recall import one_by_one, together
from okrseed.seal import NO_SEALS, Seals
from okrseed.selection import Mode, Selection
from okrseed.settings import RunSettings
from okrseed.succession import Succession
from okrseed.survey import NO_KEYS
from okrseed.targets import Session, Target
from okrseed.verify import verify
from okrseed.whole import ROLLED_BACK, WholeTransaction

Result = TypeVar("Result")

GRAVITY: tuple[Status, ...] = ("pass", "warn", "fail")


class Task(NamedTuple):
    """What every group of a run is seeded with. `who` is told to whoever finds a tenant locked."""

    blueprint: Blueprint
    selection: Selection
    settings: RunSettings
    tenants: Sequence[Tenant]
    run_id: str
    who: str
    seals: Seals = NO_SEALS

    @property
    def verifies(self) -> bool:
        """Whether the checks are run, too."""
        return self.settings.verify and self.selection.mode not in (Mode.PURGE, Mode.DRY_RUN)


@dataclass(frozen=True)
class Outcome:
    """What came of a group; `findings` has those of each tenant in turn, `verify_s` is the time they took."""

    tenants: tuple[str, ...]
    folded: Folded
    statements: int
    findings: tuple[tuple[Finding, ...], ...] = ()
    verify_s: float = 0.0
    lookups: Mapping[bool, int] = field(default_factory=dict)
    spent: Mapping[str, Mapping[Kind, float]] = field(default_factory=dict)
    """What a process of its own has measured."""


class GroupWork:
    """Seeds one group after the other on one target. Retries and waits are told to the journal."""

    def __init__(
        self, target: Target, task: Task, fit: Fit, journal: Journal, cancellation: Cancellation, clock: Clock
    ) -> None:
        self._target = target
        self._task = task
        self._fit = fit
        self._journal = journal
        self._cancellation = cancellation
        self._clock = clock
        self._stages = taking_part(task.blueprint, task.selection, fit)
        made = [fit.stages[stage] for stage in self._stages if task.selection.takes_part(stage)]
        self._succession = Succession(partial(production_of, task.blueprint, task.selection, fit), made)
        self._written = False

    def seed(self, tenants: Sequence[Tenant], after: Sequence[Tenant] = ()) -> Outcome:
        """Seed these tenants in one transaction, and verify each. Raises OkrseedError; then none of them was changed,
        unless the error says otherwise.

        `after` are those that come next: their rows may be begun meanwhile.
        """
        if not self._task.selection.mode.writes:
            return self._look(tenants)
        slugs = [tenant.slug for tenant in tenants]
        # While tenants are verified, the next ones' rows would only take room; and where seals hold, nobody needs them.
        verifies = self._task.verifies
        at_once = not verifies and not self._task.seals.held
        production = self._succession.turn(tenants, after if at_once else (), kept=verifies)
        if self._task.selection.mode is not Mode.PURGE and not self._task.seals.held:
            # While the lock is taken and the server looks for rows, and later while it checks what was written.
            production.ahead(self._fit.stages[stage] for stage in self._stages)
        with (
            contextlib.ExitStack() as lead,
            released(self._target.lock(slugs, self._task.run_id, self._task.who)) as lock,
        ):
            lead.enter_context(leading())
            claim = TenantClaim(lock, tenants_label(slugs), self._clock, self._cancellation.requested)
            try:
                prepared = self._retried(lambda: self._begin(claim, tenants, production))
                if not prepared.reader.hardly_asks:
                    # Rows are read and compared, beside those that are still being made.
                    lead.close()
                with contextlib.closing(prepared):
                    return self._write(prepared, claim)
            except BaseException:
                self._succession.halt()
                raise

    def _begin(self, claim: TenantClaim, tenants: Sequence[Tenant], production: Production) -> Prepared:
        wait_s = self._task.settings.wait_lock_s
        with measured("lock"):
            claim.take(wait_s, self._journal.lock_awaited(wait_s))
        selection = self._task.selection
        # Deleting, and telling what is missing, are no places to presume anything.
        newcomers = LaterNewcomers if self._written else Newcomers
        reader_of = TenantReader if selection.mode.deletes or selection.excluded else newcomers
        with self._target.session("prepare", read_only=True) as session, session.reading():
            prepared = self._settled(
                session, tenants, reader_of=reader_of, production=production, seals=self._task.seals
            )
        if selection.excluded and selection.mode is not Mode.PURGE:
            self._check_excluded(prepared)
        return prepared

    def _check_excluded(self, prepared: Prepared) -> None:
        with self._target.session("prepare", read_only=True) as session, session.reading():
            removed = prepared.removal(session).delete if prepared.selection.mode.deletes else NO_KEYS
            check_excluded(session, prepared, removed)

    def _settled(self, session: Session, tenants: Sequence[Tenant], **how: Any) -> Prepared:
        """Settle the run's selection for these tenants; `how` is what else `settle` takes."""
        task = self._task
        return settle(session, self._target, task.blueprint, task.selection, self._fit, tenants, **how)

    def _write(self, prepared: Prepared, claim: TenantClaim) -> Outcome:
        builder = prepared.builder()
        transaction = WholeTransaction(
            prepared, builder, self._task.settings, self._cancellation, claim, writing=self._succession.writing
        )
        try:
            with accounted("whole"):
                transaction.run(self._stages, self._journal, [None])
        except OkrseedError as raised:
            error = self._cancellation.explain(raised)
            error.safe = "" if transaction.safe == ROLLED_BACK else transaction.safe
            error.stage = error.stage or transaction.stage
            if len(prepared.tenants) == 1 < len(self._task.tenants):
                error.message = f"{prepared.tenant}: {error.message}"
            raise error from None
        self._written = True
        findings, took_s = self._verified(prepared, builder.folded)
        slugs = tuple(tenant.slug for tenant in prepared.tenants)
        folded = builder.folded.named(self._task.tenants, prepared.tenants)
        return Outcome(slugs, folded, transaction.statements, findings, took_s, prepared.reader.lookups)

    def _verified(self, prepared: Prepared, folded: Folded) -> tuple[tuple[tuple[Finding, ...], ...], float]:
        """What is known that the checks would find, or what they find, which is kept."""
        started = self._clock.monotonic()
        known = self._retried(lambda: self._known(prepared)) if self._task.verifies else ()
        if known:
            return known, self._clock.monotonic() - started
        # Before the checks, as somebody may write while they run; and after them, with what they find.
        prepared.sealing.keep_apart(self._target, folded)
        made = None if prepared.sealing.holds else prepared.production
        findings, took_s = self.verified(prepared.tenants, made)
        if findings:
            prepared.sealing.keep_apart(self._target, folded, findings)
        return findings, took_s

    def _known(self, prepared: Prepared) -> tuple[tuple[Finding, ...], ...]:
        if not prepared.sealing.holds:
            return ()
        with self._target.session("verify", read_only=True) as session, session.transaction():
            return tuple(map(tuple, prepared.sealing.findings(session)))

    def verified(
        self, tenants: Sequence[Tenant], production: Production | None = None
    ) -> tuple[tuple[tuple[Finding, ...], ...], float]:
        """What the checks find of each of the tenants, where they are to be run, and the seconds that took.

        `production` is that of all of them, where their rows have been made.
        """
        started = self._clock.monotonic()
        numbers = {tenant.slug: number for number, tenant in enumerate(tenants)}
        findings = chain.from_iterable(
            self._retried(partial(self._findings, some, numbers, production))
            for some in together(tenants if self._task.verifies else ())
        )
        return tuple(findings), self._clock.monotonic() - started

    def _findings(
        self, tenants: Sequence[Tenant], numbers: Mapping[str, int], production: Production | None
    ) -> list[tuple[Finding, ...]]:
        """What the checks find of each, in one transaction. `numbers`: their places in the production."""
        found = []
        with (
            accounted("verify"),
            measured("verify"),
            self._target.session("verify", read_only=True) as session,
            session.transaction(),
        ):
            for tenant, reader_of in one_by_one(session, self._fit, tenants):
                made = production.alone(numbers[tenant.slug]) if production else None
                prepared = self._settled(session, [tenant], production=made, reader_of=reader_of)
                with contextlib.closing(prepared):
                    found.append(verify(session, prepared))
        return found

    def _look(self, tenants: Sequence[Tenant]) -> Outcome:
        with self._target.session("plan", read_only=True) as session, session.transaction():
            prepared = self._settled(session, tenants, seals=self._task.seals)
            builder = prepared.builder()
            with contextlib.closing(prepared):
                fold(session, prepared, builder, self._cancellation.requested.is_set)
                prepared.sealing.keep(session, builder.folded)
            return Outcome(tuple(tenant.slug for tenant in tenants), builder.folded, session.statements)

    def _retried(self, work: Callable[[], Result]) -> Result:
        return self._journal.retried(self._task.settings.retry, self._cancellation.requested, work)


class Verdicts:
    """What verification found of many tenants, as one finding of each check; its size does not grow with them."""

    def __init__(self) -> None:
        self._worst: dict[str, tuple[Finding, str]] = {}
        self._troubled: Counter[str] = Counter()
        self._tenants = 0

    def take(self, tenant: str, findings: Sequence[Finding]) -> None:
        """Take what was found of one tenant; of those alike in gravity the first stays."""
        self._tenants += 1
        for finding in findings:
            before, _ = self._worst.setdefault(finding.id, (finding, tenant))
            self._troubled[finding.id] += finding.status != "pass"
            if GRAVITY.index(finding.status) > GRAVITY.index(before.status):
                self._worst[finding.id] = finding, tenant

    def findings(self) -> tuple[Finding, ...]:
        """Each check, with what is wrong in the first tenant that fails it."""
        return tuple(self._of_all(finding, tenant) for finding, tenant in self._worst.values())

    def _of_all(self, finding: Finding, tenant: str) -> Finding:
        if self._tenants == 1:
            return finding
        troubled = self._troubled[finding.id]
        # What one should have, another need not: tenants differ by a row here and there.
        expected = finding.expected if troubled else f"what each of {self._tenants:,} tenants should have"
        found = f"in {troubled:,} tenants, as in {tenant}: {finding.found}" if troubled else "as expected"
        return Finding(finding.id, finding.title, finding.status, expected, found)
