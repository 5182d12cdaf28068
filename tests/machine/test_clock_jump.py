"""A wall clock that is set, beside one that nobody sets."""

from __future__ import annotations

import pytest

from connector.machine.clock_jump import JUMP_S, ClockJump


class Clocks:
    """Both stand still, but for what is said."""

    def __init__(self) -> None:
        self.wall, self.steady = 1_700_000_000.0, 50.0

    def jump(self) -> ClockJump:
        return ClockJump(lambda: self.wall, lambda: self.steady)


@pytest.mark.parametrize("by", [JUMP_S, -JUMP_S, 3_600.0, -86_400.0])
def test_a_clock_that_is_set_is_told_once(by: float) -> None:
    clocks = Clocks()
    jump = clocks.jump()
    clocks.wall += by
    assert jump.look() == by
    assert jump.look() == 0


def test_time_that_passes_is_no_jump() -> None:
    clocks = Clocks()
    jump = clocks.jump()
    for passed in (1.0, JUMP_S, 86_400.0):
        clocks.wall += passed
        clocks.steady += passed
        assert jump.look() == 0


def test_a_clock_that_goes_wrong_slowly_has_jumped_once_it_is_far_enough() -> None:
    clocks = Clocks()
    jump = clocks.jump()
    told = []
    for _ in range(8):
        clocks.wall += JUMP_S / 4
        told.append(jump.look())
    assert told == [0, 0, 0, JUMP_S, 0, 0, 0, JUMP_S]
