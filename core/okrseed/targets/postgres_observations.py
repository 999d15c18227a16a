"""What PostgreSQL's statistics views tell (PostgreSQL manual, "The Cumulative Statistics System")."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from okrseed.targets.observations import Observation

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

SLOW_MS = 100

_SERVER = """
    select split_part(version(), ' on ', 1), current_user::text, current_database()::text,
           pg_size_pretty(pg_database_size(current_database())),
           current_setting('max_connections'), current_setting('lock_timeout'), current_setting('statement_timeout')
"""
_SESSIONS = """
    select pid::text, application_name, state, coalesce(wait_event_type || ': ' || wait_event, '–'),
           coalesce(array_to_string(pg_blocking_pids(pid), ', '), ''),
           coalesce(extract(epoch from clock_timestamp() - xact_start)::numeric(10, 1)::text || ' s', '–')
      from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid()
       and (application_name like 'okrseed/%%' or cardinality(pg_blocking_pids(pid)) > 0
            or pid in (select unnest(pg_blocking_pids(other.pid)) from pg_stat_activity other
                        where other.application_name like 'okrseed/%%'))
     order by 1
"""
_CACHE = """
    select round(100.0 * sum(heap_blks_hit) / nullif(sum(heap_blks_hit) + sum(heap_blks_read), 0), 1)::text,
           round(100.0 * sum(idx_blks_hit) / nullif(sum(idx_blks_hit) + sum(idx_blks_read), 0), 1)::text
      from pg_statio_user_tables
"""
_SIZES = """
    select c.relname::text, greatest(c.reltuples, 0)::bigint::text, pg_size_pretty(pg_relation_size(c.oid)),
           pg_size_pretty(pg_indexes_size(c.oid)), coalesce(s.seq_scan, 0)::text, coalesce(s.idx_scan, 0)::text,
           coalesce(s.n_dead_tup, 0)::text
      from unnest(%s::text[]) wanted(name)
      join pg_class c on c.oid = to_regclass(quote_ident(wanted.name))
      left join pg_stat_user_tables s on s.relid = c.oid
     order by pg_total_relation_size(c.oid) desc, 1
"""
_UNUSED = """
    select s.relname::text, s.indexrelname::text, pg_size_pretty(pg_relation_size(s.indexrelid))
      from pg_stat_user_indexes s join pg_index i on i.indexrelid = s.indexrelid
     where s.idx_scan = 0 and not i.indisunique and s.relname = any(%s)
     order by pg_relation_size(s.indexrelid) desc, 2
     limit 20
"""
_HAS_STATEMENTS = "select 1 from pg_extension where extname = 'pg_stat_statements'"
_STATEMENTS = """
    select round(mean_exec_time)::text, calls::text, left(regexp_replace(query, '\\s+', ' ', 'g'), 200)
      from pg_stat_statements
     where mean_exec_time > %s and dbid = (select oid from pg_database where datname = current_database())
     order by mean_exec_time desc limit 10
"""


def observe(query: Query, tables: Sequence[str]) -> list[Observation]:
    """Server, sessions, cache, sizes, unused indexes and slow statements, as far as the session may see them."""
    names = [list(tables)]
    server = query(_SERVER, [])[0]
    cache = query(_CACHE, [])[0]
    facts = zip(
        ("version", "user", "database", "size", "max_connections", "lock_timeout", "statement_timeout"),
        server,
        strict=True,
    )
    observations = [
        Observation(
            "Server",
            ("fact", "value"),
            (
                *((name, str(value)) for name, value in facts),
                ("cache hits, tables", f"{cache[0] or '–'} %"),
                ("cache hits, indexes", f"{cache[1] or '–'} %"),
            ),
        ),
        Observation(
            "Sessions of okrseed, and who blocks them",
            ("pid", "application", "state", "waits for", "blocked by", "transaction"),
            _texts(query(_SESSIONS, [])),
            "no session but this one",
        ),
        Observation(
            "Tables",
            ("table", "rows, about", "table size", "index size", "sequential scans", "index scans", "dead rows"),
            _texts(query(_SIZES, names)),
        ),
        Observation(
            "Indexes never used since the statistics began",
            ("table", "index", "size"),
            _texts(query(_UNUSED, names)),
            "every index has been used",
        ),
    ]
    if query(_HAS_STATEMENTS, []):
        observations.append(
            Observation(
                f"Statements slower than {SLOW_MS} ms",
                ("mean ms", "calls", "statement"),
                _texts(query(_STATEMENTS, [SLOW_MS])),
            )
        )
    else:
        observations.append(
            Observation(
                f"Statements slower than {SLOW_MS} ms",
                ("statement",),
                (),
                "unknown: the extension pg_stat_statements is not installed in this database",
            )
        )
    return observations


def _texts(rows: list[tuple[Any, ...]]) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple("" if value is None else str(value) for value in row) for row in rows)
