"""Rooms that no setting calls public any more, and audiences that nobody could tell for too long: who keeps what, and until when."""

from __future__ import annotations

import pytest

from connector.document.audience import NOBODY, Audience
from connector.plan.brake import Limits
from connector.ports.source import Seen
from tests.access.audience_work import (
    AGE_S,
    ALL,
    EVERY,
    EXPIRED,
    LOST,
    ONE,
    OTHER,
    TWO,
    A,
    B,
    C,
    Folders,
    held,
    make,
    read,
)
from tests.builders import audience_of
from tests.desk import NOW, Desk, Post


@pytest.mark.parametrize("audience", [None, TWO])
async def test_a_room_that_no_setting_names_is_closed_whatever_its_list(
    desk: Desk, post: Post, audience: Audience | None
) -> None:
    desk.add("ix-f4", "ix-r1", audience=audience_of(A, B, public=True))
    one = make(desk, post)
    await read(one, audience)
    await one.narrow()
    assert post.sent == {"ix-f4": TWO}


async def test_what_waits_for_the_brake_is_public_no_more_at_once(desk: Desk, post: Post) -> None:
    desk.add("ix-f4", "ix-r1", audience=audience_of(A, B, public=True))
    one = make(desk, post, limits=Limits(max_deletes=0, max_delete_ratio=1.0))
    await read(one, NOBODY)
    await one.narrow()
    assert post.sent == {"ix-f4": TWO}, "who found it as one of its readers does so until somebody decides"
    assert "ix-f4" in desk.held()


async def test_a_room_that_is_named_stays_public(desk: Desk, post: Post) -> None:
    public = audience_of(A, B, public=True)
    desk.add("ix-f4", "ix-r1", audience=public)
    one = make(desk, post)
    await read(one, public, public=True)
    await one.narrow()
    assert post.sent == {}


@pytest.mark.parametrize(
    ("lost_at", "expired"), [(None, False), (NOW - AGE_S, False), (NOW - AGE_S - 1, True), (NOW, False)]
)
async def test_an_audience_that_was_unknown_for_too_long_expires(
    desk: Desk, post: Post, lost_at: float | None, expired: bool
) -> None:
    one = make(desk, post)
    await read(one, None, lost_at=lost_at)
    assert {standing.id for standing in one.expired()} == (EVERY if expired else set())
    await one.narrow()
    assert post.sent == {}, "it is removed, past the brake, and not pushed"
    assert one.still_lost(desk.standing("ix-f1")) == expired


async def test_single_documents_expire_one_by_one(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    told = [
        Seen(id="ix-f1", audience=None, told_at=NOW - AGE_S - 1),
        Seen(id="ix-f2", audience=None, told_at=None),
        Seen(id="ix-f3", audience=ONE, told_at=NOW),
        Seen(id="ix-unknown", audience=ONE, told_at=NOW),
    ]
    await read(one, TWO, Folders(*told))
    assert [standing.id for standing in one.expired()] == ["ix-f1"]
    await one.narrow()
    assert post.sent == {"ix-f3": ONE}


async def test_what_was_held_for_having_no_audience_is_let_go_when_it_has_one(desk: Desk, post: Post) -> None:
    desk.documents.hold([("ix-f1", LOST), ("ix-f2", EXPIRED), ("ix-f3", "brake")], run=4)
    await read(make(desk, post), None)
    assert set(held(desk)) == {"ix-f1", "ix-f2", "ix-f3"}, "nothing was told"
    await read(make(desk, post), TWO)
    assert held(desk) == {"ix-f3": "brake"}


async def test_the_rooms_own_document_expires_where_single_ones_are_told(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    await read(one, None, Folders(Seen(id="ix-f1", audience=ONE)), lost_at=NOW - AGE_S - 1)
    assert [standing.id for standing in one.expired()] == ["ix-r1"]


@pytest.mark.parametrize(
    ("lost_at", "expired"), [(None, False), (NOW - AGE_S, False), (NOW - AGE_S - 1, True)]
)
async def test_a_room_expires_where_a_source_of_single_documents_tells_of_none(
    desk: Desk, post: Post, lost_at: float | None, expired: bool
) -> None:
    one = make(desk, post)
    await read(one, None, Folders(), lost_at=lost_at)
    assert {standing.id for standing in one.expired()} == (EVERY if expired else set())


async def test_whoever_surely_lost_an_item_loses_it_while_the_others_are_unknown(
    desk: Desk, post: Post
) -> None:
    told = [
        Seen(id="ix-f1", audience=None, most=audience_of(B, C)),
        Seen(id="ix-f2", audience=None, most=ALL),
        Seen(id="ix-f3", audience=None, most=OTHER),
    ]
    one = make(desk, post)
    await read(one, None, Folders(*told))
    await one.narrow()
    assert post.sent == {"ix-f1": audience_of(B)}, "nobody gets more, or loses the last reader, unknown"
    later = make(desk, post)
    await read(later, None, Folders(*told), lost_at=NOW - AGE_S - 1)
    assert {standing.id for standing in later.expired()} == EVERY


async def test_what_an_earlier_run_read_stays_where_the_next_one_knows_less(desk: Desk, post: Post) -> None:
    earlier = make(desk, post)
    await read(earlier, TWO, Folders(Seen(id="ix-f1", audience=ONE)))
    one = make(desk, post)
    await read(one, None, Folders(Seen(id="ix-f1", audience=None, most=TWO)))
    await one.narrow()
    assert post.sent == {"ix-f1": ONE}
