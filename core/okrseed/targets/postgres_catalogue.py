"""What PostgreSQL's catalogue says of tables, enums, rights and foreign keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from okrseed.described import Kind
from okrseed.targets.schema import Catalogue, ForeignKey, FoundColumn, FoundTable, Right

Rows = list[tuple[Any, ...]]

_KINDS: dict[str, Kind] = {
    "text": "text",
    "varchar": "text",
    "bpchar": "text",
    "citext": "text",
    "bool": "bool",
    "int2": "int",
    "int4": "int",
    "int8": "int",
    "float8": "float",
    "timestamp": "timestamp",
    "json": "json",
    "jsonb": "json",
}
_RIGHTS: tuple[Right, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")
_ON_DELETE = {"a": "NO ACTION", "r": "RESTRICT", "c": "CASCADE", "n": "SET NULL", "d": "SET DEFAULT"}

_COLUMNS = """
    select c.relname, a.attname, t.typname,
           a.attnotnull and not a.atthasdef and a.attidentity = '' and a.attgenerated = '' as required,
           case when t.typtype = 'e' then
             (select array_agg(e.enumlabel::text order by e.enumsortorder) from pg_enum e where e.enumtypid = t.oid)
           end,
           array(select r from unnest(%s::text[]) r where not has_table_privilege(c.oid, r)),
           not a.attnotnull, row_security_active(c.oid), coalesce(a.attnum = any(i.indkey), false),
           c.relkind in ('r', 'p')
      from unnest(%s::text[]) wanted(name)
      join pg_class c on c.oid = to_regclass(quote_ident(wanted.name)) and c.relkind in ('r', 'p', 'v', 'f')
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
      join pg_type t on t.oid = a.atttypid
      left join pg_index i on i.indrelid = c.oid and i.indisprimary
     order by c.relname, a.attnum
"""
# Names are looked up one by one: joined, the tables of the catalogue take longer to plan than to read.
_FOREIGN_KEYS = """
    select case when pg_table_is_visible(c.oid) then c.relname else c.oid::regclass::text end, c.oid::regclass::text,
           (select attname from pg_attribute where attrelid = k.conrelid and attnum = k.conkey[1]) as refers,
           (select relname from pg_class where oid = k.confrelid),
           (select attname from pg_attribute where attrelid = k.confrelid and attnum = k.confkey[1]),
           k.confdeltype::text,
           coalesce((select (select attname from pg_attribute where attrelid = c.oid and attnum = i.indkey[0])
                       from pg_index i where i.indrelid = c.oid and i.indisprimary), 'ctid')
      from pg_constraint k
      join pg_class c on c.oid = k.conrelid
     where k.contype = 'f' and k.conparentid = 0
       and k.confrelid = any(array(select to_regclass(quote_ident(name))::oid from unnest(%s::text[]) wanted(name)))
     order by 1, refers
"""


def questions(tables: Sequence[str]) -> list[tuple[str, list[Any]]]:
    """What to ask for tables of these names on the search path: their columns, and what refers to them."""
    names = list(tables)
    return [(_COLUMNS, [list(_RIGHTS), names]), (_FOREIGN_KEYS, [names])]


def catalogue(columns_found: Rows, keys_found: Rows) -> Catalogue:
    """What the answers to `questions` say."""
    found: dict[str, FoundTable] = {}
    columns: dict[str, dict[str, FoundColumn]] = {}
    primary: dict[str, frozenset[str]] = {}
    for table, name, type_name, required, labels, missing, nullable, secured, is_key, stored in columns_found:
        kind: Kind | None = "text" if labels else _KINDS.get(type_name)
        column = FoundColumn(name, type_name, kind, required, tuple(labels or ()), nullable)
        columns.setdefault(table, {})[name] = column
        primary[table] = primary.get(table, frozenset()) | ({name} if is_key else frozenset())
        found[table] = FoundTable(table, columns[table], frozenset(missing), secured, primary[table], stored)
    keys = tuple(
        ForeignKey(table, source, column, referred, referred_column, _ON_DELETE[action], key)
        for table, source, column, referred, referred_column, action, key in keys_found
    )
    return Catalogue(found, keys)
