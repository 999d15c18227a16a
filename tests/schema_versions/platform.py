"""A database of the platform in one of its versions, as its own people see it: plain SQL, nothing of okrseed's."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlsplit

from tests.end_to_end.database import PostgresDatabase, Row
from tests.schema_versions import ddl
from tests.schema_versions.real_life import OTHER_TABLES, SURROUNDINGS
from tests.schema_versions.tables import Table
from tests.schema_versions.versions import Version, schema, table_names

Contents = dict[str, dict[str, Row]]
"""Rows by table, then by id (or, where a table has none, by the row itself)."""

_ROWS = """
    SELECT name, document FROM (
        {selects}
    ) rows ORDER BY name, document ->> 'id'
"""


@dataclass(frozen=True)
class Platform:
    """One database: its URL, its version, and the schema that its tables are in."""

    address: str
    version: Version
    namespace: str = "public"

    @property
    def url(self) -> str:
        """The URL as the app has it, with Prisma's own parameter."""
        return self.address if self.namespace == "public" else f"{self.address}?schema={quote(self.namespace)}"

    @property
    def tables(self) -> tuple[str, ...]:
        """The tables of the version, parents first."""
        return table_names(self.version)

    @property
    def schema(self) -> tuple[Table, ...]:
        """The tables of the version as they are described."""
        return schema(self.version)

    def by_role(self, role: str) -> str:
        """The URL for another role, whose password is its name."""
        parts = urlsplit(self.url)
        _, _, host = parts.netloc.rpartition("@")
        return parts._replace(netloc=f"{quote(role)}:{quote(role)}@{host}").geturl()

    def make(self) -> None:
        """Make the version's tables, and all that real databases have beside them, in an empty database."""
        self.execute(*ddl.platform(self.version, self.namespace), *SURROUNDINGS)

    def execute(self, *statements: str) -> int:
        """Run statements in one transaction; returns the rows that the last one changed."""
        return self._database.execute(*statements)

    def rows(self, query: str) -> list[Row]:
        return self._database.rows(query)

    def value(self, query: str) -> Any:
        """The only value that a query gives."""
        return self._database.value(query)

    def table(self, name: str) -> dict[str, Row]:
        """Every row of one table by its id, in Python's own types."""
        return {row["id"]: row for row in self.rows(f'SELECT * FROM "{name}"')}

    def counts(self) -> dict[str, int]:
        """How many rows each table of the version holds."""
        counted = (f"SELECT '{table}' AS name, count(*) AS n FROM \"{table}\"" for table in self.tables)
        return {row["name"]: row["n"] for row in self.rows(" UNION ALL ".join(counted))}

    def contents(self) -> Contents:
        """Every row of every table, the platform's other tables included; values as JSON has them."""
        found: Contents = {table: {} for table in (*self.tables, *OTHER_TABLES)}
        selects = (f"SELECT '{table}' AS name, to_jsonb(t) AS document FROM \"{table}\" t" for table in found)
        for row in self.rows(_ROWS.format(selects=" UNION ALL ".join(selects))):
            document = row["document"]
            found[row["name"]][str(document.get("id", document))] = document
        return found

    def digest(self) -> str:
        """One value that changes with any value of any row of any table."""
        return hashlib.sha256(json.dumps(self.contents(), sort_keys=True).encode()).hexdigest()

    def row_versions(self) -> list[tuple[Any, ...]]:
        """Version and place of every row of every table: any write, even of equal values, changes them."""
        selects = (
            f"SELECT '{table}' AS name, ctid::text AS place, xmin::text AS version FROM \"{table}\""
            for table in (*self.tables, *OTHER_TABLES)
        )
        rows = self.rows(" UNION ALL ".join(selects) + " ORDER BY 1, 2")
        return [tuple(row.values()) for row in rows]

    @property
    def _database(self) -> PostgresDatabase:
        if self.namespace == "public":
            return PostgresDatabase(self.address)
        escaped = self.namespace.replace(" ", "\\ ")
        options = quote(f'-c search_path="{escaped}"')
        return PostgresDatabase(f"{self.address}?options={options}")
