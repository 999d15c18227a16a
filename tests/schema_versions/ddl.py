"""The statements that make a version of the platform's database, written as Prisma's migrations write them."""

from __future__ import annotations

from tests.schema_versions.tables import Column, Table
from tests.schema_versions.versions import Version, enums, schema

_TYPES = {"text": "TEXT", "float8": "DOUBLE PRECISION"}
"""Types that Prisma writes in other words; every other one only in capitals."""


def platform(version: Version, namespace: str = "public") -> list[str]:
    """Types, tables, indexes and foreign keys of a version, in that order, in a schema of the database."""
    made = [f'CREATE TYPE "{name}" AS ENUM ({_quoted(labels)})' for name, labels in enums(version).items()]
    tables = schema(version)
    for statements in (_create, _indexes, _foreign_keys):
        for table in tables:
            made += statements(table)
    return [*_namespace(namespace), *made]


def _namespace(name: str) -> list[str]:
    made = [] if name == "public" else [f'CREATE SCHEMA "{name}"']
    # As Prisma's ?schema= does it: everything that follows is written without the schema's name.
    return [*made, f'SET search_path TO "{name}"']


def _create(table: Table) -> list[str]:
    lines = [*map(_definition, table.columns), f'CONSTRAINT "{table.name}_pkey" PRIMARY KEY ("id")']
    return [f'CREATE TABLE "{table.name}" ({", ".join(lines)})']


def _definition(column: Column) -> str:
    type_name = f'"{column.type}"' if column.is_enum else _TYPES.get(column.type, column.type.upper())
    required = "" if column.nullable else " NOT NULL"
    default = f" DEFAULT {column.default}" if column.default else ""
    return f'"{column.name}" {type_name}{required}{default}'


def _indexes(table: Table) -> list[str]:
    return [
        f'CREATE {kind} "{table.name}_{"_".join(group)}_{suffix}" ON "{table.name}" ({_columns(group)})'
        for kind, suffix, groups in (("UNIQUE INDEX", "key", table.unique), ("INDEX", "idx", table.indexes))
        for group in groups
    ]


def _foreign_keys(table: Table) -> list[str]:
    return [
        f'ALTER TABLE "{table.name}" ADD CONSTRAINT "{table.name}_{column.name}_fkey" FOREIGN KEY ("{column.name}") '
        f'REFERENCES "{column.referred}" ("id") ON DELETE {column.on_delete} ON UPDATE CASCADE'
        for column in table.columns
        if column.referred
    ]


def _columns(names: tuple[str, ...]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _quoted(labels: tuple[str, ...]) -> str:
    return ", ".join(f"'{label}'" for label in labels)
