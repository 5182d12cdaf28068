"""What the target accepted last is made ready to be pushed again: with another audience, or just as it was."""

from __future__ import annotations

import json
from types import SimpleNamespace

import pytest

from connector.access import audience_updates as module
from connector.access.breadcrumbs import ContainerNames
from connector.document.audience import NOBODY, Audience
from connector.document.document import Crumb, met_in
from connector.plan.findings import Why
from connector.ports.target import Stamp
from connector.target.format import InteractFormat
from tests.access.audience_work import ALL, ONE, OTHER, TWO, known_of, make
from tests.desk import NOW, RULES, SOURCE, Desk, Post


async def test_what_was_accepted_last_is_pushed_as_it_was(desk: Desk, post: Post) -> None:
    push = make(desk, post).as_accepted(desk.standing("ix-f1"), desk.documents.body("ix-f1"), None)
    assert push.rendered.audience == TWO
    assert push.rendered.fingerprint == known_of(desk, "ix-f1").fingerprint
    assert (push.source, push.room, push.container, push.rules) == (SOURCE, "r1", "ix-r1", RULES)
    assert (push.listed.id, push.listed.native, push.listed.kind, push.listed.name) == (
        "ix-f1",
        "f1",
        "file",
        "ix-f1",
    )
    assert push.listed.version == b"v1"
    assert not push.present
    assert push.why == Why.KEPT
    assert push.listed.audience == TWO
    assert push.stamp == Stamp(run=desk.run, ledger="ix-f1")


async def test_a_document_of_unknown_rules_gets_those_of_its_source(desk: Desk, post: Post) -> None:
    desk.add("ix-f4", "ix-r1", rules=None)
    push = make(desk, post).as_accepted(desk.standing("ix-f4"), desk.documents.body("ix-f4"), None)
    assert push.rules == b"rules of interaxo"


async def test_of_a_document_that_was_never_confirmed_its_name_is_pushed(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    push = one.as_accepted(desk.standing("ix-f1"), None, None)
    assert push.rendered.audience == NOBODY
    assert (push.known, push.why) == (known_of(desk, "ix-f1"), Why.KEPT)
    push = one.as_accepted(desk.standing("ix-f1"), None, ONE)
    told = json.loads(push.rendered.body)
    assert (told["ExternalIdentities"], told["IsPublic"]) == ([*ONE.identities], False)
    assert push.rendered.audience == ONE
    assert (push.rendered.title, push.rendered.path, push.rendered.url) == (
        "ix-f1",
        "/ix-r1/ix-f1/",
        "https://ix.example.com/f1",
    )
    assert b'"File"' in push.rendered.body
    assert push.listed.version == b"", "it is to be read anew"


@pytest.mark.parametrize(
    ("change", "walked"),
    [
        ("session_run=4", True),
        ("session_run=5", False),
        ("state='removed'", False),
        ("fingerprint=NULL", False),
        (f"redo_after={NOW + 9}", False),
        ("source='another'", False),
    ],
)
async def test_what_this_session_lacks_is_sent_again_unless_it_is_not_known_how_it_stands(
    desk: Desk, post: Post, change: str, walked: bool
) -> None:
    """A call without an answer may have removed it; what was taken as new may be out of date."""
    desk.say("UPDATE documents SET session_run=5 WHERE id<>'ix-f1'")
    desk.say(f"UPDATE documents SET {change} WHERE id='ix-f1'")
    found = list(make(desk, post).accepted.unaccepted(5, SOURCE))
    assert [push.rendered.id for push in found] == ["ix-f1"] * walked
    assert {push.rendered.audience for push in found} <= {TWO}


async def test_what_is_shown_to_nobody_for_others_does_not_stay_so(desk: Desk, post: Post) -> None:
    accepted, met = make(desk, post).accepted, met_in("ix-r1", "r1", None)
    for audience, waits in ((NOBODY, True), (ONE, False)):
        push = accepted.shown_to("ix-f1", audience, whole=False, met=met)
        assert push is not None
        assert push.others_wait is waits


async def test_what_was_met_elsewhere_since_is_not_shown_to_whom_it_was_met_for(
    desk: Desk, post: Post
) -> None:
    accepted = make(desk, post).accepted
    assert accepted.shown_to("ix-f1", ONE, whole=False, met=met_in("ix-d9", "r1", None)) is None
    assert accepted.shown_to("ix-f1", ONE, whole=False, met=met_in("ix-r1", "r9", None)) is None
    desk.say("DELETE FROM documents WHERE id='ix-f1'")
    assert accepted.shown_to("ix-f1", ONE, whole=False, met=met_in("ix-r1", "r1", None)) is None


@pytest.mark.parametrize(
    ("closed", "own", "is_met", "left_out", "version"),
    [
        ("", ONE, False, {"ix-d1"}, b"v1"),
        ("", TWO, False, set(), b"v1"),
        ("ix-d1", ONE, False, {"ix-d1"}, b"v1"),
        ("ix-d1", TWO, False, {"ix-d1"}, b""),
        ("ix-d1", TWO, True, set(), b"v1"),
    ],
)
async def test_a_name_that_was_left_out_is_told_again_by_what_was_met_alone(
    desk: Desk, post: Post, closed: str, own: Audience, is_met: bool, left_out: set[str], version: bytes
) -> None:
    """The container may have had another name before more people saw it; so it is to be read anew."""
    crumbs = tuple(Crumb(one) for one in ("Example Corp", "The Bridge", "Folder"))
    desk.add("ix-d1", "ix-r1", audience=ALL)
    desk.add("ix-f4", "ix-d1", audience=TWO, crumbs=crumbs, closed=frozenset({closed}))
    accepted = make(desk, post).accepted
    lists = SimpleNamespace(own_lists=lambda natives: {"d1": own})
    books = desk.books
    accepted.names = ContainerNames(books.pending_audiences, books.people, {SOURCE: lists})  # type: ignore[dict-item]
    push = accepted.push_of(desk.standing("ix-f4"), desk.documents.body("ix-f4"), TWO, is_met=is_met)
    assert push is not None
    assert InteractFormat().left_out(push.rendered.hidden) == left_out
    assert push.listed.version == version


async def test_audiences_are_looked_up_once_and_not_kept_without_end(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "KEPT_AUDIENCES", 2)
    one = make(desk, post)
    for audience in (ONE, TWO, ALL, OTHER):
        desk.ledger.pending_audiences("intranet").remember(audience)
        assert one.updates.audience(audience.digest()) == audience
        assert one.updates.audience(audience.digest()) is one.updates._kept[audience.digest()]
    assert len(one.updates._kept) == 2
    assert one.updates.audience(b"nobody knows") == NOBODY
