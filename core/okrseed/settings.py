"""How to run, apart from what."""

from __future__ import annotations

from dataclasses import dataclass, field

from okrseed.retry import RetryPolicy

DEFAULT_JOBS = 4
ROWS_PER_BATCH = 1_000


@dataclass(frozen=True)
class RunSettings:
    """jobs: stages side by side; batch: rows of a table in one transaction; create_schema: make tables that lack."""

    jobs: int = DEFAULT_JOBS
    batch: int = ROWS_PER_BATCH
    retry: RetryPolicy = field(default_factory=RetryPolicy)
    fail_fast: bool = False
    verify: bool = True
    create_schema: bool = False
