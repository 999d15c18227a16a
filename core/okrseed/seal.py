"""Seals: what is known of tenants that had nothing left to do, so that the next look can be a single question.

A survey follows from the rows that it reads, and from what it is a survey of: blueprint, selection, schema, the code
itself. The server computes a digest of these rows for each table. Where those are the digests of a seal, and the rest
is as it was, the survey would find the same again, so no row is made, sent or compared. Where a few of our rows were
edited since, only those are (`amended`).

A seal is of one state of the database: of what one transaction saw (a plan, the checks at the end of a run), or, where
several have read, between the first row and the digest none has ended on the server.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from okrseed import __version__
from okrseed.adaptation import Fit
from okrseed.adoption import Adoption
from okrseed.amended import Amended, Sealed, amended
from okrseed.blueprint import Blueprint, Finding, Stage, Tenant
from okrseed.desired import Desired
from okrseed.errors import DatabaseFailure, NoConnection
from okrseed.meter import measured
from okrseed.plan import Folded, TablePlan
from okrseed.reading import TenantReader
from okrseed.recorded import choices_document
from okrseed.selection import Selection
from okrseed.sources import state_of
from okrseed.survey import Counts, Recalled
from okrseed.targets import Digest, Session, Target
from okrseed.targets.address import Address
from okrseed.whole_file import put

MOST_SEALS = 1_000
MOST_OF_A_RUN = 200
"""A run over more groups of tenants than this would only take the room of its own first ones."""
MOST_ELSEWHERE = 1_000
"""Rows of a table that lie in no tenant; each seal names them."""


class Seal(NamedTuple):
    """What stood there at a `moment` that the server told.

    `elsewhere` are values by which rows were found that lie in no tenant, by table; `findings` those of each tenant,
    none where nothing was verified.
    """

    moment: str
    digests: Sealed
    elsewhere: Mapping[str, Sequence[Any]]
    stages: Mapping[str, Mapping[str, Counts]]
    findings: Sequence[Sequence[Finding]] = ()


class Seals:
    """The seals of this person, each in a file of its own; none are kept where there is no folder.

    They only save time: one that cannot be read or written is as good as none.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = folder
        self._kept = 0
        self._broken = 0
        self._passed_over = 0
        self.held = False
        """Whether the last one that was asked for held: of many tenants, the next will do so, too."""

    def find(self, question: str) -> Seal | None:
        """The seal that answers a question, if there is one worth asking the database about."""
        if self.folder is None:
            return None
        if self._passed_over < self._broken:
            self._passed_over += 1
            return None
        with contextlib.suppress(OSError, UnicodeDecodeError):
            file = self.folder / question
            checksum, _, text = file.read_text(encoding="utf-8").partition("\n")
            if checksum == _checksum(text):
                file.touch()
                return _unpacked(text)
        return None

    def answered(self, *, held: bool, helped: bool) -> None:
        """Note whether a seal held, and whether it helped. Of many tenants, one is passed over after one that did not
        help, two after two, …"""
        self.held = held
        self._broken = 0 if helped else self._broken + 1
        self._passed_over = 0

    def keep(self, question: str, seal: Seal) -> None:
        """Keep a seal; those that were asked for the longest ago make room."""
        if self.folder is None or self._kept >= MOST_OF_A_RUN:
            return
        self._kept += 1
        with contextlib.suppress(OSError):
            text = json.dumps(seal, ensure_ascii=False)
            put(self.folder / question, f"{_checksum(text)}\n{text}")
            kept = sorted(self.folder.iterdir(), key=lambda file: file.stat().st_mtime_ns)
            for file in kept[:-MOST_SEALS]:
                file.unlink()


NO_SEALS = Seals()


def _unpacked(text: str) -> Seal:
    moment, digests, elsewhere, stages, findings = json.loads(text)
    return Seal(
        moment,
        {table: (rows, total) for table, (rows, total) in digests.items()},
        elsewhere,
        {stage: {table: Counts(*counts) for table, counts in tables.items()} for stage, tables in stages.items()},
        [[Finding._make(one) for one in those] for those in findings],
    )


def _checksum(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Sealing:
    """The seal of the tenants that are read and written as one: asked for before they are surveyed, kept afterwards."""

    def __init__(
        self, seals: Seals, question: str | None, reader: TenantReader, adoption: Adoption, *, seeded: bool
    ) -> None:
        """`question` is None where no seal can answer; `seeded`: all of the tenants are there already."""
        self._seals = seals
        self._question = question
        self._reader = reader
        self._adoption = adoption
        self._seeded = seeded
        self._seal = seals.find(self._question) if self._question is not None and seeded else None
        self._moment: str | None = None
        # What the server said at that moment, and of which rows that lie in no tenant.
        self._told: tuple[Mapping[str, Sequence[Any]], Sealed | None] | None = None
        self._amended: Mapping[str, Amended] | None = None

    @property
    def expected(self) -> bool:
        """Whether there is a seal to ask the database about."""
        return self._seal is not None

    @property
    def holds(self) -> bool:
        """Whether all rows are known to be as they were when nothing was left to do."""
        amended = self._amended
        return amended is not None and not amended

    @property
    def answers(self) -> bool:
        """Whether it is known what a survey would find: all rows are as they were, or it is known which are not."""
        return self._amended is not None

    @property
    def complete(self) -> bool:
        """Whether a seal would tell nothing new."""
        return self._question is None or (self.holds and bool(self._seal and self._seal.findings))

    def ask(self, session: Session) -> None:
        """Ask whether the seal holds, in the transaction in which the tenants are read first."""
        if self._question is None or not self._seeded:
            return
        self._moment = session.moment()
        if self._moment is None:
            # A database that does not tell what it sees cannot be believed to see the same.
            self._question = self._seal = None
        if self._seal is not None:
            self._amended = self._changes(session, self._seal)
            self._seals.answered(held=self.holds, helped=self.answers)

    def _changes(self, session: Session, seal: Seal) -> Mapping[str, Amended] | None:
        """The rows that are not as they were, by table; None where they are not known."""
        extents = self._reader.extents(seal.elsewhere)
        # What was written since is told for a tenth more; there is nothing where no transaction has ended.
        since = seal.moment if seal.moment != self._moment else None
        with measured("read"):
            told = session.digest(extents, since)
            if told is None and since is not None:
                told = session.digest(extents)
            self._told = seal.elsewhere, _sealed(told)
            if told is None or told.keys() != seal.digests.keys():
                return None
            return amended(session, seal.digests, told, extents, self._reader.entities, self._declared)

    def _declared(self, table: str) -> Desired | None:
        """What the one stage of a table declares; None where the seal does not know that stage."""
        known = [stage for stage, counts in self._seal.stages.items() if table in counts] if self._seal else []
        try:
            return self._adoption.declared(table) if len(known) == 1 else None
        except Exception:
            # A defect of the producer: whoever surveys the stage is told the same, and says where it was.
            return None

    def anew(self, reader: TenantReader, adoption: Adoption) -> Sealing:
        """The same for whoever reads the tenants anew: nothing is asked."""
        return Sealing(self._seals, self._question, reader, adoption, seeded=False)

    def recall(self, stage: Stage) -> Recalled | None:
        """What is known of a stage without a look at its rows, if everything is."""
        # Once, as another stage that fails may have it forgotten.
        amended = self._amended
        counts = self._seal.stages.get(stage.id) if self._seal else None
        if amended is None or counts is None or counts.keys() != set(stage.tables):
            return None
        return Recalled(counts, {table: amended[table] for table in stage.tables if table in amended})

    def settles(self, stage: Stage) -> bool:
        """Whether a stage is known without a word to the database."""
        recalled = self.recall(stage)
        return recalled is not None and not recalled.amended

    def findings(self, session: Session) -> Sequence[Sequence[Finding]]:
        """What the checks would find of each tenant, where that is known of the session's own transaction."""
        seal = self._seal
        if not (self.holds and seal and seal.findings):
            return ()
        unbroken = session.moment() == self._moment or self._digests(session, seal.elsewhere) == seal.digests
        return seal.findings if unbroken else ()

    def keep_seen(self, session: Session, folded: Folded, findings: Sequence[Sequence[Finding]]) -> None:
        """Keep what was surveyed, and found by the checks, all of it in the session's own transaction."""
        self._moment = session.moment()
        if self._is_news(folded, findings):
            self._keep(session, self._reader.elsewhere(), folded, findings)

    def keep(self, session: Session, folded: Folded, findings: Sequence[Sequence[Finding]] = ()) -> None:
        """Keep what was surveyed, and found by the checks, if nobody has written since the tenants were read first."""
        if self._is_news(folded, findings) and session.moment() == self._moment:
            elsewhere = self._seal.elsewhere if self.answers and self._seal else self._reader.elsewhere()
            self._keep(session, elsewhere, folded, findings)

    def keep_apart(self, target: Target, folded: Folded, findings: Sequence[Sequence[Finding]] = ()) -> None:
        """The same, in a transaction of its own, when everything that was asked for is done."""
        # A connection that is lost now costs the next look some time, and this run nothing.
        with contextlib.suppress(DatabaseFailure, NoConnection):
            if self._is_news(folded, findings):
                with target.session("prepare", read_only=True) as session, session.reading():
                    self.keep(session, folded, findings)

    def forget(self) -> None:
        """Somebody else may have written: nothing is known any more."""
        self._amended = None
        self._moment = None

    def _is_news(self, folded: Folded, findings: Sequence[Sequence[Finding]]) -> bool:
        known = self.complete or (self.holds and not findings)
        return self._moment is not None and not known and not self._adoption.adopts and _nothing_left(folded)

    def _keep(
        self,
        session: Session,
        elsewhere: Mapping[str, Sequence[Any]],
        folded: Folded,
        findings: Sequence[Sequence[Finding]],
    ) -> None:
        if self._question is None or self._moment is None or not all(map(_few_and_plain, elsewhere.values())):
            return
        if self._told is None or self._told[0] != elsewhere:
            self._told = elsewhere, self._digests(session, elsewhere)
        _, digests = self._told
        if digests is None:
            return
        stages = {
            stage: {table.table: Counts(table.unchanged, table.kept, table.unseeded) for table in tables.values()}
            for stage, tables in folded.tables.items()
        }
        self._seals.keep(self._question, Seal(self._moment, digests, elsewhere, stages, findings))

    def _digests(self, session: Session, elsewhere: Mapping[str, Sequence[Any]]) -> Sealed | None:
        with measured("read"):
            return _sealed(session.digest(self._reader.extents(elsewhere)))


def question(
    seals: Seals, blueprint: Blueprint, selection: Selection, fit: Fit, tenants: Sequence[Tenant], address: Address
) -> str | None:
    """Everything but rows that a survey follows from, as one name; None where it cannot be known, or nobody asks."""
    if seals.folder is None or selection.mode.deletes:
        return None
    # What a view, a foreign table or a policy shows may change without any transaction here.
    elsewhere = any(not table.stored or table.row_security for table in fit.catalogue.tables.values())
    state = state_of(blueprint)
    if elsewhere or state is None:
        return None
    facts = [
        __version__,
        state,
        blueprint.name,
        blueprint.version,
        blueprint.configured,
        choices_document(selection),
        [(stage, choice.selected) for stage, choice in selection.stages.items()],
        [(tenant.slug, tenant.title, dict(tenant.facts)) for tenant in tenants],
        fit.catalogue.digest,
        address.identity,
        address.schema,
    ]
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _sealed(told: Mapping[str, Digest] | None) -> Sealed | None:
    return None if told is None else {table: digest.whole for table, digest in told.items()}


def _few_and_plain(values: Sequence[object]) -> bool:
    """Whether a seal may name them; JSON gives them back as they are."""
    return len(values) <= MOST_ELSEWHERE and all(type(value) in (str, int) for value in values)


def _nothing_left(folded: Folded) -> bool:
    """Whether every row stands as it should."""
    return not any(_left(table) for tables in folded.tables.values() for table in tables.values())


def _left(table: TablePlan) -> int:
    return table.create + table.update + table.delete + table.left
