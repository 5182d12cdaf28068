"""Audiences of what is in the target already: how each is narrowed or held, and what is pushed for it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from typing import Any

import msgspec
import pytest
import structlog
from structlog.testing import capture_logs

from connector.document.audience import NOBODY, Audience
from connector.document.document import Document, Rendered, Scope
from connector.errors import LedgerError, TargetUnavailable
from connector.plan.brake import Limits
from connector.plan.findings import Effect, Why
from connector.plan.step import narrows
from connector.ports.format import Format
from connector.ports.source import Seen
from connector.target import wire
from connector.target.format import InteractFormat
from tests.access.audience_work import (
    ALL,
    EVERY,
    EXCHANGED,
    LOST,
    ONE,
    OTHER,
    TWO,
    A,
    B,
    C,
    Folders,
    Rooms,
    held,
    known_of,
    listed,
    make,
    read,
    sight,
)
from tests.builders import audience_of
from tests.desk import NOW, Desk, Post

# -- first: fewer people -------------------------------------------------------------------------


async def test_fewer_people_are_sent_to_all_of_a_room(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    await read(one, ONE)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY, ONE)
    assert {push.why for push in post.pushes} == {Why.FEWER_PEOPLE}
    assert post.flushed == 2
    assert Effect.BRAKED not in desk.report.effects
    assert {known_of(desk, name).version for name in EVERY} == {b"v1"}, "it is not read anew for that"


@pytest.mark.parametrize("audience", [TWO, ALL, None])
async def test_nothing_is_sent_where_nobody_loses_it(
    desk: Desk, post: Post, audience: Audience | None
) -> None:
    one = make(desk, post)
    await read(one, audience)
    await one.narrow()
    assert post.sent == {}


async def test_who_is_common_to_both_keeps_it_until_more_may_see_it(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    await read(one, audience_of(B, C))
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY, audience_of(B))


async def test_other_people_altogether_get_it_at_once_when_they_are_few(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=4)
    await read(one, OTHER)
    await one.narrow()
    assert post.sent == EXCHANGED
    assert one.updates._exchanged == 4


async def test_other_people_altogether_wait_when_they_are_many_and_nobody_sees_it_meanwhile(
    desk: Desk, post: Post
) -> None:
    one = make(desk, post, max_widened=3)
    await read(one, OTHER)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY, NOBODY)
    assert Effect.BRAKED not in desk.report.effects


@pytest.mark.parametrize(("audience", "most"), [(NOBODY, 100), (OTHER, 3)])
async def test_what_nobody_would_see_any_more_passes_the_brake_first(
    desk: Desk, post: Post, audience: Audience, most: int
) -> None:
    one = make(desk, post, limits=Limits(max_deletes=3, max_delete_ratio=1.0), max_widened=most)
    await read(one, audience)
    await one.narrow()
    assert post.sent == {}
    assert held(desk) == dict.fromkeys(EVERY, LOST)
    assert {desk.fact(name, "held_run") for name in EVERY} == {desk.run}
    assert Effect.BRAKED in desk.report.effects
    assert "4 documents would be removed" in desk.report.reasons[0]
    assert "connector sync --approve R5. To keep: connector sync --keep R5" in desk.report.reasons[0]


@pytest.mark.parametrize("kept", [False, True])
async def test_what_is_on_hold_for_another_list_than_is_read_now_is_weighed_anew(
    desk: Desk, post: Post, kept: bool
) -> None:
    limits = Limits(max_deletes=3, max_delete_ratio=1.0)
    one = make(desk, post, limits=limits)
    await read(one, NOBODY)
    await one.narrow()
    desk.say("UPDATE documents SET held_run=4")
    if kept:
        desk.documents.keep(up_to_run=4)
    one = make(desk, post, limits=limits, max_widened=3)
    await read(one, OTHER)  # too many to be shown to others at once
    await one.narrow()
    assert post.sent == {}
    assert held(desk) == dict.fromkeys(EVERY, LOST)
    assert {(desk.fact(name, "held_run"), bool(desk.fact(name, "kept"))) for name in EVERY} == {
        (desk.run, False)
    }
    one = make(desk, post, limits=limits)
    await read(one, ONE if kept else NOBODY)
    await one.narrow()
    assert post.sent == (dict.fromkeys(EVERY, ONE) if kept else {})
    one = make(desk, post, limits=limits)
    await read(one, OTHER)
    await one.narrow()
    assert post.sent == EXCHANGED


@pytest.mark.parametrize("kept", [False, True])
async def test_what_is_on_hold_is_closed_to_some_of_its_readers_whether_its_room_can_be_read_or_not(
    desk: Desk, post: Post, kept: bool
) -> None:
    desk.documents.hold([("ix-f1", LOST)], run=4)
    if kept:
        desk.documents.keep(up_to_run=4)
    one = make(desk, post)
    await read(one, None, Folders(Seen(id="ix-f1", audience=ONE, told_at=NOW)))
    await one.narrow()
    assert (post.sent, held(desk)) == ({"ix-f1": ONE}, {})


@pytest.mark.parametrize("kept", [False, True])
async def test_what_is_on_hold_for_the_list_that_is_read_stays_until_somebody_decides(
    desk: Desk, post: Post, kept: bool
) -> None:
    limits = Limits(max_deletes=3, max_delete_ratio=1.0)
    one = make(desk, post, limits=limits, max_widened=3)
    await read(one, OTHER)
    await one.narrow()
    desk.say("UPDATE documents SET held_run=4")
    if kept:
        desk.documents.keep(up_to_run=4)
    one = make(desk, post)
    await read(one, OTHER)
    await one.narrow()
    assert post.sent == {}
    assert {(desk.fact(name, "held_run"), bool(desk.fact(name, "kept"))) for name in EVERY} == {(4, kept)}


async def test_what_is_given_to_others_at_once_is_no_removal(desk: Desk, post: Post) -> None:
    one = make(desk, post, limits=Limits(max_deletes=3, max_delete_ratio=1.0))
    await read(one, OTHER)
    await one.narrow()
    assert Effect.BRAKED not in desk.report.effects
    assert post.sent == EXCHANGED


async def test_the_brake_counts_what_went_lately(desk: Desk, post: Post) -> None:
    for name in ("ix-f8", "ix-f9"):
        desk.add(name, container="ix-r1")
    desk.documents.confirm_deletions(
        ["ix-f8", "ix-f9"], run=4, now=NOW - 9, settle_s=120.0, approved=False, why={}
    )
    one = make(desk, post, limits=Limits(max_deletes=5, max_delete_ratio=1.0))
    await read(one, NOBODY)
    await one.narrow()
    assert Effect.BRAKED in desk.report.effects
    assert "after 2 in the last 24 hours" in desk.report.reasons[0]


async def test_few_documents_that_nobody_may_see_go_to_nobody(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    await read(one, NOBODY)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY, NOBODY)
    assert held(desk) == {}


async def test_a_braked_room_still_takes_rights_away_from_others(desk: Desk, post: Post) -> None:
    one = make(desk, post, limits=Limits(max_deletes=0, max_delete_ratio=1.0))
    told = [Seen(id="ix-f1", audience=NOBODY, told_at=NOW), Seen(id="ix-f2", audience=ONE, told_at=NOW)]
    await read(one, TWO, Folders(*told))
    await one.narrow()
    assert post.sent == {"ix-f2": ONE}
    assert held(desk) == {"ix-f1": LOST}
    assert one.still_lost(desk.standing("ix-f1"))
    assert not one.still_lost(desk.standing("ix-f2"))


async def test_a_dry_run_sends_nothing(desk: Desk, post: Post) -> None:
    desk.begin(dry_run=True)
    one = make(desk, post)
    await read(one, ONE)
    await one.narrow()
    assert (post.pushes, post.flushed) == ([], 0)


async def test_nothing_else_goes_out_while_a_narrowing_is_unanswered(desk: Desk, post: Post) -> None:
    post.silent = True
    one = make(desk, post)
    await read(one, ONE)
    with pytest.raises(TargetUnavailable, match="did not confirm that fewer people may see some documents"):
        await one.narrow()


async def test_what_an_unanswered_widening_may_have_shown_is_sent_as_it_was(desk: Desk, post: Post) -> None:
    desk.ledger.pending_audiences("intranet").remember(ALL)
    desk.ledger.pending_audiences("intranet").widen([("ix-f1", ALL.digest())], run=4)
    desk.documents.lose(["ix-f1"], until=NOW + 9, fingerprints={"ix-f1": b"wider"})
    one = make(desk, post)
    await read(one, TWO)
    await one.narrow()
    assert post.sent == {"ix-f1": TWO}


@pytest.mark.parametrize(("new", "other"), [("ix-f1", "ix-f2"), ("ix-f2", "ix-f1")])
async def test_what_was_taken_as_new_keeps_no_other_from_being_sent_as_it_was(
    desk: Desk, post: Post, new: str, other: str
) -> None:
    desk.ledger.pending_audiences("intranet").remember(ALL)
    desk.ledger.pending_audiences("intranet").widen([(new, ALL.digest()), (other, ALL.digest())], run=4)
    desk.documents.lose([new, other], until=NOW + 9, fingerprints={new: b"wider", other: b"wider"})
    desk.say(f"UPDATE documents SET fingerprint=NULL, lost=NULL WHERE id='{new}'")
    one = make(desk, post)
    await read(one, TWO)
    await one.narrow()
    assert post.sent == {other: TWO}


async def test_a_room_whose_former_readers_may_see_it_again_is_sent_to_nobody_else(
    desk: Desk, post: Post
) -> None:
    await read(make(desk, post), ONE)  # and the run ended before it sent anything
    one = make(desk, post)
    await read(one, TWO)
    await one.narrow()
    assert post.sent == {}


def odd_format(odd: str, error: Exception, *, bare_too: bool) -> Format:
    """A target's way to write documents that fails for one of them, with its text or even bare."""

    class Odd(InteractFormat, frozen=True, kw_only=True):
        @staticmethod
        def with_audience(body: bytes, text: bytes, audience: Audience | None, **more: Any) -> Rendered:
            if odd.encode() in body:
                raise error
            return wire.with_audience(body, text, audience, **more)

        def render(self, document: Document) -> Rendered:
            if bare_too and document.id == odd:
                raise error
            return wire.render(document, deletion_mode=self.deletion_mode)

    return Odd()


ERRORS = [OverflowError("date value out of range"), ValueError("odd"), RecursionError(), KeyError("x")]


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_what_is_odd_about_one_document_costs_that_one_its_text_and_no_other_its_narrowing(
    desk: Desk, post: Post, error: Exception
) -> None:
    one = make(desk, post, form=odd_format("ix-f1", error, bare_too=False))
    await read(one, ONE)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY, ONE)
    assert known_of(desk, "ix-f1").version == b"", "it is read anew"
    assert known_of(desk, "ix-f2").version == b"v1"


@pytest.mark.parametrize("error", ERRORS, ids=lambda error: type(error).__name__)
async def test_what_cannot_be_written_at_all_with_fewer_people_is_to_be_taken_out(
    desk: Desk, post: Post, error: Exception
) -> None:
    one = make(desk, post, form=odd_format("ix-f1", error, bare_too=True))
    await read(one, ONE)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY - {"ix-f1"}, ONE)
    assert [standing.id for standing in one.find_refused()] == ["ix-f1"]


@pytest.mark.parametrize(("until", "found"), [(NOW - 1, ["ix-f1"]), (NOW + 9, [])])
async def test_what_is_refused_is_taken_out_once_no_earlier_push_can_arrive_any_more(
    desk: Desk, post: Post, until: float, found: list[str]
) -> None:
    one = make(desk, post, form=odd_format("ix-f1", ValueError(), bare_too=True))
    await read(one, ONE)
    await one.narrow()
    desk.documents.lose(["ix-f1"], until=until, fingerprints={"ix-f1": b"earlier"})
    assert [standing.id for standing in one.find_refused()] == found


async def test_as_it_is_nothing_is_pushed_bare(desk: Desk, post: Post) -> None:
    one = make(desk, post, form=odd_format("ix-f1", ValueError(), bare_too=False))
    assert one.as_accepted(desk.standing("ix-f1"), desk.documents.body("ix-f1"), None) is None


@pytest.mark.parametrize("error", [ZeroDivisionError(), LedgerError("The disk of the ledger is full.")])
async def test_what_ends_the_reading_of_one_rooms_lists_ends_the_run_after_the_others_were_narrowed(
    desk: Desk, post: Post, error: Exception
) -> None:
    class Broken(Folders):
        async def audiences(self, *_: Any) -> AsyncIterator[Sequence[Seen]]:
            raise error
            yield  # type: ignore[unreachable]

    one = make(desk, post)
    desk.add_room("r2")
    structlog.reset_defaults()
    with capture_logs() as logs:
        await one.read(
            [
                (Broken(), [msgspec.structs.replace(sight(TWO), scope=Scope(key="r2", name="r2"))]),
                (Rooms(), [sight(ONE)]),
            ]
        )
    is_bug = not isinstance(error, LedgerError)
    assert [("exc_info" in told, told.get("why")) for told in logs] == [
        (is_bug, None if is_bug else str(error))
    ]
    with pytest.raises(type(error)):
        await one.narrow()
    assert post.sent == {"ix-r2": NOBODY, **dict.fromkeys(EVERY, ONE)}


# -- single documents, and those that nobody would see -------------------------------------------


async def test_the_rooms_own_document_is_narrowed_where_single_ones_are_told(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    await read(one, ONE, Folders())
    await one.narrow()
    assert post.sent == {"ix-r1": ONE}


async def test_one_document_that_needs_nothing_ends_the_comparing_of_none(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    told = [
        Seen(id="ix-unknown", audience=ONE, told_at=NOW),
        Seen(id="ix-f1", audience=TWO, told_at=NOW),
        Seen(id="ix-f2", audience=None, told_at=NOW),
        Seen(id="ix-f3", audience=ONE, told_at=NOW),
    ]
    source = Folders(*told)
    await read(one, TWO, source, lost_at=7.0)
    await one.narrow()
    assert post.sent == {"ix-f3": ONE}
    assert source.asked == [("r1", TWO, 7.0)]


async def test_documents_go_out_whole_whoever_may_see_them(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=2)
    desk.ledger.pending_audiences("intranet").remember(ALL)
    desk.ledger.pending_audiences("intranet").widen([("ix-r1", ALL.digest())], run=4)
    desk.documents.lose(["ix-r1"], until=NOW + 9, fingerprints={"ix-r1": b"wider"})
    told = [
        Seen(id="ix-f1", audience=OTHER, told_at=NOW),
        Seen(id="ix-f2", audience=NOBODY, told_at=NOW),
        Seen(id="ix-f3", audience=ONE, told_at=NOW),
    ]
    await read(one, TWO, Folders(*told))
    await one.narrow()
    assert post.sent == {"ix-r1": TWO, "ix-f1": OTHER, "ix-f2": NOBODY, "ix-f3": ONE}
    one.now(listed("ix-f3", TWO), known_of(desk, "ix-f3"))
    await one.widen()
    assert post.sent["ix-f3"] == TWO
    assert all(b"A plan of the bridge" in push.rendered.body for push in post.pushes)


async def test_with_no_exchange_allowed_only_what_nobody_sees_counts(desk: Desk, post: Post) -> None:
    one = make(desk, post, limits=Limits(max_deletes=4, max_delete_ratio=1.0), max_widened=0)
    await read(one, NOBODY)
    await one.narrow()
    assert Effect.BRAKED not in desk.report.effects
    assert post.sent == dict.fromkeys(EVERY, NOBODY)


@pytest.mark.parametrize(("most", "stays"), [(1, {"ix-f2", "ix-f3"}), (0, {"ix-f1", "ix-f2", "ix-f3"})])
async def test_the_brake_holds_those_that_nobody_would_see_and_too_many_exchanges(
    desk: Desk, post: Post, most: int, stays: set[str]
) -> None:
    one = make(desk, post, limits=Limits(max_deletes=1, max_delete_ratio=1.0), max_widened=most)
    told = [Seen(id=f"ix-f{n}", audience=OTHER if n == 1 else NOBODY, told_at=NOW) for n in (1, 2, 3)]
    await read(one, TWO, Folders(*told))
    await one.narrow()
    assert held(desk) == dict.fromkeys(stays, LOST)
    assert post.sent == ({"ix-f1": OTHER} if most else {})


async def test_too_many_exchanges_and_a_few_for_nobody_go_to_nobody_together(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=0)
    told = [Seen(id="ix-f1", audience=OTHER, told_at=NOW), Seen(id="ix-f2", audience=NOBODY, told_at=NOW)]
    await read(one, TWO, Folders(*told))
    await one.narrow()
    assert post.sent == {"ix-f1": NOBODY, "ix-f2": NOBODY}


@pytest.mark.parametrize(
    ("had", "told", "how"),
    [
        (TWO, TWO, ""),
        (TWO, ALL, ""),
        (TWO, ONE, "narrow"),
        (TWO, audience_of(B, C), "narrow"),
        (TWO, OTHER, "replace"),
        (TWO, NOBODY, "empty"),
        (NOBODY, NOBODY, ""),
        (audience_of(A, public=True), ONE, "narrow"),
        (ONE, audience_of(C, public=True), ""),
    ],
)
def test_each_way_to_narrow_has_its_name(had: Audience, told: Audience, how: str) -> None:
    assert (narrows(had, told) or "") == how
