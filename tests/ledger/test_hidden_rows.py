"""
The rows of what is hidden: which of them an order makes, which the target is still to be told of, and which are forgotten when. A row that
is gone too early leaves something in the search that a person hid.
"""

from __future__ import annotations

import pytest

from connector.ledger.orders import About, Hidden, Order, OrderKind
from tests.desk import NOW, SOURCE, Desk


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """A folder with a folder and a file in it, neighbours whose paths begin alike, and one that was removed."""
    for name, container in (
        ("ix-d1", "ix-r1"),
        ("ix-d2", "ix-d1"),
        ("ix-f1", "ix-d2"),
        ("ix-d1-b", "ix-r1"),
        ("ix-d1b", "ix-r1"),
        ("ix-f9", "ix-d1"),
    ):
        desk.add(name, container)
    desk.say("UPDATE documents SET state = 'removed' WHERE id = 'ix-f9'")
    return desk


BELOW = ["ix-f1", "ix-d2", "ix-d1"]
"""What hides with the folder, children before their parents."""


def rows(desk: Desk) -> set[str]:
    return {one.id for root in desk.books.orders.count() for one in desk.books.orders.of(root)}


def to_remove(desk: Desk) -> list[str]:
    return [one.id for one in desk.books.orders.to_remove(limit=9)]


def enter(desk: Desk, root: str, *gone: str) -> None:
    desk.books.orders.enter(root, title=root, now=NOW)
    desk.books.orders.removed(gone)


def order(desk: Desk, subject: str, **changes: object) -> None:
    told = {"id": f"O-{subject}", "target": "intranet", "kind": OrderKind.HIDE, "at": NOW, **changes}
    desk.books.orders.write(Order(subject=subject, **told))  # type: ignore[arg-type]


def test_an_order_takes_what_stands_in_a_folder_and_nothing_beside_it(desk: Desk) -> None:
    enter(desk, "ix-d1")
    assert to_remove(desk) == BELOW
    assert desk.books.orders.count_below("ix-d1") == 2, "without itself, and what was removed"
    assert desk.books.orders.to_take("ix-d1") == {SOURCE: 3}
    desk.books.orders.removed(["ix-f1"])
    assert to_remove(desk) == ["ix-d2", "ix-d1"]
    assert desk.books.orders.to_take("ix-d1") == {SOURCE: 2}
    desk.say("UPDATE documents SET fingerprint = NULL WHERE id = 'ix-d2'")
    assert desk.books.orders.to_take("ix-d1") == {SOURCE: 1}, "of the other the target confirmed nothing"
    assert [one.id for one in desk.books.orders.to_remove(limit=9, besides=["ix-d2"])] == ["ix-d1"]
    desk.books.orders.doubt()
    assert to_remove(desk) == BELOW


def test_what_the_ledger_never_heard_of_is_to_be_removed_all_the_same(desk: Desk) -> None:
    enter(desk, "ix-new")
    assert to_remove(desk) == ["ix-new"]
    assert desk.books.orders.to_take("ix-new") == {}, "nothing of it was confirmed"


def test_what_is_listed_no_more_is_forgotten_once_the_target_removed_it(desk: Desk) -> None:
    for root in ("ix-d1", "ix-d1-b", "ix-d1b"):
        enter(desk, root, "ix-d1", "ix-f1", root)
    desk.books.orders.drop([("ix-d1", "/ix-r1/ix-d1/"), ("ix-gone", "")])
    assert rows(desk) == {"ix-d2", "ix-d1-b", "ix-d1b"}


def test_what_is_shown_again_is_forgotten_unless_it_is_still_to_be_removed(desk: Desk) -> None:
    enter(desk, "ix-d1", "ix-d1", "ix-d2")
    enter(desk, "ix-f9", "ix-f9")
    desk.say("UPDATE documents SET fingerprint = NULL WHERE id = 'ix-d2'")
    desk.books.orders.drop_shown()
    assert rows(desk) == {"ix-d2", "ix-f1", "ix-f9"}


def test_what_moved_out_need_not_leave_from_where_it_stood(desk: Desk) -> None:
    enter(desk, "ix-d1", "ix-d1")
    stood = {one: f"/ix-r1/ix-d1/{one}/" for one in ("ix-d1", "ix-d2", "ix-f1")}
    desk.books.orders.let_out([("ix-d1", "/ix-r1/ix-d1/"), *list(stood.items())[1:]])
    assert rows(desk) == {"ix-d1", "ix-f1"}, "one is gone by now, the other stood elsewhere"


@pytest.mark.parametrize(
    ("changes", "stays"),
    [
        ({}, True),
        ({"kind": OrderKind.FORGET}, True),
        ({"kind": OrderKind.UNHIDE}, False),
        ({"ended_at": NOW}, False),
        ({"about": About.PERSON, "kind": OrderKind.FORGET}, False),
        ({"subject": "ix-d2"}, False),
    ],
)
def test_only_what_an_order_keeps_out_is_to_leave(
    desk: Desk, changes: dict[str, object], stays: bool
) -> None:
    order(desk, **{"subject": "ix-d1", **changes})  # type: ignore[arg-type]
    enter(desk, "ix-d1")
    desk.books.orders.drop_unordered()
    assert to_remove(desk) == (BELOW if stays else [])


@pytest.mark.parametrize(
    ("known", "is_gone", "again"),
    [("ix-f1", True, True), ("ix-f9", True, False), ("ix-new", True, False), ("ix-new", False, True)],
)
def test_what_is_met_again_leaves_again_only_where_the_ledger_has_it_or_it_has_not_left_yet(
    desk: Desk, known: str, is_gone: bool, again: bool
) -> None:
    enter(desk, known, *([known] if is_gone else []))
    desk.books.orders.meet([Hidden(id=known, root="ix-d1")])
    assert to_remove(desk) == ([known] if again else [])
