"""What the target accepted last is made ready to be pushed again: with another audience, or just as it was."""

from __future__ import annotations

import json

import pytest

from connector.access import audience_updates as module
from connector.document.audience import NOBODY
from connector.plan.findings import Why
from connector.ports.target import Stamp
from tests.access.audience_work import ALL, ONE, OTHER, TWO, known_of, make
from tests.desk import RULES, SOURCE, Desk, Post


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
