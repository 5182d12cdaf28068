"""What lasts is told at once, then ever more rarely."""

from __future__ import annotations

from connector.engine.lasting_trouble import LastingTrouble


def test_a_night_of_one_trouble_is_told_some_times() -> None:
    one = LastingTrouble()
    told = [second for second in range(0, 8 * 3_600, 5) if one.is_due(float(second))]
    assert told[:6] == [0, 60, 180, 420, 900, 1_500]
    assert len(told) < 60
    assert one.ended(28_800.0) == 28_800.0


def test_a_new_trouble_is_told_at_once() -> None:
    one = LastingTrouble()
    assert one.is_due(0.0)
    assert not one.is_due(5.0)
    assert one.ended(6.0) == 6.0
    assert one.ended(7.0) == 0.0
    assert one.is_due(8.0)
