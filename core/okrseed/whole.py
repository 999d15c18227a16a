"""Purge, reset and `--atomic`: everything in one transaction, on purpose, so that a tenant is never half gone."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence

from okrseed.ahead import Surveys
from okrseed.blueprint import Key
from okrseed.cancellation import Cancellation
from okrseed.claim import Claim
from okrseed.errors import DatabaseFailure, OkrseedError, defect
from okrseed.journal import Journal
from okrseed.meter import accounted, measured
from okrseed.plan import Folded, PlanBuilder
from okrseed.prepare import Prepared
from okrseed.selection import Mode
from okrseed.settings import RunSettings
from okrseed.survey import NO_KEYS
from okrseed.targets import Session
from okrseed.writer import Writer

ROLLED_BACK = "Everything was rolled back; nothing was changed."
IN_DOUBT = "The answer to COMMIT did not arrive: either everything was changed or nothing. Running again settles it."


class WholeTransaction:
    """Deletes where the mode does, then creates and updates, in one transaction that is tried again as a whole."""

    def __init__(
        self,
        prepared: Prepared,
        builder: PlanBuilder,
        settings: RunSettings,
        cancellation: Cancellation,
        claim: Claim,
        writing: Callable[[str], object] = lambda stage: None,
    ) -> None:
        """`writing` is told each stage just before it is written."""
        self._prepared = prepared
        self._builder = builder
        self._settings = settings
        self._cancellation = cancellation
        self._claim = claim
        self._writing = writing
        self._writer = Writer(prepared)
        self._attempts = 0
        self._doubtful: Folded | None = None
        self.statements = 0
        """Statements sent over all attempts."""
        self.stage: str | None = None
        """The stage that is being written."""

    @property
    def safe(self) -> str:
        """Words for an error: what has become of the rows."""
        return ROLLED_BACK if self._doubtful is None else IN_DOUBT

    def run(self, stages: Sequence[str], journal: Journal, told: Collection[str | None]) -> None:
        """Write the stages; retries are told for `told`. Raises what rolled everything back."""
        policy, stop = self._settings.retry, self._cancellation.requested
        journal.retried(policy, stop, lambda: self._attempt(stages), stages=told)

    def _attempt(self, stages: Sequence[str]) -> None:
        prepared = self._prepared
        self._attempts += 1
        if self._attempts > 1:
            self._claim.renew()
            prepared.forget(prepared.entities)
        try:
            self._transact(stages)
        except DatabaseFailure as failure:
            if not (failure.conflict and prepared.reader.presumes):
                raise
            # Rows that were taken to be new stand there already: this time they are looked for.
            prepared.forget(prepared.entities)
            self._transact(stages)
        self._settle()

    def _transact(self, stages: Sequence[str]) -> None:
        self._builder.clear()
        with self._prepared.target.session(self._label) as session:
            try:
                with measured("write"), session.transaction():
                    self._write(session, stages)
                    self._cancellation.check()
            except DatabaseFailure as failure:
                if failure.doubtful:
                    self._doubtful = self._builder.folded
                raise
            finally:
                self.statements += session.statements

    @property
    def _label(self) -> str:
        mode = self._prepared.selection.mode
        return mode.value if mode.deletes else "atomic"

    def _settle(self) -> None:
        """Where nothing was left to do after a COMMIT without an answer, that one was the commit.

        A reset always finds something to do: it was done again then, which is what its second plan says.
        """
        doubtful, self._doubtful = self._doubtful, None
        if doubtful is not None and not self._builder.plan().changes:
            self._builder.folded = doubtful

    def _write(self, session: Session, stages: Sequence[str]) -> None:
        prepared, selection = self._prepared, self._prepared.selection
        self.stage = None
        removed: Mapping[str, Collection[Key]] = NO_KEYS
        if selection.mode.deletes:
            removal = prepared.removal(session)
            removal.check(with_unseeded=selection.with_unseeded)
            self._builder.remove(removal)
            self._cancellation.check()
            removed = removal.delete
            self._writer.delete(session, removed)
        if selection.mode is Mode.PURGE:
            return
        written = list(filter(selection.takes_part, stages))
        with Surveys(session, prepared, written, removed, self._builder.add) as surveys:
            for stage in written:
                self.stage = stage
                found = surveys.of(stage)
                self._cancellation.check()
                self._writing(stage)
                self._writer.write(session, found.whole())
        self.stage = None


class WholeRun:
    """Everything in one transaction; what is told of rows is told after the commit."""

    def __init__(
        self,
        prepared: Prepared,
        builder: PlanBuilder,
        journal: Journal,
        settings: RunSettings,
        cancellation: Cancellation,
        claim: Claim,
    ) -> None:
        self._prepared = prepared
        self._builder = builder
        self._journal = journal
        self._cancellation = cancellation
        self._transaction = WholeTransaction(prepared, builder, settings, cancellation, claim)

    def run(self, stages: Sequence[str]) -> OkrseedError | None:
        """Run all stages as one; returns the error that rolled everything back, if one did."""
        for stage in stages:
            self._journal.stage_started(stage)
        # What was read to prepare was read in another transaction.
        self._prepared.forget(self._prepared.entities)
        try:
            with accounted("whole"):
                self._transaction.run(stages, self._journal, stages)
        except OkrseedError as raised:
            return self._rolled_back(stages, self._cancellation.explain(raised))
        except Exception as raised:
            return self._rolled_back(stages, defect(raised))
        self._tell(stages)
        return None

    def _rolled_back(self, stages: Sequence[str], error: OkrseedError) -> OkrseedError:
        error.safe = self._transaction.safe
        error.stage = error.stage or self._transaction.stage
        self._journal.close_open_stages(stages, error)
        return error

    def _tell(self, stages: Sequence[str]) -> None:
        """After the commit: the rows by stage and table; the first stage has the statements of all."""
        statements = self._transaction.statements
        for stage in self._builder.plan().stages:
            if stage.id not in stages:
                continue
            self._journal.stage_committed(stage.id, stage.tables)
            self._journal.stage_finished(stage.id, "done", statements=statements)
            statements = 0
