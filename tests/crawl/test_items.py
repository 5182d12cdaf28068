"""What becomes of one listed item: pushed, shown, kept, parked, left alone."""

from __future__ import annotations

from typing import Any

import pytest

from connector.access.comparing import Sight
from connector.document.audience import NOBODY, Audience
from connector.document.document import Listed, Scope
from connector.errors import (
    RecordGone,
    RecordHidden,
    RecordInvalid,
    SourceUnavailable,
)
from connector.plan.findings import Code, Effect, Why
from connector.plan.item import Mode
from connector.ports.source import Page
from connector.ports.target import Stamp
from tests.builders import AUDIENCE, audience_of, make_document
from tests.crawl.test_walk import (
    DELTA,
    FULL,
    Told,
    folder,
    make,
    missing,
    row,
    scope,
    usual,
    walk,
    walk_seen,
)
from tests.desk import NOW, RULES, SOURCE, Desk, Post


async def one_item(
    desk: Desk, item: Listed, made: Any = None, mode: Mode = DELTA, **more: Any
) -> tuple[Told, Post]:
    """Walk with another row, or another document, for `ix-f1`."""
    source = usual()
    source.pages["ix-d1"][0] = Page(rows=[item])
    if made is not None:
        source.documents[item.id] = made
    _, post = await walk(desk, source, mode, **more)
    return source, post


def parked(desk: Desk) -> dict[str, tuple[str, bytes | None]]:
    return {one.id: (one.reason, one.version) for one in desk.ledger.quarantine("intranet").parked()}


async def test_a_full_run_pushes_everything_and_the_room_with_its_marks(desk: Desk) -> None:
    _, post = await walk(desk, usual(), FULL)
    assert set(post.sent) == {"ix-r1", "ix-d1", "ix-f1", "ix-f2"}
    stamps = {push.rendered.id: push.stamp for push in post.pushes}
    assert stamps["ix-r1"] == Stamp(version=b"v1", mapping=b"mapping", ledger="L1", run=desk.run, count=44)
    assert stamps["ix-f1"] == Stamp(version=b"v1", mapping=b"mapping")
    assert [push.rendered.id for push in post.pushes][:2] == ["ix-r1", "ix-d1"], "parents first"
    file = next(push for push in post.pushes if push.rendered.id == "ix-f1")
    assert (file.source, file.room, file.container, file.rules, file.present) == (
        SOURCE,
        "r1",
        "ix-d1",
        RULES,
        True,
    )
    assert file.why == Why.AGAIN


async def test_a_changed_row_is_read_and_pushed(desk: Desk) -> None:
    source, post = await one_item(desk, row("ix-f1", version=b"v2"))
    assert (source.read, set(post.sent)) == (["ix-f1"], {"ix-f1"})
    assert post.pushes[0].why == Why.CHANGED


async def test_a_changed_row_that_gives_the_same_document_is_noted_and_not_pushed(desk: Desk) -> None:
    same = make_document(id="ix-f1", title="ix-f1", path="/ix-r1/ix-d1/ix-f1/")
    source, post = await one_item(desk, row("ix-f1", version=b"v2"), same)
    assert (source.read, post.sent) == (["ix-f1"], {})
    assert desk.report.documents.unchanged == 4
    assert desk.documents.known(["ix-f1"])["ix-f1"].version == b"v2"


async def test_another_audience_alone_is_shown_without_reading(desk: Desk) -> None:
    fewer = audience_of("ix:group:nobody-else")
    source, post = await one_item(desk, row("ix-f1", audience=fewer))
    assert (source.read, post.sent) == ([], {"ix-f1": fewer})


async def test_a_new_item_whose_audience_is_unknown_waits(desk: Desk) -> None:
    source, post = await one_item(desk, row("ix-new", audience=None))
    assert (source.read, post.sent) == ([], {})
    assert parked(desk) == {"ix-new": ("audience-unknown", b"")}
    assert any(
        one.startswith("The readers of some documents of r1 are unknown. What is in search keeps its readers")
        for one in desk.report.reasons
    )


async def test_a_known_item_whose_audience_is_unknown_keeps_the_one_it_has(desk: Desk) -> None:
    _, post = await one_item(desk, row("ix-f1", audience=None, version=b"v2"))
    assert post.sent == {"ix-f1": AUDIENCE}
    assert Effect.WITHHELD in desk.report.effects


@pytest.mark.parametrize("told", [NOBODY, audience_of("ix:group:other")], ids=["nobody", "others"])
async def test_new_words_are_not_shown_to_those_who_may_not_see_them_any_more(
    desk: Desk, told: Audience
) -> None:
    source, post = await one_item(desk, row("ix-f1", version=b"v2", audience=told), max_widened=0)
    assert (source.read, post.sent) == ([], {}), (
        "what stands there waits for the brake's word, and says nothing new"
    )
    assert desk.documents.known(["ix-f1"])["ix-f1"].version == b"v1", "it is tried again"
    assert desk.report.documents.pending == 1


@pytest.mark.parametrize(
    ("container", "goes_out"), [("ix-r1", "ix:group:b"), ("ix-d1", "ix:group:a ix:group:b")]
)
async def test_what_moved_to_where_nobody_is_known_is_shown_to_those_who_saw_that_place(
    desk: Desk, container: str, goes_out: str
) -> None:
    desk.add("ix-f3", "ix-d1", audience=audience_of("ix:group:a", "ix:group:b"))
    source = usual()
    item = row("ix-f3", version=b"v2", audience=None)
    if container == "ix-r1":
        source.pages["ix-r1"] = [Page(rows=[folder("ix-d1"), item], proof=b"end")]
    else:
        source.pages["ix-d1"].append(Page(rows=[item], proof=b"end"))
    place = Sight(
        scope=Scope(key="r1", name="Room one"), audience=None, public=False, last=audience_of("ix:group:b")
    )
    post = await walk_seen(desk, source, place)
    assert post.sent == {"ix-f3": audience_of(*goes_out.split())}
    (said,) = desk.report.reasons
    assert said.startswith("The readers of some documents of Room one are unknown.")
    assert said.endswith("what is new stays out. See: connector quarantine")


async def test_a_document_goes_out_with_the_audience_that_was_decided_and_not_with_its_own(
    desk: Desk,
) -> None:
    fewer = audience_of("ix:group:nobody-else")
    own = make_document(id="ix-f1", audience=audience_of("ix:group:everybody"))
    _, post = await one_item(desk, row("ix-f1", version=b"v2", audience=fewer), own)
    assert post.sent == {"ix-f1": fewer}
    known = post.pushes[0].known
    assert known is not None
    assert known.id == "ix-f1"


async def test_a_scope_is_opened_with_who_may_see_it(desk: Desk) -> None:
    source = usual()
    await walk_seen(desk, source, Sight(scope=scope(), audience=AUDIENCE, public=True))
    assert source.opened == [("r1", AUDIENCE, True)]


async def test_what_was_read_in_part_keeps_what_there_is_and_is_narrowed(desk: Desk) -> None:
    desk.add("ix-f1", "ix-d1", audience=audience_of(*AUDIENCE.identities, "ix:group:more"))
    part = make_document(id="ix-f1", provisional=True)
    _, post = await one_item(desk, row("ix-f1", version=b"v2", audience=AUDIENCE), part)
    assert post.sent == {"ix-f1": AUDIENCE}


async def test_reasons_call_documents_by_their_names(desk: Desk) -> None:
    source = usual()
    source.pages["ix-d1"] = [
        Page(rows=[row(f"ix-f{n}", name="A name" if n == 1 else "", version=b"v2") for n in (1, 2, 3)])
    ]
    source.documents = {
        "ix-f1": SourceUnavailable("503"),
        "ix-f2": make_document(id="ix-f2", provisional=True),
        "ix-f3": make_document(id="ix-f3", provisional=True, text_missing="unavailable"),
    }
    await walk(desk, source)
    assert desk.report.reasons == [
        "A name could not be read: 503. The intranet keeps what it has; the next run tries again.",
        "ix-f2 could not be read completely. The next run tries again.",
        "ix-f3 could not be read completely: the file was not read yet, because no reader could be started. The next run tries again.",
    ]
    assert desk.report.documents.pending == 3


async def test_what_came_out_the_same_is_kept_under_the_rules_of_now(desk: Desk) -> None:
    desk.add("ix-f1", "ix-d1", rules=b"earlier")
    same = make_document(id="ix-f1", title="ix-f1", path="/ix-r1/ix-d1/ix-f1/")
    await one_item(desk, row("ix-f1", version=b"v2"), same)
    assert desk.documents.known(["ix-f1"])["ix-f1"].rules == RULES


async def test_what_waits_in_quarantine_is_seen_again(desk: Desk) -> None:
    desk.ledger.quarantine("intranet").park(
        "ix-new",
        source=SOURCE,
        native="new",
        room="r1",
        title="t",
        reason="refused",
        values={"why": "m"},
        version=b"v1",
        now=NOW - 1,
    )
    await one_item(desk, row("ix-new"))
    desk.ledger.quarantine("intranet").settle(SOURCE, ["r1"], since=NOW)
    assert set(parked(desk)) == {"ix-new"}


async def test_what_cannot_be_mapped_is_parked_and_still_narrowed(desk: Desk) -> None:
    desk.add("ix-f1", "ix-d1", audience=audience_of(*AUDIENCE.identities, "ix:group:more"))
    fewer = AUDIENCE
    _, post = await one_item(desk, row("ix-f1", version=b"v2", audience=fewer), RecordInvalid("odd"))
    assert parked(desk) == {"ix-f1": ("record-invalid", b"v2")}
    assert post.sent == {"ix-f1": fewer}
    assert missing(desk) == {}


@pytest.mark.parametrize("error", [SourceUnavailable("503"), RecordHidden("403")])
async def test_what_cannot_be_read_now_is_pending_and_still_narrowed(desk: Desk, error: Exception) -> None:
    desk.add("ix-f1", "ix-d1", audience=audience_of(*AUDIENCE.identities, "ix:group:more"))
    fewer = AUDIENCE
    _, post = await one_item(desk, row("ix-f1", version=b"v2", audience=fewer), error)
    assert desk.report.documents.pending == 1
    assert Effect.WITHHELD in desk.report.effects
    assert (parked(desk), missing(desk)) == ({}, {})
    assert post.sent == {"ix-f1": fewer}
    assert desk.documents.known(["ix-f1"])["ix-f1"].version == b"v1", "it is tried again"


async def test_what_is_gone_when_it_is_read_is_a_suspect(desk: Desk) -> None:
    _, post = await one_item(desk, row("ix-f1", version=b"v2"), RecordGone("404"))
    assert missing(desk) == {"ix-f1": (desk.run, "absent")}
    assert post.sent == {}


async def test_what_is_new_and_gone_when_it_is_read_is_told_as_that(desk: Desk) -> None:
    _, post = await one_item(desk, row("ix-new", version=b"v2"), RecordGone("404"))
    assert post.sent == {}
    found = [one for one in desk.report.findings if one.code is Code.GONE_WHEN_READ]
    assert [one.values for one in found] == [{"title": "ix-new", "id": "ix-new"}]
    assert desk.report.effects <= {Effect.NOTE}, "a row that goes while a run works is nothing odd"
    _, _ = await one_item(desk, row("ix-f1", version=b"v3"), RecordGone("404"))
    assert not [one for one in desk.report.findings if one.code is Code.GONE_WHEN_READ], "it is a suspect"


@pytest.mark.parametrize(("name", "pushed"), [("ix-f1", False), ("ix-new", True)])
async def test_what_was_read_in_part_is_pushed_only_where_there_is_nothing_to_keep(
    desk: Desk, name: str, pushed: bool
) -> None:
    part = make_document(id=name, provisional=True)
    _, post = await one_item(desk, row(name, version=b"v2"), part)
    assert desk.report.documents.pending == 1
    assert Effect.WITHHELD in desk.report.effects
    assert set(post.sent) == ({name} if pushed else set())
    if pushed:
        assert post.pushes[0].listed.version == b"", "it is tried again"


async def test_a_move_is_dated_anew(desk: Desk) -> None:
    moved = make_document(id="ix-f1", path="/ix-r1/ix-elsewhere/ix-f1/")
    _, post = await one_item(desk, row("ix-f1", version=b"v2"), moved)
    assert b"2026-02-03T04:05:06.790" in post.pushes[0].rendered.body
    stays = make_document(id="ix-f2", path="/ix-r1/ix-d1/ix-f2/", title="other")
    _, post = await one_item(desk, row("ix-f2", version=b"v2"), stays)
    assert b"2026-02-03T04:05:06.789" in post.pushes[0].rendered.body


@pytest.mark.parametrize("mode", [DELTA, FULL], ids=str)
async def test_quarantine_waits_for_its_time_except_in_a_full_run(desk: Desk, mode: Mode) -> None:
    desk.ledger.quarantine("intranet").park(
        "ix-f1",
        source=SOURCE,
        native="f1",
        room="r1",
        title="t",
        reason="refused",
        values={"why": "m"},
        version=b"v1",
        now=NOW - 1,
    )
    source, post = await one_item(desk, row("ix-f1", audience=audience_of("x")), mode=mode)
    assert source.read.count("ix-f1") == (mode is FULL)
    assert "ix-f1" in post.sent, "a narrower audience does not wait"


@pytest.mark.parametrize(
    ("mode", "since", "version", "read"),
    [
        (DELTA, -1, b"v1", False),
        (DELTA, -1, b"v0", True),
        (DELTA, -3_000, b"v1", True),
        (FULL, -1, b"v1", True),
    ],
)
async def test_what_was_never_accepted_waits_for_its_time_or_a_change(
    desk: Desk, mode: Mode, since: float, version: bytes, read: bool
) -> None:
    desk.ledger.quarantine("intranet").park(
        "ix-new",
        source=SOURCE,
        native="new",
        room="r1",
        title="t",
        reason="refused",
        values={"why": "m"},
        version=version,
        now=NOW + since,
    )
    source, _ = await one_item(desk, row("ix-new"), mode=mode)
    assert ("ix-new" in source.read) == read


async def test_a_parked_item_is_called_by_its_name_or_its_id(desk: Desk) -> None:
    for name, item in {
        "A name": row("ix-n1", name="A name"),
        "ix-f1": row("ix-f1", name="", version=b"v2"),
    }.items():
        await one_item(desk, item, RecordInvalid("odd"))
        assert name in {one.title for one in desk.ledger.quarantine("intranet").parked()}
    await one_item(desk, row("ix-n2", name=""), RecordInvalid("odd"))
    assert "n2" in {one.title for one in desk.ledger.quarantine("intranet").parked()}


@pytest.mark.parametrize(("rules", "held"), [(RULES, False), (b"other", True), (None, False)])
async def test_what_settings_leave_out_is_gone_unless_they_changed(
    desk: Desk, rules: bytes | None, held: bool
) -> None:
    desk.add("ix-e1", "ix-r1", rules=rules)
    desk.add("ix-a1", "ix-e1")
    source = usual()
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1"), row("ix-e1", left_out="historical")], proof=b"end")]
    _, post = await walk(desk, source)
    entry, attachment = desk.standing("ix-e1"), desk.standing("ix-a1")
    if held:
        assert {(one.state, one.held_why) for one in (entry, attachment)} == {("held", "settings-left-out")}
        assert desk.fact("ix-e1", "held_run") == desk.fact("ix-a1", "held_run") == desk.run
    else:
        assert (entry.missing_run, entry.missing_why) == (desk.run, "left-out")
        assert (attachment.missing_run, attachment.missing_why) == (desk.run, "absent"), (
            "it may have moved away"
        )
    assert post.sent == {}


async def test_what_is_left_out_and_was_never_pushed_is_nothing(desk: Desk) -> None:
    _, post = await one_item(desk, row("ix-new", left_out="historical"))
    assert (post.sent, parked(desk)) == ({}, {})


async def test_what_is_left_out_and_held_already_stays_as_it_is(desk: Desk) -> None:
    desk.documents.hold([("ix-f1", "brake")], run=4)
    await one_item(desk, row("ix-f1", left_out="historical"))
    assert (desk.standing("ix-f1").state, desk.standing("ix-f1").held_why) == ("held", "brake")
    assert desk.standing("ix-f1").missing_run is None


async def test_what_is_listed_again_or_elsewhere_is_found(desk: Desk) -> None:
    desk.documents.miss(["ix-f1"], run=4, why="absent")
    desk.documents.hold([("ix-f2", "brake")], run=4)
    desk.add("ix-far", "ix-r1")
    source = usual()
    source.pages["ix-d1"].insert(0, Page(rows=[row("ix-far")]))
    source.pages["ix-r1"] = [Page(rows=[folder("ix-d1")], proof=b"end")]
    await walk(desk, source)
    assert missing(desk) == {}
    assert desk.standing("ix-f2").state == "live"
    assert desk.standing("ix-far").container == "ix-d1"


async def test_an_item_that_moved_is_found_beside_new_ones(desk: Desk) -> None:
    source = usual()
    rows = [row("ix-new"), row("ix-left", left_out="historical"), row("ix-f1"), folder("ix-d1")]
    source.pages["ix-r1"] = [Page(rows=rows, proof=b"end")]
    source.pages["ix-d1"] = [Page(rows=[row("ix-f2")], proof=b"end")]
    await walk(desk, source)
    assert desk.standing("ix-f1").container == "ix-r1"
    assert missing(desk) == {}


async def test_an_item_found_outside_its_listing_is_no_presence(desk: Desk) -> None:
    desk.documents.miss(["ix-f1"], run=4, why="absent")
    crawl, post = make(desk, Told())
    more = audience_of(*AUDIENCE.identities, "ix:group:more")
    await crawl.take(
        row("ix-f1", version=b"v2", audience=more),
        room="r1",
        container="ix-d1",
        known=desk.documents.known(["ix-f1"])["ix-f1"],
        present=False,
    )
    await post.flush()
    assert post.sent == {"ix-f1": AUDIENCE}
    assert desk.standing("ix-f1").missing_run == 4
