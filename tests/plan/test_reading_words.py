"""How far a source was read: a run of some rooms reads no source to its end."""

from __future__ import annotations

import pytest

from connector.plan.reading_words import how_far_read


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ({"complete": True}, "read to the end"),
        ({"complete": False}, "not read to the end"),
        ({"complete": False, "rooms": 0}, "not read to the end"),
        ({"complete": False, "rooms": 2}, "not read to the end"),
        ({"complete": True, "rooms": 0}, "not read: it has none of the rooms that were asked for"),
        ({"complete": True, "rooms": 1}, "1 room read to the end"),
        ({"complete": True, "rooms": 2}, "2 rooms read to the end"),
    ],
)
def test_only_what_was_asked_for_counts_as_read(told: dict[str, object], words: str) -> None:
    assert how_far_read(told) == words
