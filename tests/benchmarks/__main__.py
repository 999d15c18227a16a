"""`python -m tests.benchmarks [NAME …]`: measure, print a table, and leave the verdict to the reader."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from okrseed.tuning import tune
from tests.benchmarks import distance, flood, keys, loading, progress, start, tenants
from tests.benchmarks.figures import Benchmark, Effort, table

BENCHMARKS: dict[str, Benchmark] = {
    "flood": flood.measure,
    "keys": keys.measure,
    "start": start.measure,
    "progress": progress.measure,
    "loading": loading.measure,
    "tenants": tenants.measure,
    "hundred": tenants.measure_hundred,
    "distance": distance.measure,
}
BY_NAME_ONLY = frozenset({"hundred"})
"""Left out unless named: it takes longer than all others."""
REPETITIONS = 7


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmarks named, or all; 1 only where `--enforce` was given and a bound is missed."""
    parser = argparse.ArgumentParser(
        prog="python -m tests.benchmarks", description="Measure the specification's bounds."
    )
    parser.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of: {', '.join(BENCHMARKS)} (default: all but hundred)"
    )
    parser.add_argument("--repetitions", type=int, default=REPETITIONS, metavar="N", help=f"default: {REPETITIONS}")
    parser.add_argument("--quick", action="store_true", help="only show that the programs work")
    parser.add_argument("--enforce", action="store_true", help="exit code 1 where a bound is missed")
    options = parser.parse_args(arguments)
    unknown = set(options.names) - set(BENCHMARKS)
    if unknown or options.repetitions < 1:
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}" if unknown else "at least one repetition")
    effort = Effort(1 if options.quick else options.repetitions, options.quick)
    tune()
    missed = False
    for name in options.names or [name for name in BENCHMARKS if name not in BY_NAME_ONLY]:
        print(f"{name}: measuring …", file=sys.stderr)
        figures = BENCHMARKS[name](effort)
        print(f"\n{name}\n{table(figures)}", flush=True)
        missed |= any(figure.missed for figure in figures)
    print(f"\n{os.cpu_count()} processors, {effort.repetitions} repetitions{', quick' if effort.quick else ''}")
    return int(options.enforce and missed)


if __name__ == "__main__":
    sys.exit(main())
