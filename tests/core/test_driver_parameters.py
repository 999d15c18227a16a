"""The parameters of a URL that pass through are those that the driver's libpq knows."""

from __future__ import annotations

import psycopg

from okrseed.targets.parameters import KNOWN, LIBPQ


def test_every_parameter_that_libpq_knows_may_stand_in_a_url() -> None:
    assert {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()} <= KNOWN


def test_what_passes_through_is_known_to_a_libpq_of_this_age() -> None:
    # An older one lacks some; it names them as it connects.
    if psycopg.pq.version() >= 180000:
        known = {option.keyword.decode() for option in psycopg.pq.Conninfo.get_defaults()}
        assert known >= LIBPQ
