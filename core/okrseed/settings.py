"""How to run, apart from what."""

from __future__ import annotations

from dataclasses import dataclass, field

from okrseed.retry import RetryPolicy

DEFAULT_JOBS = 4
ROWS_PER_BATCH = 1_000
WAIT_LOCK_S = 1.0
"""Long enough for what a killed run leaves on the server to go away."""


@dataclass(frozen=True)
class RunSettings:
    """How a run goes about it.

    jobs: stages side by side, or processes where there are many tenants. batch: rows of a table in one transaction.
    create_schema: make tables that lack. atomic: everything in one transaction. bulk: the same, into tables that are
    made for it. wait_lock_s: how long another seeder of the tenant is waited for.
    """

    jobs: int = DEFAULT_JOBS
    batch: int = ROWS_PER_BATCH
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    fail_fast: bool = False
    verify: bool = True
    create_schema: bool = False
    atomic: bool = False
    wait_lock_s: float = WAIT_LOCK_S
    bulk: bool = False
