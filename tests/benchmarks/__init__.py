"""Programs that measure the bounds of the specification; `python -m tests.benchmarks` prints a table of figures.

They are no timed tests: a figure says how one machine was at one moment. Where possible a figure is a ratio to a
baseline measured in turn with it, and a median over repetitions, so that a busy machine disturbs both sides alike.
"""
