"""What the intranet may have that this ledger never confirmed: it is asked for each, and what it has is told, or goes out bare."""

from __future__ import annotations

from typing import Any

import pytest

from connector.document.audience import Audience
from connector.errors import TargetUnavailable
from connector.ledger.unconfirmed import UnconfirmedDocument
from connector.ledger.unknown_rest import LATE_S
from connector.plan.findings import Code, HoldReason, Why
from connector.ports.target import RemoteState
from connector.removal.unconfirmed import UnconfirmedDocuments
from tests.access.audience_work import make
from tests.builders import audience_of
from tests.desk import NOW, SOURCE, Desk, Post

TWO = audience_of("ix:group:a", "ix:group:b")


class Intranet:
    """Says of each document whether it has it."""

    def __init__(self, *has: str) -> None:
        self.has, self.asked = set(has), list[str]()
        self.is_away = False

    async def state(self, identifier: str) -> RemoteState:
        if self.is_away:
            raise TargetUnavailable("It does not answer.")
        self.asked.append(identifier)
        return RemoteState(exists=identifier in self.has)


def met(
    desk: Desk, *names: str, audience: Audience | None = TWO, run: int = Desk.run, container: str = "ix-r1"
) -> None:
    """A run listed these and could not push them."""
    for name in names:
        one = UnconfirmedDocument(
            id=name,
            source=SOURCE,
            native=name,
            room="r1",
            container=container,
            kind="file",
            title=f"Title of {name}",
            url=f"https://example.com/{name}",
            path="",
            audience=audience,
        )
        desk.books.quarantine.unconfirmed.note(one, run=run)


def begin(desk: Desk, intranet: Intranet, post: Post, **changes: Any) -> UnconfirmedDocuments:
    accepted = make(desk, post, **changes).accepted
    return UnconfirmedDocuments(
        desk.work,
        intranet,  # type: ignore[arg-type]
        desk.books,
        accepted,
        post,  # type: ignore[arg-type]
        desk.tally,
    )


async def test_each_is_asked_for_once_and_what_is_there_is_told(desk: Desk) -> None:
    names = [f"d{n}" for n in range(25)]
    met(desk, *names)
    met(desk, "earlier", run=desk.run - 1)
    intranet, post = Intranet("d3", "d7", "earlier"), Post(desk)
    one = begin(desk, intranet, post)
    await one.look()
    await one.look()
    assert sorted(intranet.asked) == sorted(names)
    told = one.tell()
    assert [(held.id, held.code, held.title) for held in told] == [
        (name, HoldReason.UNCONFIRMED, f"Title of {name}") for name in ("d3", "d7")
    ]
    (finding,) = desk.tally.findings
    assert (finding.code, finding.values["count"]) == (Code.UNCONFIRMED, 2)
    assert post.pushes == []
    assert desk.standing("d3").path == "/ix-r1/d3/", (
        "it stands where it was met, and no session ends without it"
    )


async def test_where_nothing_is_there_nothing_is_told(desk: Desk) -> None:
    met(desk, "d1")
    one = begin(desk, Intranet(), Post(desk))
    await one.look()
    assert (one.tell(), list(desk.tally.findings)) == ([], [])


async def test_what_was_confirmed_since_is_no_question_any_more(desk: Desk) -> None:
    met(desk, "d1")
    desk.add("d1", "ix-r1")
    intranet = Intranet("d1")
    one = begin(desk, intranet, Post(desk))
    await one.look()
    assert (intranet.asked, one.tell()) == ([], [])
    desk.say("DELETE FROM documents WHERE id='d1'")  # nothing of it is left to be asked for
    await one.look()
    assert intranet.asked == []


async def test_an_intranet_that_does_not_answer_tells_nothing(desk: Desk) -> None:
    met(desk, "d1")
    intranet = Intranet("d1")
    intranet.is_away = True
    with pytest.raises(TargetUnavailable):
        await begin(desk, intranet, Post(desk)).look()


@pytest.mark.parametrize(("audience", "sent"), [(TWO, {"d1": TWO}), (None, {})], ids=["known", "unknown"])
async def test_what_a_person_keeps_goes_out_bare_to_whom_it_was_read_to_be_for(
    desk: Desk, audience: Audience | None, sent: dict[str, Audience]
) -> None:
    met(desk, "d1", "d2", audience=audience)
    await begin(desk, Intranet("d1"), Post(desk)).look()
    assert desk.books.quarantine.unconfirmed.keep(up_to_run=desk.run) == ["d1"]
    met(desk, "d3", audience=audience)
    post = Post(desk)
    one = begin(desk, Intranet("d1", "d3"), post)
    await one.look()
    assert (post.sent, post.flushed) == (sent, 1)
    assert {push.why for push in post.pushes} <= {Why.KEPT_BARE}
    assert [held.id for held in one.tell()] == ["d3"], "of the other nothing is to be decided any more"


@pytest.mark.parametrize(
    ("container", "path"), [("ix-r1", "/ix-r1/d1/"), ("", "/d1/"), ("unknown", "/d1/"), ("ix-f1", "/d1/")]
)
async def test_it_stands_below_what_the_ledger_knows_it_in(desk: Desk, container: str, path: str) -> None:
    desk.say("UPDATE documents SET path='' WHERE id='ix-f1'")
    met(desk, "d1", container=container)
    await begin(desk, Intranet("d1"), Post(desk)).look()
    assert desk.standing("d1").path == path


@pytest.mark.parametrize(("pushed", "stays"), [(LATE_S + 1, False), (LATE_S - 1, True)])
async def test_what_it_has_no_more_is_forgotten_once_it_cannot_come_late(
    desk: Desk, pushed: float, stays: bool
) -> None:
    met(desk, "d1")
    await begin(desk, Intranet("d1"), Post(desk)).look()
    desk.say(f"UPDATE documents SET pushed_at={NOW - pushed}, pushed_run=1 WHERE id='d1'")
    desk.say("UPDATE unconfirmed SET there=0, there_run=1")
    intranet = Intranet()
    await begin(desk, intranet, Post(desk)).look()
    assert intranet.asked == ["d1"]
    assert ("d1" in desk.documents.standing(["d1"])) is stays
