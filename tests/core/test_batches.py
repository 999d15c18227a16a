"""A survey's changes are cut into transactions: whole families, limited in size, each change once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from hypothesis import given
from hypothesis import strategies as st

from okrseed.blueprint import Family, Row
from okrseed.desired import keyed
from okrseed.diff import difference
from okrseed.survey import MOST_ROWS_PER_TRANSACTION, Batch, StageSurvey, TableSurvey
from tests.core.library import ENTITIES, STAGES
from tests.core.properties import pure

BOOKS = next(stage for stage in STAGES if stage.id == "books")
TITLE = ENTITIES["books"].positions["title"]


def _family(number: int, authors: int) -> Family:
    book = (f"book{number}", "shelf", "new", "NOVEL", 1, None, False, None, None, None)
    links = [(f"book{number}", f"author{place}", place) for place in range(authors)]
    return {"books": [book], "book_authors": links}


def _survey(families: Sequence[Family], actual: dict[str, list[Row]], *, updates: bool = True) -> StageSurvey:
    tables = []
    for table in BOOKS.tables:
        entity = ENTITIES[table]
        desired = keyed(entity, [row for family in families for row in family[table]])
        found = keyed(entity, actual.get(table, []))
        diff = difference(entity, entity.columns, desired.keys(), desired.values(), found)
        tables.append(TableSurvey(table, diff, creates=True, updates=updates))
    return StageSurvey(BOOKS, tuple(tables), families)


@st.composite
def surveys(draw: st.DrawFn) -> StageSurvey:
    """Books with up to five authors, of which the target has some, and some of those as they should be."""
    counts = draw(st.lists(st.integers(0, 5), max_size=12))
    families = [_family(number, authors) for number, authors in enumerate(counts)]
    actual: dict[str, list[Row]] = {table: [] for table in BOOKS.tables}
    for family in families:
        for table, rows in family.items():
            for row in rows:
                state = draw(st.sampled_from(["absent", "same", "different"]))
                place = TITLE if table == "books" else 2
                if state != "absent":
                    value = row[place] if state == "same" else "old"
                    actual[table].append((*row[:place], value, *row[place + 1 :]))
    return _survey(families, actual, updates=draw(st.booleans()))


def _changes(batch: Batch) -> Iterator[tuple[str, str, Row]]:
    for action, tables in (("create", batch.create), ("update", batch.update)):
        for table, rows in tables.items():
            yield from ((action, table, row) for row in rows)


def _batches(survey: StageSurvey, most_rows: int) -> list[Batch]:
    return list(survey.batches(ENTITIES, most_rows))


def _books(batch: Batch) -> set[str]:
    """The families of a batch, by the id of their book."""
    return {row[0] for _, _, row in _changes(batch)}


def _sizes(batch: Batch) -> Counter[str]:
    return Counter(table for _, table, _ in _changes(batch))


@given(surveys(), st.integers(1, 8))
@pure
def test_every_change_is_in_exactly_one_batch(survey: StageSurvey, most_rows: int) -> None:
    written = Counter(
        (action, table, ENTITIES[table].key(row))
        for batch in _batches(survey, most_rows)
        for action, table, row in _changes(batch)
    )
    wanted = Counter(
        (action, table.table, key)
        for table in survey.tables
        for action, changes in (("create", table.create), ("update", table.update))
        for key in changes
    )
    assert written == wanted


@given(surveys())
@pure
def test_as_one_batch_the_changes_are_the_same(survey: StageSurvey) -> None:
    whole = Counter(map(repr, _changes(survey.whole())))
    assert whole == Counter(repr(change) for batch in _batches(survey, 3) for change in _changes(batch))


@given(surveys(), st.integers(1, 8))
@pure
def test_no_family_is_split(survey: StageSurvey, most_rows: int) -> None:
    batches_of = Counter(book for batch in _batches(survey, most_rows) for book in _books(batch))
    assert set(batches_of.values()) <= {1}


@given(surveys(), st.integers(1, 8))
@pure
def test_only_a_single_family_may_pass_the_limit_of_a_table(survey: StageSurvey, most_rows: int) -> None:
    for batch in _batches(survey, most_rows):
        assert max(_sizes(batch).values()) <= most_rows or len(_books(batch)) == 1


@given(surveys(), st.integers(1, 8))
@pure
def test_no_batch_is_empty_and_families_keep_their_order(survey: StageSurvey, most_rows: int) -> None:
    batches = _batches(survey, most_rows)
    assert all(_books(batch) for batch in batches)
    places = [sorted(int(book.removeprefix("book")) for book in _books(batch)) for batch in batches]
    assert [place for batch in places for place in batch] == sorted(place for batch in places for place in batch)


@given(surveys())
@pure
def test_a_batch_is_filled_before_the_next_one_begins(survey: StageSurvey) -> None:
    assert len(_batches(survey, 1_000)) <= 1


def test_the_rows_of_a_transaction_are_limited_over_all_its_tables() -> None:
    families = [_family(number, 3_999) for number in range(5)]
    sizes = [_sizes(batch).total() for batch in _batches(_survey(families, {}), 1_000_000)]
    assert sizes == [8_000, 8_000, 4_000]
    assert max(sizes) <= MOST_ROWS_PER_TRANSACTION


def test_a_family_larger_than_a_transaction_is_written_whole() -> None:
    (batch,) = _batches(_survey([_family(0, MOST_ROWS_PER_TRANSACTION + 1)], {}), 1_000)
    assert _sizes(batch) == {"books": 1, "book_authors": MOST_ROWS_PER_TRANSACTION + 1}


def test_what_the_mode_does_not_update_is_in_no_batch() -> None:
    family = _family(0, 0)
    old = [(*row[:TITLE], "old", *row[TITLE + 1 :]) for row in family["books"]]
    assert _batches(_survey([family], {"books": old}, updates=False), 1_000) == []
