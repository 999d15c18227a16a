"""The facts of `Health` from PostgreSQL's catalogue and statistics (PostgreSQL manual, chapters 28 and 53)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from okrseed.targets.health import FoundIndex, Health

Query = Callable[[str, Sequence[Any]], list[tuple[Any, ...]]]

_SETTINGS = ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout", "synchronous_commit")
_SERVER = """
    select split_part(version(), ' on ', 1), current_setting('server_version_num')::int,
           (select pg_encoding_to_char(encoding) from pg_database where datname = current_database()),
           (select ssl from pg_stat_ssl where pid = pg_backend_pid()),
           (select count(*) from pg_stat_activity where backend_type = 'client backend'),
           current_setting('max_connections')::int
"""
_SESSIONS = """
    select pid, coalesce(nullif(application_name, ''), usename, '?'), pg_blocking_pids(pid),
           extract(epoch from clock_timestamp() - xact_start)::float8
      from pg_stat_activity
     where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'
     order by pid
"""
_INDEXES = """
    select c.relname::text, x.relname::text, i.indisunique, i.indisvalid, coalesce(s.idx_scan, 0),
           array(select coalesce(a.attname::text, '') from unnest(i.indkey::int[]) with ordinality k(number, place)
                   left join pg_attribute a on a.attrelid = c.oid and a.attnum = k.number
                  where k.place <= i.indnkeyatts order by k.place)
      from unnest(%s::text[]) wanted(name)
      join pg_class c on c.oid = to_regclass(quote_ident(wanted.name))
      join pg_index i on i.indrelid = c.oid and i.indpred is null
      join pg_class x on x.oid = i.indexrelid
      left join pg_stat_user_indexes s on s.indexrelid = i.indexrelid
     order by 1, 2
"""
_SIZES = """
    select c.relname::text, pg_total_relation_size(c.oid)
      from unnest(%s::text[]) wanted(name) join pg_class c on c.oid = to_regclass(quote_ident(wanted.name))
"""
LONG_S = 60.0


def health(query: Query, tables: Sequence[str]) -> Health:
    """The facts, as far as the session may see them."""
    words, number, encoding, encrypted, used, allowed = query(_SERVER, [])[0]
    sessions = query(_SESSIONS, [])
    names = [list(tables)]
    return Health(
        server=words,
        version=(number // 10_000, number % 10_000),
        encoding=encoding,
        encrypted=encrypted,
        connections=(used, allowed),
        sessions=len(sessions),
        blocked=tuple(
            f"{name} (pid {pid}) waits for pid {', '.join(map(str, blockers))}"
            for pid, name, blockers, _ in sessions
            if blockers
        ),
        long=tuple(
            f"{name} (pid {pid}) for {seconds:.0f} s"
            for pid, name, _, seconds in sessions
            if seconds is not None and seconds > LONG_S
        ),
        settings={name: query("select current_setting(%s)", [name])[0][0] for name in _SETTINGS},
        indexes=tuple(
            FoundIndex(table, index, tuple(columns), unique, valid, scans)
            for table, index, unique, valid, scans, columns in query(_INDEXES, names)
        ),
        bytes_by_table=dict(query(_SIZES, names)),
    )
