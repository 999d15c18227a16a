"""The server's digest changes with every value of every row that it is asked about, and with nothing else."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import psycopg
import pytest

from okrseed.targets import Digest, Extent, Member, open_target, postgres_digest
from okrseed.targets.schema import ProjectedColumn, Projection
from okrseed.targets.url import parse

PAIRS = {
    "text": [("'a'", "'b'"), ("'a'", "'A'"), ("''", "null"), ("'a'", "'a '")],
    "varchar": [("'a'", "'b'")],
    'text collate "blind"': [("'a'", "'A'")],
    "bool": [("true", "false"), ("false", "null")],
    "int2": [("1", "2"), ("0", "null")],
    "int4": [("1", "-1")],
    "int8": [("1", "4294967297"), ("0", "4294967297"), ("-1", "4294967295")],
    "bpchar": [("'a'", "'a '"), ("''", "null")],
    "float8": [("0.1", "0.2"), ("'nan'", "0")],
    "numeric": [("1.0", "1.00")],
    "timestamp": [("'2025-11-21'", "'2025-11-21 00:00:00.001'"), ("'2000-01-01'", "'2000-01-01 01:11:34.967297'")],
    "timestamptz": [("'2025-11-21 00:00Z'", "'2025-11-21 00:00+01'")],
    "date": [("'2025-11-21'", "'2025-11-22'")],
    "uuid": [("'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-000000000002'")],
    "bytea": [("'\\x00'", "'\\x0000'")],
    "jsonb": [
        ("'[[1], 2]'", "'[[1, 2]]'"),
        ("""'{"a": true, "b": false}'""", """'{"a": false, "b": true}'"""),
        ("'1.0'", "'1.00'"),
        ("'null'", "null"),
    ],
    "json": [("""'{"a": 1}'""", """'{"a":1}'""")],
    "text[]": [("array['a', 'b']", "array['b', 'a']"), ("array['a']", "array[['a']]"), ("'{}'", "null")],
    "mood": [("'happy'", "'sad'")],
}
TYPES = """
    create type mood as enum ('happy', 'sad');
    create collation blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)
"""
CASES = [(type, one, other) for type, pairs in PAIRS.items() for one, other in pairs]
NAMES = {"int4": "int4", "text[]": "_text", 'text collate "blind"': "text"}


def execute(url: str, *statements: str) -> None:
    with psycopg.connect(url) as connection:
        for statement in statements:
            connection.execute(statement.encode())


def laid_on(table: str, *columns: tuple[str, str]) -> Projection:
    """A projection onto columns of these names and types, the first of which is the key."""
    projected = tuple(
        ProjectedColumn(place, name, type, "json" if type.startswith("json") else "text", type == "mood", name)
        for place, (name, type) in enumerate(columns)
    )
    return Projection(table, len(projected), projected, projected[:1])


def digest(url: str, *extents: Extent) -> str | None:
    with open_target(parse(url)) as target, target.session("digest", read_only=True) as session, session.transaction():
        told = session.digest(extents)
        assert told == session.digest(extents)
        return None if told is None else repr(told)


def everything(projection: Projection, keys: Sequence[str] = ("1", "2")) -> Extent:
    return Extent(projection, [(projection.key[0].name, keys)], ())


@pytest.mark.parametrize(("type", "one", "other"), CASES)
def test_every_value_counts_as_it_is_written(postgres_url: str, type: str, one: str, other: str) -> None:
    execute(postgres_url, TYPES, f"create table t (id text primary key, value {type}, same {type})")
    execute(postgres_url, f"insert into t values ('1', {one}, {one}), ('2', {other}, {one})")
    name = NAMES.get(type, type)
    rows = everything(laid_on("t", ("id", "text"), ("value", name), ("same", name)))
    before = digest(postgres_url, rows)
    # The same values, each in another row.
    execute(postgres_url, f"update t set value = {other} where id = '1'", f"update t set value = {one} where id = '2'")
    swapped = digest(postgres_url, rows)
    execute(postgres_url, f"update t set value = {one}")
    alike = digest(postgres_url, rows)
    execute(postgres_url, f"update t set value = {one}, same = {other} where id = '1'")
    elsewhere = digest(postgres_url, rows)
    assert len({before, swapped, alike, elsewhere}) == 4
    execute(postgres_url, f"update t set same = {one}", f"update t set value = {other} where id = '2'")
    assert digest(postgres_url, rows) == before


def test_every_row_counts_and_its_key(postgres_url: str) -> None:
    execute(postgres_url, "create table t (id text, value text)", "insert into t values ('1', 'a'), ('2', 'b')")
    rows = everything(laid_on("t", ("id", "text"), ("value", "text")))
    told = [digest(postgres_url, rows)]
    changes = (
        "delete from t where id = '2'",
        "insert into t values ('2', 'b'), ('2', 'b')",
        "delete from t",
        "insert into t values ('1', 'b'), ('2', 'a')",
    )
    for change in changes:
        execute(postgres_url, change)
        told.append(digest(postgres_url, rows))
    assert len(set(told)) == len(told)
    execute(postgres_url, "insert into t values ('3', 'nobody asks for')")
    assert digest(postgres_url, rows) == told[-1]


@pytest.mark.parametrize(
    ("holds", "type", "refers"),
    [
        ('\'["2", "3"]\'', "jsonb", "text"),
        ("'\"2\"'", "jsonb", "text"),
        ("'[\"2\"]'", "json", "text"),
        ("array['2', '3']", "_text", "text"),
        ("2", "int4", "text"),
        ("'2'", "text", "int4"),
        ("'2'", "text", "varchar"),
        ("null", "jsonb", "text"),
    ],
)
def test_rows_count_that_refer_to_rows_that_count(postgres_url: str, holds: str, type: str, refers: str) -> None:
    execute(
        postgres_url,
        f"create table parents (id text, held {type.replace('_text', 'text[]')}, own {refers})",
        f"create table children (id text, parent {refers})",
        f"insert into parents values ('1', {holds}, '4'), ('9', null, null)",
        "insert into children values ('a', '1'), ('b', '2'), ('c', '3'), ('d', '4'), ('e', null), ('f', '9')",
    )
    parents = laid_on("parents", ("id", "text"), ("held", type), ("own", refers))
    children = laid_on("children", ("id", "text"), ("parent", refers))
    members = (Member("parent", "parents", "held"), Member("parent", "parents", "own"))
    asked = (everything(parents, ["1"]), Extent(children, [("id", ["f"])], members))
    before = digest(postgres_url, *asked)
    counts = {"a": False, "b": holds != "null", "c": "3" in holds, "d": True, "e": False, "f": True}
    for child, counted in counts.items():
        execute(postgres_url, f"update children set id = id || '!' where id = '{child}'")
        assert (digest(postgres_url, *asked) != before) is counted, child
        execute(postgres_url, f"update children set id = '{child}' where id = '{child}!'")
    assert digest(postgres_url, *asked) == before


def test_names_may_be_as_long_and_as_alike_as_names_are(postgres_url: str) -> None:
    long = "a" * 60
    first, second = laid_on(f"{long}1", ("id", "text"), ("hashed", "text")), laid_on(f"{long}2", ("hashed", "text"))
    execute(
        postgres_url,
        f"create table {long}1 (id text, hashed text)",
        f"create table {long}2 (hashed text)",
        f"insert into {long}1 values ('1', 'x')",
        f"insert into {long}2 values ('x'), ('y')",
    )
    asked = (everything(first), Extent(second, (), [Member("hashed", first.table, "hashed")]))
    before = digest(postgres_url, *asked)
    execute(postgres_url, f"delete from {long}2 where hashed = 'y'")
    assert before is not None
    assert digest(postgres_url, *asked) == before
    execute(postgres_url, f"delete from {long}2")
    assert digest(postgres_url, *asked) != before


def test_nothing_is_asked_about_a_table_that_none_of_the_tenants_has_rows_in(postgres_url: str) -> None:
    execute(postgres_url, "create table t (id text)", "insert into t values ('1')")
    nobody = Extent(laid_on("t", ("id", "text")), (), ())
    before = digest(postgres_url, nobody)
    execute(postgres_url, "insert into t values ('2')")
    assert digest(postgres_url, nobody) == before


def test_a_moment_lasts_until_somebody_writes(postgres_url: str) -> None:
    execute(postgres_url, "create table t (id text)")
    with open_target(parse(postgres_url)) as target, target.session("look", read_only=True) as session:
        before = session.moment()
        # The server's own housekeeping may come in between, though not each time.
        while (again := session.moment()) != before:
            before = again
        with psycopg.connect(postgres_url) as other:
            other.execute("insert into t values ('1')")
            with session.transaction():
                during = session.moment()
                other.commit()
                assert session.moment() == during
        assert len({None, during, session.moment()}) == 3


def test_sqlite_makes_no_digest(sqlite_url: str) -> None:
    with open_target(parse(sqlite_url)) as target, target.session("look", read_only=True) as session:
        assert (session.digest([]), session.moment()) == (None, None)


CHANGED_ON_THE_WAY = {*PAIRS["json"], *PAIRS["text[]"], ("'1.0'", "'1.00'"), ("'null'", "null")}
"""Of such rows no digest is made, or one of no row that is there: what comes back is written differently."""


@pytest.mark.parametrize(("type", "one", "other"), CASES)
def test_rows_have_the_digest_that_they_have_where_they_stand(
    postgres_url: str, type: str, one: str, other: str
) -> None:
    execute(postgres_url, TYPES, f"create table t (id text primary key, value {type}, more {type})")
    execute(postgres_url, f"insert into t values ('1', {one}, {other}), ('2', {other}, null)")
    name = NAMES.get(type, type)
    rows = everything(laid_on("t", ("id", "text"), ("value", name), ("more", name)))
    with open_target(parse(postgres_url)) as target, target.session("digest", read_only=True) as session:
        told = session.digest([rows])
        given = session.digest_of(rows.projection, session.read(rows.projection, rows.conditions))
        assert told is not None
        assert given == told["t"] or (one, other) in CHANGED_ON_THE_WAY


@pytest.mark.parametrize("text", ["", "NULL", 'a "word"', "back\\slash", "{a,b}", "a, b", "two\nlines", " ", "ü☃"])
@pytest.mark.parametrize("beside", ["text", None])
def test_texts_arrive_as_they_are(postgres_url: str, text: str, beside: str | None) -> None:
    execute(postgres_url, "create table t (id text primary key, value text)")
    projection = laid_on("t", ("id", "text"), ("value", "text"))
    rows = [("1", text), ("2", beside), ("3", text)]
    with open_target(parse(postgres_url)) as target, target.session("digest") as session:
        session.insert(projection, rows)
        told = session.digest([everything(projection, "123")])
        assert told is not None
        assert session.digest_of(projection, rows) == told["t"]
        settable = dataclasses.replace(projection, settable=projection.columns[1:])
        assert session.update(settable, [("1", "-"), ("2", "-"), ("3", "-")]) == 3
        assert session.update(settable, rows) == 3
        assert session.digest([everything(projection, "123")]) == told


def test_rows_that_were_written_since_a_moment_are_told(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    execute(postgres_url, "create table t (id text primary key, value text)")
    execute(postgres_url, "insert into t values ('1', 'a'), ('2', 'b'), ('3', 'c')")
    projection = laid_on("t", ("id", "text"), ("value", "text"))
    rows = everything(projection, "123")
    with open_target(parse(postgres_url)) as target, target.session("digest", read_only=True) as session:
        moment = session.moment()
        execute(postgres_url, "update t set value = 'd' where id = '2'", "insert into t values ('4', 'e')")
        told = session.digest([rows], moment)
        assert told is not None
        late = session.at(projection, told["t"].late)
        assert late == [("2", "d")]
        assert session.digest_of(projection, late) == Digest(1, told["t"].late_sum)
        assert session.digest([rows]) == {"t": Digest(3, told["t"].sum)}
        execute(postgres_url, "update t set value = 'f' where id in ('1', '3')")
        monkeypatch.setattr(postgres_digest, "MOST_LATE", 2)
        too_many = session.digest([rows], moment)
        assert too_many is not None
        assert too_many["t"].late == ()
        # Places that somebody has written to since are nobody's.
        assert session.at(projection, told["t"].late) == [("2", "d")]
        execute(postgres_url, "update t set value = 'g' where id = '2'")
        assert session.at(projection, told["t"].late) == []
