"""What left the place that others see now: who is asked, what each answer means, and that no narrowing waits for one."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from connector.access import moved_away as module
from connector.errors import SourceRefused, SourceUnavailable
from connector.ports.source import Seen, Verdict
from tests.access.audience_work import EVERY, OTHER, TWO, Folders, Rooms, make, read, sight
from tests.builders import make_listed
from tests.desk import NOW, Desk, Post


def told(**changes: object) -> Verdict:
    return Verdict(**{"listed": make_listed(id="ix-f1"), "room": "r1", "container": "ix-r1", **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verdict", "left"),
    [
        (told(), False),
        (told(container=None), False),
        (told(container="ix-elsewhere"), False),  # the room alone says who sees it
        (told(room="r2"), True),
        (Verdict(gone=True), True),
        (Verdict(unsure="under another room", moved=True), True),
        (Verdict(unsure="its room answers 403"), False),
        (Verdict(pending=True, unsure="another list decides"), False),
        (SourceRefused("no"), False),
        (SourceUnavailable("no"), False),
    ],
    ids=repr,
)
async def test_others_find_what_is_not_told_to_have_left_their_room(
    desk: Desk, post: Post, verdict: Verdict | Exception, left: bool
) -> None:
    one, source = make(desk, post), Rooms()
    source.answers = {"f1": verdict}
    await read(one, OTHER, source)
    await one.narrow()
    assert post.sent == dict.fromkeys(EVERY - {"ix-f1"} if left else EVERY, OTHER)
    assert one.updates.exchanged == len(post.sent)


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
    assert post.sent == dict.fromkeys(EVERY, OTHER)
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
    assert post.sent == dict.fromkeys(EVERY, OTHER)


async def test_nobody_is_asked_in_a_dry_run_nor_for_what_some_keep(desk: Desk, post: Post) -> None:
    source = Rooms()
    source.answers = {name[3:]: ZeroDivisionError() for name in EVERY}
    one = make(desk, post, dry_run=True)
    await read(one, OTHER, source)
    await one.narrow()
