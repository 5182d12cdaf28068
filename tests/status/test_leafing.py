"""Where pages of lists begin: by their place, by their number, or by what was leafed through."""

from __future__ import annotations

import pytest

from connector.ledger.catalogue import LAST_PAGE
from connector.status.leafing import LAST_NUMBER, LONGEST_PLACE, REMEMBERED, Leafing


def test_the_way_back_goes_by_what_was_leafed_through() -> None:
    one = Leafing()
    assert one.turn("/documents", {}) == (1, "")
    for number in range(2, 400):
        assert one.turn("/documents", {"page": str(number), "after": f"[{number}]"}) == (
            number,
            f"[{number}]",
        )
    assert one.turn("/documents", {"page": "398"}) == (398, "[398]")
    assert one.turn("/documents", {"page": "1"}) == (1, "")


def test_each_list_has_its_own_places() -> None:
    one = Leafing()
    one.turn("/documents", {"q": "a", "page": "7", "after": "[1]"})
    assert one.turn("/documents", {"page": "7", "q": "a"}) == (7, "[1]")
    assert one.turn("/documents", {"page": "7", "q": "b"}) == (7, "")
    assert one.turn("/held", {"page": "7", "q": "a"}) == (7, "")


@pytest.mark.parametrize(
    ("said", "number"),
    [
        ("0", 1),
        ("-1", 1),
        ("x", 1),
        ("٣", 1),
        ("3", 3),
        ("201", LAST_PAGE),
        ("99999999", LAST_PAGE),
        ("9" * 40, 1),
    ],
)
def test_a_number_counts_as_far_as_pages_are_counted(said: str, number: int) -> None:
    assert Leafing().turn("/documents", {"page": said}) == (number, "")


def test_no_more_is_remembered_than_may_be() -> None:
    one = Leafing()
    for number in range(2, REMEMBERED + 3):
        one.turn("/documents", {"page": str(number), "after": "x" * (LONGEST_PLACE + 1)})
    assert one.turn("/documents", {"page": "2"}) == (2, "")
    assert one.turn("/documents", {"page": str(REMEMBERED + 2)}) == (REMEMBERED + 2, "x" * LONGEST_PLACE)
    assert one.turn("/documents", {"page": "99999999", "after": "[1]"}) == (LAST_NUMBER, "[1]")
    assert one.turn("/documents", {"page": "5", "after": "\x00"}) == (5, "\ufffd")
