"""The outbox against an intranet that carries calls out, and answers them, in any order it likes."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Sequence

import msgspec
import pytest

from connector.document.audience import Audience
from connector.document.document import Rendered
from connector.errors import TargetUnavailable
from connector.ledger.part import Database
from connector.ledger.shards import PushedElsewhere
from connector.ledger.writer import Writer
from connector.ports.target import Stamp
from connector.push.delivery import GIVE_UP_AFTER
from connector.push.outbox import Outbox
from connector.target.results import Pushes
from tests.builders import audience_of
from tests.desk import SOURCE, Desk
from tests.push.passive_intranet import A, B, Intranet, Later, T, make, push_of


@pytest.mark.parametrize("seed", range(40))
@pytest.mark.parametrize("later", [False, True], ids=["written at once", "written later"])
async def test_whatever_order_the_intranet_keeps_it_and_the_ledger_agree(
    desk: Desk, seed: int, later: bool
) -> None:
    dice = random.Random(seed)
    intranet = Intranet()
    if later:
        writer = Later(desk.ledger._database, dice)
        desk.books = msgspec.structs.replace(desk.books, writer=writer)
    outbox = make(desk, intranet, batch_documents=dice.randrange(1, 4), concurrency=dice.randrange(1, 4))
    names = [f"ix-f{number}" for number in range(dice.randrange(2, 9))]
    last: dict[str, Audience] = {}

    async def add() -> None:
        for _ in range(12):
            name, audience = dice.choice(names), audience_of(*dice.choice([(A,), (B,), (A, B)]))
            await outbox.add(push_of(name, audience))
            last[name] = audience

    async def work() -> None:
        await asyncio.gather(add(), add(), add())
        await outbox.flush()

    task = asyncio.create_task(work())
    await asyncio.gather(task, intranet.play(dice, task))
    assert intranet.audiences == last, "the last word is what was added last"
    assert {name: desk.documents.audience_of(name) for name in last} == last


async def test_what_is_added_while_the_last_answer_is_written_down_goes_out_too(desk: Desk) -> None:
    intranet, gate = Intranet(), asyncio.Event()

    class Slow(Writer):
        """Writes what was answered once it may."""

        async def write(self, work: Callable[[Database], T]) -> T:
            if intranet.audiences:
                await gate.wait()
            return work(desk.ledger._database)

    desk.books = msgspec.structs.replace(desk.books, writer=Slow(desk.ledger._database))
    outbox = make(desk, intranet, batch_documents=1, concurrency=1)
    await outbox.add(push_of("ix-f1", audience_of(A)))
    await outbox.add(push_of("ix-f2", audience_of(A)))
    await intranet.called.wait()
    intranet.take_effect(intranet.calls[0])
    intranet.reply(intranet.calls[0])
    for _ in range(9):
        await asyncio.sleep(0)  # nothing waits any more, and the answer is being written down
    flushing = asyncio.create_task(outbox.flush())
    await asyncio.sleep(0)
    gate.set()
    await asyncio.gather(flushing, intranet.play(random.Random(1), flushing))
    assert set(intranet.audiences) == {"ix-f1", "ix-f2"}


async def test_other_documents_wait_for_none_of_it(desk: Desk) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=1)
    for name in ("ix-f1", "ix-f2", "ix-f3", "ix-f4"):
        await outbox.add(push_of(name, audience_of(A)))
    again = asyncio.create_task(outbox.add(push_of("ix-f1", audience_of(B))))
    await outbox.add(push_of("ix-f5", audience_of(A)))
    for _ in range(5):
        await asyncio.sleep(0)
    assert not again.done()
    assert [call.ids for call in intranet.calls] == [{"ix-f1"}, {"ix-f2"}, {"ix-f3"}]
    intranet.take_effect(intranet.calls[0])
    intranet.reply(intranet.calls[0])
    await again
    flushing = asyncio.create_task(outbox.flush())
    await asyncio.gather(flushing, intranet.play(random.Random(1), flushing))
    assert intranet.most == 3
    assert intranet.audiences["ix-f1"] == audience_of(B) == desk.documents.audience_of("ix-f1")


async def test_whoever_waits_for_an_answer_learns_that_the_intranet_is_given_up(desk: Desk) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=1, concurrency=1)
    for number in range(GIVE_UP_AFTER + 2):
        await outbox.add(push_of(f"ix-f{number}", audience_of(A)))
    waiting = asyncio.create_task(outbox.add(push_of(f"ix-f{GIVE_UP_AFTER}", audience_of(B))))
    for _ in range(GIVE_UP_AFTER):
        await intranet.called.wait()
        intranet.reply(intranet.calls[0], answered=False)
    with pytest.raises(TargetUnavailable):
        await waiting
    await outbox.abandon()
    assert not intranet.calls


async def test_what_is_hidden_does_not_go_out_and_is_noted_to_be_removed(desk: Desk) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet)
    outbox.hidden_barrier.hidden_roots.become(["ix-f1"], forgotten=())
    task = asyncio.create_task(outbox.add(push_of("ix-f1", audience_of(A))))
    await asyncio.gather(task, intranet.play(random.Random(1), task))
    task = asyncio.create_task(outbox.flush())
    await asyncio.gather(task, intranet.play(random.Random(1), task))
    assert intranet.audiences == {}
    assert [one.id for one in desk.books.orders.to_remove(limit=9)] == ["ix-f1"]


@pytest.mark.parametrize("seed", range(20))
async def test_what_is_hidden_meanwhile_does_not_go_out_after_its_removal(desk: Desk, seed: int) -> None:
    dice = random.Random(seed)
    intranet = Intranet()
    outbox = make(desk, intranet)
    names = [f"ix-f{number}" for number in range(9)]
    hidden = set(names[::2])
    standing: set[str] = set()

    async def work() -> None:
        for name in names:
            await outbox.add(push_of(name, audience_of(A)))
        await outbox.flush()

    async def hide() -> None:
        for _ in range(dice.randrange(1, 30)):
            await asyncio.sleep(0)
        outbox.hidden_barrier.hidden_roots.become(hidden, forgotten=())
        await outbox.hidden_barrier.settled()
        for name in hidden:  # its removal
            intranet.audiences.pop(name, None)

    task = asyncio.create_task(work())
    both = asyncio.gather(task, hide())
    await asyncio.gather(both, intranet.play(dice, task))
    standing = set(intranet.audiences)
    assert standing == set(names) - hidden


class Elsewhere:
    """Others push some documents, and never write down what came of it."""

    def __init__(self, *ids: str) -> None:
        self.ids = set(ids)
        self.asked = asyncio.Event()
        self.claimed: dict[int, list[str]] = {}
        """Ids by the intent."""

    def through(self, _: Database) -> Elsewhere:
        return self

    def claim(self, ids: Sequence[str], *, intent: int) -> None:
        if self.ids & set(ids):
            self.asked.set()
            raise PushedElsewhere
        self.claimed[intent] = list(ids)

    def answered(self, ids: Sequence[str], *, intent: int) -> None:
        assert list(ids) == self.claimed.pop(intent, []), "all that was claimed for it, whatever became of it"


async def test_whoever_waits_for_what_others_push_learns_that_the_intranet_is_given_up(desk: Desk) -> None:
    intranet, elsewhere = Intranet(), Elsewhere("ix-other")
    run = desk.begin(batch_documents=1, concurrency=2)
    outbox = Outbox(run, intranet, desk.books, desk.tally, among=elsewhere)  # type: ignore[arg-type]
    await outbox.add(push_of("ix-other", audience_of(A)))
    for number in range(GIVE_UP_AFTER + 1):
        await outbox.add(push_of(f"ix-f{number}", audience_of(A)))
    flushing = asyncio.create_task(outbox.flush())
    for _ in range(GIVE_UP_AFTER):
        await intranet.called.wait()
        intranet.reply(intranet.calls[0], answered=False)
    with pytest.raises(TargetUnavailable):
        async with asyncio.timeout(20):
            await flushing


async def test_what_was_dropped_counts_as_not_answered(desk: Desk) -> None:
    intranet = Intranet()
    outbox = make(desk, intranet, batch_documents=2, concurrency=1)
    for number in range(5):
        await outbox.add(push_of(f"ix-f{number}", audience_of(A)))
    dropped = {"ix-f2", "ix-f3", "ix-f4"}
    await intranet.called.wait()
    abandoned = asyncio.create_task(outbox.abandon())
    await asyncio.sleep(0)
    assert outbox.in_hand() >= dropped
    intranet.reply(intranet.calls[0])
    await abandoned
    assert outbox.in_hand() == dropped


class Claims(Elsewhere):
    """Others push some documents; once they are asked about, a listing has met one of these in another place."""

    def __init__(self, deed: Callable[[], None], *ids: str) -> None:
        super().__init__(*ids)
        self._deed = deed

    def claim(self, ids: Sequence[str], *, intent: int) -> None:
        try:
            super().claim(ids, intent=intent)
        finally:
            if self.ids & set(ids):
                asyncio.get_running_loop().call_soon(self._deed)  # not in the transaction that is taken back


@pytest.mark.parametrize("others", [True, False], ids=["in a batch with others", "alone"])
@pytest.mark.parametrize("shared", [True, False])
async def test_what_was_met_in_another_place_since_does_not_go_out_from_where_it_stood(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, shared: bool, others: bool
) -> None:
    """Its audience was that of the place that it left; whoever met it there sends it."""
    monkeypatch.setattr("connector.push.outbox.AGAIN_S", 0)
    intranet = Intranet()
    desk.add("ix-f1", "ix-r1", audience=audience_of(A))
    stale = msgspec.structs.replace(
        push_of("ix-f1", audience_of(A, B)), known=desk.documents.known(["ix-f1"])["ix-f1"]
    )

    def move() -> None:
        desk.documents.found([("ix-f1", "ix-r2", "r2", "")])

    among = Claims(move, "ix-f1") if shared else None
    run = desk.begin(batch_documents=5, concurrency=1)
    outbox = Outbox(run, intranet, desk.books, desk.tally, among=among)  # type: ignore[arg-type]
    await outbox.add(stale)
    if others:
        await outbox.add(push_of("ix-f2", audience_of(A)))
    if not shared:
        move()
    async with asyncio.timeout(20):
        flushing = asyncio.create_task(outbox.flush())
        await intranet.play(random.Random(1), flushing)
        await flushing
    assert set(intranet.audiences) == ({"ix-f2"} if others else set())
    assert not outbox.in_hand()
    assert not desk.documents.lose_open_intents(settle_s=1.0)
    if among is not None:
        among.ids.clear()
    known = desk.documents.known(["ix-f1"])["ix-f1"]
    await outbox.add(
        msgspec.structs.replace(push_of("ix-f1", audience_of(B)), known=known, container="ix-r2", room="r2")
    )
    flushing = asyncio.create_task(outbox.flush())
    await intranet.play(random.Random(1), flushing)
    await flushing
    assert intranet.audiences["ix-f1"] == audience_of(B)


class Choosy(Intranet):
    """Refuses texts, after an attempt that went unanswered."""

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> Pushes:
        with_text = {one.id: "too long" for one, _ in batch if one.text}
        if with_text and lost is not None:
            lost()
        taken = [one.id for one, _ in batch if one.id not in with_text]
        return Pushes(accepted=taken, refused=with_text, unanswered=[])


async def test_what_went_unanswered_before_it_was_refused_is_sent_again_once_it_cannot_come_late(
    desk: Desk,
) -> None:
    outbox = make(desk, Choosy())
    await outbox.add(push_of("ix-f1", audience_of(A)))
    await outbox.flush()
    known = desk.documents.known(["ix-f1"])["ix-f1"]
    assert known.is_confirmed
    assert known.redo_after is not None
    assert not outbox.recording.unheard, "it was answered for in the end"


class Deaf(Intranet):
    """Answers as soon as it is to."""

    answers = False

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> Pushes:
        ids = [one.id for one, _ in batch]
        taken, missed = (ids, []) if self.answers else ([], ids)
        return Pushes(accepted=taken, refused={}, unanswered=missed, words="nobody answers")


@pytest.mark.parametrize("how", ["as it was sent", "as it is listed by now", "as it was before"])
async def test_what_was_accepted_since_it_got_no_answer_is_heard_of(desk: Desk, how: str) -> None:
    intranet = Deaf()
    outbox = make(desk, intranet)
    first = push_of("ix-f1", audience_of(A))
    await outbox.add(first)
    await outbox.add(push_of("ix-f2", audience_of(A)))
    await outbox.flush()
    assert outbox.unanswered == 2
    assert desk.documents.unheard(SOURCE, since=outbox._run.now(), settle_s=120.0) == ["ix-f1", "ix-f2"]
    intranet.answers = True
    audience = audience_of(A if how == "as it was sent" else B)
    second = msgspec.structs.replace(
        first, rendered=push_of("ix-f1", audience).rendered, present=how != "as it was before"
    )
    await outbox.add(second)
    await outbox.flush()
    assert outbox.unanswered == 1
    assert desk.documents.unheard(SOURCE, since=outbox._run.now(), settle_s=120.0) == ["ix-f2"]
    late = desk.documents.known(["ix-f1"])["ix-f1"].redo_after
    assert (late is None) == (how == "as it was sent"), "else the last act is done once more"
    outbox.recording.tell_unheard(desk.tally)
    (told,) = desk.tally.findings
    assert told.values == {"count": 2 if how == "as it was before" else 1, "why": "nobody answers"}


class Cutting(Intranet):
    """Behind a firewall that cuts the connection for what one document holds."""

    def __init__(self, odd: str) -> None:
        super().__init__()
        self._odd = odd

    async def push(
        self, batch: Sequence[tuple[Rendered, Stamp]], *, lost: Callable[[], None] | None = None
    ) -> Pushes:
        ids = [one.id for one, _ in batch]
        cut = self._odd in ids
        return Pushes(
            accepted=[] if cut else ids, refused={}, unanswered=ids if cut else [], words="broke off"
        )


async def test_one_document_for_which_the_connection_breaks_holds_up_no_other_for_longer_than_a_run(
    desk: Desk,
) -> None:
    names = [f"ix-f{number}" for number in range(10)]
    for missing in ([*names[5:]], ["ix-f7"]):
        outbox = make(desk, Cutting("ix-f7"), batch_documents=5)
        known = desk.documents.known(names)
        for name in names:
            if name not in known or not known[name].is_confirmed:
                one = push_of(name, audience_of(A))
                await outbox.add(msgspec.structs.replace(one, known=known.get(name)))
        await outbox.flush()
        known = desk.documents.known(names)
        assert [one for one in names if not known[one].is_confirmed] == missing
