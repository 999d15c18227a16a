"""What the app may spend on painting: never more than its share where the seeder computes all the time."""

from __future__ import annotations

from dataclasses import dataclass

from okrseed_tui.allowance import FIRST_S, SHARE, Allowance

FRAME_S, PAINT_S = 0.1, 0.01


@dataclass
class Machine:
    """A clock and two meters of processor time that somebody sets."""

    now_s: float = 0.0
    own_s: float = 0.0
    everybody_s: float = 0.0

    def allowance(self) -> Allowance:
        return Allowance(lambda: self.now_s, lambda: self.own_s, lambda: self.everybody_s)

    def pass_frame(self, *, own_s: float, seeder_s: float) -> None:
        self.now_s += FRAME_S
        self.own_s += own_s
        self.everybody_s += own_s + seeder_s


def test_beside_a_seeder_that_always_computes_painting_keeps_to_its_share() -> None:
    machine = Machine()
    allowance = machine.allowance()
    frames, painted = 1000, 0
    spent = 0.0
    for _ in range(frames):
        spent = PAINT_S if allowance.look() else 0.0
        painted += spent > 0
        machine.pass_frame(own_s=spent, seeder_s=FRAME_S - spent)
    assert 0 < painted * PAINT_S <= SHARE * frames * FRAME_S + 2 * PAINT_S


def test_beside_a_seeder_that_waits_every_frame_is_painted() -> None:
    machine = Machine()
    allowance = machine.allowance()
    for _ in range(100):
        machine.pass_frame(own_s=PAINT_S, seeder_s=FRAME_S / 2)
        assert allowance.look()


def test_a_costly_answer_is_owed_only_for_a_while() -> None:
    machine = Machine()
    allowance = machine.allowance()
    machine.pass_frame(own_s=10.0, seeder_s=0.0)
    assert not allowance.look()
    for _ in range(20):
        machine.pass_frame(own_s=0.0, seeder_s=FRAME_S)
        rich = allowance.look()
    assert rich


def test_the_first_pictures_of_a_run_are_free_and_no_others() -> None:
    machine = Machine()
    allowance = machine.allowance()
    machine.pass_frame(own_s=10.0, seeder_s=0.0)
    assert not allowance.look()
    allowance.begin()
    painted = 0
    for _ in range(20):
        spent = PAINT_S if allowance.look() else 0.0
        painted += spent > 0
        machine.pass_frame(own_s=spent, seeder_s=FRAME_S - spent)
    shared = SHARE * 20 * FRAME_S
    assert FIRST_S <= painted * PAINT_S <= FIRST_S + shared + 2 * PAINT_S
