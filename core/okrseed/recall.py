"""Rows that one transaction has read, so that a question for some of them is answered without asking once more.

Several tenants are read in as many messages as one, and each is then looked at by itself.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from functools import cached_property, partial
from itertools import chain
from operator import itemgetter

from okrseed.adaptation import Fit
from okrseed.blueprint import Entity, Row, Tenant
from okrseed.reading import Condition, Question, TenantReader
from okrseed.targets import Session
from okrseed.targets.schema import Projection

Wanted = Mapping[str, Set[object]]
"""Values by column: a row is wanted that has one of them."""

READ_TOGETHER = 5
"""Tenants whose rows are read at once; ten would take a tenth less time, and a quarter more memory."""
NOTHING: Set[object] = frozenset()


class Answer:
    """The rows that one question found."""

    def __init__(self, entity: Entity, wanted: Wanted, rows: Sequence[Row]) -> None:
        self._entity = entity
        self._wanted = wanted
        self._rows = rows

    def part(self, wanted: Wanted) -> list[Row] | None:
        """The rows of a question that asks for no more than this one did; None where it does, or nobody can tell."""
        if not all(values <= self._wanted.get(column, NOTHING) for column, values in wanted.items()):
            return None
        if not self._is_told_apart:
            return None
        places = {
            place for column, values in wanted.items() for value in values for place in self._by[column].get(value, ())
        }
        return [self._rows[place] for place in sorted(places)]

    @cached_property
    def _by(self) -> Mapping[str, Mapping[object, list[int]]]:
        """By column that was asked for, and by what they hold there: the places of the rows."""
        by: dict[str, Mapping[object, list[int]]] = {}
        for column, values in self._wanted.items():
            held = map(itemgetter(self._entity.positions[column]), self._rows)
            places_of: defaultdict[object, list[int]] = defaultdict(list)
            for place, value in enumerate(held):
                if value in values:
                    places_of[value].append(place)
            by[column] = places_of
        return by

    @cached_property
    def _is_told_apart(self) -> bool:
        """Whether each row is here for a value that it has.

        A database may find others alike, text of a collation without case, say; nobody here knows which.
        """
        found = set(chain.from_iterable(chain.from_iterable(places.values()) for places in self._by.values()))
        return len(found) == len(self._rows)


class Recall:
    """What was read in one transaction, which sees one state of the database."""

    def __init__(self) -> None:
        self._answers: defaultdict[str, list[Answer]] = defaultdict(list)
        self._empty: frozenset[str] | None = None

    def rows(self, table: str, wanted: Wanted) -> list[Row] | None:
        """What is known to be the whole answer; None where the database has to be asked."""
        for answer in self._answers[table]:
            rows = answer.part(wanted)
            if rows is not None:
                return rows
        return None

    def keep(self, entity: Entity, wanted: Wanted, rows: Sequence[Row]) -> None:
        """Remember what the database has answered."""
        self._answers[entity.name].append(Answer(entity, wanted, rows))

    def empty(self, session: Session, projections: Sequence[Projection]) -> frozenset[str]:
        """The tables that hold no row at all; asked once."""
        if self._empty is None:
            self._empty = session.empty(projections)
        return self._empty


class RecallingReader(TenantReader):
    """Asks the database for what others who share its memory have not asked for."""

    def __init__(
        self,
        recall: Recall,
        entities: Mapping[str, Entity],
        projections: Mapping[str, Projection],
        *tenants: Tenant,
    ) -> None:
        super().__init__(entities, projections, *tenants)
        self._recall = recall

    def anew(self) -> TenantReader:
        return RecallingReader(self._recall, self.entities, self._projections, *self._tenants)

    def _asked(self, session: Session, questions: Sequence[Question]) -> list[list[Row]]:
        wanted = [_wanted(conditions) for _, conditions in questions]
        known = [self._recall.rows(table, values) for (table, _), values in zip(questions, wanted, strict=True)]
        unknown = [place for place, rows in enumerate(known) if rows is None]
        for place, rows in zip(unknown, super()._asked(session, [questions[place] for place in unknown]), strict=True):
            known[place] = rows
            self._recall.keep(self.entities[questions[place][0]], wanted[place], rows)
        return [rows or [] for rows in known]

    def _hollow(self, session: Session, projections: Sequence[Projection]) -> frozenset[str]:
        return self._recall.empty(session, projections)


def _wanted(conditions: Sequence[Condition]) -> Wanted:
    """The conditions, those on one column as one."""
    wanted: defaultdict[str, set[object]] = defaultdict(set)
    for column, values in conditions:
        wanted[column].update(values)
    return wanted


def together(tenants: Sequence[Tenant]) -> Iterator[Sequence[Tenant]]:
    """The tenants, in parts that are read at once."""
    return (tenants[start : start + READ_TOGETHER] for start in range(0, len(tenants), READ_TOGETHER))


def one_by_one(
    session: Session, fit: Fit, tenants: Sequence[Tenant]
) -> Iterator[tuple[Tenant, Callable[..., TenantReader]]]:
    """Each tenant, with the kind of reader that knows its rows; in one transaction, which has read some at once."""
    for some in together(tenants):
        reader_of = partial(RecallingReader, Recall())
        reader_of(fit.entities, fit.projections, *some).read_all(session)
        yield from ((tenant, reader_of) for tenant in some)
