"""The canonical tables are those of the specification (okr, section 1), and rows are shaped like them."""

from __future__ import annotations

import pytest
from sqlalchemy import Column, Enum, Table, UniqueConstraint
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateColumn

from okrseed.blueprints.okr import OkrBlueprint, tables
from okrseed.blueprints.okr.row_types import Moment
from okrseed.blueprints.okr.table_facts import table_facts
from okrseed.definition import Dialect, defined
from okrseed.described import described
from tests.okr.expected_schema import COLUMNS, DEFAULTS, ENUMS, FOREIGN_KEYS, INDEXES, UNIQUE
from tests.okr.tenant_rows import TABLES, tenant_rows

DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
TYPES = {
    "text": "TEXT",
    "bool": "BOOLEAN",
    "int": "INTEGER",
    "ts": "TIMESTAMP(3) WITHOUT TIME ZONE",
    "jsonb": "JSONB",
    "float8": "DOUBLE PRECISION",
    **{name: f'"{name}"' for name in ENUMS},
}
EACH_TABLE = pytest.mark.parametrize("name", TABLES)


def table(name: str) -> Table:
    return OkrBlueprint().metadata().tables[name]


def spelled(column: Column[object]) -> str:
    """The column as the specification writes it, without its default."""
    types = {words: short for short, words in TYPES.items()}
    return types[column.type.compile(dialect=DIALECT)] + "?" * bool(column.nullable)


def groups(text: str) -> set[tuple[str, ...]]:
    return {tuple(group.split()) for group in text.split(";") if group}


def test_there_are_exactly_the_specified_tables() -> None:
    assert set(OkrBlueprint().metadata().tables) == set(COLUMNS)


def test_every_table_has_an_entity() -> None:
    entities = OkrBlueprint().entities()
    assert {name for name, entity in entities.items() if not entity.optional} == set(COLUMNS)


def test_what_is_kept_of_the_tables_is_what_they_say() -> None:
    found = [*tables.metadata.tables.values(), *tables.older.tables.values()]
    assert table_facts() == {table.name: described(table) for table in found}


@pytest.mark.parametrize("dialect", ["postgresql", "sqlite"])
def test_the_statements_that_are_kept_are_those_that_follow_from_the_tables(dialect: Dialect) -> None:
    kept = OkrBlueprint().definition(dialect)
    assert kept == defined(tables.metadata, dialect)
    assert [table.name for table in kept.tables] == [table.name for table in tables.metadata.sorted_tables]
    assert bool(kept.enums) is (dialect == "postgresql")


def test_tables_of_older_versions_are_written_where_they_are_and_never_created() -> None:
    blueprint = OkrBlueprint()
    older = {name for name, entity in blueprint.entities().items() if entity.optional}
    assert older == {"organization_members", "workspace_members", "team_members"}
    assert older.isdisjoint(blueprint.metadata().tables)


@EACH_TABLE
def test_columns_have_the_specified_names_types_and_nullability(name: str) -> None:
    expected = dict(entry.split() for entry in COLUMNS[name].split(", "))

    assert {column.name: spelled(column) for column in table(name).columns} == expected


@EACH_TABLE
def test_the_id_alone_is_the_primary_key(name: str) -> None:
    assert [column.name for column in table(name).primary_key.columns] == ["id"]


@EACH_TABLE
def test_foreign_keys_refer_and_delete_as_specified(name: str) -> None:
    found = {f"{key.parent.name} {key.column.table.name} {key.ondelete}" for key in table(name).foreign_keys}

    assert found == {entry.strip() for entry in FOREIGN_KEYS[name].split(",") if entry}


@EACH_TABLE
def test_foreign_keys_follow_a_changed_id(name: str) -> None:
    assert all(key.onupdate == "CASCADE" and key.column.name == "id" for key in table(name).foreign_keys)


@EACH_TABLE
def test_unique_constraints_are_those_specified(name: str) -> None:
    found = {
        tuple(column.name for column in constraint.columns)
        for constraint in table(name).constraints
        if isinstance(constraint, UniqueConstraint)
    }

    assert found == groups(UNIQUE.get(name, ""))


@EACH_TABLE
def test_indexes_are_those_specified(name: str) -> None:
    found = {tuple(column.name for column in index.columns) for index in table(name).indexes}

    assert found == groups(INDEXES.get(name, ""))


@EACH_TABLE
def test_index_names_are_used_once(name: str) -> None:
    names = [index.name for other in OkrBlueprint().metadata().tables.values() for index in other.indexes]

    assert all(names.count(index.name) == 1 for index in table(name).indexes)


@pytest.mark.parametrize(
    ("name", "column", "default"),
    [(name, column, default) for name, columns in DEFAULTS.items() for column, default in columns.items()],
)
def test_columns_have_the_specified_default(name: str, column: str, default: str) -> None:
    statement = str(CreateColumn(table(name).c[column]).compile(dialect=DIALECT))

    assert f"DEFAULT {default}" in statement


@pytest.mark.parametrize("name", [name for name in TABLES if "updatedAt" in COLUMNS[name]])
def test_the_moment_of_the_last_change_has_no_default(name: str) -> None:
    assert table(name).c.updatedAt.server_default is None


@pytest.mark.parametrize("name", ENUMS)
def test_enums_have_the_specified_labels_in_order(name: str) -> None:
    labels = {
        tuple(column.type.enums)
        for other in OkrBlueprint().metadata().tables.values()
        for column in other.columns
        if isinstance(column.type, Enum) and column.type.name == name
    }

    assert labels == {tuple(ENUMS[name].split())}


@EACH_TABLE
def test_a_row_has_the_columns_of_its_table_in_order(name: str) -> None:
    row = tenant_rows("tiny").table(name)[0]

    assert row._fields == tuple(column.name for column in table(name).columns)


@EACH_TABLE
def test_an_entity_makes_rows_of_the_type_that_is_produced(name: str) -> None:
    row = tenant_rows("tiny").table(name)[0]

    assert type(OkrBlueprint().entities()[name].row(row)) is type(row)


@EACH_TABLE
def test_every_produced_enum_value_is_a_label(name: str) -> None:
    labels = {column.name: set(column.type.enums) for column in table(name).columns if isinstance(column.type, Enum)}
    produced = {column: {getattr(row, column) for row in tenant_rows().table(name)} for column in labels}

    assert {column: values - labels[column] for column, values in produced.items() if values - labels[column]} == {}


@EACH_TABLE
def test_no_produced_row_lacks_a_required_value(name: str) -> None:
    required = [column.name for column in table(name).columns if not column.nullable]

    assert [row for row in tenant_rows().table(name) for column in required if getattr(row, column) is None] == []


@EACH_TABLE
def test_timestamps_are_whole_milliseconds_without_zone(name: str) -> None:
    moments = [value for row in tenant_rows().table(name) for value in row if isinstance(value, Moment)]

    assert moments
    assert all(moment.tzinfo is None and moment.microsecond % 1000 == 0 for moment in moments)


@EACH_TABLE
def test_the_moment_of_creation_is_kept_unless_it_is_the_day_of_a_check_in(name: str) -> None:
    assert ("createdAt" in OkrBlueprint().entities()[name].preserved) == (name != "check_ins")


@EACH_TABLE
def test_the_moment_of_the_last_change_is_not_compared(name: str) -> None:
    assert "updatedAt" in OkrBlueprint().entities()[name].touched


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        ("users", {"passwordHash", "keycloakId", "avatar"}),
        ("objectives", {"positionX", "positionY"}),
        ("key_results", {"positionX", "positionY"}),
        ("initiatives", {"positionX", "positionY"}),
    ],
)
def test_what_people_own_is_never_overwritten(name: str, columns: set[str]) -> None:
    assert columns <= OkrBlueprint().entities()[name].preserved


def test_the_day_of_a_response_is_data() -> None:
    assert "submittedAt" not in OkrBlueprint().entities()["check_in_responses"].preserved
