"""How long something took, as people read it."""

from __future__ import annotations

import pytest

from connector.document.durations import duration


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (0.4, "<1 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_600, "1 h"),
        (5_400, "1 h 30 min"),
        (90_000, "1 d 1 h"),
    ],
)
def test_spans_are_told_in_two_units(seconds: float, words: str) -> None:
    assert duration(seconds) == words
