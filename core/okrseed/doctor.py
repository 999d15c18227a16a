"""The doctor: whether a database can be seeded, and what would make it better. Looks, and writes nothing.

Every finding says what was found, and where something is to be done, what.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from okrseed.adaptation import Fit
from okrseed.blueprint import Blueprint
from okrseed.clock import Clock
from okrseed.errors import Refused
from okrseed.prepare import inspect as fit_to
from okrseed.prepare import read_stamps
from okrseed.reading import TenantReader
from okrseed.selection import Selection
from okrseed.settings import DEFAULT_JOBS
from okrseed.targets import Session, Target
from okrseed.targets.health import Health
from okrseed.targets.schema import Right, missing_rights
from okrseed.targets.url import Address

Status = Literal["ok", "warn", "fail"]

OLDEST_POSTGRES = 12
"""The oldest server whose catalogue okrseed's questions are written for; newer ones are tested."""
SLOW_ROUND_TRIP_S = 0.05
MOST_NAMED = 5
RIGHTS: Mapping[str, tuple[Right, ...]] = {
    "seed": ("SELECT", "INSERT", "UPDATE"),
    "purge": ("DELETE",),
}


@dataclass(frozen=True)
class Diagnosis:
    """One finding. `advice` is what to do; empty where nothing is."""

    id: str
    status: Status
    title: str
    found: str
    advice: str = ""

    def document(self) -> dict[str, str]:
        """The finding as JSON values."""
        return {
            "id": self.id,
            "status": self.status,
            "title": self.title,
            "found": self.found,
            "advice": self.advice,
        }


def examine(target: Target, blueprint: Blueprint, selection: Selection, clock: Clock) -> list[Diagnosis]:
    """Look at a database from all sides in one read-only session. Raises NoConnection where there is none."""
    tables = list(blueprint.entities())
    with target.session("doctor", read_only=True) as session:
        round_trip = round_trip_s(session, clock)
        with session.transaction():
            health = session.health(tables)
            found = [*_connection(target.address, health, round_trip), *_load(health)]
            try:
                fit = fit_to(session, blueprint)
            except Refused as refusal:
                found.append(Diagnosis("schema", "fail", "schema", refusal.message, refusal.hint))
            else:
                found += [*_schema(fit), *_rights(fit), *_indexes(blueprint, fit, health)]
                # What may not be read is among the findings already.
                if not missing_rights(fit.catalogue, ("SELECT",)):
                    found += _tenant(session, blueprint, selection, fit, health)
    return found


def round_trip_s(session: Session, clock: Clock) -> float:
    """How long the least question takes; asked twice, as the first answer may still be part of connecting."""
    session.ping()
    started = clock.monotonic()
    session.ping()
    return clock.monotonic() - started


def document(target: str, found: Sequence[Diagnosis]) -> dict[str, Any]:
    """The document `okrseed.doctor/1`."""
    return {
        "schema": "okrseed.doctor/1",
        "target": target,
        **{status: sum(one.status == status for one in found) for status in ("ok", "warn", "fail")},
        "findings": [one.document() for one in found],
    }


def _connection(address: Address, health: Health, round_trip_s: float) -> Iterator[Diagnosis]:
    slow = round_trip_s > SLOW_ROUND_TRIP_S
    yield Diagnosis(
        "connection",
        "warn" if slow else "ok",
        "connection",
        f"{address.label} answers in {round_trip_s * 1000:.1f} ms",
        "A run sends some sixty statements one after the other: run okrseed nearer to the server." if slow else "",
    )
    old = address.dialect == "postgresql" and health.version[0] < OLDEST_POSTGRES
    yield Diagnosis(
        "server",
        "fail" if old else "ok",
        "server",
        health.server,
        f"Use PostgreSQL {OLDEST_POSTGRES} or newer." if old else "",
    )
    utf8 = health.encoding.upper().replace("-", "") == "UTF8"
    yield Diagnosis(
        "encoding",
        "ok" if utf8 else "fail",
        "encoding",
        health.encoding,
        "" if utf8 else "Names of people need it: create the database with encoding UTF8.",
    )
    if health.encrypted is not None:
        bare = not health.encrypted and not address.local
        yield Diagnosis(
            "encryption",
            "warn" if bare else "ok",
            "encryption",
            "TLS" if health.encrypted else "none" + (", but the server is on this machine" if address.local else ""),
            "Add ?sslmode=require to the URL." if bare else "",
        )


def _load(health: Health) -> Iterator[Diagnosis]:
    """Room for our connections, and others in the way."""
    if health.connections is not None:
        used, allowed = health.connections
        needed = DEFAULT_JOBS + 2
        tight = allowed - used < needed
        yield Diagnosis(
            "connections",
            "warn" if tight else "ok",
            "connections",
            f"{used} of {allowed} are in use",
            f"A run uses up to {needed}: close some, use fewer --jobs, or raise max_connections." if tight else "",
        )
    if health.sessions is not None:
        disturbing = [*health.blocked, *(f"a transaction is open: {words}" for words in health.long)]
        yield Diagnosis(
            "sessions",
            "warn" if disturbing else "ok",
            "other sessions",
            "; ".join(disturbing) or f"{health.sessions}, none blocked, none in a long transaction",
            "Let them finish, or end them: a run waits for their locks." if disturbing else "",
        )
    yield Diagnosis(
        "settings",
        "ok",
        "settings",
        ", ".join(f"{name} {value}" for name, value in health.settings.items()),
    )


def _schema(fit: Fit) -> Iterator[Diagnosis]:
    words = "; ".join(fit.adaptations)
    yield Diagnosis("schema", "ok", "schema", f"fits, adapted: {words}" if words else "fits as it is")
    secured = [name for name, projection in fit.projections.items() if projection.row_security]
    if secured:
        yield Diagnosis(
            "row_security",
            "warn",
            "row-level security",
            f"in force for {_named(secured)}",
            "okrseed sees and writes only what the policies let this user: use a user that sees the whole tenant.",
        )


def _rights(fit: Fit) -> Iterator[Diagnosis]:
    for purpose, rights in RIGHTS.items():
        missing = missing_rights(fit.catalogue, rights)
        yield Diagnosis(
            f"rights.{purpose}",
            "ok" if not missing else "fail" if purpose == "seed" else "warn",
            f"rights to {purpose}",
            f"lacking: {_named(missing)}" if missing else "all there",
            "Grant them to the user in the URL, or use another user." if missing else "",
        )


def _indexes(blueprint: Blueprint, fit: Fit, health: Health) -> Iterator[Diagnosis]:
    """The indexes that lookups rely on (specification: okr, section 1), and those that nobody uses."""
    leading = {
        (index.table, index.columns[:length]) for index in health.indexes for length in range(1, len(index.columns) + 1)
    }
    declared = blueprint.metadata().tables
    wanted = {
        (table, tuple(projection.fields[column.name] for column in index.columns))
        for table, projection in fit.projections.items()
        if table in declared
        for index in declared[table].indexes
        if all(column.name in projection.fields for column in index.columns)
    }
    missing = sorted(wanted - leading)
    names = [f"{table} ({', '.join(columns)})" for table, columns in missing]
    yield Diagnosis(
        "indexes.missing",
        "warn" if missing else "ok",
        "indexes that lookups rely on",
        f"missing: {_named(names)}" if missing else "all there",
        "; ".join(f'CREATE INDEX ON "{table}" ({_quoted(columns)})' for table, columns in missing[:MOST_NAMED]),
    )
    broken = [index.name for index in health.indexes if not index.valid]
    if broken:
        yield Diagnosis(
            "indexes.invalid",
            "fail",
            "invalid indexes",
            _named(broken),
            "An index build was broken off; REINDEX them, or drop them.",
        )
    if any(index.scans is not None for index in health.indexes):
        unused = [index.name for index in health.indexes if index.scans == 0 and not index.unique]
        yield Diagnosis(
            "indexes.unused",
            "ok",
            "indexes never used",
            f"{len(unused)} since the statistics began" + (f": {_named(unused)}" if unused else ""),
            "Each costs time at every write; look again after a day of use before dropping any." if unused else "",
        )


def _tenant(
    session: Session, blueprint: Blueprint, selection: Selection, fit: Fit, health: Health
) -> Iterator[Diagnosis]:
    """How large the tenant is, and what its last run left in its metadata."""
    tenant = blueprint.tenant()
    reader = TenantReader(fit.entities, fit.projections, tenant)
    counts = {table: len(reader.within(session, table)) for table in fit.projections}
    rows = sum(counts.values())
    size = sum(health.bytes_by_table.values())
    largest = sorted(counts, key=lambda table: -counts[table])[:3]
    yield Diagnosis(
        "tenant",
        "ok",
        f"tenant {tenant.slug}",
        f"{rows:,} rows"
        + (f" ({', '.join(f'{table} {counts[table]:,}' for table in largest)})" if rows else "; not seeded yet")
        + (f"; the tables hold {size / 1e6:.1f} MB with their indexes" if size else ""),
    )
    stamp = read_stamps(session, blueprint, reader, fit.entities).get(tenant.slug)
    if stamp is not None:
        other = stamp.seed != selection.seed
        yield Diagnosis(
            "last_run",
            "warn" if other else "ok",
            "last run",
            f"size {stamp.size}, as of {stamp.as_of}, seed string {stamp.seed!r}, {_named(stamp.scopes)}",
            f"Use --seed {stamp.seed!r}, or run --mode reset to start again." if other else "",
        )


def _named(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _quoted(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
