"""Names that a breadcrumb leaves out: gone from what is sent, kept beside it, and put back where they may be told again."""

from __future__ import annotations

from itertools import chain, combinations

import msgspec
import pytest

from connector.document.document import Crumb, Rendered
from connector.target import wire
from connector.target.format import InteractFormat
from tests.builders import audience_of, make_document

ABOVE = ("ix-d1", "ix-d2", "ix-d3")
"""Containers between the room and the document."""
CRUMBS = tuple(Crumb(one, f"https://ix.example.com/{one}") for one in ("Community", "Room", *ABOVE))
CLOSED = [frozenset(some) for some in chain.from_iterable(combinations(ABOVE, n) for n in range(4))]
AUDIENCE, OTHERS = audience_of("ix:group:a"), audience_of("ix:group:b")


def rendered(closed: frozenset[str], crumbs: tuple[Crumb, ...] = CRUMBS) -> Rendered:
    document = make_document(
        id="ix-f1", path=f"/ix-r1/{'/'.join(ABOVE)}/ix-f1/", crumbs=crumbs, closed=closed, audience=AUDIENCE
    )
    return InteractFormat().render(document)


def told(one: Rendered) -> dict[str, object]:
    return msgspec.json.decode(one.body, type=dict[str, object])


def names(one: Rendered) -> list[str]:
    return [crumb["Key"] for crumb in told(one)["CrumbLinks"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("closed", CLOSED, ids=lambda closed: " ".join(sorted(closed)))
def test_a_name_is_left_out_and_put_back(closed: frozenset[str]) -> None:
    one = rendered(closed)
    assert names(one) == [crumb.label for crumb in CRUMBS if crumb.label not in closed]
    assert wire.left_out(one.hidden) == closed
    for other in CLOSED:
        again = wire.with_audience(one.body, b"", AUDIENCE, hidden=one.hidden, closed=other)
        new = rendered(other)
        assert (names(again), again.hidden) == (names(new), new.hidden)
        moved = told(again)["ModifiedDate"] != told(one)["ModifiedDate"]
        assert moved is (other != closed), "an update of the same date may be ignored"


def test_with_other_readers_it_keeps_what_it_left_out_unless_that_is_told() -> None:
    one = rendered(frozenset({"ix-d2"}))
    as_before = wire.with_audience(one.body, b"", OTHERS, hidden=one.hidden)
    assert (names(as_before), as_before.hidden) == (names(one), one.hidden)
    whole = wire.with_audience(one.body, b"", OTHERS, hidden=one.hidden, closed=frozenset())
    assert names(whole) == [crumb.label for crumb in CRUMBS]
    assert told(whole)["ModifiedDate"] == told(as_before)["ModifiedDate"], "moved once"


def test_what_was_pushed_bare_has_no_name_to_leave_out() -> None:
    bare = wire.lighter(rendered(frozenset({"ix-d2"})))[-1]
    again = wire.with_audience(bare.body, b"", OTHERS, hidden=bare.hidden, closed=frozenset(ABOVE))
    assert (names(again), again.hidden) == ([], b"")
