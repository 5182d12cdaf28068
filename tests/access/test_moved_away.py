"""What left the place that others see now: who is asked, what each answer means, and that no narrowing waits for one."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from connector.access import moved_away as module
from connector.document.audience import NOBODY, Audience
from connector.errors import SourceRefused, SourceUnavailable
from connector.plan.item import Mode, Purpose
from connector.plan.step import Push, Show, plan_item
from connector.ports.source import Seen, Verdict
from tests.access.audience_work import (
    EVERY,
    EXCHANGED,
    OTHER,
    TWO,
    Folders,
    Rooms,
    known_of,
    listed,
    make,
    read,
    sight,
)
from tests.builders import make_listed
from tests.desk import NOW, Desk, Post


def told(**changes: object) -> Verdict:
    return Verdict(**{"listed": make_listed(id="ix-f1"), "room": "r1", "container": "ix-r1", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "found"),
    [
        (told(), OTHER),
        (told(container=None), OTHER),
        (told(container="ix-elsewhere"), OTHER),  # the room alone says who sees it
        (told(room="r2"), None),
        (Verdict(gone=True), None),
        (Verdict(unsure="under another room", moved=True), None),
        (told(listed=make_listed(id="ix-f1", version=b"v2")), NOBODY),
        (Verdict(unsure="its room answers 403"), NOBODY),
        (Verdict(pending=True, unsure="another list decides"), NOBODY),
        (SourceRefused("no"), NOBODY),
    ],
    ids=repr,
)
async def test_others_find_at_once_what_stands_there_as_it_did(
    desk: Desk, post: Post, verdict: Verdict | Exception, found: Audience | None
) -> None:
    one, source = make(desk, post), Rooms()
    source.answers = {"f1": verdict}
    await read(one, OTHER, source)
    await one.narrow()
    assert post.sent == {one: who for one, who in (EXCHANGED | {"ix-f1": found}).items() if who is not None}
    assert one.updates.exchanged == len(post.sent)
    assert {push.rendered.id for push in post.pushes if push.others_wait} == one.updates.to_others
    assert one.updates.to_others == {one for one, audience in post.sent.items() if audience == NOBODY}


async def test_where_folders_say_who_sees_it_another_folder_is_another_place(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    source = Folders(*(Seen(id=each, audience=OTHER, told_at=NOW) for each in sorted(EVERY - {"ix-r1"})))
    source.answers = {"f1": told(container="ix-elsewhere"), "f2": told(container=None), "f3": told()}
    await one.read([(source, [sight(TWO)])])
    await one.narrow()
    assert post.sent == {"ix-f2": OTHER, "ix-f3": OTHER}


async def test_a_bug_in_one_answer_ends_the_run_after_everything_was_narrowed(desk: Desk, post: Post) -> None:
    one, source = make(desk, post), Rooms()
    source.answers = {"f1": ZeroDivisionError()}
    await read(one, OTHER, source)
    structlog.reset_defaults()
    with capture_logs() as logs, pytest.raises(ZeroDivisionError):
        await one.narrow()
    assert post.sent == {**EXCHANGED, "ix-f1": NOBODY}
    assert [line["id"] for line in logs if line["event"] == "place.unasked"] == ["ix-f1"]


async def test_a_silent_source_is_not_waited_for_again(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "ASKED_AT_ONCE", 1)
    one, source, asked = make(desk, post), Rooms(), list[str]()

    async def ask(native: str, *_: object) -> Verdict:
        asked.append(native)
        raise SourceUnavailable("no")

    monkeypatch.setattr(source, "ask", ask)
    await read(one, OTHER, source)
    await one.narrow()
    assert len(asked) == 1
    assert post.sent == dict.fromkeys(EVERY, NOBODY), "until the crawl meets it"


async def test_what_is_forgotten_while_its_source_answers_costs_itself_only(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, source = make(desk, post), Rooms()

    async def ask(native: str, *_: object) -> Verdict:
        desk.say("DELETE FROM documents WHERE id = 'ix-f1'")
        return Verdict(listed=make_listed(id=f"ix-{native}", native=native))

    monkeypatch.setattr(source, "ask", ask)
    await read(one, OTHER, source)
    await one.narrow()
    assert post.sent == {who: to for who, to in EXCHANGED.items() if who != "ix-f1"}


async def test_nobody_is_asked_in_a_dry_run_nor_for_what_some_keep(desk: Desk, post: Post) -> None:
    source = Rooms()
    source.answers = {name[3:]: ZeroDivisionError() for name in EVERY}
    one = make(desk, post, dry_run=True)
    await read(one, OTHER, source)
    await one.narrow()


@pytest.mark.parametrize(("version", "left_to"), [(b"v1", OTHER), (b"v2", None)])
async def test_what_waited_is_found_by_others_as_soon_as_it_is_met(
    desk: Desk, post: Post, version: bytes, left_to: Audience | None
) -> None:
    """As it is now; where that cannot be read, by nobody still."""
    one, source = make(desk, post), Rooms()
    source.answers = {"f1": SourceUnavailable("no")}
    await read(one, OTHER, source)
    await one.narrow()
    known = known_of(desk, "ix-f1")
    item = listed("ix-f1", OTHER, version=version)
    facts = one.updates.facts(item, known, waiting=None, rules=b"")
    step = plan_item(item, known, Purpose(mode=Mode.DELTA, run=5, now=NOW), facts)
    assert isinstance(step, Show if version == b"v1" else Push)
    assert step.audience == OTHER
    assert (step.anew if isinstance(step, Show) else step).narrowed == left_to
    assert one.updates.exchanged == len(EVERY), "it was counted before"
