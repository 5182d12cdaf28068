"""Rule 2 of audiences, in the crawl: a listed document never goes out to more people than it is told, whoever had it."""

from __future__ import annotations

import pytest

from connector.access.audience_updates import note_of_hold
from connector.document.audience import NOBODY, Audience
from connector.document.document import met_in
from connector.plan.brake import Limits
from connector.plan.findings import Effect, HoldReason, Why
from connector.ports.source import Seen
from tests.access.audience_work import (
    ALL,
    LOST,
    ONE,
    OTHER,
    TWO,
    B,
    C,
    Folders,
    held,
    known_of,
    listed,
    make,
    read,
)
from tests.builders import audience_of
from tests.desk import NOW, Desk, Post


@pytest.mark.parametrize(
    ("told", "goes_out"),
    [
        (TWO, TWO),
        (ONE, ONE),
        (None, TWO),
        (ALL, TWO),
        (audience_of(B, C), audience_of(B)),
        (OTHER, OTHER),
    ],
)
async def test_a_listed_document_never_goes_out_wider_than_it_is(
    desk: Desk, post: Post, told: Audience | None, goes_out: Audience
) -> None:
    assert make(desk, post).now(listed("ix-f1", told), known_of(desk, "ix-f1")) == goes_out


async def test_a_new_document_goes_out_as_it_is_told_or_not_at_all(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    assert one.now(listed("ix-new", ALL), None) == ALL
    assert one.now(listed("ix-new", None), None) is None


async def test_what_is_left_to_nobody_waits_for_the_brake(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    assert one.now(listed("ix-f1", NOBODY), known_of(desk, "ix-f1")) == TWO
    assert not post.sent
    await one.empty()
    assert post.sent == {"ix-f1": NOBODY}


async def test_what_is_left_to_nobody_in_the_crawl_is_held_by_the_brake(desk: Desk, post: Post) -> None:
    one = make(desk, post, limits=Limits(max_deletes=0, max_delete_ratio=1.0))
    one.now(listed("ix-f1", NOBODY), known_of(desk, "ix-f1"))
    await one.empty()
    assert post.sent == {}
    assert held(desk) == {"ix-f1": LOST}


async def test_more_exchanges_than_may_be_shown_are_held(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=2)
    out = [one.now(listed(name, OTHER), known_of(desk, name)) for name in ("ix-f1", "ix-f2", "ix-f3")]
    assert out == [OTHER, OTHER, TWO]
    assert held(desk) == {"ix-f3": LOST}
    assert desk.fact("ix-f3", "held_run") == desk.run
    assert Effect.BRAKED in desk.report.effects


@pytest.mark.parametrize(("told", "noted"), [(OTHER, True), (NOBODY, False)])
async def test_an_exchange_in_the_crawl_is_noted_as_shown_to_more(
    desk: Desk, post: Post, told: Audience, noted: bool
) -> None:
    one = make(desk, post)
    one.now(listed("ix-f1", told), known_of(desk, "ix-f1"))
    assert one.updates._wider == (
        [("ix-f1", told.digest(), b"v1", met_in("ix-r1", "r1", None))] if noted else []
    )
    assert desk.ledger.pending_audiences("intranet").audience(OTHER.digest()) == (OTHER if noted else None)


@pytest.mark.parametrize(
    ("told", "most", "goes_out"), [(OTHER, 100, TWO), (audience_of("ix:group:d"), 100, None), (ALL, 0, TWO)]
)
async def test_what_is_held_for_its_audience_keeps_the_one_it_has_while_the_list_is_the_same(
    desk: Desk, post: Post, told: Audience, most: int, goes_out: Audience | None
) -> None:
    desk.documents.hold([("ix-f1", LOST)], run=4, note=note_of_hold(OTHER.digest()))
    one = make(desk, post, max_widened=most)
    assert one.now(listed("ix-f1", told), known_of(desk, "ix-f1")) == (goes_out or told)
    assert Effect.BRAKED not in desk.report.effects


async def test_what_the_crawl_holds_is_held_for_the_list_that_it_met(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=0)
    one.now(listed("ix-f1", OTHER), known_of(desk, "ix-f1"))
    assert desk.standing("ix-f1").held_note == note_of_hold(OTHER.digest())
    one = make(desk, post)
    assert one.now(listed("ix-f1", OTHER), known_of(desk, "ix-f1")) == TWO
    assert one.now(listed("ix-f1", audience_of("ix:group:d")), known_of(desk, "ix-f1")) == audience_of(
        "ix:group:d"
    )


async def test_what_is_held_for_another_reason_goes_to_others_all_the_same(desk: Desk, post: Post) -> None:
    desk.documents.hold([("ix-f1", HoldReason.BRAKE)], run=4)
    assert make(desk, post).now(listed("ix-f1", OTHER), known_of(desk, "ix-f1")) == OTHER


async def test_after_the_brake_nothing_is_exchanged(desk: Desk, post: Post) -> None:
    one = make(desk, post, limits=Limits(max_deletes=0, max_delete_ratio=1.0))
    await read(one, TWO, Folders(Seen(id="ix-f1", audience=NOBODY, told_at=NOW)))
    await one.narrow()
    assert one.now(listed("ix-f2", OTHER), known_of(desk, "ix-f2")) == TWO
    assert held(desk) == {"ix-f1": LOST, "ix-f2": LOST}


async def test_showing_pushes_what_is_kept_unless_it_is_not_whole(desk: Desk, post: Post) -> None:
    accepted = make(desk, post).accepted
    push = accepted.shown_to("ix-f1", ONE, whole=True, met=met_in("ix-r1", "r1", None))
    assert push is not None
    assert (push.rendered.audience, push.why) == (ONE, Why.OTHER_PEOPLE)
    assert accepted.shown_to("ix-gone", ONE, whole=True, met=met_in("", "r1", None)) is None, (
        "nothing is kept of it"
    )


LONG = {"text": "words " * 40_000, "text_key": "key"}


@pytest.mark.parametrize(("remembered", "shown"), [("long words", True), (None, False)])
async def test_a_long_text_is_taken_from_the_cache_or_the_file_is_read_anew(
    desk: Desk, post: Post, remembered: str | None, shown: bool
) -> None:
    desk.add("ix-f4", "ix-r1", audience=TWO, **LONG)
    body = desk.documents.body("ix-f4")
    assert body is not None
    assert (body.text, body.text_key) == (b"", "key"), "it is too long to be kept in the ledger"
    asked: list[str] = []

    def recall(key: str) -> str | None:
        asked.append(key)
        return remembered

    one = make(desk, post, recall=recall)
    push = one.accepted.shown_to("ix-f4", ONE, whole=True, met=met_in("ix-r1", "r1", None))
    assert (push is not None) == shown
    assert set(asked) == {"key"}
    if push is not None:
        assert push.rendered.text == b'"long words"'
        assert push.listed.version == b"v1"
    # a narrowing waits for no text: without it, it is to be read anew
    last = one.accepted.shown_to("ix-f4", ONE, whole=False, met=met_in("ix-r1", "r1", None))
    assert last is not None
    assert (last.rendered.audience, last.listed.version) == (ONE, b"v1" if shown else b"")
