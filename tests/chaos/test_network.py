"""The network between a run and its server fails at random moments; the run ends well, and its report is the truth."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from tests.chaos.conftest import Tell
from tests.chaos.effort import chance, rounds, spread
from tests.chaos.families import counted
from tests.chaos.leftovers import check_nothing_is_left, sessions, terminate, the_lock
from tests.chaos.proxy import AtCommit, Proxy
from tests.chaos.seeders import PATIENT, Seeder, events_of, faults
from tests.end_to_end.database import PostgresDatabase
from tests.postgres import Server

SLOWLY = ("--batch", "100")
DELAY_S, DELAYED_S = 0.3, 1.5
MUTE_S = 0.3
REFUSED_S = 0.8
BETWEEN_S = 0.05
WRITING = 0.6
"""The part of a run's events after which transactions that write still come."""


@dataclass(frozen=True)
class Scene:
    """Where a fault happens."""

    proxy: Proxy
    database: PostgresDatabase
    chance: random.Random

    def pause(self, seconds: float) -> None:
        """How long a fault lasts."""
        threading.Event().wait(seconds)


def connections_are_dropped(scene: Scene) -> int:
    return scene.proxy.drop()


def the_server_does_not_notice_the_loss(scene: Scene) -> int:
    return scene.proxy.lose()


def one_direction_is_closed(scene: Scene) -> int:
    return scene.proxy.half_close(towards_client=scene.chance.random() < 0.5)


def everything_is_late(scene: Scene) -> int:
    late = scene.proxy.delay(DELAY_S)
    scene.pause(DELAYED_S)
    scene.proxy.delay(0)
    return late


def answers_are_swallowed(scene: Scene) -> int:
    muted = scene.proxy.mute()
    scene.pause(MUTE_S)
    scene.proxy.lose()
    return muted


def new_connections_are_refused(scene: Scene) -> int:
    dropped = scene.proxy.refuse(True)
    scene.pause(REFUSED_S)
    scene.proxy.refuse(False)
    return dropped


def a_session_is_terminated(scene: Scene) -> int:
    found = sessions(scene.database)
    return int(bool(found) and terminate(scene.database, scene.chance.choice(found)["pid"]))


def the_session_of_the_lock_is_terminated(scene: Scene) -> int:
    process = the_lock(scene.database)
    return int(process is not None and terminate(scene.database, process))


FAULTS: tuple[Callable[[Scene], int], ...] = (
    answers_are_swallowed,
    the_session_of_the_lock_is_terminated,
    connections_are_dropped,
    the_server_does_not_notice_the_loss,
    one_direction_is_closed,
    new_connections_are_refused,
    everything_is_late,
    a_session_is_terminated,
)


@dataclass(frozen=True)
class Undisturbed:
    """How a run ends that nobody disturbs, and how many events it tells."""

    digest: str
    rows: int
    events: int


@pytest.fixture(scope="module")
def undisturbed(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("undisturbed"))
        database = PostgresDatabase(server.create_database("undisturbed_network"))
        events = events_of(database.url, *SLOWLY, *PATIENT)
        found = Undisturbed(database.digest(), sum(database.counts().values()), events)
        server.drop_database("undisturbed_network")
    return found


def test_a_run_ends_well_whatever_the_network_does(server: Server, undisturbed: Undisturbed, tell: Tell) -> None:
    dice, times = chance("network"), rounds(3, 56)
    first, met, kinds, retries = dice.randrange(len(FAULTS)), Counter[str](), Counter[str](), 0
    for number, place in enumerate(spread(dice, times)):
        fault = FAULTS[(first + number) % len(FAULTS)]
        name = f"network_{number}"
        database = PostgresDatabase(server.create_database(name))
        with Proxy(database.url) as proxy, Seeder(proxy.url, *SLOWLY, *PATIENT) as seeder:
            seeder.comes_to(place, undisturbed.events)
            # Somewhere between this event and one of the next.
            seeder.runs_for(dice.random() * BETWEEN_S)
            met[seeder.phase] += 1
            hit = fault(Scene(proxy, database, dice))
            outcome = seeder.ended()
            where = (number, fault.__name__, seeder.phase)
            assert outcome.exit == 0, (where, faults(outcome))
            # While the proxy still keeps what the server has not noticed.
            check_nothing_is_left(database)
        assert outcome.totals["created"] == undisturbed.rows == sum(database.counts().values()), where
        assert (outcome.totals["updated"], outcome.totals["deleted"]) == (0, 0), where
        assert database.digest() == undisturbed.digest, where
        kinds[fault.__name__.replace("_", " ")] += hit > 0
        retries += outcome.totals["retries"]
        server.drop_database(name)

    tell(
        f"{times} faults of the network or of sessions ({counted(met)}), {times} successes by {retries} retries,"
        f" nothing left on the server; that met a connection: {counted(kinds)}"
    )
    assert retries > 0


def test_a_transaction_whose_commit_was_not_answered_is_counted_once(
    server: Server, undisturbed: Undisturbed, tell: Tell
) -> None:
    dice, times, met = chance("commits"), rounds(2, 24), Counter[str]()
    for number, place in enumerate(spread(dice, times)):
        what: AtCommit = "never arrives" if number % 2 else "answer lost"
        database = PostgresDatabase(server.create_database(f"commit_{number}"))
        with Proxy(database.url) as proxy, Seeder(proxy.url, *SLOWLY, *PATIENT) as seeder:
            # The last transactions of a run write nothing.
            seeder.comes_to(place * WRITING, undisturbed.events)
            proxy.lose_at_commit(what)
            outcome = seeder.ended()
            where = (number, what)
            assert outcome.exit == 0, (where, faults(outcome))
            check_nothing_is_left(database)
            met[what] += proxy.has_met_a_commit
        assert outcome.totals["created"] == undisturbed.rows == sum(database.counts().values()), where
        assert sum(event["created"] for event in seeder.events("S003")) == undisturbed.rows, where
        assert database.digest() == undisturbed.digest, where
        assert outcome.totals["retries"] > 0
        server.drop_database(f"commit_{number}")

    tell(f"{times} COMMITs without an answer ({counted(met)}): each transaction was counted exactly once")
    assert met.total() == times
