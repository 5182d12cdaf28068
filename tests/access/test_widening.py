"""More people last: what may be found by more than before goes out after everything else, or waits."""

from __future__ import annotations

import pytest

from connector.access import audience_updates as module
from connector.plan.findings import Why
from connector.plan.tally import Counted
from tests.access.audience_work import ALL, known_of, listed, make
from tests.desk import Desk, Post


async def test_more_people_see_it_last_of_all(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    desk.tally.count(Counted.UNCHANGED, 3)
    for name in ("ix-f1", "ix-f2"):
        one.now(listed(name, ALL), known_of(desk, name))
    assert post.pushes == []
    await one.widen()
    assert post.sent == {"ix-f1": ALL, "ix-f2": ALL}
    assert {push.why for push in post.pushes} == {Why.MORE_PEOPLE}
    assert desk.report.documents.unchanged == 3, "the crawl had not pushed them"
    assert desk.ledger.pending_audiences("intranet").waiting("ix-f1") is None
    await one.widen()
    assert len(post.pushes) == 2


async def test_one_document_that_cannot_be_shown_to_more_keeps_none_from_it(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    for name in ("ix-f1", "ix-f2", "ix-f3"):
        one.now(listed(name, ALL), known_of(desk, name))
    one.updates.write_wider()
    desk.say("DELETE FROM bodies WHERE document=(SELECT number FROM documents WHERE id='ix-f1')")
    desk.add("ix-f2", "ix-r1", audience=ALL)
    await one.widen()
    assert post.sent == {"ix-f3": ALL}


async def test_too_many_are_shown_to_nobody_more(desk: Desk, post: Post) -> None:
    one = make(desk, post, max_widened=2)
    for name in ("ix-f1", "ix-f2", "ix-f3"):
        one.now(listed(name, ALL), known_of(desk, name))
    await one.widen()
    assert post.pushes == []
    assert (
        "3 documents would be shown to more people than before: more than safety.max_widened (2)"
        in desk.report.reasons[0]
    )
    assert "connector sync --approve R5. To keep: connector sync --keep R5" in desk.report.reasons[0]
    assert desk.ledger.pending_audiences("intranet").held_counts() == (3, 3)


async def test_a_document_that_the_crawl_pushed_is_counted_once(desk: Desk, post: Post) -> None:
    one = make(desk, post)
    one.now(listed("ix-f1", ALL), known_of(desk, "ix-f1"))
    await post.add(one.as_accepted(desk.standing("ix-f1"), desk.documents.body("ix-f1"), None))
    await post.flush()
    post.pushes.clear()
    await one.widen()
    assert [push.again for push in post.pushes] == [True]
    assert post.sent == {"ix-f1": ALL}


async def test_widenings_are_noted_in_portions(
    desk: Desk, post: Post, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NOTED_AT_ONCE", 2)
    one = make(desk, post)
    one.now(listed("ix-f1", ALL), known_of(desk, "ix-f1"))
    assert len(one.updates._wider) == 1
    one.now(listed("ix-f2", ALL), known_of(desk, "ix-f2"))
    assert one.updates._wider == []
    await one.widen()
    assert post.sent == {"ix-f1": ALL, "ix-f2": ALL}
